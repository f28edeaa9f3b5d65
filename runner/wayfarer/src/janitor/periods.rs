//! What is kept for how long, by tenant; and what of it is due at an instant.

use std::collections::BTreeMap;
use std::time::Duration;

use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, RetentionKind, TenantKey};

use crate::config::{Keep, RetentionTable, RunnerToml};

/// What is kept for how long.
#[derive(Debug, Clone, Default)]
pub(crate) struct Periods {
    general: RetentionTable,
    tenants: BTreeMap<TenantName, RetentionTable>,
}

impl Periods {
    /// What the configuration says.
    pub(crate) fn of(toml: &RunnerToml) -> Self {
        let tenants = toml.tenants.iter();
        let own = |table: RetentionTable| table.over(toml.retention);
        Self {
            general: toml.retention,
            tenants: tenants.map(|(name, table)| (name.clone(), own(table.retention))).collect(),
        }
    }

    /// What is due now: those who keep a kind for the same time together. A tenant that is no longer written down
    /// keeps what the general table says.
    pub(crate) fn due(&self, tenants: &[(TenantKey, TenantName)], now: UnixMillis) -> Vec<Due> {
        let mut all = Vec::new();
        for kind in RetentionKind::ALL {
            let mut groups: BTreeMap<Duration, Vec<TenantKey>> = BTreeMap::new();
            for (key, name) in tenants {
                let table = self.tenants.get(name).copied().unwrap_or(self.general);
                if let Keep::For(kept) = keep(table, kind) {
                    groups.entry(kept).or_default().push(*key);
                }
            }
            all.extend(groups.into_iter().map(|(kept, tenants)| {
                let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
                Due { kind, tenants, before: kind.cut(UnixMillis(now.0.saturating_sub(kept))) }
            }));
        }
        all
    }
}

fn keep(table: RetentionTable, kind: RetentionKind) -> Keep {
    match kind {
        RetentionKind::Bodies => table.bodies(),
        RetentionKind::Logs => table.logs(),
        RetentionKind::Artifacts => table.artifacts(),
        RetentionKind::Runs => table.runs(),
        RetentionKind::Rollups => table.rollups(),
    }
}
