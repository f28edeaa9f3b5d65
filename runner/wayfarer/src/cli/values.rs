//! Values of options that several commands take.

use std::time::Duration;

use wayfarer_model::units::{UnixMillis, parse_duration};

use crate::author::session;

/// An instant, or how long before now it was.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Ago(Duration),
    At(UnixMillis),
}

impl When {
    pub(super) fn at(self, now: UnixMillis) -> UnixMillis {
        match self {
            Self::Ago(ago) => UnixMillis(now.0.saturating_sub(ago.as_millis() as u64)),
            Self::At(at) => at,
        }
    }
}

pub(super) fn when(text: &str) -> Result<When, String> {
    parse_duration(text).map(When::Ago).or_else(|_| UnixMillis::parse(text).map(When::At)).map_err(|_| {
        format!(
            "`{text}` is not an instant: write a duration such as `2h`, a date, or `2026-03-29T03:00:00Z`"
        )
    })
}

/// A good run for which a person wants another exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FailOn {
    /// A soft check failed or a latency budget was exceeded
    Degraded,
    /// A retry made the run good
    Flaky,
}

impl FailOn {
    /// All of them together.
    pub(super) fn together(all: &[Self]) -> session::FailOn {
        let has = |one| all.contains(&one);
        session::FailOn { degraded: has(Self::Degraded), flaky: has(Self::Flaky) }
    }
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}
