//! When the next confirmation run is due: looks come faster while a journey is suspected or recovers.
//!
//! Source: Assaf, Pollak and Ritov (1992), on sampling faster after a first alarm. The bound of the detector does not depend on when looks are taken.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::Phase;
use crate::units::UnixMillis;

/// How a suspicion is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmations {
    /// From the end of a run to the start of the next confirmation run.
    pub spacing: Duration,
    /// Confirmation runs between two slots, at most.
    pub per_slot: u32,
    /// So many good looks in a row relax a suspicion.
    pub relax_after: u32,
}

impl Default for Confirmations {
    fn default() -> Self {
        Self { spacing: Duration::from_secs(30), per_slot: 5, relax_after: 5 }
    }
}

impl Confirmations {
    /// When the next confirmation run is due; none if the journey needs none before its next slot.
    ///
    /// `since_slot` counts the confirmation runs since the journey's newest slot, whatever their verdicts. `ended_at` is the end of its newest run. If
    /// a slot comes earlier than the answer, that slot is the next look.
    pub fn next(self, phase: Phase, since_slot: u32, ended_at: UnixMillis) -> Option<UnixMillis> {
        let is_wanted = matches!(phase, Phase::Suspected | Phase::Recovering) && since_slot < self.per_slot;
        let spacing_ms = u64::try_from(self.spacing.as_millis()).unwrap_or(u64::MAX);
        is_wanted.then(|| UnixMillis(ended_at.0.saturating_add(spacing_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspicion_is_confirmed_from_the_end_of_the_run_and_only_so_often() {
        let confirmations = Confirmations { spacing: Duration::from_secs(30), ..Confirmations::default() };
        let next = |phase, since_slot| confirmations.next(phase, since_slot, UnixMillis(7_000));
        assert_eq!(next(Phase::Suspected, 0), Some(UnixMillis(37_000)));
        assert_eq!(next(Phase::Recovering, 4), Some(UnixMillis(37_000)));
        assert_eq!(next(Phase::Suspected, 5), None);
        assert_eq!([next(Phase::Quiet, 0), next(Phase::Open, 0)], [None, None]);
    }
}
