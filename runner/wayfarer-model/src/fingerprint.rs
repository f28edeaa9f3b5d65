//! Which failures are the same: by the journey, the reason, the step that failed, the check or the words, and the place in the source.
//!
//! Numbers and ids in names and words do not count, so that "order 1017 is visible" and "order 1018 is visible" are one failure. The
//! fingerprint is stored: a change of these rules needs a migration.

use crate::failure::Failure;
use crate::ids::JourneyName;
use crate::report::{AttemptReport, Recording, StepOutcome};
use crate::verdict::Reason;

/// Where the failure that decided an attempt comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureOrigin {
    /// The name of the step that failed, the innermost one; none for what failed outside of steps.
    pub step: Option<String>,
    /// The name of the check that did not hold; none if the failure is of none.
    pub check: Option<String>,
    /// Equal for equal failures: 16 hexadecimal digits.
    pub fingerprint: String,
}

impl FailureOrigin {
    /// Of an attempt; none if nothing failed in it.
    pub fn of(report: &AttemptReport) -> Option<Self> {
        let failure = report.failure.as_ref()?;
        Some(Self::of_failure(&report.context.journey, report.reason, failure, &report.recording))
    }

    fn of_failure(journey: &JourneyName, reason: Reason, failure: &Failure, recording: &Recording) -> Self {
        let check = failure.check.and_then(|number| recording.checks.get(number as usize));
        let step = failed_step(failure, recording);
        let step = step.and_then(|step| recording.steps.get(step as usize)).map(|step| step.name.clone());
        let check = check.map(|check| check.name.clone());
        let words = check.as_deref().unwrap_or_else(|| failure.message.lines().next().unwrap_or_default());
        let place = failure.source.as_ref().map(|at| format!("{}:{}", at.file, at.line)).unwrap_or_default();
        let fingerprint = fingerprint([
            journey.as_str(),
            reason.as_str(),
            &without_ids(step.as_deref().unwrap_or_default()),
            &without_ids(words),
            &place,
        ]);
        Self { step, check, fingerprint }
    }
}

/// The step that failed, by its number: that of the check, or the innermost one with the failure, or that of the request, or the last one
/// that did not pass.
fn failed_step(failure: &Failure, recording: &Recording) -> Option<u32> {
    if let Some(check) = failure.check.and_then(|number| recording.checks.get(number as usize)) {
        return check.step;
    }
    let has_it = |known: &Failure| known.kind == failure.kind && known.message == failure.message;
    let with_it = recording.steps.iter().rposition(|step| step.failure.as_ref().is_some_and(has_it));
    let of_request = || failure.request.and_then(|place| recording.traffic.get(place as usize)?.step);
    let last = || recording.steps.iter().rposition(|step| step.outcome != StepOutcome::Passed);
    let number = |place: usize| u32::try_from(place).ok();
    with_it.and_then(number).or_else(of_request).or_else(|| last().and_then(number))
}

/// A text with `#` in place of every number and every id: what has a digit and only letters that hexadecimal digits have, eight or
/// more of them, is an id.
pub fn without_ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let end = rest.find(|letter| is_word(letter) != is_word(first)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        if !is_word(first) || !part.bytes().any(|byte| byte.is_ascii_digit()) {
            out.push_str(part);
        } else if part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            out.push('#');
        } else {
            let mut is_number = false;
            for letter in part.chars() {
                if !letter.is_ascii_digit() {
                    out.push(letter);
                } else if !is_number {
                    out.push('#');
                }
                is_number = letter.is_ascii_digit();
            }
        }
    }
    out
}

