//! What is watched of one journey: from its rows, one after the other, to incidents of several kinds.
//!
//! Between the rows of the store and the table of incidents. [`incident`](crate::incident) decides about looks. Here stands what else a
//! row can mean: nothing counts any more, the journey itself is broken, a new version never worked. Rows come in the order in which
//! they were committed. A [`JourneyWatch`] is a fold over them, so it is stored beside them or computed again.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::context::Lane;
use crate::ids::LocationName;
use crate::incident::{
    Fares, Gap, IncidentKind, Look, LookKey, Newest, Phase, Place, Plain, Rule, Settings, Signal, State,
    Transition, step,
};
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// Broken runs of the schedule in a row that are a ticket for the journey's author.
const BROKEN_AFTER: u64 = 2;

/// Slots in a row without a counted run, and the time that they take at least, after which a journey has no data.
const NO_DATA_AFTER: u64 = 5;
const NO_DATA_MS: u64 = 120_000;

/// A row of a journey: a run that is over, or a slot without a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedRow {
    /// The number of the row, in the order of the commits.
    pub number: i64,
    /// The store's key of the journey's version.
    pub version: i64,
    /// The location whose runner made the run or settled the slot.
    pub location: LocationName,
    /// Rows of the lane `manual` change nothing.
    pub lane: Lane,
    /// The instant of the schedule, or that of the confirmation run.
    pub slot: UnixMillis,
    /// Tells runs of one lane and slot apart.
    pub seq: u32,
    /// None for a slot without a run.
    pub started_at: Option<UnixMillis>,
    /// When the run ended, or the slot was settled.
    pub ended_at: UnixMillis,
    /// The verdict of the last attempt, or of the slot without a run.
    pub verdict: Verdict,
    /// Tells a bug of the journey from a fault of the target, and what was planned from what was lost.
    pub reason: Reason,
    /// Whether a maintenance window mutes it.
    pub is_muted: bool,
    /// The plain rule of its version; none for the tenant's rule.
    pub rule: Option<Plain>,
}

impl WatchedRow {
    fn look(&self, is_bad: bool) -> Look {
        let key = LookKey {
            ended_at: self.ended_at,
            slot: self.slot,
            location: self.location.clone(),
            lane: self.lane,
            seq: self.seq,
        };
        Look { key, started_at: self.started_at.unwrap_or(self.ended_at), is_bad }
    }

    fn is_counted(&self) -> bool {
        matches!(self.verdict, Verdict::Passed | Verdict::Degraded | Verdict::Failed)
    }

    /// Whether a person planned that it does not count.
    fn is_planned(&self) -> bool {
        self.is_muted || matches!(self.reason, Reason::Maintenance | Reason::Paused)
    }
}

/// An incident that a row opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// The first bad row; with the kind it identifies the incident within its journey.
    pub first_run: i64,
    /// The row that opened it.
    pub opening_run: i64,
    /// The last good row before the first bad one, if there is one.
    pub last_good_run: Option<i64>,
    /// The end of the first bad row.
    pub began_at: UnixMillis,
    /// The end of the row that opened it.
    pub opened_at: UnixMillis,
    /// Rows since the first bad one.
    pub looks: u64,
    /// How many of them were bad.
    pub bad_looks: u64,
    /// The evidence, and the bound that it reached: a healthy journey reaches the statistic once in so many looks on average. For kinds that
    /// count rows, both are counts. For a plain rule the looks between its false alarms, by the journey's own history.
    pub statistic: f64,
    /// What the statistic had to reach; 0 for a plain rule, which promises nothing.
    pub bound: f64,
}

/// What a row did to an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentMove {
    /// What the incident is.
    pub kind: IncidentKind,
    /// Identifies the incident within its journey and kind.
    pub first_run: i64,
    /// The number of the row that moved it.
    pub by: i64,
    /// When the row ended.
    pub at: UnixMillis,
    /// Whether it opened, opened again or closed.
    pub what: Moved,
}

/// How a row moved an incident.
#[derive(Debug, Clone, PartialEq)]
pub enum Moved {
    /// No incident of this kind was open before.
    Opened(Opening),
    /// It had closed a short time ago, and is open again.
    Reopened,
    /// The journey is well again by the rule.
    Closed,
}

