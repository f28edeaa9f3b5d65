//! Whose fault a request is, and whether the runner's own trouble may explain a check that did not hold.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::about::is_within;
use super::evidence::Evidence;
use super::stalls;
use crate::failure::Failure;
use crate::report::{Recording, StepOutcome};
use crate::traffic::{Blame, HttpFacts, TrafficError, TrafficErrorKind, TrafficRecord};
use crate::units::Micros;
use crate::verdict::{Reason, Verdict};

/// Between two looks of a guest that polls.
const PAUSE: Micros = Micros(10_000);

/// The verdict and the reason of a failure that is about a request with an error, or about one that was given up. None if
/// the request was answered.
///
/// The failure gets the words that say so if the runner did not run meanwhile.
pub(super) fn of_request(
    evidence: &Evidence<'_>,
    record: &TrafficRecord,
    failure: &mut Failure,
) -> Option<(Verdict, Reason)> {
    let (verdict, reason) = match &record.error {
        // A version that never worked may have been deployed without the host that its target always led to.
        Some(error) if is_led_astray(error) && !evidence.was_good => (Verdict::Broken, Reason::Denied),
        Some(error) => blamed(error),
        None if record.is_pending() => (Verdict::Failed, Reason::Timeout),
        None => return None,
    };
    match stalls::request(evidence, record) {
        Some(lost) if verdict == Verdict::Failed => Some(stalled(failure, lost)),
        _ => Some((verdict, reason)),
    }
}

/// Whether a target led to a host that the journey may not call.
fn is_led_astray(error: &TrafficError) -> bool {
    error.kind == TrafficErrorKind::Denied && error.blame == Blame::Target
}

/// The verdict of what broke because the runner did not run. The failure gets the words that say so.
pub(super) fn stalled(failure: &mut Failure, lost: Micros) -> (Verdict, Reason) {
    failure.message = format!("{} (the runner itself did not run for {lost} of that time)", failure.message);
    (Verdict::Inconclusive, Reason::RunnerStalled)
}

/// What an error of a request means for the attempt that fails of it.
pub(super) fn blamed(error: &TrafficError) -> (Verdict, Reason) {
    let reason = match error.kind {
        TrafficErrorKind::Denied => Reason::Denied,
        TrafficErrorKind::Dns => Reason::Dns,
        TrafficErrorKind::Connect => Reason::Connect,
        TrafficErrorKind::Credentials => Reason::Credentials,
        TrafficErrorKind::Tls | TrafficErrorKind::Clock => Reason::Tls,
        // The guest, too, has a limit of its own.
        TrafficErrorKind::Cancelled if error.blame == Blame::Target => Reason::Timeout,
        TrafficErrorKind::Timeout => Reason::Timeout,
        TrafficErrorKind::Protocol => Reason::Protocol,
        TrafficErrorKind::Malformed => Reason::Malformed,
        TrafficErrorKind::TooLarge => Reason::TooLarge,
        TrafficErrorKind::Cancelled | TrafficErrorKind::Other => Reason::Error,
    };
    match error.blame {
        Blame::Target => (Verdict::Failed, reason),
        Blame::Journey => (Verdict::Broken, reason),
        Blame::Runner if error.kind == TrafficErrorKind::Clock => {
            (Verdict::Inconclusive, Reason::RunnerClock)
        }
        Blame::Runner => (Verdict::Inconclusive, Reason::RunnerNetwork),
    }
}

/// Whether a request of a step, or of one inside it, met the runner's own trouble, and no later one to the same host got
/// through. Without a step, of the attempt.
pub(super) fn is_troubled(recording: &Recording, step: Option<u32>) -> bool {
    let mut reached = HashSet::new();
    recording.traffic.iter().rev().any(|record| match &record.error {
        None if record.is_sign_of_target() => {
            reached.extend(host(record));
            false
        }
        Some(error) if error.blame == Blame::Runner => {
            is_within(recording, step, record.step)
                && host(record).is_none_or(|host| !reached.contains(&host))
        }
        _ => false,
    })
}

fn host(record: &TrafficRecord) -> Option<String> {
    let facts = record.kind.as_request();
    Url::parse(&facts.url).ok()?.host_str().map(str::to_owned)
}

/// What the journey did wrong, where nothing came from the target: the last error that is its own.
pub(super) fn journeys_own(recording: &Recording) -> Option<(Verdict, Reason)> {
    let errors = recording.traffic.iter().rev().filter_map(|record| record.error.as_ref());
    errors.filter(|error| error.blame == Blame::Journey).map(blamed).next()
}

/// Whether the guest asked the same twice in a step that is still open, with a pause between: it waits for the target.
pub(super) fn is_polling(recording: &Recording) -> bool {
    let is_open = |step: Option<u32>| {
        step.is_none_or(|step| {
            recording.steps.get(step as usize).is_some_and(|step| step.outcome == StepOutcome::Open)
        })
    };
    // When each was answered first.
    let mut answered: HashMap<(String, String), Micros> = HashMap::new();
    recording.traffic.iter().filter(|record| is_open(record.step)).any(|record| {
        let HttpFacts { method, url, .. } = record.kind.as_request().into_owned();
        let ended = Micros(record.started_us.0.saturating_add(record.phases.total_us.0));
        let first = *answered.entry((method, url)).or_insert(ended);
        record.started_us.since(first) >= PAUSE
    })
}

/// How long at least one request was under way.
pub(super) fn waited(recording: &Recording) -> Micros {
    let mut spans: Vec<(u64, u64)> = recording
        .traffic
        .iter()
        .map(|record| (record.started_us.0, record.started_us.0.saturating_add(record.phases.total_us.0)))
        .collect();
    spans.sort_unstable();
    let (mut sum, mut covered) = (0, 0);
    for (from, until) in spans {
        sum += until.saturating_sub(from.max(covered));
        covered = covered.max(until);
    }
    Micros(sum)
}
