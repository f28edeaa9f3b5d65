//! Tickets for domains that expire: one incident for each domain and tenant, by what the domain's registry said last.
//!
//! Between the hosts that the newest runs called and `expiry_tickets`. A domain is looked up once a day, more often while its end is near and less
//! often where nobody tells; what was said is in rows, so a restart asks nobody again. Registries are asked one after the other, at most
//! [`AT_ONCE`] a round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::incident::{IncidentKind, expires_soon};
use wayfarer_model::units::UnixMillis;
use wayfarer_sandbox::Network;
use wayfarer_store::{DomainRow, Matter, SeenHost, StoreError, TenantKey};

use super::certificates::{LATELY_MS, name_of};
use super::driver::Reconcile;
use super::expiry_tickets::Expiries;
use crate::config::{RunnerFile, platform_network_settings};
use crate::server::ServerContext;
use crate::server::domains::{DomainLookup, LookupError, NoAnswer, registered_domain};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// Questions of one round at most, so that the others get their turn and no registry is flooded.
const AT_ONCE: usize = 20;
/// From one question to the next.
const APART: Duration = Duration::from_millis(500);

/// Domains of one tenant that are looked up, at most: whoever makes up names must not use up what the registries allow this server.
const MOST: usize = 100;

/// What a registry said is believed for so long: then the domain may have been renewed, and nothing is said of it.
const BELIEVED_MS: u64 = 3 * DAY_MS;

const NOBODY_CALLS: &str = "no journey calls a host of the domain any more";
const ALL_REMOVED: &str = "the journeys that called hosts of the domain were removed";
const IS_OFF: &str = "the server does not look domains up any more";

pub(crate) struct Domains {
    /// None if domains are not looked up.
    lookup: Option<DomainLookup>,
}

/// Why a round did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DomainsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

impl Domains {
    /// As the server's file says, with the network of what the operator names.
    ///
    /// # Errors
    /// That network cannot be made.
    pub(crate) fn of(file: &RunnerFile) -> Result<Self, String> {
        let table = &file.toml.domains;
        if !table.lookup() {
            return Ok(Self { lookup: None });
        }
        let settings = platform_network_settings(file).map_err(|error| error.to_string())?;
        let network = Network::new(settings).map_err(|error| error.to_string())?;
        Ok(Self { lookup: Some(DomainLookup::new(Arc::new(network), table.registries())) })
    }
}

impl Reconcile for Domains {
    const NAME: &'static str = "domains";
    const PERIOD: Duration = Duration::from_mins(10);
    const RETRY: Duration = Duration::from_mins(30);
    const WHILE_FAILING: &'static str = "nobody is told of domains that expire";

    type Error = DomainsError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), DomainsError> {
        let Some(lookup) = &mut self.lookup else {
            let none = Expiries { kind: IncidentKind::Domain, known: BTreeMap::new(), ends: &|_| IS_OFF };
            return Ok(none.keep(context).await?);
        };
        let since = UnixMillis(context.clock.now().0.saturating_sub(LATELY_MS));
        let called = context.store.called_hosts(since).await?;
        let (seen, left): (Vec<_>, Vec<_>) = called.into_iter().partition(|seen| seen.is_deployed);
        let of = |hosts: &[SeenHost]| domains(hosts.iter().map(|host| (host.tenant, host.origin.as_str())));
        let (seen, left) = (of(&seen), of(&left));
        let asked = ask(lookup, &seen, context).await;
        let rows = context.store.domains().await?;
        let expiries = Expiries {
            kind: IncidentKind::Domain,
            known: known(&seen, &rows, context.clock.now()),
            ends: &|matter: &Matter| {
                let is_left = left
                    .iter()
                    .any(|(tenant, domain)| Some(*tenant) == matter.tenant && *domain == matter.subject);
                if is_left { ALL_REMOVED } else { NOBODY_CALLS }
            },
        };
        expiries.keep(context).await?;
        asked
    }
}

/// The domains of the origins that each tenant's journeys call, the first [`MOST`] of each by name.
fn domains<'a, T: Copy + Ord>(origins: impl Iterator<Item = (T, &'a str)>) -> BTreeSet<(T, String)> {
    let mut of_tenants: BTreeMap<T, BTreeSet<String>> = BTreeMap::new();
    for (tenant, origin) in origins {
        let domain = name_of(origin).and_then(|name| registered_domain(&name));
        of_tenants.entry(tenant).or_default().extend(domain);
    }
    let of_tenant = |(tenant, domains): (T, BTreeSet<String>)| {
        domains.into_iter().take(MOST).map(move |domain| (tenant, domain))
    };
    of_tenants.into_iter().flat_map(of_tenant).collect()
}

