//! The fold from runs to incidents: reads the rows that were committed since its last round, and moves incidents.
//!
//! Between the rows of the store and the table of incidents, which alerts and people read. What a row does is the model's to say
//! (`journey_watch`). The task keeps the states in memory and writes those that changed with its position: at once where an
//! incident moved or a confirmation run is wanted, every minute otherwise. After a crash it reads the rows since that position
//! again and finds the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::watch;
use wayfarer_model::ids::TenantName;
use wayfarer_model::incident::{IncidentKind, InconclusiveRuns, RunHealth, Settings};
use wayfarer_model::incident_fold::IncidentFold;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{
    FoldPosition, FoldState, IncidentMoves, JourneyKey, JourneyRow, MoveOfJourney, Moves, RunCursor, Store,
    StoreError, TenantKey,
};

use super::common_mode::CommonModeWatch;
use super::driver::Reconcile;
use super::unwell_incident::Crowd;
use crate::config::{IncidentTable, RunnerToml};
use crate::server::ServerContext;

/// How long a state may stay unwritten where nothing waits for it, by the instants of rows.
const KEEP_EVERY_MS: u64 = 60_000;

/// Between two looks for incidents that nobody else will end: shorter than an incident that opens waits for others.
const SWEEP_EVERY_MS: u64 = 2_000;

/// When incidents of each tenant's journeys open.
#[derive(Debug, Clone, Default)]
pub(crate) struct IncidentPolicies(BTreeMap<TenantName, IncidentTable>);

impl IncidentPolicies {
    pub(crate) fn of(toml: &RunnerToml) -> Self {
        Self(toml.tenants.iter().map(|(name, table)| (name.clone(), table.incidents)).collect())
    }
}

/// The same by the store's keys. A tenant that the configuration does not name has the default.
type Rules = HashMap<TenantKey, IncidentTable>;

/// Folds runs into incidents.
pub(super) struct Incidents {
    policies: IncidentPolicies,
    fold: Option<(RunsToIncidents, Rules)>,
    common_mode: CommonModeWatch,
    /// Who watches the runner hears what all journeys together say.
    crowd: watch::Sender<Crowd>,
    /// When incidents that nobody else will end were looked for last.
    swept: UnixMillis,
}

impl Incidents {
    pub(super) fn new(policies: IncidentPolicies, crowd: watch::Sender<Crowd>) -> Self {
        let (common_mode, swept) = (CommonModeWatch::default(), UnixMillis(0));
        Self { policies, fold: None, common_mode, crowd, swept }
    }

    async fn begin(&self, store: &Store) -> Result<(RunsToIncidents, Rules), StoreError> {
        let tenants = store.tenants().await?;
        let rule_of = |name| self.policies.0.get(name).copied().unwrap_or_default();
        let rules = tenants.iter().map(|(key, name)| (*key, rule_of(name))).collect();
        let fold = match RunsToIncidents::new(store.fold_state().await?) {
            // All states follow from rows: one that cannot be read is no reason that no incident opens ever again.
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::error!(%error, "the states of incidents cannot be read: they are computed again from the first row on");
                store.begin_fold_again().await?;
                RunsToIncidents::new(store.fold_state().await?)?
            }
            read => read?,
        };
        Ok((fold, rules))
    }
}

impl Reconcile for Incidents {
    const NAME: &'static str = "incidents";
    const PERIOD: Duration = Duration::from_millis(200);
    const RETRY: Duration = Duration::from_secs(1);
    const WHILE_FAILING: &'static str = "no incident opens or closes";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        if self.fold.is_none() {
            self.fold = Some(self.begin(&context.store).await?);
            context.metrics.open_incidents(&context.store.open_incidents().await?);
        }
        let Some((fold, rules)) = &mut self.fold else { return Ok(()) };
        let RunCursor(newest) = *context.store.committed().borrow();
        if fold.run < newest && fold.stored.epoch != context.store.fold_epoch().await? {
            self.fold = None;
            return Ok(());
        }
        while fold.run < newest {
            let rows = context.store.rows_after(fold.run).await?;
            if rows.is_empty() {
                fold.run = newest;
                break;
            }
            for row in &rows {
                fold.see(row, rules);
            }
        }
        let now = context.clock.now();
        let unwell = fold.fold.unwell(now);
        let mut has_moved =
            self.common_mode.look(&context.store, &unwell, fold.fold.latest(now), now).await?;
        let inconclusive =
            unwell.iter().filter(|(_, newest)| newest.health == RunHealth::Inconclusive).count();
        let inconclusive = if inconclusive < InconclusiveRuns::JOURNEYS {
            None
        } else {
            InconclusiveRuns::of(fold.fold.latest(now).map(|(tenant, _, newest)| (tenant, newest)), now)
        };
        self.crowd.send_replace(Crowd { is_common_mode: self.common_mode.is_open(), inconclusive });
        if let Some(moves) = fold.to_write(rules) {
            has_moved |= !moves.moves.is_empty();
            match context.store.move_incidents(moves, context.clock.now()).await? {
                IncidentMoves::Written => fold.written(),
                IncidentMoves::Elsewhere => self.fold = None,
            }
        }
        if has_moved {
            context.metrics.open_incidents(&context.store.open_incidents().await?);
        }
        if now.0.abs_diff(self.swept.0) >= SWEEP_EVERY_MS {
            if context.store.end_abandoned_incidents(now).await? > 0 {
                context.metrics.open_incidents(&context.store.open_incidents().await?);
            }
            self.swept = now;
        }
        Ok(())
    }
}

