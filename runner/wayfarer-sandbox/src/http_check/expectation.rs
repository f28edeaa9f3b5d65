//! One function for each kind of rule. Each compares and makes a check with the actual and the expected value.
//!
//! A check's name has the rule's placeholders in it and not their values: it has one name in all runs.

use std::ops::RangeInclusive;
use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;
use wayfarer_model::report::CheckRecord;
use wayfarer_model::units::{Bytes as Size, Micros, UnixMillis};

use super::header_rule::{HeaderRule, HeaderTest};
use super::pattern::{Compiled, Pattern, PatternError};
use super::request::Values;
use super::template::Template;

/// The most characters of a body that a check shows.
const SHOWN: usize = 200;

const DAY_MS: i64 = 86_400_000;

pub(super) fn check(name: String, is_passed: bool, actual: String, expected: String) -> CheckRecord {
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

/// A body's text, and whether it is only the beginning.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    pub(super) is_cut: bool,
}

impl Text<'_> {
    /// What there is instead of what was looked for.
    fn shown(self) -> String {
        let text = start(self.text);
        if self.is_cut { format!("not in the first {}: {text}", Size(self.text.len() as u64)) } else { text }
    }

    /// Whether nothing unwanted is in it, and what is there. Of a text that was read in part nobody knows that.
    fn lacks(self, found: Option<&str>) -> (bool, String) {
        match found {
            Some(found) => (false, start(found)),
            None if self.is_cut => {
                let read = Size(self.text.len() as u64);
                (false, format!("more than the {read} that were read: {}", start(self.text)))
            }
            None => (true, start(self.text)),
        }
    }

    /// As much of it as an expression looks through.
    fn searched(self, pattern: &Compiled) -> Self {
        let text = pattern.part(self.text);
        Self { text, is_cut: self.is_cut || text.len() < self.text.len() }
    }
}

pub(super) fn contains(body: Text<'_>, part: &Template, values: &Values) -> CheckRecord {
    let expected = values.text(part);
    let is_passed = body.text.contains(&expected);
    let actual = if is_passed { start(body.text) } else { body.shown() };
    check(format!("body contains `{part}`"), is_passed, actual, expected)
}

pub(super) fn lacks(body: Text<'_>, part: &Template, values: &Values) -> CheckRecord {
    let unwanted = values.text(part);
    let found = body.text.find(&unwanted).and_then(|at| body.text.get(at..));
    let (is_passed, actual) = body.lacks(found);
    check(format!("body does not contain `{part}`"), is_passed, actual, format!("no `{unwanted}`"))
}

pub(super) fn matches(body: Text<'_>, pattern: &Pattern, values: &Values) -> CheckRecord {
    let name = format!("body matches `{pattern}`");
    match filled(pattern, values) {
        Err(why) => check(name, false, why, pattern.to_string()),
        Ok(compiled) => {
            let body = body.searched(&compiled);
            let found = compiled.regex.find(body.text);
            let actual = found.map_or_else(|| body.shown(), |found| start(found.as_str()));
            check(name, found.is_some(), actual, compiled.regex.as_str().to_owned())
        }
    }
}

pub(super) fn matches_not(body: Text<'_>, pattern: &Pattern, values: &Values) -> CheckRecord {
    let name = format!("body does not match `{pattern}`");
    match filled(pattern, values) {
        Err(why) => check(name, false, why, pattern.to_string()),
        Ok(compiled) => {
            let body = body.searched(&compiled);
            let found = compiled.regex.find(body.text);
            let (is_passed, actual) = body.lacks(found.map(|found| found.as_str()));
            check(name, is_passed, actual, format!("nothing like `{}`", compiled.regex.as_str()))
        }
    }
}

/// The expression of this run. The error says why there is none.
pub(super) fn filled(pattern: &Pattern, values: &Values) -> Result<Compiled, String> {
    let without = || format!("`{pattern}` has a placeholder without a value");
    let filled = pattern.filled(|piece| values.of(piece)).ok_or_else(without)?;
    filled.map_err(|error: PatternError| error.to_string())
}

