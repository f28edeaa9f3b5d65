//! Takes the secrets out of everything that an attempt recorded, before it leaves the sandbox.
//!
//! Each record is destructured without `..`: a new field does not compile until this file redacts it, or names it among
//! those that hold no text of the guest's or the target's.

use wayfarer_model::exchange::{BodyRecord, ExchangeRecord, MessageRecord};
use wayfarer_model::failure::{Failure, SourceLocation};
use wayfarer_model::report::{
    AnnotationRecord, ArtifactRecord, CheckRecord, LogRecord, MetricRecord, Recording, StepRecord,
};
use wayfarer_model::text::CUT;
use wayfarer_model::traffic::{HttpFacts, TrafficError, TrafficKind, TrafficRecord};

use crate::http::SealedSecrets;

/// In how many places of one attempt values are masked. Beyond that the guest is guessing: each text with a mask is then
/// withheld whole.
const MASKED_PLACES: usize = 8;

/// Stands for a text that is withheld.
const WITHHELD: &str = "[withheld: this attempt wrote values of secrets in more than 8 places]";

/// Replaces the secrets of one attempt.
pub(crate) struct Redaction<'a> {
    secrets: &'a SealedSecrets,
    /// How many values were masked so far.
    places: usize,
    /// The second time through: withhold what was masked the first time.
    withholds: bool,
}

impl<'a> Redaction<'a> {
    pub(crate) fn new(secrets: &'a SealedSecrets) -> Self {
        Self { secrets, places: 0, withholds: false }
    }

    /// Masks the secrets in all that an attempt recorded. Lets other tasks run in between. Returns whether texts were withheld.
    pub(crate) async fn all(mut self, recording: &mut Recording, failure: Option<&mut Failure>) -> bool {
        let mut failure = failure;
        self.recording(recording).await;
        self.failure(failure.as_deref_mut());
        self.withholds = self.places > MASKED_PLACES;
        if self.withholds {
            self.recording(recording).await;
            self.failure(failure);
        }
        self.withholds
    }

    async fn recording(&mut self, recording: &mut Recording) {
        let Recording {
            steps,
            checks,
            traffic,
            exchanges,
            metrics,
            annotations,
            logs,
            logs_dropped_bytes: _,
            artifacts,
            reduced: _,
        } = recording;
        for step in steps {
            self.step(step);
        }
        for check in checks {
            self.check(check);
            tokio::task::consume_budget().await;
        }
        for record in traffic {
            self.traffic(record);
            tokio::task::consume_budget().await;
        }
        for exchange in exchanges {
            self.exchange(exchange).await;
        }
        for metric in metrics {
            self.metric(metric);
        }
        for annotation in annotations {
            self.annotation(annotation);
        }
        for log in logs {
            self.log(log);
            tokio::task::consume_budget().await;
        }
        for artifact in artifacts {
            self.artifact(artifact).await;
        }
    }

    fn failure(&mut self, failure: Option<&mut Failure>) {
        let Some(failure) = failure else { return };
        let Failure { message, kind: _, eventually: _, request: _, check: _, source, actual, expected } =
            failure;
        self.text(message);
        if let Some(source) = source {
            self.source(source);
        }
        self.optional(actual);
        self.optional(expected);
    }

    fn step(&mut self, step: &mut StepRecord) {
        let StepRecord { parent: _, name, started_us: _, duration_us: _, outcome: _, failure } = step;
        self.text(name);
        self.failure(failure.as_mut());
    }

    fn check(&mut self, check: &mut CheckRecord) {
        let CheckRecord { step: _, at_us: _, name, is_soft: _, is_passed: _, actual, expected, source } =
            check;
        self.text(name);
        self.optional(actual);
        self.optional(expected);
        if let Some(source) = source {
            self.source(source);
        }
    }

