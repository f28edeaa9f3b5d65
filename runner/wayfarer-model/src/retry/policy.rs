//! Whether a run is attempted again, when, and what its attempts amount to. Every attempt counts, the first one too.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::RunId;
use crate::nearest::nearest;
use crate::verdict::{Reason, Verdict};

/// How often a run may be attempted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts beyond the first.
    pub retries: u32,
    /// Before the first of them; twice as long before each further one, up to [`LONGEST_WAIT`](Self::LONGEST_WAIT).
    pub backoff: Duration,
    /// Which reasons of an attempt may lead to another.
    pub on: RetryReasons,
    /// The most retries of one journey in an hour, over all its runs.
    pub per_hour: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 0, backoff: Self::BACKOFF, on: RetryReasons::ALL, per_hour: Self::PER_HOUR }
    }
}

impl RetryPolicy {
    /// The default wait before the first retry.
    pub const BACKOFF: Duration = Duration::from_millis(200);
    /// A run keeps its permit while it waits, so no wait is longer.
    pub const LONGEST_WAIT: Duration = Duration::from_secs(10);
    /// The default of an hour: a journey that runs every minute and fails each time doubles its load for a third of it.
    pub const PER_HOUR: u32 = 20;

    /// So many retries, everything else by default.
    pub fn of(retries: u32) -> Self {
        Self { retries, ..Self::default() }
    }

    /// The same with so many retries.
    #[must_use]
    pub fn with(self, retries: u32) -> Self {
        Self { retries, ..self }
    }

    /// Whether another attempt may follow attempt `number` (from 1), which ended like that.
    ///
    /// A broken journey is not attempted again: its fault does not pass by itself.
    pub fn again(self, number: u32, verdict: Verdict, reason: Reason) -> bool {
        let may_pass = matches!(verdict, Verdict::Failed | Verdict::Inconclusive);
        number <= self.retries && may_pass && self.on.has(reason)
    }

    /// How long to wait after attempt `number` (from 1) of a run: between half and all of the back-off, by the run, so that runs
    /// that failed together do not come back together. The same run always waits as long.
    pub fn wait(self, number: u32, run: RunId) -> Duration {
        let doubled = self.backoff.saturating_mul(1 << number.saturating_sub(1).min(16));
        let most = doubled.min(Self::LONGEST_WAIT);
        let mut seed = u128::from_be_bytes(run.into_bytes()).wrapping_add(u128::from(number) << 64);
        seed = seed.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645);
        let share = f64::from(u32::try_from(seed >> 96).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
        most.mul_f64(share.mul_add(0.5, 0.5))
    }
}

/// The reasons that a failed or an inconclusive attempt can have, and that another attempt may not have.
const RETRIED: [Reason; 16] = [
    Reason::Check,
    Reason::Error,
    Reason::Step,
    Reason::Panic,
    Reason::Trap,
    Reason::Dns,
    Reason::Connect,
    Reason::Tls,
    Reason::Timeout,
    Reason::Protocol,
    Reason::TooLarge,
    Reason::Denied,
    Reason::RunnerNetwork,
    Reason::RunnerClock,
    Reason::RunnerStalled,
    Reason::Runner,
];

/// One reason for which attempts may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RetryReason(Reason);

impl FromStr for RetryReason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = RETRIED.into_iter().find(|reason| reason.as_str() == text);
        found.map(Self).ok_or_else(|| {
            let words = RETRIED.map(Reason::as_str);
            match nearest(text, words) {
                Some(word) => format!("`{text}` is no reason to try again: is it `{word}`?"),
                None => format!("`{text}` is no reason to try again: use some of `{}`", words.join("`, `")),
            }
        })
    }
}

impl TryFrom<String> for RetryReason {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RetryReason> for String {
    fn from(reason: RetryReason) -> Self {
        reason.to_string()
    }
}

impl fmt::Display for RetryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str())
    }
}

/// A set of reasons for which attempts may be made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryReasons(u16);

impl RetryReasons {
    /// One bit a reason; bits without a reason mean nothing.
    pub const ALL: Self = Self(u16::MAX);

    /// Whether it has a reason. It never has one that no other attempt can change.
    pub fn has(self, reason: Reason) -> bool {
        RETRIED.iter().position(|known| *known == reason).is_some_and(|place| self.0 & 1 << place != 0)
    }

    /// Those that it has, in the order in which documents list them.
    pub fn iter(self) -> impl Iterator<Item = RetryReason> {
        RETRIED.into_iter().filter(move |reason| self.has(*reason)).map(RetryReason)
    }
}

