//! From a finished tape to the report: the judgement, and no secret in any text.

use std::sync::Arc;

use wayfarer_model::context::AttemptContext;
use wayfarer_model::failure::Failure;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::judge::{Ending, Evidence, judge};
use wayfarer_model::report::{AttemptReport, Recording};
use wayfarer_model::request::{Blame, RequestError, RequestErrorKind};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};

use crate::attempt::Spent;
use crate::http::SealedSecrets;
use crate::tape::{FinishedTape, Stop};

/// What is known of an attempt beside its tape.
pub(crate) struct Finish<'a> {
    pub(crate) context: AttemptContext,
    pub(crate) component: ComponentDigest,
    pub(crate) fingerprint: &'a str,
    pub(crate) started_at: UnixMillis,
    pub(crate) spent: Spent,
    pub(crate) secrets: Arc<SealedSecrets>,
}

impl Finish<'_> {
    /// Judges and redacts.
    pub(crate) fn report(self, ending: Ending, tape: FinishedTape) -> AttemptReport {
        let ending = match (ending, tape.stop) {
            // The first limit that was exceeded decides, even where the guest lived on and said otherwise.
            (Ending::Cancelled(cause), _) => Ending::Cancelled(cause),
            (Ending::RunnerFault(why), _) => Ending::RunnerFault(why),
            (_, Some(Stop::Exhausted(kind, why))) => Ending::Exhausted(kind, why),
            (_, Some(Stop::Misused(why))) => Ending::Misused(why),
            (ending, None) => ending,
        };
        let mut recording = tape.recording;
        let panic = tape.panic.as_ref();
        let evidence = Evidence { ending: &ending, recording: &recording, panic, denied_by: tape.denied_by };
        let judgement = judge(evidence);
        let mut failure = judgement.failure;
        cut_off(&mut recording, tape.duration);
        if !self.secrets.is_empty() {
            redact(&self.secrets, &mut recording);
            if let Some(failure) = &mut failure {
                redact_failure(&self.secrets, failure);
            }
        }
        AttemptReport {
            context: self.context,
            component: self.component,
            fingerprint: self.fingerprint.to_owned(),
            started_at: self.started_at,
            duration_us: tape.duration,
            cpu_us: Micros::from_duration(self.spent.cpu),
            memory_peak: Bytes(self.spent.memory_peak),
            verdict: judgement.verdict,
            reason: judgement.reason,
            failure,
            recording,
        }
    }
}

/// Closes the records of requests that were under way when the attempt ended: a reader sees how far they came.
fn cut_off(recording: &mut Recording, ended: Micros) {
    for request in recording.requests.iter_mut().filter(|request| request.is_pending()) {
        request.phases.total_us = Micros(ended.since(request.started_us).0.max(1));
        request.error = Some(RequestError {
            kind: RequestErrorKind::Cancelled,
            message: "still under way when the attempt ended".to_owned(),
            phase: None,
            blame: Blame::Target,
        });
    }
}

fn text(secrets: &SealedSecrets, text: &mut String) {
    if let std::borrow::Cow::Owned(redacted) = secrets.redact(text) {
        *text = redacted;
    }
}

fn redact_failure(secrets: &SealedSecrets, failure: &mut Failure) {
    for value in [&mut failure.actual, &mut failure.expected].into_iter().flatten() {
        text(secrets, value);
    }
    text(secrets, &mut failure.message);
}

fn redact(secrets: &SealedSecrets, recording: &mut Recording) {
    for step in &mut recording.steps {
        text(secrets, &mut step.name);
        if let Some(failure) = &mut step.failure {
            redact_failure(secrets, failure);
        }
    }
    for check in &mut recording.checks {
        for value in [&mut check.actual, &mut check.expected].into_iter().flatten() {
            text(secrets, value);
        }
        text(secrets, &mut check.name);
    }
    for request in &mut recording.requests {
        text(secrets, &mut request.url);
        if let Some(excerpt) = &mut request.excerpt {
            text(secrets, excerpt);
        }
        if let Some(error) = &mut request.error {
            text(secrets, &mut error.message);
        }
    }
    for log in &mut recording.logs {
        text(secrets, &mut log.message);
        for (_, value) in &mut log.fields {
            text(secrets, value);
        }
    }
    for metric in &mut recording.metrics {
        text(secrets, &mut metric.name);
        text(secrets, &mut metric.unit);
    }
    for artifact in &mut recording.artifacts {
        text(secrets, &mut artifact.name);
        artifact.content = secrets.redact_bytes(std::mem::take(&mut artifact.content));
    }
}
