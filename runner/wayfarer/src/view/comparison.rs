//! What differs between two attempts of a journey, such as one that failed and the last good one before it.
//!
//! Steps are paired by their names, requests by step, method, path and order among equals. Of an answer's head what differs each time
//! anyway (dates, ids, lengths of time) is left out.

use std::collections::BTreeMap;

use wayfarer_model::exchange::MessageRecord;
use wayfarer_model::report::{AttemptReport, StepOutcome};
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::Micros;

/// Headers that differ from one answer to the next.
const RESTLESS: [&str; 11] = [
    "date",
    "expires",
    "last-modified",
    "etag",
    "age",
    "set-cookie",
    "x-request-id",
    "traceparent",
    "server-timing",
    "x-runtime",
    "content-length",
];
/// The longest line of a body that is shown, in characters.
const LINE: usize = 200;

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Comparison {
    /// In the order of the attempt that is looked at; steps that only the other one has come last.
    pub(crate) steps: Vec<StepComparison>,
    /// What differs in requests.
    pub(crate) differences: Vec<Difference>,
}

/// A step in both attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepComparison {
    pub(crate) name: String,
    /// None where the attempt has no such step.
    pub(crate) here: Option<(StepOutcome, Micros)>,
    pub(crate) there: Option<(StepOutcome, Micros)>,
}

/// One thing of a request that differs. Texts are not escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The request: method and URL without its query.
    pub(crate) request: String,
    /// What of it: `status`, `time`, a header, `body`.
    pub(crate) what: String,
    pub(crate) here: String,
    pub(crate) there: String,
}

/// Compares an attempt with another one.
pub(crate) fn compare(here: &AttemptReport, there: &AttemptReport) -> Comparison {
    Comparison { steps: steps(here, there), differences: requests(here, there) }
}

fn steps(here: &AttemptReport, there: &AttemptReport) -> Vec<StepComparison> {
    let mut others: Vec<_> = there.recording.steps.iter().collect();
    let mut compared = Vec::new();
    for step in &here.recording.steps {
        let place = others.iter().position(|other| other.name == step.name);
        let other = place.map(|place| others.remove(place));
        compared.push(StepComparison {
            name: step.name.clone(),
            here: Some((step.outcome, step.duration_us)),
            there: other.map(|other| (other.outcome, other.duration_us)),
        });
    }
    compared.extend(others.into_iter().map(|other| StepComparison {
        name: other.name.clone(),
        here: None,
        there: Some((other.outcome, other.duration_us)),
    }));
    compared
}

/// A request with what was kept of its answer.
type Kept<'a> = (&'a TrafficRecord, Option<&'a MessageRecord>);

/// The step's name, the method, the URL without its query, and the place among equals.
type Key = (String, String, usize);

fn keyed(report: &AttemptReport) -> Vec<(Key, Kept<'_>)> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let all = (0_u32..).zip(&report.recording.traffic);
    all.map(|(place, record)| {
        let step = record.step.and_then(|step| report.recording.steps.get(step as usize));
        let step = step.map_or_else(String::new, |step| step.name.clone());
        let http = record.kind.as_request();
        let url = http.url.split(['?', '#']).next().unwrap_or_default();
        let request = format!("{} {url}", http.method);
        let count = seen.entry((step.clone(), request.clone())).or_default();
        let key = (step, request, *count);
        *count += 1;
        let exchange = report.recording.exchanges.iter().find(|exchange| exchange.request == place);
        (key, (record, exchange.and_then(|exchange| exchange.received.as_ref())))
    })
    .collect()
}

fn requests(here: &AttemptReport, there: &AttemptReport) -> Vec<Difference> {
    let mut others: BTreeMap<Key, Kept<'_>> = keyed(there).into_iter().collect();
    let mut found = Vec::new();
    for (key, kept) in keyed(here) {
        let request = key.1.clone();
        let Some(other) = others.remove(&key) else { continue };
        let mut add = |what: &str, here: String, there: String| {
            found.push(Difference { request: request.clone(), what: what.to_owned(), here, there });
        };
        let (ended, ended_there) = (ending(kept.0), ending(other.0));
        if ended != ended_there {
            add("status", ended, ended_there);
        }
        let (took, took_there) = (kept.0.phases.total_us, other.0.phases.total_us);
        if is_another_time(took, took_there) {
            add("time", took.to_string(), took_there.to_string());
        }
        if let (Some(answer), Some(answer_there)) = (kept.1, other.1) {
            for (name, here, there) in heads(answer, answer_there) {
                add(&name, here, there);
            }
            if let Some((here, there)) = bodies(answer, answer_there) {
                add("body", here, there);
            }
        }
    }
    found
}

