//! Makes the report of a finished tape: judges the attempt and takes every secret out.

use std::sync::Arc;

use wayfarer_model::context::AttemptContext;
use wayfarer_model::exchange::{ExchangeRecord, kept};
use wayfarer_model::failure::Failure;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::judge::{Ending, Evidence, judge, stalled};
use wayfarer_model::report::{AttemptReport, Disclosure, LogRecord, Recording};
use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind};
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::attempt::Spent;
use crate::heartbeat::Held;
use crate::http::{SealedSecrets, withhold_parameters};
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
    /// Whether heads and bodies are kept also if the attempt passed.
    pub(crate) is_sample: bool,
    /// Whether a run of this version was good before.
    pub(crate) was_good: bool,
    /// When the runner did not run, or got no processor.
    pub(crate) held: Held,
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
        let whole_log = match (&ending, panic) {
            (Ending::Trapped(_), None) => self.mask_last_words(&mut recording).await,
            _ => None,
        };
        let evidence = Evidence {
            ending: &ending,
            recording: &recording,
            panic,
            denied_by: tape.denied_by,
            promised: &self.promised,
            unhandled: &tape.unhandled,
            was_good: self.was_good,
            refusal: tape.refusal,
            is_asleep: tape.is_asleep,
            stalls: &self.held.stalls,
            starved: &self.held.starved,
            ended: tape.duration,
        };
        let judgement = judge(evidence);
        let mut failure = judgement.failure;
        if let Some(logs) = whole_log {
            recording.logs = logs;
        }
        retry_after::tell(&mut recording, failure.as_mut(), &tape.retry_after);
        cut_off(&mut recording, tape.duration);
        recording.exchanges = self.kept(tape.exchanges, (judgement.verdict, failure.as_ref()), &recording);
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
        withhold_in_heads(&mut recording.exchanges);
        split_lines(&mut recording.logs);
        AttemptReport {
            context: self.context,
            component: self.component,
            fingerprint: self.fingerprint.to_owned(),
            started_at: self.started_at,
            duration_us: tape.duration,
            cpu_us: Micros::from_duration(self.spent.cpu),
            stall_us: stalled(&self.held.stalls, Micros(0), tape.duration),
            memory_peak: Bytes(self.spent.memory_peak),
            verdict: judgement.verdict,
            reason: judgement.reason,
            failure,
            recording,
            disclosure,
        }
    }

    /// The exchanges to keep of those that are there. The rest goes before anybody looks for secrets in it.
    fn kept(
        &self,
        exchanges: Vec<ExchangeRecord>,
        (verdict, failure): (Verdict, Option<&Failure>),
        recording: &Recording,
    ) -> Vec<ExchangeRecord> {
        if verdict == Verdict::Passed {
            return if self.is_sample { exchanges } else { Vec::new() };
        }
        let is_kept = kept(recording, failure);
        exchanges.into_iter().filter(|exchange| is_kept(exchange.request)).collect()
    }

    /// Leaves what a guest wrote to standard error as it may be shown, and returns the log as it was. The judge quotes single lines
    /// of it: a line of a value that has several, or the part of one that a cut left, would no longer be found to be one.
    async fn mask_last_words(&self, recording: &mut Recording) -> Option<Vec<LogRecord>> {
        if self.secrets.is_empty() {
            return None;
        }
        let is_quoted = |line: &&LogRecord| line.level == "stderr";
        let logs = recording.logs.iter().filter(is_quoted).cloned().collect();
        let mut quoted = Recording { logs, ..Recording::default() };
        join_lines(&mut quoted.logs, &self.secrets).await;
        Redaction::new(&self.secrets).all(&mut quoted, None).await;
        split_lines(&mut quoted.logs);
        Some(std::mem::replace(&mut recording.logs, quoted.logs))
    }
}

