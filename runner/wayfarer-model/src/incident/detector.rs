//! The evidence that a journey fails more often than by chance: an e-detector.
//!
//! Sources: Shin, Ramdas and Rinaldo, "E-detectors: a nonparametric framework for sequential change detection" (2023); for CUSUM, Lorden (1971) and
//! Moustakides (1986).
//!
//! Each look multiplies three statistics by a likelihood ratio: `q'/pi` if it failed and `(1 - q')/(1 - pi)` if not. `pi` bounds the chance that a
//! healthy look fails, and `q' = max(q, pi)` is the chance while the target is down (0.95), half of it is (0.5), or one part in seven (0.15). A
//! statistic below 1 begins again at 1 (CUSUM).
//!
//! **The bound.** If a healthy look fails with probability `pi` at most, whatever went before, the expectation of each ratio is 1 at most. The
//! statistics then stay below a Shiryaev-Roberts sum, which grows by 1 a look in expectation, and so the mean number of looks until their weighted
//! sum reaches `A` is at least `A` (optional stopping). No independence is needed, and looks may be taken whenever earlier looks say so.

use serde::{Deserialize, Serialize};

/// How often a look fails while the target is down, half down, or fails now and then.
const RATES: [f64; 3] = [0.95, 0.5, 0.15];

/// Each rate has the same weight.
const WEIGHT: f64 = 1.0 / 3.0;

/// Statistics stop here, far above every threshold, so that none becomes infinite.
const CAP: f64 = 1e200;

/// Probabilities stay this far from 0 and 1, so that every ratio is finite and positive.
const MARGIN: f64 = 1e-9;

/// Three statistics, one for each rate. At rest each is 1 or less.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Detector([f64; 3]);

impl Detector {
    /// Takes a look into account, which a healthy target would fail with probability `pi` at most.
    pub fn look(&mut self, is_bad: bool, pi: f64) {
        let pi = if pi.is_nan() { 1.0 } else { pi }.clamp(MARGIN, 1.0 - MARGIN);
        for (statistic, rate) in self.0.iter_mut().zip(RATES) {
            let rate = rate.max(pi);
            let ratio = if is_bad { rate / pi } else { (1.0 - rate) / (1.0 - pi) };
            *statistic = (ratio * statistic.max(1.0)).min(CAP);
        }
    }

    /// The weighted sum, which is compared with the threshold.
    pub fn statistic(&self) -> f64 {
        self.0.iter().map(|statistic| WEIGHT * statistic).sum()
    }

    /// The part of the sum that is for a target that is down: it grows where more than about half of the looks fail. What bounds the sum bounds it.
    pub fn statistic_of_outage(&self) -> f64 {
        self.of_outage().map(|statistic| WEIGHT * statistic).sum()
    }

    /// Whether nothing is left of earlier failures in that part.
    pub fn is_outage_at_rest(&self) -> bool {
        self.of_outage().all(|statistic| statistic <= 1.0)
    }

    fn of_outage(&self) -> impl Iterator<Item = f64> {
        self.0.into_iter().zip(RATES).filter(|(_, rate)| *rate > 0.5).map(|(statistic, _)| statistic)
    }

    /// Whether nothing is left of earlier failures.
    pub fn is_at_rest(&self) -> bool {
        self.0.iter().all(|statistic| *statistic <= 1.0)
    }
}

/// The look before, at the same location, was bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BadBefore {
    /// Seconds from its end to the start of this look.
    pub gap_s: f64,
    /// The learned chance of a further bad look after this gap, from [`Noise::again`](super::Noise::again).
    pub again: f64,
}