/// One signal of a journey, and the incident that it opened last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Track {
    state: State,
    /// The first bad look of the suspicion, and the last good one before it.
    first_bad: Option<(i64, Option<i64>)>,
    last_good: Option<i64>,
    /// The end of the newest look, if it was bad.
    bad_at: Option<UnixMillis>,
    incident: Option<(IncidentKind, i64)>,
}

impl Track {
    /// Whether the row says nothing new, good or bad: it comes so soon after a bad one that the same transient may still last. Journeys that run
    /// every few seconds would otherwise need an hour of failures, since each look alone is hardly evidence. The choice does not look at the row's
    /// outcome, so the bound of the rule holds.
    fn is_too_soon(&self, row: &WatchedRow, settings: &Settings) -> bool {
        let is_watched = matches!(self.state.phase(), Phase::Quiet | Phase::Suspected);
        let tau_ms = u64::try_from(settings.tau.as_millis()).unwrap_or(u64::MAX);
        let begins = row.started_at.unwrap_or(row.ended_at);
        is_watched && self.bad_at.is_some_and(|bad_at| begins.0.saturating_sub(bad_at.0) < tau_ms)
    }

    /// Takes a row into account. `kind` names an incident that opens.
    fn see(
        &mut self,
        row: &WatchedRow,
        is_bad: bool,
        settings: &Settings,
        kind: impl FnOnce(bool) -> IncidentKind,
    ) -> Option<IncidentMove> {
        if self.is_too_soon(row, settings) {
            return None;
        }
        self.bad_at = is_bad.then_some(row.ended_at);
        let mut look = row.look(is_bad);
        // Runs side by side may be committed in another order than they ended in.
        if self.state.place(&look.key) == Place::Late
            && let Some(last) = self.state.last()
        {
            look.key.ended_at = UnixMillis(last.ended_at.0.saturating_add(1));
        }
        if is_bad && self.state.phase() == Phase::Quiet {
            self.first_bad = Some((row.number, self.last_good));
        }
        if !is_bad {
            self.last_good = Some(row.number);
        }
        let transition;
        (self.state, transition) = step(std::mem::take(&mut self.state), &look, settings);
        let moved = |(kind, first_run), what| IncidentMove {
            kind,
            first_run,
            by: row.number,
            at: row.ended_at,
            what,
        };
        match transition? {
            Transition::Suspected | Transition::Relaxed => None,
            Transition::Closed => self.incident.map(|incident| moved(incident, Moved::Closed)),
            Transition::Reopened(_) => self.incident.map(|incident| moved(incident, Moved::Reopened)),
            Transition::Opened(evidence) => {
                let (first_run, last_good_run) = self.first_bad.unwrap_or((row.number, self.last_good));
                let incident = (kind(evidence.base.is_too_flaky()), first_run);
                self.incident = Some(incident);
                let bound = match settings.rule {
                    Rule::Bounded(bound) => bound,
                    Rule::Plain(_) => 0.0,
                };
                let opening = Opening {
                    first_run,
                    opening_run: row.number,
                    last_good_run,
                    began_at: evidence.since,
                    opened_at: row.ended_at,
                    looks: evidence.looks,
                    bad_looks: evidence.bad,
                    statistic: evidence.statistic,
                    bound,
                };
                Some(moved(incident, Moved::Opened(opening)))
            }
        }
    }
}

/// Rows in a row that are bad in one way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Streak {
    rows: u64,
    first_run: i64,
    began_at: UnixMillis,
    last_good: Option<i64>,
    is_open: bool,
}

impl Streak {
    /// A further bad row. Opens an incident after `rows` of them that took `ms`.
    fn bad(&mut self, row: &WatchedRow, kind: IncidentKind, (rows, ms): (u64, u64)) -> Option<IncidentMove> {
        if self.rows == 0 {
            (self.first_run, self.began_at) = (row.number, row.ended_at);
        }
        self.rows += 1;
        let is_long = row.ended_at.0.saturating_sub(self.began_at.0) >= ms;
        if self.is_open || self.rows < rows || !is_long {
            return None;
        }
        self.is_open = true;
        let opening = Opening {
            first_run: self.first_run,
            opening_run: row.number,
            last_good_run: self.last_good,
            began_at: self.began_at,
            opened_at: row.ended_at,
            looks: self.rows,
            bad_looks: self.rows,
            statistic: self.rows as f64,
            bound: rows as f64,
        };
        Some(self.moved(row, kind, Moved::Opened(opening)))
    }

