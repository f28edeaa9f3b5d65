//! When an incident is over: the mirror of the detector.
//!
//! Each good look doubles the evidence of recovery: its ratio is (1 - p0)/(1 - q) with q = 0.5. A bad look takes nearly all of it away, so a target that
//! comes and goes stays one incident.

use serde::{Deserialize, Serialize};

/// While the target is half down, a look fails this often.
const RATE: f64 = 0.5;

/// The evidence of recovery reaches no more than this.
const CAP: f64 = 1e200;

/// The evidence that an open incident is over, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recovery(f64);

impl Default for Recovery {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Recovery {
    /// Takes a look into account. `base` is how often a healthy look fails.
    pub fn look(&mut self, is_bad: bool, base: f64) {
        let factor = if is_bad { (base / RATE).min(1.0) } else { 2.0 };
        self.0 = (self.0 * factor).clamp(1.0, CAP);
    }

    /// The evidence, which is compared with [`Settings::close_at`](super::Settings::close_at).
    pub fn statistic(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks_until_closed(outcomes: &[bool]) -> Option<usize> {
        let mut recovery = Recovery::default();
        outcomes.iter().position(|is_bad| {
            recovery.look(*is_bad, 0.01);
            recovery.statistic() >= 200.0
        })
    }

    #[test]
    fn eight_good_looks_close_and_a_bad_one_costs_nearly_all() {
        assert_eq!(looks_until_closed(&[false; 20]), Some(7));
        let mut flapping = [false; 20];
        flapping[6] = true;
        // 64 becomes 1.28, and eight more are needed: 1.28 times 256 is above 200.
        assert_eq!(looks_until_closed(&flapping), Some(14));
        assert_eq!(looks_until_closed(&[true, false, false, false].repeat(50)), None, "one in four fails");
    }

    #[test]
    fn nothing_makes_it_less_than_one() {
        let mut recovery = Recovery::default();
        for base in [0.0, -1.0, f64::NAN, f64::INFINITY, 0.9] {
            recovery.look(true, base);
            assert!(recovery.statistic() >= 1.0);
        }
        (0..10_000).for_each(|_| recovery.look(false, 0.01));
        assert!(recovery.statistic().is_finite());
    }
}
