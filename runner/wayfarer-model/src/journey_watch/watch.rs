//! The watch of a journey: which of its signals a row speaks of.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::moves::{IncidentMove, Moved};
use super::outages::{FailingLook, Outages};
use super::row::WatchedRow;
use super::streak::Streak;
use super::track::Track;
use crate::context::Lane;
use crate::incident::{Gap, IncidentKind, LatestRun, Phase, Plain, Rule, RunHealth, Settings, Signal};
use crate::units::UnixMillis;
use crate::verdict::{Reason, Verdict};

/// Broken runs of the schedule in a row that are a ticket for the journey's author.
const BROKEN_AFTER: u64 = 2;

/// Slots in a row without a counted run, and the time that they take at least, after which a journey has no data.
const NO_DATA_AFTER: u64 = 5;
const NO_DATA_MS: u64 = 120_000;

/// All that is watched of one journey.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JourneyWatch {
    failing: Track,
    /// What looks for an outage behind a ticket of `failing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    behind_ticket: Option<Box<Track>>,
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
    latest: Option<LatestRun>,
}

/// Looks between the false alarms of a rule that has none.
const NEVER: f64 = 1e15;

/// How long a journey whose interval is not known yet is taken to have, in milliseconds.
const UNKNOWN_INTERVAL_MS: u64 = 60_000;

impl JourneyWatch {
    /// Takes a row into account. Returns what it did to incidents.
    pub fn see(&mut self, row: &WatchedRow, settings: &Settings) -> Vec<IncidentMove> {
        let tenants = settings;
        let settings =
            &row.rule.map_or(*settings, |plain| Settings { rule: Rule::Plain(plain), ..*settings });
        let Self { failing, behind_ticket, over_budget, broken, no_data, .. } = self;
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
        if let Some(health) = RunHealth::of(row.verdict, row.reason).filter(|_| !row.is_muted) {
            let (version, reason, ended_at) = (row.version, row.reason, row.ended_at);
            self.latest = Some(LatestRun { run: row.number, version, health, reason, ended_at });
        }
        if row.started_at.is_some() && row.version != self.version {
            (self.version, self.is_proven) = (row.version, false);
        }
        self.is_proven |= row.verdict.is_good();
        if let Some(is_bad) = Signal::Failing.read(row.lane, row.verdict, row.is_muted) {
            let is_own_bug = !self.is_proven && matches!(row.reason, Reason::Panic | Reason::Trap);
            let look = FailingLook { row, is_bad, is_own_bug };
            moves.extend(Outages { own: failing, behind: behind_ticket }.see(&look, settings, tenants));
        }
        if let Some(is_bad) = Signal::OverBudget.read(row.lane, row.verdict, row.is_muted) {
            moves.extend(over_budget.see(row, is_bad, settings, |_| IncidentKind::OverBudget));
        }
        if let Rule::Plain(plain) = settings.rule {
            for moved in moves.iter_mut().filter(|moved| !moved.kind.is_counted()) {
                if let Moved::Opened(opening) = &mut moved.what
                    && opening.bound <= 0.0
                {
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
        let tracks = [Some(&self.failing), self.behind_ticket.as_deref(), Some(&self.over_budget)];
        tracks.into_iter().flatten().find_map(of)
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
        match kind {
            IncidentKind::Failing | IncidentKind::Flaky | IncidentKind::Unproven => {
                Outages { own: &mut self.failing, behind: &mut self.behind_ticket }.resolve(kind);
            }
            IncidentKind::OverBudget => self.over_budget.begin_again(),
            IncidentKind::Broken => self.broken = Streak::default(),
            IncidentKind::NoData => self.no_data = Streak::default(),
            IncidentKind::Certificate
            | IncidentKind::Domain
            | IncidentKind::CommonMode
            | IncidentKind::RunnerUnwell => {}
        }
    }

    /// The newest run that says how the journey is, if it ended within the last two intervals.
    pub fn latest(&self, now: UnixMillis) -> Option<LatestRun> {
        let interval_ms = if self.interval_ms == 0 { UNKNOWN_INTERVAL_MS } else { self.interval_ms };
        let lasts =
            |latest: &LatestRun| latest.ended_at.0.saturating_add(interval_ms.saturating_mul(2)) >= now.0;
        self.latest.filter(lasts)
    }

    /// How the journey is by the newest run that says so, however old it is. None if no run has said so yet.
    pub fn health(&self) -> Option<RunHealth> {
        self.latest.map(|latest| latest.health)
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
        let tracks = [Some(&self.failing), self.behind_ticket.as_deref(), Some(&self.over_budget)];
        tracks.into_iter().flatten().all(|track| track.state.phase() == Phase::Quiet)
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