    fn traffic(&mut self, record: &mut TrafficRecord) {
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

    async fn exchange(&mut self, exchange: &mut ExchangeRecord) {
        let ExchangeRecord { request: _, sent, received } = exchange;
        self.message(sent).await;
        if let Some(received) = received {
            self.message(received).await;
        }
    }

    async fn message(&mut self, message: &mut MessageRecord) {
        let MessageRecord { headers, headers_left_out: _, body } = message;
        for (name, value) in headers {
            self.text(name);
            self.text(value);
        }
        let BodyRecord { content, is_cut, is_lost: _ } = body;
        if self.withholds {
            if self.secrets.has_mask(content) {
                *content = WITHHELD.into();
            }
            return;
        }
        // A value may begin behind that whose end is not there.
        let shown =
            if *is_cut { content.len().saturating_sub(self.secrets.lookahead()) } else { content.len() };
        if let Some(masked) = self.secrets.masked_in_turns(content, shown).await {
            self.places += masked.values;
            *content = masked.bytes;
        } else {
            content.truncate(shown);
        }
    }

    fn metric(&mut self, metric: &mut MetricRecord) {
        let MetricRecord { step: _, at_us: _, name, value: _, unit, labels } = metric;
        self.text(name);
        self.text(unit);
        for (name, value) in labels {
            self.text(name);
            self.text(value);
        }
    }

    fn annotation(&mut self, annotation: &mut AnnotationRecord) {
        let AnnotationRecord { step: _, at_us: _, name, value } = annotation;
        self.text(name);
        self.text(value);
    }

    fn log(&mut self, log: &mut LogRecord) {
        // The level is one of the host's own words.
        let LogRecord { step: _, at_us: _, level: _, message, fields } = log;
        self.text(message);
        for (name, value) in fields {
            self.text(name);
            self.text(value);
        }
    }

    async fn artifact(&mut self, artifact: &mut ArtifactRecord) {
        let ArtifactRecord { step: _, at_us: _, name, media_type, size: _, content } = artifact;
        self.text(name);
        self.text(media_type);
        if self.withholds {
            if self.secrets.has_mask(content) {
                *content = WITHHELD.into();
            }
        } else if let Some(masked) = self.secrets.masked_in_turns(content, usize::MAX).await {
            self.places += masked.values;
            *content = masked.bytes;
        }
    }

    fn source(&mut self, source: &mut SourceLocation) {
        let SourceLocation { file, line: _, column: _ } = source;
        self.text(file);
    }

    fn optional(&mut self, value: &mut Option<String>) {
        if let Some(value) = value {
            self.text(value);
        }
    }

    fn text(&mut self, text: &mut String) {
        if self.withholds {
            if self.secrets.has_mask(text.as_bytes()) {
                WITHHELD.clone_into(text);
            }
            return;
        }
        // A text that was cut may end with a part of a value. As much of it as that could be is left out, whatever it is.
        let kept = text
            .strip_suffix(CUT)
            .map(|kept| kept.floor_char_boundary(kept.len().saturating_sub(self.secrets.longest())));
        let masked = self.secrets.masked(text.as_bytes(), kept.unwrap_or(usize::MAX));
        self.places += masked.as_ref().map_or(0, |masked| masked.values);
        match (masked, kept) {
            (Some(masked), None) => *text = masked.text(),
            (Some(masked), Some(_)) => *text = masked.text() + CUT,
            (None, Some(kept)) => {
                text.truncate(kept);
                text.push_str(CUT);
            }
            (None, None) => {}
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
            request: None,
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

    fn exchange() -> ExchangeRecord {
        let body = BodyRecord { content: said().into_bytes(), ..BodyRecord::default() };
        let message = MessageRecord { headers: vec![(said(), said())], headers_left_out: 0, body };
        ExchangeRecord { request: 0, sent: message.clone(), received: Some(message) }
    }

    fn recording() -> Recording {
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
        Recording {
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
            exchanges: vec![exchange()],
            metrics: vec![MetricRecord {
                step: None,
                at_us,
                name: said(),
                value: 1.0,
                unit: said(),
                labels: vec![(said(), said())],
            }],
            annotations: vec![AnnotationRecord { step: None, at_us, name: said(), value: said() }],
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
                size: 0,
                content: said().into_bytes(),
            }],
            reduced: None,
        }
    }

    fn secrets() -> SealedSecrets {
        SealedSecrets::new(vec![Secret::new("password", VALUE)], |_| {})
    }

    #[tokio::test]
    async fn no_text_of_a_recording_keeps_a_secret() {
        let (mut recording, secrets) = (recording(), secrets());
        assert!(format!("{recording:?}").contains(VALUE));
        let mut failure = failure();
        assert!(Redaction::new(&secrets).all(&mut recording, Some(&mut failure)).await);
        let shown = format!("{recording:?}{failure:?}");
        assert!(!shown.contains(VALUE), "{shown}");
        assert_eq!(recording.steps[0].name, WITHHELD, "it stood in too many places");
        assert_eq!(recording.artifacts[0].content, WITHHELD.as_bytes());
    }

    #[tokio::test]
    async fn values_in_few_places_are_masked_and_the_rest_stays() {
        let secrets = secrets();
        let placeholder = secrets.placeholder("password").unwrap();
        let mut recording = recording();
        recording.checks.clear();
        recording.traffic.clear();
        recording.exchanges.clear();
        recording.metrics.clear();
        recording.logs[0].message = format!("{placeholder} ").repeat(20);
        recording.steps[0].failure = None;
        assert!(!Redaction::new(&secrets).all(&mut recording, None).await);
        assert_eq!(recording.steps[0].name, "it says [secret password] here");
        assert_eq!(recording.artifacts[0].content, b"it says [secret password] here");
        assert_eq!(recording.logs[0].message, "[secret password] ".repeat(20), "placeholders do not count");
    }

    #[tokio::test]
    async fn a_text_that_was_cut_loses_what_could_be_the_beginning_of_a_value() {
        let secrets = secrets();
        let mut recording = Recording::default();
        for end in ["hunter2-hunter", "something-else"] {
            let message = wayfarer_model::text::clip(
                &format!("{}{end}{}", "-".repeat(86), "x".repeat(99)),
                100 + CUT.len(),
            );
            assert!(message.contains(end));
            recording.logs.push(LogRecord {
                step: None,
                at_us: Micros(0),
                level: "info".into(),
                message,
                fields: vec![],
            });
        }
        Redaction::new(&secrets).all(&mut recording, None).await;
        let kept = 100 - secrets.longest();
        assert_eq!(recording.logs[0].message, format!("{}{CUT}", "-".repeat(kept)));
        assert_eq!(recording.logs[0].message, recording.logs[1].message, "whatever stood there");
    }
}
