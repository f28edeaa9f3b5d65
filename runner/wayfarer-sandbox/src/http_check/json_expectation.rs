//! Rules about places in a JSON body, compared.

use serde_json::Value;
use wayfarer_model::report::CheckRecord;

use super::expectation::{check, filled, is_equal, start};
use super::json_rule::{Comparison, JsonKind, JsonRule, JsonTest};
use super::request::{Values, captured};

/// `document` is the body, or why it has none.
pub(super) fn json(document: &Result<Value, String>, rule: &JsonRule, values: &Values) -> CheckRecord {
    let (name, expected) = (format!("json {rule}"), expected(&rule.test, values));
    let (is_passed, actual) = match document.as_ref().map(|document| rule.path.find(document)) {
        Err(why) => (false, format!("body is not JSON: {why}")),
        Ok(found) => holds(&found, &rule.test, values),
    };
    check(name, is_passed, actual, expected)
}

fn expected(test: &JsonTest, values: &Values) -> String {
    match test {
        JsonTest::Equals(value) => values.text(value),
        JsonTest::Differs(value) => format!("not `{}`", values.text(value)),
        JsonTest::Compares(how, value) => format!("{} {}", how.as_str(), values.text(value)),
        JsonTest::Exists => "a value".to_owned(),
        JsonTest::Absent => "nothing".to_owned(),
        JsonTest::Length(how, count) => format!("length {} {count}", how.as_str()),
        JsonTest::Is(kind) => kind.as_str().to_owned(),
        JsonTest::Contains(part) => format!("contains `{}`", values.text(part)),
        JsonTest::Matches(pattern) => format!("matches `{pattern}`"),
    }
}

/// Whether what was found satisfies the test, and what it is.
fn holds(found: &[&Value], test: &JsonTest, values: &Values) -> (bool, String) {
    match (found, test) {
        ([], JsonTest::Absent) => (true, "nothing there".to_owned()),
        ([], _) => (false, "nothing there".to_owned()),
        ([value], test) => one_holds(value, test, values),
        (several, test) => (*test == JsonTest::Exists, listed(several)),
    }
}

fn listed(several: &[&Value]) -> String {
    let values: Value = several.iter().map(|value| (*value).clone()).collect();
    start(&format!("{} values: {values}", several.len()))
}

fn one_holds(value: &Value, test: &JsonTest, values: &Values) -> (bool, String) {
    let shown = || start(&captured(value));
    let is_passed = match test {
        JsonTest::Exists => true,
        JsonTest::Absent => false,
        JsonTest::Equals(expected) => is_equal(value, &values.text(expected)),
        JsonTest::Differs(expected) => !is_equal(value, &values.text(expected)),
        JsonTest::Compares(how, expected) => return compares(value, *how, &values.text(expected)),
        JsonTest::Length(how, expected) => {
            return match length(value) {
                Some(actual) => (how.holds(&actual, expected), format!("length {actual}: {}", shown())),
                None => (false, format!("{}: {}, which has no length", kind(value), shown())),
            };
        }
        JsonTest::Is(expected) => {
            return (is_of_kind(value, *expected), format!("{}: {}", kind(value), shown()));
        }
        JsonTest::Contains(part) => {
            let part = values.text(part);
            match value {
                Value::String(string) => string.contains(&part),
                Value::Array(items) => items.iter().any(|item| is_equal(item, &part)),
                _ => return (false, format!("{}: {}, which contains nothing", kind(value), shown())),
            }
        }
        JsonTest::Matches(pattern) => match (value, filled(pattern, values)) {
            (_, Err(why)) => return (false, why),
            (Value::Array(_) | Value::Object(_), _) => {
                return (false, format!("{}: {}, which is no text", kind(value), shown()));
            }
            (value, Ok(compiled)) => {
                let searched = captured(value);
                compiled.regex.is_match(compiled.part(&searched))
            }
        },
    };
    (is_passed, shown())
}

fn compares(value: &Value, how: Comparison, expected: &str) -> (bool, String) {
    let Value::Number(number) = value else {
        return (false, format!("{}: {}, which is no number", kind(value), start(&captured(value))));
    };
    let actual = number.to_string();
    // Whole numbers of more than 53 bits too are compared to the last digit.
    let whole = actual.parse::<i128>().ok().zip(expected.trim().parse::<i128>().ok());
    let is_passed = match (whole, number.as_f64(), expected.trim().parse::<f64>()) {
        (Some((actual, expected)), _, _) => how.holds(&actual, &expected),
        (None, Some(actual), Ok(expected)) => how.holds(&actual, &expected),
        _ => false,
    };
    (is_passed, actual)
}

fn length(value: &Value) -> Option<u64> {
    let length = match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    Some(length as u64)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => JsonKind::Null.as_str(),
        Value::Bool(_) => JsonKind::Boolean.as_str(),
        Value::Number(_) => JsonKind::Number.as_str(),
        Value::String(_) => JsonKind::String.as_str(),
        Value::Array(_) => JsonKind::Array.as_str(),
        Value::Object(_) => JsonKind::Object.as_str(),
    }
}

fn is_of_kind(value: &Value, expected: JsonKind) -> bool {
    match value {
        Value::Number(number) => {
            let is_whole = !number.is_f64() || number.as_f64().is_some_and(|number| number.fract() == 0.0);
            expected == JsonKind::Number || expected == JsonKind::Integer && is_whole
        }
        other => kind(other) == expected.as_str(),
    }
}

#[cfg(test)]
#[path = "json_expectation_tests.rs"]
mod tests;
