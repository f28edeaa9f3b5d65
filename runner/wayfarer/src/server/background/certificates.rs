//! Tickets for certificates that expire: one incident for each host and tenant, by what the newest runs of the tenant's journeys saw.
//!
//! Domains that expire and cleanups that are dead are found in the same way, once rows say so: another reader, the same matters.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;
use wayfarer_model::incident::{IncidentKind, certificate_expires};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Matter, StoreError, TenantKey};

use super::driver::Reconcile;
use crate::server::ServerContext;

/// Of journeys that have not run for so long nothing is known, in milliseconds.
const LATELY_MS: u64 = 14 * 86_400_000;

pub(super) struct Certificates;

impl Reconcile for Certificates {
    const NAME: &'static str = "certificates";
    const PERIOD: Duration = Duration::from_mins(10);
    const RETRY: Duration = Duration::from_mins(1);
    const WHILE_FAILING: &'static str = "nobody is told of certificates that expire";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        let (store, now) = (&context.store, context.clock.now());
        let since = UnixMillis(now.0.saturating_sub(LATELY_MS));
        // Of several certificates of a host the first to expire counts.
        let mut hosts: BTreeMap<(TenantKey, String), UnixMillis> = BTreeMap::new();
        for (tenant, origin, expires) in store.certificates(since).await? {
            let Some(host) = host_of(&origin) else { continue };
            let known = hosts.entry((tenant, host)).or_insert(expires);
            *known = expires.min(*known);
        }
        let open = store.open_matters(IncidentKind::Certificate).await?;
        let mut is_changed = false;
        for ((tenant, host), expires) in hosts {
            let matter = Matter { tenant: Some(tenant), kind: IncidentKind::Certificate, subject: host };
            let is_open = open.contains(&matter);
            is_changed |= match certificate_expires(expires, now) {
                Some(says) if is_open => store.tell_again(matter, says, now).await?,
                Some(says) => store.open_matter(matter, says, now, now).await?,
                None if is_open => store.close_matter(matter, now).await?,
                None => false,
            };
        }
        if is_changed {
            context.metrics.open_incidents(&store.open_incidents().await?);
        }
        Ok(())
    }
}

/// The host of an origin, with its port where that is not the scheme's own.
pub(super) fn host_of(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}
