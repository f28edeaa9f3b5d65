//! Which request a failure is about.
//!
//! The guest names it, or else the host infers it: the last request of whose error the guest was told and after which it
//! recorded nothing but the failure. A guest that goes on after an error (another request, a check, a step, a line in the
//! log) has handled it, and a later failure is of something else, unless it quotes that error.

use std::collections::HashSet;

use super::evidence::Evidence;
use crate::failure::{Failure, FailureKind};
use crate::report::Recording;
use crate::traffic::{TrafficErrorKind, TrafficRecord};
use crate::units::Micros;

/// A request that was waited for at least this long is one that the guest gave up on, rather than one that it began just
/// before it failed of something else.
const PATIENCE: Micros = Micros(50_000);
/// A shorter text may stand in a message by chance.
const TELLING: usize = 8;

/// A request that a failure is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) record: &'a TrafficRecord,
    /// Whether the guest's words say so, by its number or by a quotation. Otherwise the order of events suggests it.
    pub(super) is_said: bool,
}

/// The request that the guest names.
pub(super) fn named<'a>(failure: &Failure, recording: &'a Recording) -> Option<&'a TrafficRecord> {
    failure.request.and_then(|place| recording.traffic.get(place as usize))
}

/// The request that a failure which is not of a check is about, if it is about one.
pub(super) fn about<'a>(failure: &Failure, evidence: &Evidence<'a>) -> Option<About<'a>> {
    let recording = evidence.recording;
    if let Some(record) = named(failure, recording) {
        return Some(About { record, is_said: true });
    }
    let step = failing_step(failure, recording);
    let mut unhandled =
        evidence.unhandled.iter().rev().filter_map(|place| recording.traffic.get(*place as usize));
    if let Some(record) = unhandled.find(|record| is_within(recording, step, record.step)) {
        return Some(About { record, is_said: quotes(failure, record) });
    }
    if let Some(record) = quoted(failure, recording) {
        return Some(About { record, is_said: true });
    }
    if failure.kind == FailureKind::Panic {
        return None;
    }
    let is_given_up =
        |record: &&TrafficRecord| record.is_cut_off() && evidence.ended.since(record.started_us) >= PATIENCE;
    recording.traffic.iter().rfind(is_given_up).map(|record| About { record, is_said: false })
}

/// The step that failed with this failure, the innermost one.
pub(super) fn failing_step(failure: &Failure, recording: &Recording) -> Option<u32> {
    let fails = |known: &Failure| known.kind == failure.kind && known.message == failure.message;
    let place = recording.steps.iter().rposition(|step| step.failure.as_ref().is_some_and(fails));
    place.and_then(|place| u32::try_from(place).ok())
}

/// Whether a record of a step belongs to another step, or to one inside it. Every record belongs to no step at all.
pub(super) fn is_within(recording: &Recording, step: Option<u32>, of: Option<u32>) -> bool {
    let around = |step: &u32| recording.steps.get(*step as usize).and_then(|step| step.parent);
    step.is_none() || std::iter::successors(of, around).any(|around| Some(around) == step)
}

/// Whether a failure's words quote a request's error or its URL.
fn quotes(failure: &Failure, record: &TrafficRecord) -> bool {
    quotes_error(failure, record) || quotes_url(failure, record)
}

fn quotes_error(failure: &Failure, record: &TrafficRecord) -> bool {
    let message = record.error.as_ref().map_or("", |error| &error.message);
    message.len() >= TELLING && failure.message.contains(message)
}

fn quotes_url(failure: &Failure, record: &TrafficRecord) -> bool {
    let facts = record.kind.as_request();
    let url = facts.url.trim_end_matches('/');
    url.len() >= TELLING && failure.message.contains(url)
}

/// The last request that failed and is quoted. A URL that was asked for again since then means the later request.
fn quoted<'a>(failure: &Failure, recording: &'a Recording) -> Option<&'a TrafficRecord> {
    let mut asked_later = HashSet::new();
    recording.traffic.iter().rfind(|record| {
        let is_last = asked_later.insert(record.kind.as_request().into_owned().url);
        let has_failed = record.error.as_ref().is_some_and(|error| error.kind != TrafficErrorKind::Cancelled);
        has_failed && (quotes_error(failure, record) || is_last && quotes_url(failure, record))
    })
}