    /// A row that ends the streak.
    fn good(&mut self, row: &WatchedRow, kind: IncidentKind) -> Option<IncidentMove> {
        let moved = self.is_open.then(|| self.moved(row, kind, Moved::Closed));
        *self = Self { last_good: Some(row.number), ..Self::default() };
        moved
    }

    fn moved(&self, row: &WatchedRow, kind: IncidentKind, what: Moved) -> IncidentMove {
        IncidentMove { kind, first_run: self.first_run, by: row.number, at: row.ended_at, what }
    }
}

/// All that is watched of one journey.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JourneyWatch {
    failing: Track,
    over_budget: Track,
    broken: Streak,
    no_data: Streak,
    /// The newest version that ran, and whether one of its runs was good.
    version: i64,
    is_proven: bool,
    /// Confirmation runs since the newest slot, and the end of the newest run of either lane.
    confirmed: u32,
    ended_at: UnixMillis,
    /// The newest slot, and the time between it and the one before; 0 if it is not known.
    #[serde(default)]
    slot: UnixMillis,
    #[serde(default)]
    interval_ms: u64,
    #[serde(default)]
    newest: Option<Newest>,
}

/// Looks between the false alarms of a rule that has none.
const NEVER: f64 = 1e15;

/// How long a journey whose interval is not known yet is taken to have, in milliseconds.
const UNKNOWN_INTERVAL_MS: u64 = 60_000;

impl JourneyWatch {
    /// Takes a row into account. Returns what it did to incidents.
    pub fn see(&mut self, row: &WatchedRow, settings: &Settings) -> Vec<IncidentMove> {
        let settings =
            &row.rule.map_or(*settings, |plain| Settings { rule: Rule::Plain(plain), ..*settings });
        let Self { failing, over_budget, broken, no_data, .. } = self;
        if row.lane == Lane::Manual {
            return Vec::new();
        }
        let mut moves = Vec::new();
        if row.lane == Lane::Confirm {
            self.confirmed = self.confirmed.saturating_add(1);
        } else {
            self.confirmed = 0;
            if row.slot > self.slot {
                self.interval_ms = if self.slot.0 == 0 { 0 } else { row.slot.0 - self.slot.0 };
                self.slot = row.slot;
            }
            moves.extend(match row.verdict {
                _ if row.is_counted() => broken.good(row, IncidentKind::Broken),
                Verdict::Broken => broken.bad(row, IncidentKind::Broken, (BROKEN_AFTER, 0)),
                _ => None,
            });
            moves.extend(match row.verdict {
                _ if row.is_planned() => None,
                _ if row.is_counted() => no_data.good(row, IncidentKind::NoData),
                // The author is told already.
                Verdict::Broken if broken.is_open => None,
                _ => no_data.bad(row, IncidentKind::NoData, (NO_DATA_AFTER, NO_DATA_MS)),
            });
        }
        self.ended_at = self.ended_at.max(row.ended_at);
        if let Some(fares) = Fares::of(row.verdict, row.reason).filter(|_| !row.is_muted) {
            let (version, reason, ended_at) = (row.version, row.reason, row.ended_at);
            self.newest = Some(Newest { run: row.number, version, fares, reason, ended_at });
        }
        if row.started_at.is_some() && row.version != self.version {
            (self.version, self.is_proven) = (row.version, false);
        }
        self.is_proven |= row.verdict.is_good();
        let is_own = !self.is_proven && matches!(row.reason, Reason::Panic | Reason::Trap);
        if let Some(is_bad) = Signal::Failing.read(row.lane, row.verdict, row.is_muted) {
            moves.extend(failing.see(row, is_bad, settings, |is_too_flaky| match (is_own, is_too_flaky) {
                (true, _) => IncidentKind::Unproven,
                (false, true) => IncidentKind::Flaky,
                (false, false) => IncidentKind::Failing,
            }));
        }
        if let Some(is_bad) = Signal::OverBudget.read(row.lane, row.verdict, row.is_muted) {
            moves.extend(over_budget.see(row, is_bad, settings, |_| IncidentKind::OverBudget));
        }
        if let Rule::Plain(plain) = settings.rule {
            for moved in moves.iter_mut().filter(|moved| !moved.kind.is_counted()) {
                if let Moved::Opened(opening) = &mut moved.what {
                    opening.statistic = self.looks_between_false_alarms(plain).min(NEVER);
                }
            }
        }
        moves
    }

