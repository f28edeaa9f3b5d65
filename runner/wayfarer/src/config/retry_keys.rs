//! How a journey's attempts follow each other: the keys `retry_wait`, `retry_on` and `retries_per_hour` of `[journeys.NAME]` and
//! `[http-check.NAME]`, checked while the file is read.

use std::time::Duration;

use wayfarer_model::retry::{RetryPolicy, RetryReason};
use wayfarer_model::units::parse_duration;

use super::text::{DURATION, Shape};
use super::{FromText, Text};

/// `retry_wait`: from an attempt to the first retry. Each further wait is twice as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RetryWait(pub(crate) Duration);

impl FromText for RetryWait {
    const WHAT: &'static str = "a duration such as `500ms`";
    fn from_text(text: &str) -> Result<Self, String> {
        let wait = parse_duration(text).map_err(|error| error.to_string())?;
        if wait > RetryPolicy::LONGEST_WAIT {
            return Err(format!(
                "a wait of `{}` is longer than 10 seconds, in which the run would keep its place: write `10s` or less",
                wait.to_text()
            ));
        }
        Ok(Self(wait))
    }
    fn to_text(&self) -> String {
        self.0.to_text()
    }
    fn shape() -> Shape {
        Shape::Like(DURATION)
    }
}

impl FromText for RetryReason {
    const WHAT: &'static str = "a reason such as `timeout`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// The keys beside `retries`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RetryKeys {
    pub(crate) wait: Option<Text<RetryWait>>,
    pub(crate) on: Option<Vec<Text<RetryReason>>>,
    pub(crate) per_hour: Option<u32>,
}

impl RetryKeys {
    /// The policy of a journey that has so many retries.
    pub(crate) fn policy(&self, retries: u32) -> RetryPolicy {
        let given = RetryPolicy::default();
        RetryPolicy {
            retries,
            backoff: self.wait.map_or(given.backoff, |Text(RetryWait(wait))| wait),
            on: self.on.as_ref().map_or(given.on, |on| on.iter().map(|Text(reason)| *reason).collect()),
            per_hour: self.per_hour.unwrap_or(given.per_hour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_the_default() {
        assert_eq!(RetryKeys::default().policy(2), RetryPolicy::of(2));
        let keys = RetryKeys {
            wait: Some(Text(RetryWait::from_text("1s").unwrap())),
            on: Some(vec![Text(RetryReason::from_text("timeout").unwrap())]),
            per_hour: Some(3),
        };
        let policy = keys.policy(2);
        assert_eq!((policy.backoff, policy.per_hour), (Duration::from_secs(1), 3));
        assert_eq!(policy.on.iter().map(|reason| reason.to_text()).collect::<Vec<_>>(), ["timeout"]);
    }

    #[test]
    fn a_wait_that_would_keep_a_place_for_long_is_refused() {
        assert!(RetryWait::from_text("11s").unwrap_err().contains("write `10s` or less"));
        assert_eq!(RetryWait::from_text("10s").unwrap().to_text(), "10s");
    }
}
