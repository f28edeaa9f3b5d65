//! Plain rules, for those who want to count: so many bad looks in a row, or among the last few. And what such a rule costs: its mean number of looks
//! between false alarms, for a journey's own noise.
//!
//! That figure is exact. The outcomes of the last looks are a Markov chain: a look fails with the base rate after a good look, and with the learned
//! rate after a bad one. States are eliminated one by one (Grassmann, Taksar and Heyman, 1985), which never subtracts and so keeps its digits even
//! where a false alarm comes once in 10^15 looks.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A rule looks at so many looks at most: its chain has 2^9 states then.
const LONGEST: u8 = 10;

/// `bad` of the last `of` looks are bad. `2 in a row` is 2 of 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Plain {
    bad: u8,
    of: u8,
}

/// Why something is no plain rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlainError {
    /// The text has another form.
    #[error("`{0}` is no rule: write `2 in a row` or `3 of 5`")]
    Form(String),
    /// The numbers do not fit.
    #[error(
        "{bad} of {of} looks: write at least 1 bad look, and no more than the looks of the rule, which are {LONGEST} at most"
    )]
    Range {
        /// So many bad looks open an incident.
        bad: u8,
        /// Among so many of the newest looks; at least `bad`.
        of: u8,
    },
}

impl Plain {
    /// `bad` of the last `of` looks, 1 to 10.
    ///
    /// # Errors
    /// [`PlainError::Range`].
    pub fn new(bad: u8, of: u8) -> Result<Self, PlainError> {
        if (1..=of).contains(&bad) && of <= LONGEST {
            Ok(Self { bad, of })
        } else {
            Err(PlainError::Range { bad, of })
        }
    }

    /// Whether the last looks open an incident.
    pub fn opens(self, outcomes: Outcomes) -> bool {
        self.holds(outcomes.0)
    }

    fn holds(self, bits: u16) -> bool {
        (bits & ((1 << self.of) - 1)).count_ones() >= u32::from(self.bad)
    }

    /// Mean looks from quiet to a false alarm. A look fails with probability `base` after a good look, and `again` after a bad one; both between 0
    /// and 1.
    pub fn mean_looks_to_false_alarm(self, base: f64, again: f64) -> f64 {
        let width = (self.of - 1).max(1);
        let mut chain = Chain::new(1 << width);
        for from in 0..1_u16 << width {
            let chance = if from & 1 == 1 { again } else { base };
            let after_bad = from << 1 | 1;
            let mask = (1 << width) - 1;
            let target = (!self.holds(after_bad)).then_some(after_bad & mask);
            chain.set(from, target, chance);
            chain.set(from, Some(from << 1 & mask), 1.0 - chance);
        }
        chain.mean_steps()
    }
}

/// A chain that ends: rows of probabilities, the last column that of the end.
struct Chain {
    rows: Vec<Vec<f64>>,
    steps: Vec<f64>,
}

impl Chain {
    fn new(states: usize) -> Self {
        Self { rows: vec![vec![0.0; states + 1]; states], steps: vec![1.0; states] }
    }

    /// None: the end.
    fn set(&mut self, from: u16, to: Option<u16>, chance: f64) {
        if let Some(row) = self.rows.get_mut(usize::from(from)) {
            let place = to.map_or(row.len() - 1, usize::from);
            if let Some(cell) = row.get_mut(place) {
                *cell += chance;
            }
        }
    }

    /// From the first state to the end; infinite if the end is never reached.
    fn mean_steps(mut self) -> f64 {
        while self.rows.len() > 1 {
            let (Some(row), Some(steps)) = (self.rows.pop(), self.steps.pop()) else { break };
            let place = self.rows.len();
            let leaving: f64 =
                row.iter().enumerate().filter(|(to, _)| *to != place).map(|(_, chance)| chance).sum();
            for (other, own_steps) in self.rows.iter_mut().zip(&mut self.steps) {
                let share = other.remove(place) / leaving;
                // Most states do not lead to the one that goes.
                if share > 0.0 {
                    *own_steps += share * steps;
                    let rest =
                        row.iter().enumerate().filter(|(to, _)| *to != place).map(|(_, chance)| chance);
                    other.iter_mut().zip(rest).for_each(|(cell, chance)| *cell += share * chance);
                }
            }
        }
        let end = self.rows.first().and_then(|row| row.last()).copied().unwrap_or_default();
        self.steps.first().copied().unwrap_or_default() / end
    }
}