    /// When the next confirmation run is due; none if none is wanted before the next slot.
    pub fn wants(&self, settings: &Settings) -> Option<UnixMillis> {
        let interval = (self.interval_ms > 0).then(|| Duration::from_millis(self.interval_ms));
        let of = |track: &Track| {
            settings.next_confirmation(track.state.phase(), self.confirmed, self.ended_at, interval)
        };
        of(&self.failing).or_else(|| of(&self.over_budget))
    }

    /// An incident was said to be over at an instant, by other than a row: the rule begins anew with the first row that ends later. To be called
    /// before that row is seen; before any other row it changes nothing.
    pub fn resolve_before(&mut self, row: &WatchedRow, kind: IncidentKind, at: UnixMillis) {
        if self.ended_at <= at && at < row.ended_at {
            self.resolve(kind);
        }
    }

    /// A person says that an incident is over. What was learned of the journey's noise stays; if it goes on, another incident opens.
    pub fn resolve(&mut self, kind: IncidentKind) {
        let again = |track: &mut Track| {
            let state = State::with_noise(track.state.noise().clone());
            *track = Track { state, last_good: track.last_good, ..Track::default() };
        };
        match kind {
            IncidentKind::Failing | IncidentKind::Flaky | IncidentKind::Unproven => again(&mut self.failing),
            IncidentKind::OverBudget => again(&mut self.over_budget),
            IncidentKind::Broken => self.broken = Streak::default(),
            IncidentKind::NoData => self.no_data = Streak::default(),
            IncidentKind::Certificate | IncidentKind::CommonMode | IncidentKind::RunnerUnwell => {}
        }
    }

    /// The newest run that says how the journey fares, if it ended within the last two intervals.
    pub fn newest(&self, now: UnixMillis) -> Option<Newest> {
        let interval_ms = if self.interval_ms == 0 { UNKNOWN_INTERVAL_MS } else { self.interval_ms };
        let lasts =
            |newest: &Newest| newest.ended_at.0.saturating_add(interval_ms.saturating_mul(2)) >= now.0;
        self.newest.filter(lasts)
    }

    /// How the journey fares by the newest run that says so, however old it is. None if no run has said so yet.
    pub fn fares(&self) -> Option<Fares> {
        self.newest.map(|newest| newest.fares)
    }

    /// Looks from one false alarm of a plain rule to the next one, on average, by how often this journey has failed by chance.
    pub fn looks_between_false_alarms(&self, rule: Plain) -> f64 {
        let interval_ms = if self.interval_ms == 0 { UNKNOWN_INTERVAL_MS } else { self.interval_ms };
        let noise = self.failing.state.noise();
        rule.mean_looks_to_false_alarm(noise.base().value(), noise.again(Gap::of(interval_ms)))
    }

    /// Between its last two slots, in milliseconds; 0 if that is not known.
    pub fn interval_ms(&self) -> u64 {
        self.interval_ms
    }

    /// Whether nothing points to an outage.
    pub fn is_quiet(&self) -> bool {
        self.failing.state.phase() == Phase::Quiet && self.over_budget.state.phase() == Phase::Quiet
    }
}

/// How many looks all journeys of a tenant have in a day. With the tenant's budget of false pages it gives the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DailyLooks {
    day: u64,
    today: u64,
    before: u64,
}

const DAY_MS: u64 = 86_400_000;

impl DailyLooks {
    /// Counts a row of the schedule.
    pub fn note(&mut self, at: UnixMillis) {
        let day = at.0 / DAY_MS;
        if day > self.day {
            self.before = if day == self.day + 1 { self.today } else { 0 };
            (self.day, self.today) = (day, 0);
        }
        self.today += 1;
    }

    /// Looks a day: those of the day (UTC) before. Without one, as many as so many journeys have that run every minute.
    pub fn a_day(self, journeys: u64) -> f64 {
        let looks = if self.before > 0 { self.before } else { journeys.max(1) * 1_440 };
        looks.max(self.today) as f64
    }
}

#[cfg(test)]
#[path = "journey_watch_tests.rs"]
mod tests;