pub(super) fn header(headers: &HeaderMap, rule: &HeaderRule, values: &Values) -> CheckRecord {
    let said: Vec<String> = headers
        .get_all(&rule.name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    let actual = if said.is_empty() { "no such header".to_owned() } else { start(&said.join(", ")) };
    let name = format!("header {rule}");
    let (is_passed, expected) = match &rule.test {
        HeaderTest::Exists => (!said.is_empty(), "any value".to_owned()),
        HeaderTest::Absent => (said.is_empty(), "no such header".to_owned()),
        HeaderTest::Equals(value) => {
            let value = values.text(value);
            (said.contains(&value), value)
        }
        HeaderTest::Differs(value) => {
            let value = values.text(value);
            (!said.contains(&value), format!("not `{value}`"))
        }
        HeaderTest::Contains(part) => {
            let part = values.text(part);
            let small = part.to_lowercase();
            (said.iter().any(|said| said.to_lowercase().contains(&small)), format!("contains `{part}`"))
        }
        HeaderTest::Matches(pattern) => match filled(pattern, values) {
            Err(why) => return check(name, false, why, pattern.to_string()),
            Ok(compiled) => {
                let is_match = |said: &String| compiled.regex.is_match(compiled.part(said));
                (said.iter().any(is_match), format!("matches `{}`", compiled.regex.as_str()))
            }
        },
    };
    check(name, is_passed, actual, expected)
}

pub(super) fn latency(took: Micros, limit: Duration) -> CheckRecord {
    let limit = Micros::from_duration(limit);
    let name = format!("answers within {limit}");
    CheckRecord { is_soft: true, ..check(name, took <= limit, took.to_string(), format!("at most {limit}")) }
}

/// `expires_ms` is of the certificate of the chain that expires first.
pub(super) fn certificate(expires_ms: Option<i64>, days: u32, now: UnixMillis) -> CheckRecord {
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let left_days = expires_ms.map(|expires| expires.saturating_sub(now).div_euclid(DAY_MS));
    let actual =
        left_days.map_or("no certificate: the url is not https".to_owned(), |days| format!("{days} days"));
    let is_passed = left_days.is_some_and(|actual| actual >= i64::from(days));
    let name = format!("certificates are valid for {days} days");
    CheckRecord { is_soft: true, ..check(name, is_passed, actual, format!("at least {days} days")) }
}

/// Whether a value is the expected text, or the expected text is JSON of that value.
pub(super) fn is_equal(value: &Value, expected: &str) -> bool {
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

/// The beginning of a text, on one line.
pub(super) fn start(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_nobody_read_passes_no_rule() {
        let values = Values {
            params: Arc::from([]),
            secrets: Arc::default(),
            run: String::new(),
            captured: BTreeMap::new(),
        };
        let (part, pattern): (Template, Pattern) = ("error".parse().unwrap(), "err.r".parse().unwrap());
        let long = "x".repeat(2 << 20);
        // Whether each rule holds: contains, does not contain, matches, does not match.
        for (text, is_cut, expected) in [
            ("all good", false, [false, true, false, true]),
            ("all good", true, [false, false, false, false]),
            ("an error", false, [true, false, true, false]),
            ("an error", true, [true, false, true, false]),
            // An expression looks through a part of it alone.
            (long.as_str(), false, [false, true, false, false]),
        ] {
            let body = Text { text, is_cut };
            let checks = [
                contains(body, &part, &values),
                lacks(body, &part, &values),
                matches(body, &pattern, &values),
                matches_not(body, &pattern, &values),
            ];
            let held = checks.each_ref().map(|check| check.is_passed);
            assert_eq!(held, expected, "{} {is_cut}", start(text));
            let is_said = |check: &CheckRecord| check.actual.as_ref().unwrap().contains("that were read");
            let unread = checks.iter().filter(|check| is_said(check)).count();
            assert_eq!(unread, usize::from(is_cut && text == "all good") * 2 + usize::from(text.len() > 100));
        }
    }
}
