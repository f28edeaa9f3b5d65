//! What a person chooses about incidents. Every field has a default.

use std::f64::consts::LN_10;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::confirmation::Confirmations;
use super::phase::Phase;
use super::plain::Plain;
use crate::units::UnixMillis;

/// What a person who says nothing of transients gets: nine of ten failures that pass by themselves have passed within this long.
pub const TRANSIENT: Duration = Duration::from_secs(20);

/// The mean duration of transients of which nine in ten pass within `nine_of_ten`, if how long they have lasted says nothing of how
/// long they go on: the quantile divided by the logarithm of ten.
pub fn mean_transient(nine_of_ten: Duration) -> Duration {
    nine_of_ten.div_f64(LN_10)
}

/// What comes back so soon after it was over is the same incident.
pub const JOIN_WITHIN: Duration = Duration::from_mins(30);

/// What opens an incident.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The detector reaches this threshold, which is from [`Budget::threshold`].
    Bounded(f64),
    /// The part of the detector for a target that is down reaches this threshold: where fewer than about half of the looks fail, nothing opens.
    Outage(f64),
    /// A plain rule, whose rate of false alarms is what the journey's noise makes of it.
    Plain(Plain),
}

/// How incidents of a journey open and close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The rule that opens an incident: with a bound, or a plain one.
    pub rule: Rule,
    /// How long failures that pass by themselves last on average: [`mean_transient`] of what a person says.
    pub tau: Duration,
    /// How a suspicion is confirmed.
    pub confirmations: Confirmations,
    /// The evidence of recovery that closes an incident: eight good looks reach 200.
    pub close_at: f64,
    /// An incident that opens this soon after the last one closed joins it.
    pub join_within: Duration,
}

impl Settings {
    /// The defaults, with a budget for all journeys of the tenant, which have so many looks a day together.
    pub fn within(budget: Budget, looks_a_day: f64) -> Self {
        Self {
            rule: Rule::Bounded(budget.threshold(looks_a_day)),
            tau: mean_transient(TRANSIENT),
            confirmations: Confirmations::default(),
            close_at: 200.0,
            join_within: JOIN_WITHIN,
        }
    }

    /// When the next confirmation run is due, as [`Confirmations::next`] says, but no sooner after a run than a transient lasts.
    pub fn next_confirmation(
        &self,
        phase: Phase,
        since_slot: u32,
        ended_at: UnixMillis,
        interval: Option<Duration>,
    ) -> Option<UnixMillis> {
        let at = self.confirmations.next(phase, since_slot, ended_at, interval)?;
        let tau_ms = u64::try_from(self.tau.as_millis()).unwrap_or(u64::MAX);
        Some(at.max(UnixMillis(ended_at.0.saturating_add(tau_ms))))
    }
}