impl FromIterator<RetryReason> for RetryReasons {
    fn from_iter<I: IntoIterator<Item = RetryReason>>(reasons: I) -> Self {
        let bit = |RetryReason(reason)| {
            RETRIED.iter().position(|known| *known == reason).map_or(0, |place| 1 << place)
        };
        Self(reasons.into_iter().map(bit).fold(0, |all, bit| all | bit))
    }
}

/// What the attempts of a run amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOutcome {
    /// The run's verdict is the last attempt's.
    pub verdict: Verdict,
    /// Whether the first attempt was bad and the last one good.
    pub flaky: bool,
}

/// Folds the verdicts of a run's attempts, in order; none if there was no attempt.
pub fn outcome(attempts: &[Verdict]) -> Option<RunOutcome> {
    let verdict = *attempts.last()?;
    let flaky = verdict.is_good() && attempts.first().is_some_and(|first| !first.is_good());
    Some(RunOutcome { verdict, flaky })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnixMillis;
    use Verdict::{Broken, Failed, Inconclusive, Passed};

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        let policy = RetryPolicy::of(2);
        assert!(
            policy.again(1, Failed, Reason::Check) && policy.again(2, Inconclusive, Reason::RunnerNetwork)
        );
        assert!(!policy.again(3, Failed, Reason::Check), "there were as many as may be");
        for reason in Reason::ALL {
            assert!(!policy.again(1, Broken, *reason) && !policy.again(1, Passed, *reason), "{reason}");
        }
        for reason in [Reason::RunnerLost, Reason::RunnerStopped, Reason::DiskFull] {
            assert!(!policy.again(1, Inconclusive, reason), "{reason}");
        }
    }

    #[test]
    fn only_chosen_reasons_are_tried_again() {
        let on: RetryReasons =
            ["timeout", "connect"].into_iter().map(|text| text.parse::<RetryReason>().unwrap()).collect();
        let policy = RetryPolicy { on, ..RetryPolicy::of(1) };
        assert!(policy.again(1, Failed, Reason::Timeout) && policy.again(1, Failed, Reason::Connect));
        assert!(!policy.again(1, Failed, Reason::Check) && !policy.again(1, Inconclusive, Reason::Runner));
        let words = |on: RetryReasons| on.iter().map(|reason| reason.to_string()).collect::<Vec<_>>();
        assert_eq!(words(on), ["connect", "timeout"]);
        assert_eq!(words(RetryReasons::ALL).len(), RETRIED.len());
        assert!(RetryReasons::ALL.iter().collect::<RetryReasons>() == RetryReasons::ALL);
        assert!("timeuot".parse::<RetryReason>().unwrap_err().ends_with("is it `timeout`?"));
        for none in ["denied-by-law", "memory", "cpu", "no-step", "none"] {
            assert!(none.parse::<RetryReason>().is_err(), "{none}");
        }
    }

    #[test]
    fn a_wait_doubles_up_to_a_limit_and_differs_by_run() {
        let policy = RetryPolicy { backoff: Duration::from_secs(1), ..RetryPolicy::of(9) };
        let run = |number: u64| RunId::new(UnixMillis(1_000_000), [number as u8; 10]);
        for number in 1..=9 {
            let most = Duration::from_secs(1 << (number - 1)).min(RetryPolicy::LONGEST_WAIT);
            let mut seen: Vec<Duration> = (0..200).map(|of| policy.wait(number, run(of))).collect();
            assert!(seen.iter().all(|wait| *wait >= most / 2 && *wait <= most), "{number}: {seen:?}");
            seen.sort_unstable();
            assert!(seen[20] < most.mul_f64(0.6) && seen[180] > most.mul_f64(0.9), "{number}: {seen:?}");
            seen.dedup();
            assert!(seen.len() > 150, "{number}: runs that failed together part");
            assert_eq!(policy.wait(number, run(7)), policy.wait(number, run(7)));
        }
        let none = RetryPolicy { backoff: Duration::ZERO, ..policy };
        assert_eq!(none.wait(3, run(1)), Duration::ZERO);
    }

    #[test]
    fn a_late_pass_is_flaky() {
        assert_eq!(outcome(&[]), None);
        assert_eq!(outcome(&[Passed]), Some(RunOutcome { verdict: Passed, flaky: false }));
        assert_eq!(outcome(&[Failed, Passed]), Some(RunOutcome { verdict: Passed, flaky: true }));
        assert_eq!(outcome(&[Failed, Failed]), Some(RunOutcome { verdict: Failed, flaky: false }));
    }
}
