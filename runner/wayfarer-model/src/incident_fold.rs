//! The fold over the rows of all journeys: each row goes to its journey's watch, under a rule that all journeys of its tenant share.
//!
//! A server folds the rows that it commits, `wayfarer incidents replay` those of a file. Both get the same incidents, because the fold knows
//! nothing but the rows, in the order of their commits, and the rule of each tenant.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::Hash;

use crate::context::Lane;
use crate::incident::{IncidentKind, LatestRun, RunHealth, Settings};
use crate::journey_watch::{DailyLooks, IncidentMove, JourneyWatch, WatchedRow};
use crate::units::UnixMillis;

/// The watches of all journeys. `T` identifies a tenant, `J` a journey.
#[derive(Debug)]
pub struct IncidentFold<T, J> {
    journeys: HashMap<J, (T, JourneyWatch)>,
    /// Looks a day, and how many journeys share them.
    looks: BTreeMap<T, (DailyLooks, u64)>,
    /// Journeys that are not well by their newest run, however old that is.
    unwell: HashSet<J>,
}

/// What a row did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowSeen {
    /// The incidents that it moved.
    pub moves: Vec<IncidentMove>,
    /// Whether a confirmation run is wanted at another instant than before.
    pub wants_other: bool,
}

impl<T, J> Default for IncidentFold<T, J> {
    fn default() -> Self {
        Self { journeys: HashMap::new(), looks: BTreeMap::new(), unwell: HashSet::new() }
    }
}

impl<T: Ord + Clone, J: Hash + Eq + Clone> IncidentFold<T, J> {
    /// Goes on with what is known of a tenant's looks. Called before [`put_watch`](Self::put_watch).
    pub fn put_looks(&mut self, tenant: T, looks: DailyLooks) {
        self.looks.insert(tenant, (looks, 0));
    }

    /// Goes on with what is known of a journey.
    pub fn put_watch(&mut self, tenant: T, journey: J, watch: JourneyWatch) {
        self.looks.entry(tenant.clone()).or_default().1 += 1;
        if is_unwell(&watch) {
            self.unwell.insert(journey.clone());
        }
        self.journeys.insert(journey, (tenant, watch));
    }

    /// Takes a row into account. `rule_of` gives the rule of a tenant whose journeys have so many looks a day together.
    pub fn see(
        &mut self,
        tenant: &T,
        journey: &J,
        row: &WatchedRow,
        rule_of: impl Fn(&T, f64) -> Settings,
    ) -> RowSeen {
        let (looks, journeys) = self.looks.entry(tenant.clone()).or_default();
        let (_, watch) = self.journeys.entry(journey.clone()).or_insert_with(|| {
            *journeys += 1;
            (tenant.clone(), JourneyWatch::default())
        });
        if row.lane == Lane::Scheduled {
            looks.note(row.ended_at);
        }
        let settings = rule_of(tenant, looks.a_day(*journeys));
        let before = watch.wants(&settings);
        let moves = watch.see(row, &settings);
        if !is_unwell(watch) {
            self.unwell.remove(journey);
        } else if !self.unwell.contains(journey) {
            self.unwell.insert(journey.clone());
        }
        RowSeen { moves, wants_other: watch.wants(&settings) != before }
    }

    /// Has a person's word end an incident before a row is seen ([`JourneyWatch::resolve_before`]). A journey without a watch has none.
    pub fn resolve_before(&mut self, journey: &J, row: &WatchedRow, kind: IncidentKind, at: UnixMillis) {
        if let Some((_, watch)) = self.journeys.get_mut(journey) {
            watch.resolve_before(row, kind, at);
        }
    }

    /// What is known of a journey, and when it wants a confirmation run.
    pub fn watch(
        &self,
        journey: &J,
        rule_of: impl Fn(&T, f64) -> Settings,
    ) -> Option<(&JourneyWatch, Option<UnixMillis>)> {
        let (tenant, watch) = self.journeys.get(journey)?;
        let (looks, journeys) = self.looks.get(tenant).copied().unwrap_or_default();
        Some((watch, watch.wants(&rule_of(tenant, looks.a_day(journeys)))))
    }

    /// The newest runs of the journeys that are not well, each of its last two intervals.
    pub fn unwell(&self, now: UnixMillis) -> Vec<(&J, LatestRun)> {
        let latest = |journey| Some((journey, self.journeys.get(journey)?.1.latest(now)?));
        self.unwell.iter().filter_map(latest).collect()
    }

    /// The newest runs of all journeys, each of its last two intervals, with whose journey it is. Walks through all of them.
    pub fn latest(&self, now: UnixMillis) -> impl Iterator<Item = (&T, &J, LatestRun)> {
        let journeys = self.journeys.iter();
        journeys.filter_map(move |(journey, (tenant, watch))| Some((tenant, journey, watch.latest(now)?)))
    }

    /// The looks of a tenant.
    pub fn looks(&self, tenant: &T) -> Option<DailyLooks> {
        self.looks.get(tenant).map(|(looks, _)| *looks)
    }
}

fn is_unwell(watch: &JourneyWatch) -> bool {
    watch.health().is_some_and(|health| health != RunHealth::Good)
}