/// `pi`: the chance that a healthy look fails at most.
///
/// `base` is the journey's own rate. After a bad look a transient may last: `exp(-gap/tau)` is the chance that it does, where transients last `tau`
/// seconds on average.
pub fn chance_of_failure(base: f64, before: Option<BadBefore>, tau_s: f64) -> f64 {
    let Some(BadBefore { gap_s, again }) = before else { return base };
    let decay = gap_s.max(0.0) / tau_s.max(1e-3);
    let lasting = base + (1.0 - base) * (-decay).exp();
    again.max(lasting)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_looks_are_as_the_rule_is_written() {
        let mut detector = Detector::default();
        detector.look(true, 0.01);
        assert!((detector.statistic() - (95.0 + 50.0 + 15.0) / 3.0).abs() < 1e-9);
        detector.look(false, 0.25);
        let expected = (95.0 * 0.05 / 0.75 + 50.0 * 0.5 / 0.75 + 15.0) / 3.0;
        assert!((detector.statistic() - expected).abs() < 1e-9, "one in seven is below pi, and says nothing");
    }

    #[test]
    fn good_looks_bring_it_to_rest() {
        let mut detector = Detector::default();
        assert!(detector.is_at_rest());
        detector.look(true, 0.01);
        assert!(!detector.is_at_rest());
        (0..20).for_each(|_| detector.look(false, 0.01));
        assert!(detector.is_at_rest());
    }

    #[test]
    fn a_transient_fades() {
        let after = |gap_s| chance_of_failure(0.01, Some(BadBefore { gap_s, again: 0.02 }), 20.0);
        assert!((after(0.0) - 1.0).abs() < 1e-12);
        assert!((after(20.0) - (0.01 + 0.99 / std::f64::consts::E)).abs() < 1e-12);
        assert!((after(1e9) - 0.02).abs() < 1e-12, "what was learned is the least");
        assert!((chance_of_failure(0.01, None, 20.0) - 0.01).abs() < 1e-12);
    }

    proptest! {
        /// Against logarithms, which cannot overflow.
        #[test]
        fn decisions_are_those_of_logarithms(looks in prop::collection::vec((any::<bool>(), 0.0005_f64..0.9), 0..400)) {
            let mut detector = Detector::default();
            let mut logs = [f64::NEG_INFINITY; 3];
            for (is_bad, pi) in looks {
                detector.look(is_bad, pi);
                for (log, rate) in logs.iter_mut().zip(RATES) {
                    let rate: f64 = rate.max(pi);
                    let ratio = if is_bad { rate.ln() - pi.ln() } else { (1.0 - rate).ln() - (1.0 - pi).ln() };
                    *log = ratio + log.max(0.0);
                }
                let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum = most + (logs.iter().map(|log| (log - most).exp()).sum::<f64>() / 3.0).ln();
                for threshold in [2e3_f64, 1e6, 1e12, 1e60] {
                    let distance = sum - threshold.ln();
                    prop_assert!(distance.abs() < 1e-6 || (detector.statistic() >= threshold) == (distance > 0.0));
                }
            }
        }

        #[test]
        fn no_input_makes_it_other_than_a_number(looks in prop::collection::vec((any::<bool>(), any::<f64>(), any::<f64>(), any::<f64>()), 1..500)) {
            let mut detector = Detector::default();
            for (is_bad, base, gap_s, tau_s) in looks {
                let before = Some(BadBefore { gap_s, again: base });
                detector.look(is_bad, chance_of_failure(base, before, tau_s));
                prop_assert!(detector.statistic().is_finite() && detector.statistic() >= 0.0);
            }
        }

        /// What the bound rests on: the expectation of the ratio is 1 at most, for every chance up to pi.
        #[test]
        fn a_look_is_worth_nothing_in_expectation(pi in 0.0005_f64..0.99, share in 0.0_f64..1.0) {
            let (mut bad, mut good) = (Detector::default(), Detector::default());
            bad.look(true, pi);
            good.look(false, pi);
            let chance = pi * share;
            let expected = chance * bad.statistic() + (1.0 - chance) * good.statistic();
            prop_assert!(expected <= 1.0 + 1e-12, "{expected}");
        }
    }
}
