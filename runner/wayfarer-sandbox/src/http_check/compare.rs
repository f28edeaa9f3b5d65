//! An answer against a request's rules, and what is kept of it for later requests.
//!
//! A body may have megabytes and is the target's, rules are the tenant's. What comparing takes in memory is held beforehand. What may
//! take long is compared on a thread of its own. After each rule it ends if it has used what the attempt has left of processor time, and what
//! it used is charged to the attempt at its end. Nothing interrupts one rule, so the size of its expression and of the text are bounded.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wayfarer_model::judge::LimitKind;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::units::Bytes as Size;

use super::capture::Capture;
use super::check::{AnswerRules, RequestCheck};
use super::expectation::{self, Text, check, filled};
use super::header_rule::HeaderTest;
use super::json_expectation::json;
use super::json_rule::JsonTest;
use super::pattern::SIZE;
use super::request::{Values, captured};
use crate::clock::thread_cpu;
use crate::http::HttpResponse;
use crate::json_path::{FACTOR, PARSED};
use crate::stop::Stop;
use crate::tape::Tape;

/// A larger body is compared beside the attempt's thread.
const LARGE: usize = 64 << 10;

/// The most bytes of a value that is captured: it may be sent many times.
const CAPTURED: usize = 16 << 10;

/// The outcome: a check for each rule and capture, and the values by name.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) checks: Vec<CheckRecord>,
    pub(super) captured: Vec<(String, String)>,
}

/// Compares, on this thread if that is quick.
pub(super) async fn compare(
    request: &Arc<RequestCheck>,
    response: HttpResponse,
    values: &Values,
    tape: &Tape,
) -> Result<Compared, Stop> {
    let room = tape.hold(room(request, &response))?;
    let is_long = patterns(request) > 0 || !request.is_body_unread() && response.body.len() > LARGE;
    let comparing = Comparing {
        request: Arc::clone(request),
        response,
        values: values.clone(),
        left: tape.meter().left(),
        out: Compared::default(),
    };
    if !is_long {
        // It takes no longer than a slice of the attempt's time, which is charged as any other.
        return comparing.run().map_err(|()| out_of_cpu(tape));
    }
    let meter = tape.meter().clone();
    let computed = tokio::task::spawn_blocking(move || {
        let before = thread_cpu();
        let result = comparing.run();
        meter.charge(thread_cpu().saturating_sub(before));
        drop(room);
        result
    });
    match computed.await {
        Ok(result) => result.map_err(|()| out_of_cpu(tape)),
        Err(error) => Err(Stop::Fault(format!("comparing an answer failed: {error}"))),
    }
}

fn out_of_cpu(tape: &Tape) -> Stop {
    tape.exhaust(LimitKind::Cpu, tape.meter().exceeded().to_string())
}

/// What comparing takes in memory, in bytes.
fn room(request: &RequestCheck, response: &HttpResponse) -> u64 {
    let body = response.body.len();
    let text = if request.is_body_unread() { 0 } else { body as u64 };
    let document = if request.is_json_read() { FACTOR * body.min(PARSED) as u64 } else { 0 };
    text + document + patterns(request) * 2 * SIZE as u64
}

/// How many regular expressions are tried.
fn patterns(request: &RequestCheck) -> u64 {
    let AnswerRules { matches, not_matches, json, headers, .. } = &request.rules;
    let in_json = json.iter().filter(|rule| matches!(rule.test, JsonTest::Matches(_))).count();
    let in_headers = headers.iter().filter(|rule| matches!(rule.test, HeaderTest::Matches(_))).count();
    let captured =
        request.captures.iter().filter(|(_, capture)| matches!(capture, Capture::Regex(_))).count();
    (matches.len() + not_matches.len() + in_json + in_headers + captured) as u64
}

/// A comparison with all that it needs.
struct Comparing {
    request: Arc<RequestCheck>,
    response: HttpResponse,
    values: Values,
    /// The processor time that it may take.
    left: Duration,
    out: Compared,
}

