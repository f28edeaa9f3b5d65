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

/// Beyond this, looks that are further apart make a total outage no clearer (`make bench CONTEST=signal` was tried with 20 to 60 s).
const LONGEST_SPACING: Duration = Duration::from_secs(45);
/// Nearer looks meet the same transient.
const SHORTEST_SPACING: Duration = Duration::from_secs(10);

impl Confirmations {
    /// The defaults for a journey with that interval: a third of it apart, 10 s at least and 45 s at most.
    ///
    /// Where all looks fail, evidence grows with the time that passes and hardly with the number of looks, because a transient that still lasts
    /// explains them all; so five looks must reach far. Where some fail, each look counts; so a short interval has looks between its slots too.
    pub fn every(interval: Duration) -> Self {
        let spacing = (interval / 3).clamp(SHORTEST_SPACING, LONGEST_SPACING);
        Self { spacing, per_slot: 5, relax_after: 10 }
    }

    /// When the next confirmation run is due; none if the next slot is the next look.
    ///
    /// `since_slot` counts the confirmation runs since the journey's newest slot, whatever their verdicts. `ended_at` is the end of its newest run.
    /// A confirmation run leaves half the spacing before the next slot: a slot right after it would say nothing, because a transient that the
    /// one met the other meets too.
    pub fn next(
        self,
        phase: Phase,
        since_slot: u32,
        ended_at: UnixMillis,
        next_slot: Option<UnixMillis>,
    ) -> Option<UnixMillis> {
        let is_wanted = matches!(phase, Phase::Suspected | Phase::Recovering) && since_slot < self.per_slot;
        let spacing_ms = u64::try_from(self.spacing.as_millis()).unwrap_or(u64::MAX);
        let at = ended_at.0.saturating_add(spacing_ms);
        let fits = next_slot.is_none_or(|slot| at.saturating_add(spacing_ms / 2) <= slot.0);
        (is_wanted && fits).then_some(UnixMillis(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suspicion_is_confirmed_from_the_end_of_the_run_and_only_so_often() {
        let confirmations = Confirmations { spacing: Duration::from_secs(30), per_slot: 5, relax_after: 10 };
        let next = |phase, since_slot| confirmations.next(phase, since_slot, UnixMillis(7_000), None);
        assert_eq!(next(Phase::Suspected, 0), Some(UnixMillis(37_000)));
        assert_eq!(next(Phase::Recovering, 4), Some(UnixMillis(37_000)));
        assert_eq!(next(Phase::Suspected, 5), None);
        assert_eq!([next(Phase::Quiet, 0), next(Phase::Open, 0)], [None, None]);
        let before =
            |slot| confirmations.next(Phase::Suspected, 0, UnixMillis(7_000), Some(UnixMillis(slot)));
        assert_eq!(before(51_999), None, "the slot comes too soon after it");
        assert_eq!(before(52_000), Some(UnixMillis(37_000)));
    }

    #[test]
    fn the_spacing_follows_the_interval() {
        let spacing = |seconds| Confirmations::every(Duration::from_secs(seconds)).spacing.as_secs();
        assert_eq!([10, 60, 120, 300, 86_400].map(spacing), [10, 20, 40, 45, 45]);
    }
}
