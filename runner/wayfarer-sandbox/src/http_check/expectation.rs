//! One function for each kind of expectation. Each compares and makes a check with the actual and the expected value.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::json_path::JsonPath;
use serde_json::Value;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::units::{Micros, UnixMillis};

/// The most characters of a body that a check shows.
const SHOWN: usize = 200;

const DAY_MS: i64 = 86_400_000;

fn check(name: String, is_passed: bool, actual: String, expected: String) -> CheckRecord {
    CheckRecord {
        step: None,
        at_us: Micros(0),
        name,
        is_soft: false,
        is_passed,
        actual: Some(actual),
        expected: Some(expected),
        source: None,
    }
}

pub(super) fn status(actual: u16, good: &[RangeInclusive<u16>]) -> CheckRecord {
    let written = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
        (one, same) if one == same => one.to_string(),
        (from, to) => format!("{from}-{to}"),
    };
    let expected = good.iter().map(written).collect::<Vec<_>>().join(", ");
    let is_passed = good.iter().any(|range| range.contains(&actual));
    check(format!("status is {expected}"), is_passed, actual.to_string(), expected)
}

pub(super) fn contains(body: &str, part: &str, truncated: bool) -> CheckRecord {
    let is_passed = body.contains(part);
    let actual = if truncated && !is_passed {
        format!("not in the first {} bytes: {}", body.len(), start(body))
    } else {
        start(body)
    };
    check(format!("body contains `{part}`"), is_passed, actual, part.to_owned())
}

pub(super) fn lacks(body: &str, part: &str) -> CheckRecord {
    let found = body.find(part).and_then(|at| body.get(at..));
    let actual = start(found.unwrap_or(body));
    check(format!("body does not contain `{part}`"), found.is_none(), actual, format!("no `{part}`"))
}

pub(super) fn json(document: &Result<Value, String>, path: &JsonPath, expected: &str) -> CheckRecord {
    let (is_passed, actual) = match document.as_ref().map(|document| path.find(document)) {
        Err(why) => (false, format!("body is not JSON: {why}")),
        Ok(found) => match found.as_slice() {
            [] => (false, "nothing there".to_owned()),
            [value] => {
                (is_equal(value, expected), value.as_str().map_or_else(|| start(&value.to_string()), start))
            }
            several => (
                false,
                start(&format!(
                    "{} values: {}",
                    several.len(),
                    several.iter().map(|value| (*value).clone()).collect::<Value>()
                )),
            ),
        },
    };
    check(format!("json `{path}` is {expected}"), is_passed, actual, expected.to_owned())
}

/// Whether a value is the expected text, or the expected text is JSON of that value.
fn is_equal(value: &Value, expected: &str) -> bool {
    value.as_str() == Some(expected)
        || serde_json::from_str::<Value>(expected).is_ok_and(|expected| is_same(&expected, value))
}

/// Whether two values are the same. Numbers are compared as numbers: 50 and 50.0 are one.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_other =
                |(name, one): (&String, &Value)| other.get(name).is_some_and(|other| is_same(one, other));
            one.len() == other.len() && one.iter().all(in_other)
        }
        _ => one == other,
    }
}

pub(super) fn latency(took: Micros, limit: Duration, hard: bool) -> CheckRecord {
    let limit = Micros::from_duration(limit);
    let name = format!("answers within {limit}");
    CheckRecord { is_soft: !hard, ..check(name, took <= limit, took.to_string(), format!("at most {limit}")) }
}

pub(super) fn certificate(expires_ms: Option<i64>, days: u32, now: UnixMillis) -> CheckRecord {
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let left_days = expires_ms.map(|expires| expires.saturating_sub(now).div_euclid(DAY_MS));
    let actual =
        left_days.map_or("no certificate: the url is not https".to_owned(), |days| format!("{days} days"));
    let is_passed = left_days.is_some_and(|actual| actual >= i64::from(days));
    let name = format!("certificate is valid for {days} days");
    CheckRecord { is_soft: true, ..check(name, is_passed, actual, format!("at least {days} days")) }
}

/// The beginning of a text, on one line.
fn start(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers_wherever_they_stand() {
        let document = Ok(json!({"total": 50.0, "big": 9_007_199_254_740_993_u64, "items": [{"price": 2}]}));
        let holds = |path: &str, expected| json(&document, &path.parse().unwrap(), expected).is_passed;
        assert!(holds("$.total", "50") && holds("$.total", "50.0") && !holds("$.total", "50.01"));
        assert!(holds("$.items", "[{\"price\":2.0}]") && !holds("$.items", "[{\"price\":\"2\"}]"));
        assert!(
            holds("$.big", "9007199254740993") && !holds("$.big", "9007199254740992"),
            "to the last digit"
        );
    }
}
