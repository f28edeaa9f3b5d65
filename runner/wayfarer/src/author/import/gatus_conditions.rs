//! Gatus's conditions (`[STATUS] == 200`, `len([BODY].items) >= 3`, `[BODY] == pat(*ok*)`) as keys of a request.
//!
//! | placeholder | key |
//! |---|---|
//! | `[STATUS]` | `status` |
//! | `[RESPONSE_TIME]` | `max_latency` |
//! | `[CERTIFICATE_EXPIRATION]` | `certificate_days` |
//! | `[BODY]` | `contains`, `not_contains`, `matches`, `not_matches` |
//! | `[BODY].path`, `len()`, `has()` of it | `json_path` |
//! | `[CONNECTED] == true` | none: a request that does not connect fails |

use std::time::Duration;

use serde_json::Value;

use super::durations;
use super::patterns::{Glob, any_of};
use super::statuses::Statuses;
use crate::author::check_file::{DraftRequest, is_secret_value};
use crate::config::json_segment;

const DAY: u64 = 86_400;
/// The most characters that a regular expression counts.
const MOST_COUNTED: u64 = 100;

/// Adds a request's conditions to its keys. Gatus accepts every status unless a condition speaks of it. Returns those that no key can
/// say, each with the reason.
pub(super) fn carry(conditions: &[String], request: &mut DraftRequest) -> Vec<(String, String)> {
    let mut statuses = Statuses::all();
    let mut lost = Vec::new();
    for condition in conditions {
        if let Err(why) = one(condition, &mut statuses, request) {
            lost.push((shown(condition), why));
        }
    }
    match statuses.written() {
        Some(written) => request.status = Some(written),
        None => lost.push(("[STATUS]".to_owned(), "no status satisfies its conditions".to_owned())),
    }
    lost
}

/// The condition for people: what it compares with may be a secret.
fn shown(condition: &str) -> String {
    if !is_secret_value(condition) {
        return condition.to_owned();
    }
    let left = condition.split(' ').next().filter(|left| left.starts_with('[') && !is_secret_value(left));
    format!("{} …", left.unwrap_or_default()).trim_start().to_owned()
}

/// A comparison with the placeholder on its left.
struct Comparison<'c> {
    left: &'c str,
    operator: &'static str,
    right: Wanted,
}

/// What stands on the right.
enum Wanted {
    Text(String),
    Glob(String),
    Any(Vec<String>),
}

/// In this order the longer ones are found first.
const OPERATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

fn read(condition: &str) -> Option<Comparison<'_>> {
    let (operator, left, right) = OPERATORS.iter().find_map(|operator| {
        let (left, right) = condition.split_once(&format!(" {operator} "))?;
        Some((*operator, left.trim(), right.trim()))
    })?;
    let is_placeholder = |text: &str| text.contains('[') && text.contains(']') && !text.starts_with("pat(");
    let (left, operator, right) = if !is_placeholder(left) && is_placeholder(right) {
        (right, turned(operator), left)
    } else {
        (left, operator, right)
    };
    let inside = |name: &str| right.strip_prefix(name)?.strip_suffix(')');
    let right = if let Some(pattern) = inside("pat(") {
        Wanted::Glob(pattern.to_owned())
    } else if let Some(list) = inside("any(") {
        Wanted::Any(list.split(',').map(|one| one.trim().to_owned()).collect())
    } else {
        Wanted::Text(right.to_owned())
    };
    Some(Comparison { left, operator, right })
}

