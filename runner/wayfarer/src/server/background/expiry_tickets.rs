//! Tickets of what expires, the same for certificates and domains: one incident for each subject and tenant, opened when its date is near, told of again
//! as it comes nearer, and over when a later date is seen or nobody depends on it any more.

use std::collections::{BTreeMap, BTreeSet};

use wayfarer_model::incident::{IncidentKind, expires_soon};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Matter, StoreError, TenantKey};

use crate::server::ServerContext;

/// Tickets of one tenant and kind that are open at the same time, at most: who makes up names has enough of them, and so has whoever gets them.
const MOST: usize = 100;

/// What is known of one kind at one moment.
pub(super) struct Expiries<'a> {
    pub(super) kind: IncidentKind,
    /// When each subject of a tenant expires; none where nobody knows, which changes nothing.
    pub(super) known: BTreeMap<(TenantKey, String), Option<UnixMillis>>,
    /// How the incident of a subject ends that is not among them.
    pub(super) ends: &'a (dyn Fn(&Matter) -> &'static str + Sync),
}

impl Expiries<'_> {
    /// Opens, tells again and closes, until the incidents are what is known.
    pub(super) async fn keep(self, context: &ServerContext) -> Result<(), StoreError> {
        let (store, now) = (&context.store, context.clock.now());
        let mut open = store.open_matters(self.kind).await?;
        let mut is_changed = false;
        let matter_of = |(tenant, subject): &(TenantKey, String)| Matter {
            tenant: Some(*tenant),
            kind: self.kind,
            subject: subject.clone(),
        };
        let known: BTreeSet<Matter> = self.known.keys().map(matter_of).collect();
        for matter in open.iter().filter(|matter| !known.contains(matter)) {
            is_changed |= store.close_matter(matter.clone(), (self.ends)(matter), now).await?;
        }
        for (subject, expires) in &self.known {
            let Some(expires) = *expires else { continue };
            let matter = matter_of(subject);
            let is_open = open.contains(&matter);
            let is_full = open.iter().filter(|open| open.tenant == matter.tenant).count() >= MOST;
            is_changed |= match expires_soon(expires, now) {
                Some(says) if is_open => store.tell_again(matter, says, now).await?,
                Some(_) if is_full => false,
                Some(says) => {
                    let is_new = store.open_matter(matter.clone(), says, now, now).await?;
                    open.push(matter);
                    is_new
                }
                None if is_open => store.close_matter(matter, "", now).await?,
                None => false,
            };
        }
        if is_changed {
            context.metrics.open_incidents(&store.open_incidents().await?);
        }
        Ok(())
    }
}
