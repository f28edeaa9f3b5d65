//! Tickets for certificates that expire: one incident for each host and tenant, by what the newest runs of the tenant's journeys saw. It is over
//! once they see a renewed one, and once no journey calls the host any more: the note says whether those that did were removed. Those of a
//! location that was renamed are ended elsewhere (`incidents/abandoned.rs` in the store), and open anew at the new one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use url::Url;
use wayfarer_model::incident::IncidentKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Matter, StoreError};

use super::driver::Reconcile;
use super::expiry_tickets::Expiries;
use crate::server::ServerContext;

/// Of journeys that have not run for so long nothing is known, in milliseconds.
pub(super) const LATELY_MS: u64 = 14 * 86_400_000;

/// A look that is older than the newest one by more, in milliseconds, tells of a certificate that may have been renewed since: its journey is paused,
/// or seldom runs.
const TOGETHER_MS: u64 = 3_600_000;

/// How an incident ends whose certificate nobody sees any more, renewed or not.
const NOBODY_CALLS: &str = "no journey calls the host any more";
/// The same where a journey that was removed was the last one that did.
const ALL_REMOVED: &str = "the journeys that called the host were removed";

pub(super) struct Certificates;

impl Reconcile for Certificates {
    const NAME: &'static str = "certificates";
    const PERIOD: Duration = Duration::from_mins(10);
    const RETRY: Duration = Duration::from_mins(1);
    const WHILE_FAILING: &'static str = "nobody is told of certificates that expire";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let since = UnixMillis(context.clock.now().0.saturating_sub(LATELY_MS));
        let called = context.store.called_hosts(since).await?;
        let (seen, left): (Vec<_>, Vec<_>) = called.into_iter().partition(|seen| seen.is_deployed);
        let left = left.iter().filter_map(|seen| Some((seen.tenant, host_of(&seen.origin)?)));
        let left: BTreeSet<_> = left.collect();
        let is_left = |matter: &Matter| {
            left.iter().any(|(tenant, host)| Some(*tenant) == matter.tenant && *host == matter.subject)
        };
        let expiries = Expiries {
            kind: IncidentKind::Certificate,
            // A host that showed no certificate has not renewed it.
            known: hosts(seen.into_iter().map(|host| (host.tenant, host.origin, host.expires, host.at))),
            ends: &|matter| if is_left(matter) { ALL_REMOVED } else { NOBODY_CALLS },
        };
        expiries.keep(context).await
    }
}

/// When the certificate of each host expires that is called; none where nobody saw one. What was seen within [`TOGETHER_MS`] of the newest look
/// counts, and of several certificates the first to expire.
fn hosts<T: Ord>(
    seen: impl Iterator<Item = (T, String, Option<UnixMillis>, UnixMillis)>,
) -> BTreeMap<(T, String), Option<UnixMillis>> {
    let mut looks: BTreeMap<(T, String), Vec<(UnixMillis, UnixMillis)>> = BTreeMap::new();
    for (tenant, origin, expires, at) in seen {
        let Some(host) = host_of(&origin) else { continue };
        looks.entry((tenant, host)).or_default().extend(expires.map(|expires| (at, expires)));
    }
    let first = |looks: Vec<(UnixMillis, UnixMillis)>| {
        let newest = looks.iter().map(|(at, _)| at.0).max()?;
        let lately = looks.into_iter().filter(|(at, _)| at.0.saturating_add(TOGETHER_MS) >= newest);
        lately.map(|(_, expires)| expires).min()
    };
    looks.into_iter().map(|(host, looks)| (host, first(looks))).collect()
}

/// The host of an origin, without its port.
pub(super) fn name_of(origin: &str) -> Option<String> {
    Url::parse(origin).ok()?.host_str().map(str::to_owned)
}

/// The host of an origin, with its port where that is not the scheme's own.
pub(super) fn host_of(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    /// What is known of the shop's certificate by these looks, each so many hours after the first, in the hours of their ends.
    fn shop(looks: &[(u64, Option<u64>)]) -> Vec<Option<u64>> {
        let look = |(at, expires): &(u64, Option<u64>)| {
            let expires = expires.map(|hours| UnixMillis(hours * HOUR));
            ("acme", "https://shop.example".to_owned(), expires, UnixMillis(at * HOUR))
        };
        hosts(looks.iter().map(look)).into_values().map(|found| found.map(|at| at.0 / HOUR)).collect()
    }

    #[test]
    fn a_journey_that_is_paused_says_nothing_of_a_certificate_that_others_see_renewed() {
        assert_eq!(shop(&[(1, Some(500)), (9, Some(90_000))]), [Some(90_000)]);
        assert_eq!(shop(&[(8, Some(500)), (9, Some(90_000))]), [Some(500)], "one of several servers");
        assert_eq!(shop(&[(1, Some(500)), (9, None)]), [Some(500)], "nobody has seen another since");
        assert_eq!((shop(&[(9, None)]), shop(&[])), (vec![None], vec![]));
    }
}