/// The fold, and what of it is not written yet.
struct RunsToIncidents {
    fold: IncidentFold<TenantKey, JourneyKey>,
    /// Where the store has it.
    stored: FoldPosition,
    /// The newest row that it has seen.
    run: i64,
    /// What was resolved by other than a run, and may not be part of the states yet.
    by_hand: BTreeMap<JourneyKey, Vec<(IncidentKind, UnixMillis)>>,
    changed: BTreeSet<JourneyKey>,
    changed_looks: BTreeSet<TenantKey>,
    moves: Vec<MoveOfJourney>,
    /// Whether somebody waits for what changed.
    is_urgent: bool,
    /// The end of the newest row, and that of the newest row when the states were last written.
    newest: UnixMillis,
    kept: UnixMillis,
}

impl RunsToIncidents {
    fn new(state: FoldState) -> Result<Self, StoreError> {
        let mut fold = IncidentFold::default();
        for (tenant, looks) in state.looks {
            fold.put_looks(tenant, read("incident_looks", &tenant, &looks)?);
        }
        for (journey, tenant, watch) in state.watches {
            fold.put_watch(tenant, journey, read("incident_watch", &journey, &watch)?);
        }
        let mut by_hand: BTreeMap<JourneyKey, Vec<_>> = BTreeMap::new();
        for (journey, kind, at) in state.by_hand {
            by_hand.entry(journey).or_default().push((kind, at));
        }
        Ok(Self {
            fold,
            by_hand,
            stored: state.position,
            run: state.position.run,
            changed: BTreeSet::new(),
            changed_looks: BTreeSet::new(),
            moves: Vec::new(),
            is_urgent: false,
            newest: UnixMillis(0),
            kept: UnixMillis(0),
        })
    }

    fn see(&mut self, row: &JourneyRow, rules: &Rules) {
        let JourneyRow { tenant, journey, row } = row;
        for (kind, at) in self.by_hand.get(journey).into_iter().flatten() {
            self.fold.resolve_before(journey, row, *kind, *at);
        }
        let seen = self.fold.see(tenant, journey, row, |tenant, looks| rule(rules, *tenant, looks));
        self.is_urgent |= !seen.moves.is_empty() || seen.wants_other;
        self.moves.extend(seen.moves.into_iter().map(|moved| MoveOfJourney { journey: *journey, moved }));
        self.changed.insert(*journey);
        self.changed_looks.insert(*tenant);
        self.run = row.number;
        self.newest = self.newest.max(row.ended_at);
    }

    /// What is to be written now; none if that can wait.
    fn to_write(&self, rules: &Rules) -> Option<Moves> {
        let is_old = self.newest.0.saturating_sub(self.kept.0) >= KEEP_EVERY_MS;
        if self.changed.is_empty() || !(self.is_urgent || is_old) {
            return None;
        }
        let watches = self.changed.iter().filter_map(|journey| {
            let (watch, wanted) = self.fold.watch(journey, |tenant, looks| rule(rules, *tenant, looks))?;
            Some((*journey, serde_json::to_string(watch).ok()?, wanted))
        });
        let looks = self
            .changed_looks
            .iter()
            .filter_map(|tenant| Some((*tenant, serde_json::to_string(&self.fold.looks(tenant)?).ok()?)));
        Some(Moves {
            from: self.stored,
            run: self.run,
            watches: watches.collect(),
            looks: looks.collect(),
            moves: self.moves.clone(),
        })
    }

    fn written(&mut self) {
        self.stored.run = self.run;
        self.kept = self.newest;
        self.is_urgent = false;
        self.changed.clear();
        self.changed_looks.clear();
        self.moves.clear();
    }
}

/// The rule for the journeys of a tenant: all of them share its budget of false pages.
fn rule(rules: &Rules, tenant: TenantKey, looks_a_day: f64) -> Settings {
    rules.get(&tenant).copied().unwrap_or_default().settings(looks_a_day)
}

fn read<T: DeserializeOwned>(
    table: &'static str,
    row: &dyn std::fmt::Display,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
        table,
        row: row.to_string(),
        reason: error.to_string(),
    })
}
