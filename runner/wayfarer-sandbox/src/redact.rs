//! Takes the secrets out of everything that an attempt recorded, before it leaves the sandbox.
//!
//! Each record is destructured without `..`: a new field does not compile until this file redacts it, or names it among
//! those that hold no text of the guest's or the target's.

use std::borrow::Cow;

use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::report::{ArtifactRecord, CheckRecord, LogRecord, MetricRecord, Recording, StepRecord};
use wayfarer_model::traffic::{HttpFacts, TrafficError, TrafficKind, TrafficRecord};

use crate::http::SealedSecrets;

/// Replaces the secrets of one attempt.
pub(crate) struct Redaction<'a>(pub(crate) &'a SealedSecrets);

impl Redaction<'_> {
    pub(crate) fn recording(&self, recording: &mut Recording) {
        let Recording { steps, checks, traffic, metrics, logs, logs_dropped_bytes: _, artifacts } = recording;
        for step in steps {
            self.step(step);
        }
        for check in checks {
            self.check(check);
        }
        for record in traffic {
            self.traffic(record);
        }
        for metric in metrics {
            self.metric(metric);
        }
        for log in logs {
            self.log(log);
        }
        for artifact in artifacts {
            self.artifact(artifact);
        }
    }

    pub(crate) fn failure(&self, failure: Option<&mut Failure>) {
        let Some(failure) = failure else { return };
        let Failure { message, kind: _, eventually: _, check: _, source, actual, expected } = failure;
        self.text(message);
        if let Some(source) = source {
            self.source(source);
        }
        self.optional(actual);
        self.optional(expected);
    }

    fn step(&self, step: &mut StepRecord) {
        let StepRecord { parent: _, name, started_us: _, duration_us: _, outcome: _, failure } = step;
        self.text(name);
        self.failure(failure.as_mut());
    }

    fn check(&self, check: &mut CheckRecord) {
        let CheckRecord { step: _, at_us: _, name, is_soft: _, is_passed: _, actual, expected, source } =
            check;
        self.text(name);
        self.optional(actual);
        self.optional(expected);
        if let Some(source) = source {
            self.source(source);
        }
    }

    fn traffic(&self, record: &mut TrafficRecord) {
        let TrafficRecord {
            step: _,
            started_us: _,
            kind,
            error,
            phases: _,
            // Both are the host's own words.
            remote_address: _,
            tls_version: _,
            certificate_expires_ms: _,
            sent_bytes: _,
            received_bytes: _,
            reused: _,
        } = record;
        if let Some(TrafficError { kind: _, message, phase: _, blame: _ }) = error {
            self.text(message);
        }
        match kind {
            TrafficKind::Http(HttpFacts { method, url, status: _, protocol: _, redirected: _, excerpt }) => {
                self.text(method);
                self.text(url);
                self.optional(excerpt);
            }
        }
    }

    fn metric(&self, metric: &mut MetricRecord) {
        let MetricRecord { step: _, at_us: _, name, value: _, unit } = metric;
        self.text(name);
        self.text(unit);
    }

    fn log(&self, log: &mut LogRecord) {
        // The level is one of the host's own words.
        let LogRecord { step: _, at_us: _, level: _, message, fields } = log;
        self.text(message);
        for (name, value) in fields {
            self.text(name);
            self.text(value);
        }
    }

    fn artifact(&self, artifact: &mut ArtifactRecord) {
        let ArtifactRecord { step: _, at_us: _, name, media_type, content } = artifact;
        self.text(name);
        self.text(media_type);
        *content = self.0.redact_bytes(std::mem::take(content));
    }

    fn source(&self, source: &mut SourceLocation) {
        let SourceLocation { file, line: _, column: _ } = source;
        self.text(file);
    }

    fn optional(&self, value: &mut Option<String>) {
        if let Some(value) = value {
            self.text(value);
        }
    }

    fn text(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.0.redact(text) {
            *text = redacted;
        }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::failure::FailureKind;
    use wayfarer_model::report::StepOutcome;
    use wayfarer_model::traffic::{Blame, TrafficErrorKind};
    use wayfarer_model::units::Micros;

    use super::*;
    use crate::http::Secret;

    const VALUE: &str = "hunter2-hunter2";

    fn said() -> String {
        format!("it says {VALUE} here")
    }

    fn failure() -> Failure {
        let file = said();
        Failure {
            message: said(),
            kind: FailureKind::Check,
            eventually: false,
            check: Some(0),
            source: Some(SourceLocation { file, line: 1, column: 1 }),
            actual: Some(said()),
            expected: Some(said()),
        }
    }

    fn traffic() -> TrafficRecord {
        let facts =
            HttpFacts { excerpt: Some(said()), ..HttpFacts::request(said(), format!("http://a/?{VALUE}")) };
        let mut record = TrafficRecord::http(None, Micros(0), facts);
        let (kind, blame) = (TrafficErrorKind::Other, Blame::Target);
        record.error = Some(TrafficError { kind, message: said(), phase: None, blame });
        record
    }

    #[test]
    fn no_text_of_a_recording_keeps_a_secret() {
        let at_us = Micros(0);
        let mut check = CheckRecord {
            step: None,
            at_us,
            name: said(),
            is_soft: false,
            is_passed: false,
            actual: Some(said()),
            expected: Some(said()),
            source: failure().source,
        };
        check.step = Some(0);
        let mut recording = Recording {
            steps: vec![StepRecord {
                parent: None,
                name: said(),
                started_us: at_us,
                duration_us: at_us,
                outcome: StepOutcome::Failed,
                failure: Some(failure()),
            }],
            checks: vec![check],
            traffic: vec![traffic()],
            metrics: vec![MetricRecord { step: None, at_us, name: said(), value: 1.0, unit: said() }],
            logs: vec![LogRecord {
                step: None,
                at_us,
                level: "info".to_owned(),
                message: said(),
                fields: vec![(said(), said())],
            }],
            logs_dropped_bytes: 0,
            artifacts: vec![ArtifactRecord {
                step: None,
                at_us,
                name: said(),
                media_type: said(),
                content: said().into_bytes(),
            }],
        };
        let secret =
            Secret { name: "password".into(), value: VALUE.into(), hosts: Vec::new(), plaintext: false };
        let secrets = SealedSecrets::new(vec![secret], |_| {});
        assert!(format!("{recording:?}").contains(VALUE));
        Redaction(&secrets).recording(&mut recording);
        let shown = format!("{recording:?}");
        assert!(!shown.contains(VALUE), "{shown}");
        assert_eq!(recording.steps[0].name, "it says [secret password] here");
        assert_eq!(recording.artifacts[0].content, b"it says [secret password] here");
    }
}