/// Asks for those whose turn it is, and forgets those that nobody calls.
async fn ask(
    lookup: &mut DomainLookup,
    seen: &BTreeSet<(TenantKey, String)>,
    context: &ServerContext,
) -> Result<(), DomainsError> {
    let (store, now) = (&context.store, context.clock.now());
    let rows = store.domains().await?;
    let called: BTreeSet<&str> = seen.iter().map(|(_, domain)| domain.as_str()).collect();
    let unused = rows.iter().filter(|row| !called.contains(row.name.as_str())).map(|row| row.name.clone());
    let unused: Vec<String> = unused.collect();
    if !unused.is_empty() {
        store.forget_domains(unused).await?;
    }
    for (place, domain) in due(&called, &rows, now).into_iter().take(AT_ONCE).enumerate() {
        if place > 0 {
            tokio::time::sleep(APART).await;
        }
        let answer = match lookup.question(&domain, now).await? {
            Some(question) => lookup.expires(&question, &domain).await,
            None => Err(NoAnswer {
                problem:
                    "no registry tells when it expires: that of its top-level domain does not speak RDAP"
                        .to_owned(),
                after: None,
                is_final: true,
            }),
        };
        let at = context.clock.now();
        let ask_again = UnixMillis(at.0.saturating_add(rest_ms(&answer, at)));
        let answer = answer.map_err(|failed| failed.problem);
        store.domain_looked_up(domain, answer, at, ask_again).await?;
    }
    Ok(())
}

/// Those that were never looked up or are due again, the longest due first. A clock that was ahead makes nobody wait longer than the longest rest.
fn due(called: &BTreeSet<&str>, rows: &[DomainRow], now: UnixMillis) -> Vec<String> {
    let again: BTreeMap<&str, UnixMillis> =
        rows.iter().map(|row| (row.name.as_str(), row.ask_again)).collect();
    let mut due: Vec<(UnixMillis, &str)> = called
        .iter()
        .map(|name| (again.get(name).copied().unwrap_or_default(), *name))
        .filter(|(at, _)| *at <= now || at.0 > now.0.saturating_add(8 * DAY_MS))
        .collect();
    due.sort_unstable();
    due.into_iter().map(|(_, name)| name.to_owned()).collect()
}

/// For how long nobody asks after an answer.
fn rest_ms(answer: &Result<UnixMillis, NoAnswer>, now: UnixMillis) -> u64 {
    match answer {
        // People who renew it want to see that.
        Ok(expires) if expires_soon(*expires, now).is_some() => 6 * HOUR_MS,
        Ok(_) => DAY_MS,
        Err(failed) if failed.is_final => 7 * DAY_MS,
        Err(failed) => {
            let asked = failed.after.map_or(0, |after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
            asked.clamp(HOUR_MS, DAY_MS)
        }
    }
}

/// When each tenant's domains expire; none where no registry said so lately.
fn known<T: Clone + Ord>(
    seen: &BTreeSet<(T, String)>,
    rows: &[DomainRow],
    now: UnixMillis,
) -> BTreeMap<(T, String), Option<UnixMillis>> {
    let is_believed = |at: UnixMillis| now.0.abs_diff(at.0) <= BELIEVED_MS;
    let by_name: BTreeMap<&str, &DomainRow> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
    let expires = |domain: &str| {
        by_name
            .get(domain)
            .and_then(|row| row.expires)
            .filter(|(_, at)| is_believed(*at))
            .map(|(date, _)| date)
    };
    seen.iter().map(|key| (key.clone(), expires(&key.1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn at(days: u64) -> UnixMillis {
        UnixMillis(NOW.0 + days * DAY_MS)
    }

    fn row(name: &str, expires: Option<(UnixMillis, UnixMillis)>, ask_again: UnixMillis) -> DomainRow {
        DomainRow { name: name.to_owned(), expires, ask_again }
    }

    #[test]
    fn the_longest_due_are_asked_first_and_a_leap_of_the_clock_silences_nobody() {
        let called = ["a.com", "b.com", "c.com", "d.com"].into();
        let rows = [row("a.com", None, at(1)), row("b.com", None, at(300)), row("c.com", None, NOW)];
        assert_eq!(due(&called, &rows, NOW), ["d.com", "c.com", "b.com"]);
    }

    #[test]
    fn who_cannot_tell_is_asked_rarely_and_who_wants_a_rest_has_it() {
        let failed = |after, is_final| Err(NoAnswer { problem: "busy".to_owned(), after, is_final });
        let rests = [
            (Ok(at(400)), 24),
            (Ok(at(13)), 6),
            (failed(None, true), 7 * 24),
            (failed(None, false), 1),
            (failed(Some(Duration::from_hours(5)), false), 5),
            (failed(Some(Duration::from_secs(1 << 40)), false), 24),
        ];
        for (answer, hours) in rests {
            assert_eq!(rest_ms(&answer, NOW), hours * HOUR_MS, "{answer:?}");
        }
    }

    #[test]
    fn what_was_said_long_ago_is_not_known_any_more() {
        let later = at(4);
        let seen = ["fresh.com", "old.com", "silent.com"].map(|name| (1, name.to_owned())).into();
        let rows = [
            row("fresh.com", Some((at(10), at(2))), at(5)),
            row("old.com", Some((at(10), NOW)), at(5)),
            row("silent.com", None, at(5)),
        ];
        let known = known(&seen, &rows, later);
        assert_eq!(known.into_values().collect::<Vec<_>>(), [Some(at(10)), None, None]);
    }

    #[test]
    fn each_tenant_has_its_share_of_the_registries_patience() {
        let many: Vec<String> =
            (0..500).map(|number| format!("https://api.made-up-{number:03}.com:8443")).collect();
        let other = [(2, "http://shop.com"), (2, "http://127.0.0.1:80")];
        let found = domains(many.iter().map(|origin| (1, origin.as_str())).chain(other));
        assert_eq!(found.len(), MOST + 1);
        assert!(found.contains(&(2, "shop.com".to_owned())));
        assert!(found.contains(&(1, "made-up-000.com".to_owned())));
    }
}
