//! What a person chooses about incidents. Every field has a default.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::confirmation::Confirmations;
use super::phase::Phase;
use super::plain::Plain;
use crate::units::UnixMillis;

/// What opens an incident.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The detector reaches this threshold, which is from [`Budget::threshold`].
    Bounded(f64),
    /// A plain rule, whose rate of false alarms is what the journey's noise makes of it.
    Plain(Plain),
}

/// How incidents of a journey open and close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The rule that opens an incident: with a bound, or a plain one.
    pub rule: Rule,
    /// Failures that pass by themselves within about this long are not worth a page.
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
            tau: Duration::from_secs(20),
            confirmations: Confirmations::default(),
            close_at: 200.0,
            join_within: Duration::from_mins(30),
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