fn ending(record: &TrafficRecord) -> String {
    match (&record.error, record.kind.as_request().status) {
        (Some(error), _) => error.message.clone(),
        (None, Some(status)) => status.to_string(),
        (None, None) => "no answer".to_owned(),
    }
}

/// Twice as long or half as long, and by a fiftieth of a second at least.
fn is_another_time(one: Micros, other: Micros) -> bool {
    let (less, more) = (one.min(other).0, one.max(other).0);
    more >= less.saturating_mul(2) && more - less >= 20_000
}

fn heads(here: &MessageRecord, there: &MessageRecord) -> Vec<(String, String, String)> {
    let names = here.headers.iter().chain(&there.headers).map(|(name, _)| name.as_str());
    let names: std::collections::BTreeSet<&str> = names.filter(|name| !RESTLESS.contains(name)).collect();
    let value = |message: &MessageRecord, name: &str| message.header(name).unwrap_or("none").to_owned();
    let pairs = names.into_iter().map(|name| (name.to_owned(), value(here, name), value(there, name)));
    pairs.filter(|(_, here, there)| here != there).collect()
}

/// The first line that differs.
fn bodies(here: &MessageRecord, there: &MessageRecord) -> Option<(String, String)> {
    let (here, there) = (here.body.text()?, there.body.text()?);
    let mut lines = there.lines();
    let cut = |line: Option<&str>| {
        line.map_or_else(|| "nothing".to_owned(), |line| line.chars().take(LINE).collect())
    };
    for line in here.lines() {
        let other = lines.next();
        if other != Some(line) {
            return Some((cut(Some(line)), cut(other)));
        }
    }
    lines.next().map(|other| (cut(None), cut(Some(other))))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::exchange::{BodyRecord, ExchangeRecord};
    use wayfarer_model::report::Recording;
    use wayfarer_model::traffic::HttpFacts;
    use wayfarer_model::verdict::Verdict;

    use super::*;

    fn attempt(status: u16, took: u64, header: (&str, &str), body: &str) -> AttemptReport {
        let facts = HttpFacts {
            status: Some(status),
            ..HttpFacts::request("POST", format!("http://shop/orders?at={took}"))
        };
        let mut record = TrafficRecord::http(Some(0), Micros(3), facts);
        record.phases.total_us = Micros(took);
        let received = MessageRecord {
            headers: vec![(header.0.to_owned(), header.1.to_owned()), ("date".to_owned(), took.to_string())],
            headers_left_out: 0,
            body: BodyRecord { content: body.as_bytes().to_vec(), ..BodyRecord::default() },
        };
        let exchange =
            ExchangeRecord { request: 0, sent: MessageRecord::default(), received: Some(received) };
        let recording = Recording {
            steps: vec![wayfarer_testkit::step("place order")],
            traffic: vec![record],
            exchanges: vec![exchange],
            ..Recording::default()
        };
        AttemptReport { recording, ..wayfarer_testkit::report(Verdict::Passed) }
    }

    #[test]
    fn what_differs_is_told_and_nothing_else() {
        let good = attempt(201, 20_000, ("content-type", "application/json"), "{\n \"id\": 7\n}");
        let bad = attempt(503, 640_000, ("content-type", "text/html"), "{\n \"error\": 1\n}");
        let differences = compare(&bad, &good).differences;
        let said: Vec<_> = differences
            .iter()
            .map(|difference| format!("{}: {} was {}", difference.what, difference.here, difference.there))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        status: 503 was 201
        time: 640ms was 20ms
        content-type: text/html was application/json
        body:  "error": 1 was  "id": 7
        "#);
        assert_eq!(differences[0].request, "POST http://shop/orders");
        assert!(compare(&good, &good).differences.is_empty());
    }

    #[test]
    fn a_step_that_only_one_of_them_has_is_there() {
        let good = attempt(201, 1, ("a", "b"), "");
        let mut bad = attempt(201, 1, ("a", "b"), "");
        bad.recording.steps.push(wayfarer_testkit::step("again"));
        let steps = compare(&bad, &good).steps;
        let said: Vec<_> = steps
            .iter()
            .map(|step| (step.name.as_str(), step.here.is_some(), step.there.is_some()))
            .collect();
        assert_eq!(said, [("place order", true, true), ("again", true, false)]);
        assert!(compare(&good, &bad).steps[1].here.is_none());
    }
}