impl Comparing {
    /// The error says that there is no processor time left.
    fn run(self) -> Result<Compared, ()> {
        let Self { request, response, values, left, mut out } = self;
        let began = thread_cpu();
        let mut note = |checked: CheckRecord| {
            out.checks.push(checked);
            if thread_cpu().saturating_sub(began) > left { Err(()) } else { Ok(()) }
        };
        let rules = &request.rules;
        note(expectation::status(response.status, &rules.status))?;
        for rule in &rules.headers {
            note(expectation::header(&response.headers, rule, &values))?;
        }
        let text = if request.is_body_unread() { "".into() } else { response.text() };
        let body = Text { text: &text, is_cut: response.truncated };
        for part in &rules.contains {
            note(expectation::contains(body, part, &values))?;
        }
        for part in &rules.not_contains {
            note(expectation::lacks(body, part, &values))?;
        }
        for pattern in &rules.matches {
            note(expectation::matches(body, pattern, &values))?;
        }
        for pattern in &rules.not_matches {
            note(expectation::matches_not(body, pattern, &values))?;
        }
        let document = if request.is_json_read() { document(&text) } else { Ok(Value::Null) };
        for rule in &rules.json {
            note(json(&document, rule, &values))?;
        }
        if let Some(limit) = rules.max_latency {
            note(expectation::latency(response.phases.total_us, limit))?;
        }
        if let Some(days) = rules.certificate_days {
            note(expectation::certificate(response.certificate_expires_ms, days, crate::clock::unix_now()))?;
        }
        let mut kept = Vec::new();
        for (name, capture) in &request.captures {
            let found = found(capture, (&response, body, &document), &values);
            note(capture_check(name, capture, &found))?;
            kept.extend(found.ok().map(|value| (name.clone(), value)));
        }
        out.captured = kept;
        Ok(out)
    }
}

fn document(body: &str) -> Result<Value, String> {
    if body.len() > PARSED {
        return Err(format!("it is larger than the {} that are read as JSON", Size(PARSED as u64)));
    }
    serde_json::from_str(body).map_err(|error| error.to_string())
}

/// What a capture finds. The error says what is there instead.
fn found(
    capture: &Capture,
    (response, body, document): (&HttpResponse, Text<'_>, &Result<Value, String>),
    values: &Values,
) -> Result<String, String> {
    let value = match capture {
        Capture::Header(name) => {
            response.header_text(name.as_str()).ok_or_else(|| "no such header".to_owned())?
        }
        Capture::Json(path) => {
            let document = document.as_ref().map_err(|why| format!("body is not JSON: {why}"))?;
            match path.find(document).as_slice() {
                [] => return Err("nothing there".to_owned()),
                [value] => captured(value).into_owned(),
                several => return Err(format!("{} values", several.len())),
            }
        }
        Capture::Regex(pattern) => {
            let compiled = filled(pattern, values)?;
            let groups = compiled
                .regex
                .captures(compiled.part(body.text))
                .ok_or_else(|| "nothing matches".to_owned())?;
            // A group that took no part is not the whole match: it would travel on as a token that nobody gave.
            let wanted = usize::from(groups.len() > 1);
            let group = groups.get(wanted).ok_or_else(|| "a match without its group".to_owned())?;
            group.as_str().to_owned()
        }
    };
    if value.len() > CAPTURED {
        let (is, most) = (Size(value.len() as u64), Size(CAPTURED as u64));
        return Err(format!("a value of {is}, and {most} are kept"));
    }
    Ok(value)
}

/// It does not show the value, which may be a token.
fn capture_check(name: &str, capture: &Capture, found: &Result<String, String>) -> CheckRecord {
    let actual = match found {
        Ok(value) => format!("{} characters", value.chars().count()),
        Err(why) => why.clone(),
    };
    check(format!("captures `{name}` from {capture}"), found.is_ok(), actual, "a value".to_owned())
}
