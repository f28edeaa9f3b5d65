//! Makes the report of a finished tape: judges the attempt and takes every secret out.

use std::sync::Arc;

use wayfarer_model::context::AttemptContext;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::judge::{Ending, Evidence, Stall, judge, stalled};
use wayfarer_model::report::{AttemptReport, Disclosure, LogRecord, Recording};
use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};

use crate::attempt::Spent;
use crate::http::SealedSecrets;
use crate::log_lines::{join_lines, split_lines};
use crate::redact::Redaction;
use crate::retry_after;
use crate::tape::{FinishedTape, Stop};

/// What is known of an attempt beside its tape.
pub(crate) struct Finish<'a> {
    pub(crate) context: AttemptContext,
    pub(crate) component: ComponentDigest,
    pub(crate) fingerprint: &'a str,
    pub(crate) started_at: UnixMillis,
    pub(crate) spent: Spent,
    pub(crate) secrets: Arc<SealedSecrets>,
    /// The steps that the journey's descriptor names.
    pub(crate) promised: Arc<[String]>,
    /// When the runner did not run.
    pub(crate) stalls: Vec<Stall>,
}

impl Finish<'_> {
    /// Judges and redacts.
    pub(crate) async fn report(self, ending: Ending, tape: FinishedTape) -> AttemptReport {
        let ending = match (ending, tape.stop) {
            // The first limit that was exceeded decides, even if the guest went on and returned something else.
            (Ending::Cancelled(cause), _) => Ending::Cancelled(cause),
            (Ending::RunnerFault(why), _) | (_, Some(Stop::Fault(why))) => Ending::RunnerFault(why),
            (_, Some(Stop::Exhausted(kind, why))) => Ending::Exhausted(kind, why),
            (_, Some(Stop::Misused(why))) => Ending::Misused(why),
            (ending, None) => ending,
        };
        let mut recording = tape.recording;
        let panic = tape.panic.as_ref();
        let evidence = Evidence {
            ending: &ending,
            recording: &recording,
            panic,
            denied_by: tape.denied_by,
            promised: &self.promised,
            unhandled: &tape.unhandled,
            refusal: tape.refusal,
            is_asleep: tape.is_asleep,
            stalls: &self.stalls,
            ended: tape.duration,
        };
        let judgement = judge(evidence);
        let mut failure = judgement.failure;
        retry_after::tell(&mut recording, failure.as_mut(), &tape.retry_after);
        cut_off(&mut recording, tape.duration);
        let mut disclosure =
            Disclosure { revealed: tape.revealed.into_iter().collect(), texts_withheld: false };
        if !self.secrets.is_empty() {
            join_lines(&mut recording.logs, &self.secrets).await;
            let withheld = Redaction::new(&self.secrets).all(&mut recording, failure.as_mut()).await;
            disclosure.texts_withheld = withheld;
            if withheld {
                recording.logs.push(guessing(tape.duration));
            }
        }
        split_lines(&mut recording.logs);
        AttemptReport {
            context: self.context,
            component: self.component,
            fingerprint: self.fingerprint.to_owned(),
            started_at: self.started_at,
            duration_us: tape.duration,
            cpu_us: Micros::from_duration(self.spent.cpu),
            stall_us: stalled(&self.stalls, Micros(0), tape.duration),
            memory_peak: Bytes(self.spent.memory_peak),
            verdict: judgement.verdict,
            reason: judgement.reason,
            failure,
            recording,
            disclosure,
        }
    }
}

/// What readers learn of an attempt from which texts are withheld.
fn guessing(at_us: Micros) -> LogRecord {
    LogRecord {
        step: None,
        at_us,
        level: "warn".to_owned(),
        message: "the runner withheld texts: the attempt wrote values of secrets in too many places"
            .to_owned(),
        fields: Vec::new(),
    }
}

/// Closes the records of exchanges that were in flight when the attempt ended, so that each shows how far it came.
fn cut_off(recording: &mut Recording, ended: Micros) {
    for record in recording.traffic.iter_mut().filter(|record| record.is_pending()) {
        record.phases.total_us = Micros(ended.since(record.started_us).0.max(1));
        record.error = Some(TrafficError {
            kind: TrafficErrorKind::Cancelled,
            message: "still under way when the attempt ended".to_owned(),
            phase: None,
            blame: Blame::Target,
        });
    }
}
