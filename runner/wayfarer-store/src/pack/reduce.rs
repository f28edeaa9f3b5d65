//! What is left of an attempt whose recording its tenant has no bytes for: a few kilobytes, whatever the guest recorded.
//!
//! The failure stays and the first steps, with cut texts, and the sums of the requests, which the tenant's usage counts. What
//! projections derive of the run follows from what is left, so a rebuild derives the same.

use wayfarer_model::failure::Failure;
use wayfarer_model::report::{AttemptReport, Disclosure, Recording, ReducedTraffic, StepRecord};

/// The most bytes of a text of the failure.
const TEXT: usize = 1 << 10;
/// The most bytes of steps: their names, and this for each step beside it.
const STEPS: usize = 2 << 10;
const STEP: usize = 32;

/// The end of a text that was cut.
const CUT: &str = "…[cut]";

pub(crate) fn reduced(report: &AttemptReport) -> AttemptReport {
    let recording = &report.recording;
    let mut left = STEPS;
    let fits = |step: &&StepRecord| {
        let fits = left.checked_sub(step.name.len() + STEP);
        left = fits.unwrap_or(0);
        fits.is_some()
    };
    let steps =
        recording.steps.iter().take_while(fits).map(|step| StepRecord { failure: None, ..step.clone() });
    let mut sums = ReducedTraffic::default();
    for record in &recording.traffic {
        sums.requests += 1;
        sums.sent_bytes += record.sent_bytes;
        sums.received_bytes += record.received_bytes;
    }
    AttemptReport {
        context: report.context.clone(),
        component: report.component,
        fingerprint: report.fingerprint.clone(),
        started_at: report.started_at,
        duration_us: report.duration_us,
        cpu_us: report.cpu_us,
        stall_us: report.stall_us,
        memory_peak: report.memory_peak,
        verdict: report.verdict,
        reason: report.reason,
        failure: report.failure.as_ref().map(cut_failure),
        recording: Recording { steps: steps.collect(), reduced: Some(sums), ..Recording::default() },
        disclosure: Disclosure::default(),
    }
}

/// Its check and its request are not there any more.
fn cut_failure(failure: &Failure) -> Failure {
    let mut failure = Failure { check: None, request: None, ..failure.clone() };
    let Failure { message, actual, expected, source, .. } = &mut failure;
    let texts = [Some(message), actual.as_mut(), expected.as_mut(), source.as_mut().map(|at| &mut at.file)];
    for text in texts.into_iter().flatten().filter(|text| text.len() > TEXT) {
        text.truncate(text.floor_char_boundary(TEXT - CUT.len()));
        text.push_str(CUT);
    }
    failure
}

#[cfg(test)]
mod tests {
    use wayfarer_model::report::{ArtifactRecord, LogRecord};
    use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
    use wayfarer_model::units::Micros;
    use wayfarer_model::verdict::Verdict;

    use super::*;
    use crate::pack::{pack, unpack};

    #[test]
    fn a_few_kilobytes_are_left_of_whatever_was_recorded() {
        let long = "x".repeat(200 << 10);
        let mut request =
            TrafficRecord::http(None, Micros(0), HttpFacts::request("GET", "http://a.example/"));
        (request.sent_bytes, request.received_bytes) = (3, 5);
        let line = LogRecord {
            step: None,
            at_us: Micros(0),
            level: "info".to_owned(),
            message: long.clone(),
            fields: Vec::new(),
        };
        let (name, media_type) = (String::new(), String::new());
        let content = long.clone().into_bytes();
        let recording = Recording {
            steps: (0..1_000)
                .map(|number| wayfarer_testkit::step(&format!("{number} {}", "x".repeat(200))))
                .collect(),
            traffic: vec![request; 1_000],
            logs: vec![line],
            artifacts: vec![ArtifactRecord {
                step: None,
                at_us: Micros(0),
                name,
                media_type,
                size: 7,
                content,
            }],
            ..Recording::default()
        };
        let failure = Failure {
            actual: Some(long.clone()),
            expected: Some("ü".repeat(2_000)),
            check: Some(7),
            ..Failure::message(&long)
        };
        let report =
            AttemptReport { recording, failure: Some(failure), ..wayfarer_testkit::report(Verdict::Failed) };
        let packed = pack(&reduced(&report), None);
        assert!(packed.len() < 8 << 10, "{}", packed.len());
        let (recording, failure) = unpack(&packed).unwrap();
        assert_eq!(recording.steps.len(), 8);
        assert!(recording.steps[7].name.starts_with("7 x"));
        let sums = ReducedTraffic { requests: 1_000, sent_bytes: 3_000, received_bytes: 5_000 };
        assert_eq!(recording.reduced, Some(sums));
        let failure = failure.unwrap();
        assert!(failure.message.starts_with("xxx") && failure.message.ends_with(CUT), "{}", failure.message);
        assert_eq!(failure.check, None);
    }
}