/// Takes credentials out of the URLs in kept heads, such as those of `location` and `referer`. The values of secrets are masked by then.
fn withhold_in_heads(exchanges: &mut [ExchangeRecord]) {
    let messages = exchanges.iter_mut().flat_map(|exchange| {
        let ExchangeRecord { request: _, sent, received } = exchange;
        std::iter::once(sent).chain(received)
    });
    for (_, value) in messages.flat_map(|message| &mut message.headers) {
        if let Some(shown) = withhold_parameters(value) {
            *value = shown;
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
    for record in recording.traffic.iter_mut().filter(|record| record.is_cut_off()) {
        record.phases.total_us = Micros(ended.since(record.started_us).0.max(1));
        record.error.get_or_insert_with(|| TrafficError {
            kind: TrafficErrorKind::Cancelled,
            message: "still under way when the attempt ended".to_owned(),
            phase: None,
            blame: Blame::Target,
        });
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::exchange::MessageRecord;
    use wayfarer_model::limits::Limits;

    use super::*;
    use crate::capability::LineLog;
    use crate::http::Secret;
    use crate::tape::Tape;

    /// What is reported of a guest that had this secret, wrote this to standard error and trapped.
    async fn trapped(value: &str, said: &str) -> (Failure, Vec<LogRecord>) {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let log = LineLog::new(tape.clone());
        log.stream("stderr").print(said.as_bytes());
        log.finish();
        let finish = Finish {
            context: wayfarer_testkit::context(),
            component: "07".repeat(32).parse().unwrap(),
            fingerprint: "",
            started_at: UnixMillis(1),
            spent: Spent::default(),
            secrets: Arc::new(SealedSecrets::new(vec![Secret::new("password", value)], |_| {})),
            promised: Arc::new([]),
            is_sample: false,
            was_good: false,
            held: Held::default(),
        };
        let report = finish.report(Ending::Trapped("unreachable".to_owned()), tape.finish()).await;
        (report.failure.unwrap(), report.recording.logs)
    }

    #[test]
    fn urls_in_heads_keep_no_credentials() {
        let head = |name: &str, value: &str| MessageRecord {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..MessageRecord::default()
        };
        let (sent, received) = (head("referer", "https://a/?key=1"), head("location", "/cb?page=2&code=1"));
        let mut exchanges = [ExchangeRecord { request: 0, sent, received: Some(received) }];
        withhold_in_heads(&mut exchanges);
        let [ExchangeRecord { sent, received, .. }] = exchanges;
        assert_eq!(sent.header("referer"), Some("https://a/?key=[withheld]"));
        assert_eq!(received.unwrap().header("location"), Some("/cb?page=2&code=[withheld]"));
    }

    #[tokio::test]
    async fn a_value_that_the_cut_of_a_message_parts_is_not_shown() {
        for value in ["hunter2-hunter2", "hunter2-\"hunter2"] {
            for shift in 1..value.len() {
                // The message of a panic has 2 KiB at most.
                let text = format!("{}{value} and more", "x".repeat(2_048 - shift));
                let of_rust = format!("thread 'main' panicked at src/lib.rs:17:9:\n{text}\n");
                let exception = format!("Exception {{ message: Some({text:?}), stack: None }}");
                let of_java_script = format!(
                    "thread 'main' panicked at crates/runtime/src/interpreter.rs:9:9:\nFailed to call 'run': Value({exception})\n"
                );
                for said in [of_rust, of_java_script] {
                    let (failure, _) = trapped(value, &said).await;
                    let shown = &failure.message[failure.message.len() - 60..];
                    assert!(!failure.message.contains("hunt"), "{shift}: {shown}");
                    assert!(failure.message.starts_with("xxx"), "{shift}: {failure:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_line_of_a_value_of_several_is_not_shown() {
        let key = "-----BEGIN KEY-----\nhunter2hunter2\n-----END KEY-----";
        let said = format!(
            "before\nTraceback (most recent call last):\n  File \"/a.py\", line 3, in run\nValueError: {key}\n"
        );
        let (failure, logs) = trapped(key, &said).await;
        assert_eq!(failure.message, "ValueError: [secret password]");
        assert_eq!(failure.source.unwrap().to_string(), "/a.py:3");
        let lines: Vec<&str> = logs.iter().map(|line| line.message.as_str()).collect();
        assert_eq!((lines[0], lines[lines.len() - 1]), ("before", "ValueError: [secret password]"));
    }
}