/// FNV-1a over the parts, each behind its end, and a finaliser: no cryptography, because nobody gains by two equal ones.
fn fingerprint(parts: [&str; 5]) -> String {
    let bytes = parts.into_iter().flat_map(|part| part.bytes().chain([0x1f]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    format!("{:016x}", hash ^ (hash >> 33))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{FailureKind, SourceLocation};
    use crate::report::{CheckRecord, StepRecord};
    use crate::traffic::{HttpFacts, TrafficRecord};
    use crate::units::Micros;

    fn step(name: &str, outcome: StepOutcome) -> StepRecord {
        let (started_us, duration_us) = (Micros(0), Micros(1));
        StepRecord { parent: None, name: name.to_owned(), started_us, duration_us, outcome, failure: None }
    }

    fn check(name: &str, line: u32) -> CheckRecord {
        CheckRecord {
            step: Some(1),
            at_us: Micros(0),
            name: name.to_owned(),
            is_soft: false,
            is_passed: false,
            actual: Some("503".to_owned()),
            expected: None,
            source: Some(SourceLocation { file: "src/lib.rs".to_owned(), line, column: 9 }),
        }
    }

    fn origin(journey: &str, check: &CheckRecord, step_name: &str) -> FailureOrigin {
        let recording = Recording {
            steps: vec![step("log in", StepOutcome::Passed), step(step_name, StepOutcome::Failed)],
            checks: vec![check.clone()],
            ..Recording::default()
        };
        let failure = check.failure(0);
        FailureOrigin::of_failure(&journey.parse().unwrap(), Reason::Check, &failure, &recording)
    }

    #[test]
    fn ids_and_numbers_do_not_count() {
        for (text, plain) in [
            ("order 1017 is visible", "order # is visible"),
            ("GET http://shop.test/orders/o-1017?page=2", "GET http://shop.test/orders/o-#?page=#"),
            ("run 0199f3aa-6c00-7707-8707-070707070707 ends", "run # ends"),
            ("commit deadbeef1 is there", "commit # is there"),
            ("the decade begins", "the decade begins"),
            ("answers within 1.50s", "answers within #.#s"),
            ("größer als 7 ü9", "größer als # ü#"),
            ("", ""),
        ] {
            assert_eq!(without_ids(text), plain);
        }
    }

    #[test]
    fn equal_failures_have_one_fingerprint_and_others_have_others() {
        let one = origin("checkout", &check("order 1017 is visible", 17), "place order");
        assert_eq!(
            (one.step.as_deref(), one.check.as_deref()),
            (Some("place order"), Some("order 1017 is visible"))
        );
        let same = origin("checkout", &check("order 1018 is visible", 17), "place order");
        assert_eq!(one.fingerprint, same.fingerprint);
        let others = [
            origin("search", &check("order 1017 is visible", 17), "place order"),
            origin("checkout", &check("order 1017 is paid", 17), "place order"),
            origin("checkout", &check("order 1017 is visible", 18), "place order"),
            origin("checkout", &check("order 1017 is visible", 17), "pay"),
        ];
        for other in others {
            assert_ne!(one.fingerprint, other.fingerprint, "{other:?}");
        }
        // Stored: a change of the rules needs a migration.
        assert_eq!(one.fingerprint, "137fd44dfccccfa0");
    }

    #[test]
    fn the_step_is_that_of_the_failure_of_its_request_or_the_last_that_did_not_pass() {
        let mut recording = Recording {
            steps: vec![step("log in", StepOutcome::Failed), step("order", StepOutcome::Open)],
            traffic: vec![TrafficRecord::http(Some(0), Micros(0), HttpFacts::request("GET", "http://a/"))],
            ..Recording::default()
        };
        let failed = |failure: Failure, recording: &Recording| {
            let reason = Reason::Error;
            FailureOrigin::of_failure(&"checkout".parse().unwrap(), reason, &failure, recording).step
        };
        let plain = Failure::message("no such name");
        assert_eq!(failed(plain.clone(), &recording).as_deref(), Some("order"));
        let about = Failure { request: Some(0), ..plain.clone() };
        assert_eq!(failed(about.clone(), &recording).as_deref(), Some("log in"));
        recording.steps[1].failure = Some(plain.clone());
        assert_eq!(failed(about, &recording).as_deref(), Some("order"), "its words are the step's");
        let panic = Failure { kind: FailureKind::Panic, ..plain };
        assert_eq!(failed(panic, &Recording::default()), None);
    }
}
