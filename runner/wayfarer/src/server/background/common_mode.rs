//! Whether many journeys of many hosts fail at once, by the newest runs of the fold. Opens and closes the platform's incident of it.
//!
//! The fold asks before it writes the incidents that it found, so that nobody is told of one of them before the common mode is known. Hosts are
//! read from rows, and only where enough journeys fail.

use std::collections::{BTreeMap, HashMap};

use wayfarer_model::incident::{CommonMode, HostLook, IncidentKind, LatestRun, RunHealth};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyKey, Matter, Store, StoreError, TenantKey};

use super::certificates::host_of;

/// Between two looks while enough journeys fail, in milliseconds.
const EVERY_MS: u64 = 1_000;

/// The common mode of a runner, and where its journeys' newest runs went.
#[derive(Debug, Default)]
pub(super) struct CommonModeWatch {
    hosts: HashMap<JourneyKey, (LatestRun, String)>,
    looked: UnixMillis,
    /// Whether an incident is open; not known before the first look.
    is_open: Option<bool>,
}

impl CommonModeWatch {
    /// Opens an incident if the newest runs are a common mode, closes it if they are none. Whether it did either.
    pub(super) async fn look(
        &mut self,
        store: &Store,
        unwell: &[(&JourneyKey, LatestRun)],
        all: impl Iterator<Item = (&TenantKey, &JourneyKey, LatestRun)>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        let failing = unwell.iter().filter(|(_, newest)| newest.health == RunHealth::Failing).count();
        let is_enough = failing >= CommonMode::JOURNEYS;
        if is_enough && now.0.abs_diff(self.looked.0) < EVERY_MS {
            return Ok(false);
        }
        let found = if is_enough {
            self.looked = now;
            let newest = all.map(|(tenant, journey, newest)| (*journey, (*tenant, newest))).collect();
            self.common_mode(store, newest, now).await?
        } else {
            None
        };
        if self.is_open == Some(found.is_some()) {
            return Ok(false);
        }
        let matter = Matter { tenant: None, kind: IncidentKind::CommonMode, subject: String::new() };
        let is_changed = match found {
            Some(common) => {
                tracing::warn!("{common}: tenants are told once it is clear that the runner is not at fault");
                store.open_matter(matter, common.to_string(), now, now).await?
            }
            None => store.close_matter(matter, "", now).await?,
        };
        self.is_open = Some(found.is_some());
        Ok(is_changed)
    }

    /// Whether the newest runs were a common mode at the last look.
    pub(super) fn is_open(&self) -> bool {
        self.is_open == Some(true)
    }

    async fn common_mode(
        &mut self,
        store: &Store,
        newest: BTreeMap<JourneyKey, (TenantKey, LatestRun)>,
        now: UnixMillis,
    ) -> Result<Option<CommonMode>, StoreError> {
        self.hosts.retain(|journey, _| newest.contains_key(journey));
        // Where a journey that is well goes is the same as long as its version is.
        let is_known = |known: &LatestRun, now: &LatestRun| {
            known.run == now.run
                || (known.health, now.health) == (RunHealth::Good, RunHealth::Good)
                    && known.version == now.version
        };
        let unknown: Vec<(JourneyKey, LatestRun)> = newest
            .iter()
            .map(|(journey, (_, now))| (*journey, *now))
            .filter(|(journey, now)| !self.hosts.get(journey).is_some_and(|(known, _)| is_known(known, now)))
            .collect();
        let runs: Vec<i64> = unknown.iter().map(|(_, newest)| newest.run).collect();
        let origins = store.origins_of(&runs).await?;
        for (journey, newest) in unknown {
            let host = origins.get(&newest.run).and_then(|origin| host_of(origin)).unwrap_or_default();
            self.hosts.insert(journey, (newest, host));
        }
        let named: Vec<(String, String, &str, LatestRun)> = newest
            .iter()
            .filter_map(|(journey, (tenant, newest))| {
                let (_, host) = self.hosts.get(journey).filter(|(_, host)| !host.is_empty())?;
                Some((journey.to_string(), tenant.to_string(), host.as_str(), *newest))
            })
            .collect();
        let looks: Vec<HostLook<'_>> = named
            .iter()
            .map(|(journey, tenant, host, newest)| HostLook {
                journey,
                tenant,
                host,
                is_bad: newest.health == RunHealth::Failing,
                ended_at: newest.ended_at,
            })
            .collect();
        Ok(CommonMode::of(&looks, now))
    }
}