fn turned(operator: &'static str) -> &'static str {
    match operator {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

fn one(condition: &str, statuses: &mut Statuses, request: &mut DraftRequest) -> Result<(), String> {
    let comparison = read(condition).ok_or("it is no comparison that `wayfarer import` knows")?;
    if is_secret_value(condition) {
        return Err("it holds what looks like a secret".to_owned());
    }
    let is_path = comparison.left.starts_with("[BODY].") && matches!(comparison.right, Wanted::Text(_));
    if condition.contains("${env.") && !is_path {
        return Err("only the value at a path may come from a variable".to_owned());
    }
    match comparison.left {
        "[STATUS]" => status(&comparison, statuses),
        "[RESPONSE_TIME]" => latency(&comparison, request),
        "[CERTIFICATE_EXPIRATION]" => certificate(&comparison, request),
        "[CONNECTED]" => match comparison.right {
            Wanted::Text(text) if text == "true" && comparison.operator == "==" => Ok(()),
            _ => Err("a check passes only if its request connects".to_owned()),
        },
        "[BODY]" => body(&comparison, request),
        left => placed(left, &comparison, request),
    }
}

fn status(comparison: &Comparison<'_>, statuses: &mut Statuses) -> Result<(), String> {
    let number = |text: &str| text.parse::<i32>().map_err(|_| format!("`{text}` is no status"));
    let is_equal = comparison.operator == "==";
    match (&comparison.right, comparison.operator) {
        (Wanted::Glob(pattern), "==" | "!=") => {
            statuses.keep(|status| Glob::matches(pattern, &status.to_string()) == is_equal);
        }
        (Wanted::Any(list), "==" | "!=") => {
            let list = list.iter().map(|text| number(text)).collect::<Result<Vec<_>, _>>()?;
            statuses.keep(|status| list.contains(&i32::from(status)) == is_equal);
        }
        (Wanted::Text(text), operator) => {
            let wanted = number(text)?;
            statuses.keep(|status| compared(i32::from(status), operator, wanted));
        }
        _ => return Err("a pattern has no order".to_owned()),
    }
    Ok(())
}

fn compared(left: i32, operator: &str, right: i32) -> bool {
    match operator {
        "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}

/// Milliseconds, or a duration with its unit.
fn latency(comparison: &Comparison<'_>, request: &mut DraftRequest) -> Result<(), String> {
    let (Wanted::Text(text), "<" | "<=") = (&comparison.right, comparison.operator) else {
        return Err("only an upper bound of the response time can be carried over".to_owned());
    };
    let limit = text.parse().ok().map(Duration::from_millis).or_else(|| durations::read(text));
    let limit = limit.ok_or_else(|| format!("`{text}` is no duration"))?;
    // Of several bounds each must hold.
    let known = request.max_latency.as_ref().and_then(|known| durations::read(known));
    request.max_latency = Some(durations::written(known.map_or(limit, |known| known.min(limit))));
    Ok(())
}

/// A duration; whole days, rounded up.
fn certificate(comparison: &Comparison<'_>, request: &mut DraftRequest) -> Result<(), String> {
    let (Wanted::Text(text), ">" | ">=") = (&comparison.right, comparison.operator) else {
        return Err("only a lower bound of the certificate's days can be carried over".to_owned());
    };
    let left = text.parse().ok().map(Duration::from_millis).or_else(|| durations::read(text));
    let left = left.ok_or_else(|| format!("`{text}` is no duration"))?;
    let days = u32::try_from(left.as_secs().div_ceil(DAY)).map_err(|_| format!("`{text}` is too long"))?;
    request.certificate_days = request.certificate_days.max(Some(days));
    Ok(())
}

fn body(comparison: &Comparison<'_>, request: &mut DraftRequest) -> Result<(), String> {
    let (contains, matches) = match comparison.operator {
        "==" => (&mut request.contains, &mut request.matches),
        "!=" => (&mut request.not_contains, &mut request.not_matches),
        _ => return Err("a body has no order".to_owned()),
    };
    match &comparison.right {
        Wanted::Text(text) => matches.push(any_of(std::slice::from_ref(text))),
        Wanted::Any(list) => matches.push(any_of(list)),
        Wanted::Glob(pattern) => match Glob::read(pattern) {
            Glob::Contains(text) => contains.push(text),
            Glob::Regex(regex) => matches.push(regex),
        },
    }
    Ok(())
}

/// What is not a placeholder alone: a path, or a function of one.
fn placed(left: &str, comparison: &Comparison<'_>, request: &mut DraftRequest) -> Result<(), String> {
    let inside = |name: &str| left.strip_prefix(name)?.strip_suffix(')');
    if let Some(inner) = inside("len(") {
        return length(inner, comparison, request);
    }
    if let Some(inner) = inside("has(") {
        let path = path(inner)?;
        let word = match (&comparison.right, comparison.operator) {
            (Wanted::Text(text), "==") if text == "true" => "exists",
            (Wanted::Text(text), "==") if text == "false" => "absent",
            _ => return Err("`has()` is compared with `true` or `false`".to_owned()),
        };
        request.json_path.push(format!("{path} {word}"));
        return Ok(());
    }
    let path = path(left)?;
    match (&comparison.right, comparison.operator) {
        (Wanted::Text(text), operator) => {
            request.json_path.push(format!("{path} {operator} {}", operand(text)));
        }
        (Wanted::Any(list), "==") => request.json_path.push(format!("{path} matches {}", any_of(list))),
        (Wanted::Any(list), "!=") => {
            request.json_path.extend(list.iter().map(|text| format!("{path} != {}", operand(text))));
        }
        (Wanted::Glob(pattern), "==") => request.json_path.push(match Glob::read(pattern) {
            Glob::Contains(text) => format!("{path} contains {text}"),
            Glob::Regex(regex) => format!("{path} matches {regex}"),
        }),
        _ => return Err("no rule about JSON says that a value does not match a pattern".to_owned()),
    }
    Ok(())
}

fn length(inner: &str, comparison: &Comparison<'_>, request: &mut DraftRequest) -> Result<(), String> {
    let Wanted::Text(text) = &comparison.right else { return Err("a length is a number".to_owned()) };
    let number: u64 = text.parse().map_err(|_| format!("`{text}` is no length"))?;
    if inner != "[BODY]" {
        let path = path(inner)?;
        request.json_path.push(format!("{path} length {} {number}", comparison.operator));
        return Ok(());
    }
    let least = match comparison.operator {
        ">" => number + 1,
        ">=" => number,
        _ => return Err("of a whole body, only the least length can be carried over".to_owned()),
    };
    if least > MOST_COUNTED {
        return Err(format!("a rule counts at most {MOST_COUNTED} letters of a body"));
    }
    request.matches.push(format!(r"(?s)\A.{{{least},}}"));
    Ok(())
}

/// An operand that reads as the same again: JSON or else text, as the rule reads it.
fn operand(text: &str) -> String {
    let is_plain = !text.is_empty() && text.trim() == text && !text.starts_with(['"', '[', '{']);
    if is_plain || serde_json::from_str::<Value>(text).is_ok() {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// `[BODY].user.items[0].id` as a JSON path.
fn path(placeholder: &str) -> Result<String, String> {
    let rest = placeholder.strip_prefix("[BODY]").ok_or_else(|| match placeholder {
        "[IP]" => "no rule speaks of the address; it is in each result".to_owned(),
        "[DOMAIN_EXPIRATION]" => {
            "no rule asks when a domain expires: the server does by itself, and opens a ticket 14 days before"
                .to_owned()
        }
        "[DNS_RCODE]" => "a check sends HTTP requests".to_owned(),
        text if text.starts_with("[CONTEXT]") => "values of a suite are not carried over".to_owned(),
        _ => format!("`{placeholder}` is no placeholder that `wayfarer import` knows"),
    })?;
    let mut path = "$".to_owned();
    for member in rest.split('.').filter(|member| !member.is_empty()) {
        let (name, indices) = member.split_at(member.find('[').unwrap_or(member.len()));
        if !name.is_empty() {
            path.push_str(&json_segment(name));
        }
        path.push_str(indices);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(condition: &str) -> (DraftRequest, Vec<(String, String)>) {
        let mut request = DraftRequest::default();
        let lost = carry(&[condition.to_owned()], &mut request);
        (request, lost)
    }

    #[test]
    fn conditions_about_json_become_rules() {
        let rule = |condition: &str| carried(condition).0.json_path.concat();
        assert_eq!(rule("[BODY].status == UP"), "$.status == UP");
        assert_eq!(rule("[BODY].user-id[0].x != 3"), "$[\"user-id\"][0].x != 3");
        assert_eq!(rule("len([BODY].items) >= 3"), "$.items length >= 3");
        assert_eq!(rule("has([BODY].error) == false"), "$.error absent");
        assert_eq!(rule("[BODY].name == pat(*tea*)"), "$.name contains tea");
        assert_eq!(rule("[BODY].name == any(a, b.c)"), r"$.name matches \A(?:a|b\.c)\z");
        assert_eq!(rule("5 < [BODY].n"), "$.n > 5");
    }

    #[test]
    fn conditions_about_the_rest_become_keys() {
        let status = |condition: &str| carried(condition).0.status.unwrap();
        assert_eq!(status("[STATUS] < 300"), "100-299");
        assert_eq!(status("[STATUS] == any(200, 404)"), "200, 404");
        assert_eq!(status("[STATUS] == pat(2*)"), "200-299");
        assert_eq!(status("[BODY] == ok"), "100-599");
        assert_eq!(carried("[RESPONSE_TIME] < 500").0.max_latency.unwrap(), "500ms");
        assert_eq!(carried("[CERTIFICATE_EXPIRATION] > 49h").0.certificate_days, Some(3));
        assert_eq!(carried("[BODY] == pat(*hi*)").0.contains, ["hi"]);
        assert_eq!(carried("[BODY] != pat(a*)").0.not_matches, [r"(?s)\Aa.*\z"]);
        assert_eq!(carried("len([BODY]) > 9").0.matches, [r"(?s)\A.{10,}"]);
        assert!(carried("[CONNECTED] == true").1.is_empty());
    }

    #[test]
    fn of_several_bounds_each_holds() {
        for order in [[0, 1], [1, 0]] {
            let conditions = |of: [&str; 2]| order.map(|at| of[at].to_owned());
            let mut request = DraftRequest::default();
            carry(&conditions(["[RESPONSE_TIME] < 500", "[RESPONSE_TIME] < 2s"]), &mut request);
            carry(
                &conditions(["[CERTIFICATE_EXPIRATION] > 48h", "[CERTIFICATE_EXPIRATION] > 240h"]),
                &mut request,
            );
            assert_eq!((request.max_latency.as_deref(), request.certificate_days), (Some("500ms"), Some(10)));
        }
    }

    #[test]
    fn what_no_key_can_say_is_refused_with_a_reason() {
        for condition in [
            "[IP] == 1.2.3.4",
            "[DOMAIN_EXPIRATION] > 720h",
            "[STATUS] == 1000",
            "[BODY].a != pat(x*)",
            "[RESPONSE_TIME] > 5",
            "[STATUS]",
            "[BODY].t == ghp_0123456789abcdefABCD",
        ] {
            let (_, lost) = carried(condition);
            assert_eq!(lost.len(), 1, "{condition}");
            assert!(!lost[0].1.is_empty());
        }
    }
}
