//! What a run saw, from its last attempt: the step, the check, the request, and whose fault it was.

use url::Url;

use super::facts::Evidence;
use crate::report::{AttemptReport, Recording, StepOutcome};
use crate::traffic::TrafficRecord;
use crate::userinfo::without_userinfo;

/// The longest path of a request, in characters.
const PATH: usize = 80;

impl Evidence {
    /// What an attempt saw. Without a failure it says so by an empty message.
    pub fn of(attempt: &AttemptReport) -> Self {
        let recording = &attempt.recording;
        let failure = attempt.failure.clone().unwrap_or_default();
        let check = failure.check.and_then(|number| recording.checks.get(number as usize));
        let step = check.and_then(|check| check.step).or_else(|| failed_step(recording));
        let exchange = match failure.request {
            Some(number) => recording.traffic.get(number as usize),
            None => recording.traffic.iter().rev().find(|record| record.step == step && is_bad(record)),
        };
        let request = exchange.map(|record| record.kind.as_request());
        let url = request.as_ref().and_then(|request| Url::parse(&request.url).ok());
        let name = |number: u32| recording.steps.get(number as usize).map(|step| step.name.clone());
        Self {
            run: attempt.context.run_id,
            verdict: attempt.verdict,
            reason: attempt.reason,
            message: failure.message,
            step: step.and_then(name),
            check: check.map(|check| check.name.clone()),
            actual: failure.actual,
            expected: failure.expected,
            source: failure.source.map(|source| source.to_string()),
            request: request.as_ref().map(|request| {
                let path = url
                    .as_ref()
                    .map_or_else(|| without_userinfo(&request.url).to_string(), |url| url.path().to_owned());
                format!("{} {}", request.method, super::clip(&path, PATH))
            }),
            host: url.as_ref().and_then(host),
            status: request.as_ref().and_then(|request| request.status),
            outcome: exchange.map(outcome),
            differences: Vec::new(),
            last_good_run: None,
        }
    }

    /// What several runs have in common: the first one's evidence without what is not everybody's.
    pub fn common(all: &[Self]) -> Option<Self> {
        let (first, others) = all.split_first()?;
        let mut common = first.clone();
        for other in others {
            keep(&mut common.step, other.step.as_ref());
            keep(&mut common.check, other.check.as_ref());
            keep(&mut common.request, other.request.as_ref());
            keep(&mut common.host, other.host.as_ref());
            keep(&mut common.status, other.status.as_ref());
            if common.message != other.message {
                common.message = common.reason.to_string();
            }
        }
        if common.request.is_none() {
            // Nobody would know of which request it tells.
            common.request = common.host.clone();
            common.host = None;
        }
        Some(common)
    }
}

fn keep<T: PartialEq>(own: &mut Option<T>, other: Option<&T>) {
    if own.as_ref() != other {
        *own = None;
    }
}

/// The innermost step that did not end well.
fn failed_step(recording: &Recording) -> Option<u32> {
    let bad = recording.steps.iter().rposition(|step| step.outcome != StepOutcome::Passed)?;
    u32::try_from(bad).ok()
}

fn is_bad(record: &TrafficRecord) -> bool {
    record.error.is_some() || record.kind.as_request().status.is_some_and(|status| status >= 400)
}

/// How an exchange ended, on one line.
fn outcome(record: &TrafficRecord) -> String {
    let request = record.kind.as_request();
    // Without the query, which may say of whom the request is.
    let url = request.url.split(['?', '#']).next().unwrap_or_default();
    let what = format!("{} {}", request.method, super::clip(&without_userinfo(url), 200));
    match (&record.error, request.status) {
        (Some(error), _) => format!("{what}: {}", error.message),
        (None, Some(status)) => format!("{what} answered {status} after {}", record.phases.total_us),
        (None, None) => format!("{what} got no answer"),
    }
}

/// With its port, where that is not the scheme's own.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}
