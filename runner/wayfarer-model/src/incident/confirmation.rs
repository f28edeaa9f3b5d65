//! When the next confirmation run is due: looks come faster while a journey is suspected or recovers.
//!
//! Source: Assaf, Pollak and Ritov (1992), on sampling faster after a first alarm. The bound of the detector does not depend on when looks are taken.
//!
//! How far apart was chosen from simulations (`make bench CONTEST=signal`, with 10 to 60 s). Where all looks fail, evidence grows with the time that passes
//! and hardly with the number of looks, because a transient that still lasts explains them all. Nearer than 20 s, looks use up the five of a slot too early;
//! further apart, what was learned of "bad again" bounds the evidence of each.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::phase::Phase;
use crate::units::UnixMillis;

/// Nearer looks meet the same transient.
const SHORTEST_SPACING: Duration = Duration::from_secs(10);

/// How a suspicion is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmations {
    /// From the end of a run to the start of the next confirmation run, at most. Journeys with short intervals have a third of those instead.
    pub spacing: Duration,
    /// Confirmation runs between two slots, at most.
    pub per_slot: u32,
    /// So many good looks in a row relax a suspicion.
    pub relax_after: u32,
}

impl Default for Confirmations {
    fn default() -> Self {
        Self { spacing: Duration::from_secs(20), per_slot: 5, relax_after: 10 }
    }
}

impl Confirmations {
    /// When the next confirmation run is due; none if the journey needs none before its next slot.
    ///
    /// `since_slot` counts the confirmation runs since the journey's newest slot, whatever their verdicts. `ended_at` is the end of its newest run,
    /// and `interval` the time between its slots, where it is known. If a slot comes earlier than the answer, that slot is the next look.
    pub fn next(
        self,
        phase: Phase,
        since_slot: u32,
        ended_at: UnixMillis,
        interval: Option<Duration>,
    ) -> Option<UnixMillis> {
        let is_wanted = matches!(phase, Phase::Suspected | Phase::Recovering) && since_slot < self.per_slot;
        let third = interval.map_or(self.spacing, |interval| (interval / 3).max(SHORTEST_SPACING));
        let spacing_ms = u64::try_from(third.min(self.spacing).as_millis()).unwrap_or(u64::MAX);
        is_wanted.then(|| UnixMillis(ended_at.0.saturating_add(spacing_ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspicion_is_confirmed_from_the_end_of_the_run_and_only_so_often() {
        let next =
            |phase, since_slot| Confirmations::default().next(phase, since_slot, UnixMillis(7_000), None);
        assert_eq!(next(Phase::Suspected, 0), Some(UnixMillis(27_000)));
        assert_eq!(next(Phase::Recovering, 4), Some(UnixMillis(27_000)));
        assert_eq!(next(Phase::Suspected, 5), None);
        assert_eq!([next(Phase::Quiet, 0), next(Phase::Open, 0)], [None, None]);
    }

    #[test]
    fn the_spacing_follows_a_short_interval() {
        let spacing = |seconds| {
            let interval = Some(Duration::from_secs(seconds));
            Confirmations::default().next(Phase::Suspected, 0, UnixMillis(0), interval).map(|at| at.0 / 1_000)
        };
        assert_eq!([1, 45, 60, 300, 86_400].map(spacing), [10, 15, 20, 20, 20].map(Some));
    }
}
