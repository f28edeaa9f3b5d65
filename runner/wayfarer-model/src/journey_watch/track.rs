//! One signal of a journey, from its looks to incidents.

use serde::{Deserialize, Serialize};

use super::moves::{IncidentMove, Moved, Opening};
use super::row::WatchedRow;
use crate::incident::{IncidentKind, Phase, Place, Rule, Settings, Severity, State, Transition, step};
use crate::units::UnixMillis;

/// One signal of a journey, and the incident that it opened last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Track {
    pub(super) state: State,
    /// The first bad look of the suspicion, and the last good one before it.
    first_bad: Option<(i64, Option<i64>)>,
    pub(super) last_good: Option<i64>,
    /// The end of the newest look, if it was bad.
    bad_at: Option<UnixMillis>,
    pub(super) incident: Option<(IncidentKind, i64)>,
}

impl Track {
    /// One that looks for an outage behind another one's ticket, with what that one knows.
    pub(super) fn behind(other: &Self) -> Self {
        let state = State::with_noise(other.state.noise().clone());
        Self { state, last_good: other.last_good, ..Self::default() }
    }

    /// Whether an incident of it is open.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state.phase(), Phase::Open | Phase::Recovering)
    }

    /// Whether an incident of it is open that pages nobody.
    pub(super) fn has_open_ticket(&self) -> bool {
        let is_ticket = |(kind, _): (IncidentKind, i64)| kind.severity() == Severity::Ticket;
        self.is_open() && self.incident.is_some_and(is_ticket)
    }

    /// Forgets all but the noise and the last good row.
    pub(super) fn begin_again(&mut self) {
        *self = Self::behind(self);
    }

    /// Gives a suspicion up, and goes on with what another track knows. An incident that closed a short time ago may still be joined.
    pub(super) fn rest(&mut self, other: &Self) {
        self.state.rest(other.state.noise().clone());
        (self.last_good, self.bad_at) = (other.last_good, None);
    }

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
    pub(super) fn see(
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
                    Rule::Bounded(bound) | Rule::Outage(bound) => bound,
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
