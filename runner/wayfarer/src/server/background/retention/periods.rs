//! How long each tenant's results are kept, and which of them are due at an instant.

use std::collections::BTreeMap;
use std::time::Duration;

use wayfarer_model::ids::TenantName;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Due, RetentionKind, TenantKey};

use crate::config::{Keep, RetentionTable, RunnerToml};

/// How long results are kept.
#[derive(Debug, Clone, Default)]
pub(crate) struct Periods {
    general: RetentionTable,
    tenants: BTreeMap<TenantName, RetentionTable>,
}

impl Periods {
    pub(crate) fn of(toml: &RunnerToml) -> Self {
        let tenants = toml.tenants.iter();
        let own = |table: RetentionTable| table.over(toml.retention);
        Self {
            general: toml.retention,
            tenants: tenants.map(|(name, table)| (name.clone(), own(table.retention))).collect(),
        }
    }

    /// How long the runs of any tenant are kept; none: for ever.
    pub(crate) fn longest_runs(&self) -> Option<Duration> {
        let all = self.tenants.values().chain([&self.general]).map(|table| table.runs());
        let periods = all.map(|keep| match keep {
            Keep::For(period) => Some(period),
            Keep::Forever => None,
        });
        periods.collect::<Option<Vec<_>>>().and_then(|periods| periods.into_iter().max())
    }

    /// What is due now. Tenants that keep a kind for the same time are due together. A tenant that the configuration no
    /// longer names keeps what the general table says, and so does what belongs to the platform.
    pub(crate) fn due(&self, tenants: &[(TenantKey, TenantName)], now: UnixMillis) -> Vec<Due> {
        let mut all = Vec::new();
        for kind in RetentionKind::ALL {
            let mut groups: BTreeMap<Duration, Vec<TenantKey>> = BTreeMap::new();
            let general = keep(self.general, kind);
            if let (true, Keep::For(kept)) = (kind.has_platforms(), general) {
                groups.entry(kept).or_default();
            }
            for (key, name) in tenants {
                let table = self.tenants.get(name).copied().unwrap_or(self.general);
                if let Keep::For(kept) = keep(table, kind) {
                    groups.entry(kept).or_default().push(*key);
                }
            }
            all.extend(groups.into_iter().map(|(kept, tenants)| {
                let is_platforms = kind.has_platforms() && general == Keep::For(kept);
                let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
                let before = kind.cut(UnixMillis(now.0.saturating_sub(kept)));
                Due { kind, tenants, is_platforms, before }
            }));
        }
        all
    }

    /// Up to which instant audit events are due now; none if they are kept for ever.
    pub(crate) fn audit_due(&self, now: UnixMillis) -> Option<UnixMillis> {
        let Keep::For(kept) = self.general.audit() else { return None };
        Some(UnixMillis(now.0.saturating_sub(u64::try_from(kept.as_millis()).unwrap_or(u64::MAX))))
    }
}

fn keep(table: RetentionTable, kind: RetentionKind) -> Keep {
    match kind {
        RetentionKind::Bodies => table.bodies(),
        RetentionKind::Logs => table.logs(),
        RetentionKind::Artifacts => table.artifacts(),
        RetentionKind::Deliveries => table.deliveries(),
        RetentionKind::Incidents => table.incidents(),
        RetentionKind::Runs => table.runs(),
        RetentionKind::Rollups => table.rollups(),
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_store::{Store, StoreSettings, TenantSetting};

    use super::*;

    const HOUR: u64 = 3_600_000;
    /// 2026-09-14 12:34:56 UTC.
    const NOW: UnixMillis = UnixMillis(1_789_389_296_000);

    /// Each kind that is due: for how many hours before now it is kept, and of how many tenants.
    async fn due(toml: &str, names: &[&str]) -> Vec<(&'static str, u64, usize)> {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(folder.path().to_owned(), "local".parse().unwrap(), "0");
        let store = Store::open(settings, NOW).await.unwrap().store;
        let setting = |name: &&str| TenantSetting { name: name.parse().unwrap(), policy: "{}".to_owned() };
        store.configure_tenants(names.iter().map(setting).collect(), NOW).await.unwrap();
        let periods = Periods::of(&toml::from_str(toml).unwrap());
        let due = periods.due(&store.tenants().await.unwrap(), NOW);
        due.iter().map(|due| (due.kind.as_str(), (NOW.0 - due.before.0) / HOUR, due.tenants.len())).collect()
    }

    #[tokio::test]
    async fn where_nothing_is_said_all_tenants_are_due_together_and_roll_ups_never_are() {
        let details = 14 * 24;
        assert_eq!(
            due("", &["acme", "gone"]).await,
            [
                ("bodies", details, 2),
                ("logs", details, 2),
                ("artifacts", details, 2),
                ("deliveries", 90 * 24, 2),
                ("incidents", 400 * 24, 2),
                ("runs", 90 * 24 + 12, 2)
            ]
        );
    }

    #[tokio::test]
    async fn the_platforms_own_incidents_go_by_the_general_table() {
        let toml = "[retention]\nincidents = \"10d\"\ndeliveries = \"forever\"\n[tenants.acme.retention]\nincidents = \"20d\"\n";
        let all = due(toml, &["acme"]).await;
        let incidents: Vec<_> = all.into_iter().filter(|(kind, ..)| *kind == "incidents").collect();
        assert_eq!(incidents, [("incidents", 240, 0), ("incidents", 480, 1)]);
        let kept = due("[retention]\nincidents = \"forever\"", &["acme"]).await;
        assert!(kept.iter().all(|(kind, ..)| *kind != "incidents"));
    }

    #[tokio::test]
    async fn a_tenant_may_differ_and_one_that_left_is_treated_by_the_general_table() {
        let toml = "[retention]\nbodies = \"forever\"\nlogs = \"forever\"\nartifacts = \"2d\"\nruns = \"10d\"\ndeliveries = \"forever\"
            incidents = \"10d\"\n[tenants.acme.retention]\nruns = \"1d\"\nrollups = \"100d\"\n[tenants.globex]";
        assert_eq!(
            due(toml, &["acme", "globex", "gone"]).await,
            [
                ("artifacts", 48, 3),
                ("incidents", 10 * 24, 3),
                ("runs", 36, 1),
                ("runs", 10 * 24 + 12, 2),
                ("rollups", 100 * 24 + 12, 1)
            ]
        );
    }
}
