//! Roll-ups: the figures of one row, and how another run changes them.
//!
//! The store updates the figures in the transaction that writes the runs, and can rebuild them from the runs.
//! Both give the same figures, because they do not depend on the order of the runs. Durations are those of good
//! runs only: a quick failure, or one that hangs until its timeout, does not show how long the flow takes.

use crate::sketch::DurationSketch;
use crate::units::Micros;
use crate::verdict::Verdict;

/// Figures of durations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Durations {
    /// The sum; saturates.
    pub sum: Micros,
    /// The shortest duration; none without durations.
    pub min: Option<Micros>,
    /// The longest duration; none without durations.
    pub max: Option<Micros>,
    /// The distribution, for quantiles.
    pub sketch: DurationSketch,
}

/// The quantiles that every roll-up has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// The median.
    pub p50: Micros,
    /// 90 % of the durations are at most this.
    pub p90: Micros,
    /// 95 % of the durations are at most this.
    pub p95: Micros,
    /// 99 % of the durations are at most this.
    pub p99: Micros,
}

impl Durations {
    /// Adds one duration.
    pub fn add(&mut self, duration: Micros) {
        self.sum = Micros(self.sum.0.saturating_add(duration.0));
        self.min = Some(self.min.map_or(duration, |min| min.min(duration)));
        self.max = Some(self.max.map_or(duration, |max| max.max(duration)));
        self.sketch.add(duration);
    }

    /// Adds all durations of another period.
    pub fn merge(&mut self, other: &Self) {
        self.sum = Micros(self.sum.0.saturating_add(other.sum.0));
        self.min = [self.min, other.min].into_iter().flatten().min();
        self.max = self.max.max(other.max);
        self.sketch.merge(&other.sketch);
    }

    /// The quantiles, clamped to the shortest and longest duration. None without durations.
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
    /// Good runs whose first attempt was not good.
    pub flaky: u64,
    /// Runs within a maintenance window that mutes. No other figure includes them.
    pub muted: u64,
    /// Runs that a person has taken out of the rates. No other figure includes them.
    pub voided: u64,
    /// Durations of good runs.
    pub durations: Durations,
}

impl RunFigures {
    /// Adds a run within a maintenance window that mutes.
    pub fn mute(&mut self) {
        self.muted += 1;
    }

    /// Adds a run that a person has taken out of the rates.
    pub fn void(&mut self) {
        self.voided += 1;
    }

    /// Adds a run. `first` is the verdict of its first attempt; none if it had no attempt.
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

    /// Adds all runs of another period. The figures of a day's hours together are the day's.
    pub fn merge(&mut self, other: &Self) {
        let Self { verdicts, good_first_attempt, flaky, muted, voided, durations } = other;
        for (count, more) in self.verdicts.iter_mut().zip(verdicts) {
            *count += more;
        }
        self.good_first_attempt += good_first_attempt;
        self.flaky += flaky;
        self.muted += muted;
        self.voided += voided;
        self.durations.merge(durations);
    }

    /// The number of runs, including muted and voided ones.
    pub fn count(&self) -> u64 {
        self.verdicts.iter().sum::<u64>() + self.muted + self.voided
    }
}

/// The figures of a step over a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepFigures {
    /// Steps that ended without a failure.
    pub passed: u64,
    /// Steps that ended with a failure.
    pub failed: u64,
    /// Steps that were open when the attempt ended.
    pub open: u64,
    /// Durations of the steps that passed.
    pub durations: Durations,
}

impl StepFigures {
    /// Adds one step.
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

    /// The number of steps.
    pub fn count(&self) -> u64 {
        self.passed + self.failed + self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_parts_merged_are_those_of_the_whole() {
        let mut parts: [RunFigures; 3] = Default::default();
        let mut whole = RunFigures::default();
        for number in 0..96_u64 {
            let verdict = Verdict::ALL[number as usize % 8];
            let first = (number % 5 > 0).then_some(if number % 3 == 0 { Verdict::Failed } else { verdict });
            let duration = (number % 7 > 0).then_some(Micros(number * number * 1_000));
            for figures in [&mut parts[number as usize % 2], &mut whole] {
                figures.add(verdict, first, duration);
                if number % 11 == 0 {
                    figures.mute();
                }
            }
        }
        // The third part has no runs.
        let mut merged = RunFigures::default();
        for part in &parts {
            merged.merge(part);
        }
        assert_eq!(merged, whole);
    }
}
