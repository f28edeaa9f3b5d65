//! What many runs amount to: the figures of one row of a roll-up, and how one more run changes them.
//!
//! The store folds these in the transaction that writes the runs, and rebuilds them from the runs alone; both
//! ways give the same figures, since nothing here depends on order. Durations are those of good runs: a
//! failure that is quick, or one that hangs until its timeout, says nothing of how long the flow takes.

use crate::sketch::DurationSketch;
use crate::units::Micros;
use crate::verdict::Verdict;

/// How long things took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Durations {
    /// All of them together.
    pub sum: Micros,
    /// The shortest; none of nothing.
    pub min: Option<Micros>,
    /// The longest.
    pub max: Option<Micros>,
    /// The rest.
    pub sketch: DurationSketch,
}

/// The quantiles that every roll-up has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// Half are at most this.
    pub p50: Micros,
    /// 90 of 100 are.
    pub p90: Micros,
    /// 95 of 100 are.
    pub p95: Micros,
    /// 99 of 100 are.
    pub p99: Micros,
}

impl Durations {
    /// One more.
    pub fn add(&mut self, duration: Micros) {
        self.sum = Micros(self.sum.0.saturating_add(duration.0));
        self.min = Some(self.min.map_or(duration, |min| min.min(duration)));
        self.max = Some(self.max.map_or(duration, |max| max.max(duration)));
        self.sketch.add(duration);
    }

    /// Never beyond what was really seen.
    pub fn quantiles(&self) -> Option<Quantiles> {
        let (min, max) = (self.min?, self.max?);
        let [p50, p90, p95, p99] =
            self.sketch.quantiles([0.5, 0.9, 0.95, 0.99])?.map(|value| value.clamp(min, max));
        Some(Quantiles { p50, p90, p95, p99 })
    }
}

/// The figures of a journey over a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFigures {
    /// Runs by verdict, in the order of [`Verdict::ALL`].
    pub verdicts: [u64; 8],
    /// Runs whose first attempt was good.
    pub good_first_attempt: u64,
    /// Runs that were good in the end though not at first.
    pub flaky: u64,
    /// Runs within a maintenance window that mutes: they count here, and nowhere else.
    pub muted: u64,
    /// Of good runs.
    pub durations: Durations,
}

impl RunFigures {
    /// One more run, within a maintenance window that mutes.
    pub fn mute(&mut self) {
        self.muted += 1;
    }

    /// One more run. `first` is the verdict of its first attempt, where it had one.
    pub fn add(&mut self, verdict: Verdict, first: Option<Verdict>, duration: Option<Micros>) {
        let place = Verdict::ALL.iter().position(|known| *known == verdict);
        if let Some(count) = place.and_then(|place| self.verdicts.get_mut(place)) {
            *count += 1;
        }
        let good_first_attempt = first.is_some_and(Verdict::is_good);
        self.good_first_attempt += u64::from(good_first_attempt);
        self.flaky += u64::from(verdict.is_good() && !good_first_attempt);
        if let Some(duration) = duration.filter(|_| verdict.is_good()) {
            self.durations.add(duration);
        }
    }

    /// How many runs, muted ones too.
    pub fn count(&self) -> u64 {
        self.verdicts.iter().sum::<u64>() + self.muted
    }
}

/// The figures of a step over a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepFigures {
    /// Ended without a failure.
    pub passed: u64,
    /// Ended with one.
    pub failed: u64,
    /// Open when the attempt ended.
    pub open: u64,
    /// Of those that passed.
    pub durations: Durations,
}

impl StepFigures {
    /// One more.
    pub fn add(&mut self, outcome: crate::report::StepOutcome, duration: Micros) {
        use crate::report::StepOutcome::{Failed, Open, Passed};
        match outcome {
            Passed => {
                self.passed += 1;
                self.durations.add(duration);
            }
            Failed => self.failed += 1,
            Open => self.open += 1,
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.passed + self.failed + self.open
    }
}
