//! The most that a journey may ask for, and what happens above it.
//!
//! A deploy that asks for more is refused, because a journey that needs more should not run with less. A limit that
//! equals the default was not asked for: it is cut in silence. The same happens to every limit if the ceiling is lowered
//! after the deploy.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use wayfarer_model::limits::Limits;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::units::{Bytes, Micros};

/// The most that a tenant's journeys may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ceiling {
    pub(crate) limits: Limits,
    /// Attempts beyond the first.
    pub(crate) retries: u32,
}

/// Something that a journey asked for and may not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excess {
    /// The key in `journey.toml` and in `wayfarer.toml`.
    pub(crate) key: &'static str,
    pub(crate) asked: String,
    pub(crate) most: String,
    /// What follows the tenant in the name of the key's table in `wayfarer.toml`.
    pub(crate) table: &'static str,
}

impl Ceiling {
    /// No ceiling: a journey gets what it asks for.
    pub(crate) const UNBOUNDED: Self = Self {
        limits: Limits {
            wall: Duration::MAX,
            cpu: Duration::MAX,
            memory: u64::MAX,
            table_elements: u64::MAX,
            steps: u32::MAX,
            checks: u32::MAX,
            metrics: u32::MAX,
            requests: u32::MAX,
            concurrent_requests: u32::MAX,
            traffic: u64::MAX,
            request_body: u64::MAX,
            response_body: u64::MAX,
            log: u64::MAX,
            artifacts: u64::MAX,
            handles: u32::MAX,
        },
        retries: u32::MAX,
    };

    /// Everything that a journey asked for and may not have.
    pub(crate) fn excesses(&self, limits: &Limits, retry: RetryPolicy) -> Vec<Excess> {
        let above = above(limits, &self.limits).map(|(key, asked, most)| Excess {
            key,
            asked: asked.to_string(),
            most: most.to_string(),
            table: ".limits",
        });
        let retries = (retry.retries > self.retries).then(|| Excess {
            key: "retries",
            asked: retry.retries.to_string(),
            most: self.retries.to_string(),
            table: "",
        });
        above.chain(retries).collect()
    }

    /// The limits under their keys in `wayfarer.toml`; times in microseconds under `KEY_us`.
    pub(crate) fn json(&self) -> Map<String, Value> {
        let entry = |(key, figure): (&str, Figure)| match figure {
            Figure::Time(time) => (format!("{key}_us"), Micros::from_duration(time).0.into()),
            Figure::Size(number) | Figure::Number(number) => (key.to_owned(), number.into()),
        };
        figures(&self.limits).into_iter().map(entry).collect()
    }

    /// What a journey gets of what it asks for.
    pub(super) fn cut(&self, limits: &Limits, retry: RetryPolicy) -> (Limits, RetryPolicy) {
        (cut(limits, &self.limits), RetryPolicy { retries: retry.retries.min(self.retries), ..retry })
    }
}

/// The ceiling of a tenant that says nothing of one.
pub(crate) fn default_ceiling() -> Limits {
    Limits {
        wall: Duration::from_mins(10),
        cpu: Duration::from_mins(1),
        memory: 1 << 30,
        table_elements: 200_000,
        steps: 10_000,
        checks: 100_000,
        metrics: 10_000,
        requests: 10_000,
        concurrent_requests: 64,
        traffic: 1 << 30,
        request_body: 64 << 20,
        response_body: 64 << 20,
        log: 1 << 20,
        artifacts: 16 << 20,
        handles: 10_000,
    }
}

/// A limit's figure, as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum Figure {
    Time(Duration),
    Size(u64),
    Number(u64),
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => Micros::from_duration(*time).fmt(f),
            Self::Size(bytes) => Bytes(*bytes).fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// Every limit under its key in `[limits]`.
fn figures(limits: &Limits) -> [(&'static str, Figure); 15] {
    use Figure::{Number, Size, Time};
    let Limits {
        wall,
        cpu,
        memory,
        table_elements,
        steps,
        checks,
        metrics,
        requests,
        concurrent_requests,
        traffic,
        request_body,
        response_body,
        log,
        artifacts,
        handles,
    } = *limits;
    [
        ("timeout", Time(wall)),
        ("cpu", Time(cpu)),
        ("memory", Size(memory)),
        ("table_elements", Number(table_elements)),
        ("steps", Number(steps.into())),
        ("checks", Number(checks.into())),
        ("metrics", Number(metrics.into())),
        ("requests", Number(requests.into())),
        ("concurrent_requests", Number(concurrent_requests.into())),
        ("traffic", Size(traffic)),
        ("request_body", Size(request_body)),
        ("response_body", Size(response_body)),
        ("log", Size(log)),
        ("artifacts", Size(artifacts)),
        ("handles", Number(handles.into())),
    ]
}

/// Key, asked, most.
fn above(asked: &Limits, most: &Limits) -> impl Iterator<Item = (&'static str, Figure, Figure)> {
    let given = figures(&Limits::default());
    let pairs = figures(asked).into_iter().zip(figures(most)).zip(given);
    pairs.filter_map(|(((key, asked), (_, most)), (_, given))| {
        (asked > most && asked != given).then_some((key, asked, most))
    })
}

/// The smaller of each limit.
fn cut(asked: &Limits, most: &Limits) -> Limits {
    Limits {
        wall: asked.wall.min(most.wall),
        cpu: asked.cpu.min(most.cpu),
        memory: asked.memory.min(most.memory),
        table_elements: asked.table_elements.min(most.table_elements),
        steps: asked.steps.min(most.steps),
        checks: asked.checks.min(most.checks),
        metrics: asked.metrics.min(most.metrics),
        requests: asked.requests.min(most.requests),
        concurrent_requests: asked.concurrent_requests.min(most.concurrent_requests),
        traffic: asked.traffic.min(most.traffic),
        request_body: asked.request_body.min(most.request_body),
        response_body: asked.response_body.min(most.response_body),
        log: asked.log.min(most.log),
        artifacts: asked.artifacts.min(most.artifacts),
        handles: asked.handles.min(most.handles),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_refused_and_what_was_not_is_cut() {
        let most = Limits { memory: 64 << 20, steps: 10, wall: Duration::from_secs(5), ..default_ceiling() };
        let asked = Limits { steps: 11, wall: Duration::from_secs(90), ..Limits::default() };
        let said: Vec<String> =
            above(&asked, &most).map(|(key, asked, most)| format!("{key}: {asked} > {most}")).collect();
        assert_eq!(said, ["timeout: 1m30s > 5.00s", "steps: 11 > 10"], "memory was not asked for");
        let cut = cut(&asked, &most);
        assert_eq!((cut.memory, cut.steps, cut.wall), (64 << 20, 10, Duration::from_secs(5)));
        assert_eq!(above(&cut, &most).count(), 0);
        assert_eq!(
            above(&Limits::default(), &default_ceiling()).count(),
            0,
            "a journey that says nothing is welcome"
        );
    }
}