/// The outcomes of the last looks; a set bit is a bad one, and the last look has the lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcomes(u16);

impl Outcomes {
    /// Appends the newest look and forgets the one that is too old to count.
    pub fn push(&mut self, is_bad: bool) {
        self.0 = self.0 << 1 | u16::from(is_bad);
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bad == self.of {
            write!(f, "{} in a row", self.bad)
        } else {
            write!(f, "{} of {}", self.bad, self.of)
        }
    }
}

impl FromStr for Plain {
    type Err = PlainError;
    fn from_str(text: &str) -> Result<Self, PlainError> {
        let form = || PlainError::Form(text.to_owned());
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = |word: &str| word.parse::<u8>().map_err(|_| form());
        match words.as_slice() {
            [bad, "in", "a", "row"] => Self::new(number(bad)?, number(bad)?),
            [bad, "of", of] => Self::new(number(bad)?, number(of)?),
            _ => Err(form()),
        }
    }
}

impl TryFrom<String> for Plain {
    type Error = PlainError;
    fn try_from(text: String) -> Result<Self, PlainError> {
        text.parse()
    }
}

impl From<Plain> for String {
    fn from(rule: Plain) -> Self {
        rule.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(rule: &str, base: f64, again: f64) -> f64 {
        rule.parse::<Plain>().unwrap().mean_looks_to_false_alarm(base, again)
    }

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} instead of {expected}");
    }

    #[test]
    fn runs_in_a_row_have_their_formula() {
        for p in [0.001, 0.01, 0.1] {
            close(mean("1 in a row", p, p), 1.0 / p);
            // (p^-n - 1) / (1 - p), Feller I, XIII.7.
            for n in 2..=10_i32 {
                close(mean(&format!("{n} in a row"), p, p), (p.powi(-n) - 1.0) / (1.0 - p));
            }
        }
    }

    #[test]
    fn clustering_takes_two_in_a_row_from_forty_thousand_to_six_hundred() {
        // From quiet: 1/p looks to a bad one; then r: alarm, 1 - r: again from quiet.
        let (p, r) = (0.005, 0.3);
        close(mean("2 in a row", p, r), (1.0 / p + 1.0) / r);
        assert!((mean("2 in a row", p, p) - 40_200.0).abs() < 1.0);
        assert!((mean("2 in a row", p, r) - 670.0).abs() < 1.0);
    }

    /// By what the words mean: a simulation that knows nothing of chains.
    #[test]
    fn a_rule_of_some_among_few_is_as_simulated() {
        for (rule, base, again) in [("2 of 3", 0.05, 0.3), ("3 of 5", 0.1, 0.2), ("4 of 9", 0.2, 0.1)] {
            let plain: Plain = rule.parse().unwrap();
            let mut seed = 7_u64;
            let mut chance = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed >> 11) as f64 / (1_u64 << 53) as f64
            };
            let (mut alarms, mut looks) = (0_u32, 0_u32);
            while alarms < 1_000 {
                let (mut outcomes, mut is_bad) = (Outcomes::default(), false);
                while !plain.opens(outcomes) {
                    is_bad = chance() < if is_bad { again } else { base };
                    outcomes.push(is_bad);
                    looks += 1;
                }
                alarms += 1;
            }
            let (simulated, exact) = (f64::from(looks) / f64::from(alarms), mean(rule, base, again));
            assert!((simulated / exact - 1.0).abs() < 0.12, "{rule}: {simulated} and {exact}");
        }
    }

    #[test]
    fn rare_alarms_keep_their_digits() {
        close(mean("9 in a row", 0.0005, 0.0005), (0.0005_f64.powi(-9) - 1.0) / 0.9995);
        assert!(mean("2 in a row", 0.01, 0.0).is_infinite(), "none comes");
    }

    #[test]
    fn rules_read_as_they_are_written() {
        for text in ["1 in a row", "3 in a row", "2 of 3", "9 of 10"] {
            assert_eq!(text.parse::<Plain>().unwrap().to_string(), text);
        }
        for text in ["", "two of three", "2 of", "2 in row", "300 of 400", "-1 of 2"] {
            assert!(matches!(text.parse::<Plain>(), Err(PlainError::Form(_))), "{text}");
        }
        for text in ["0 of 3", "4 of 3", "2 of 11", "11 in a row"] {
            assert!(matches!(text.parse::<Plain>(), Err(PlainError::Range { .. })), "{text}");
        }
    }
}
