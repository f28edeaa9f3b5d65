//! What an answer must satisfy, as checks of Rust.

use std::ops::RangeInclusive;
use std::time::Duration;

use wayfarer_sandbox::http_check::{
    AnswerRules, Capture, Comparison, HeaderRule, HeaderTest, JsonKind, JsonRule, JsonTest, Pattern, Template,
};

use super::expressions::{Scope, quoted};
use super::requests::duration;
use super::support::Support;

/// A line each. `support` learns which functions they call.
pub(super) fn checks(rules: &AnswerRules, scope: &Scope<'_>, support: &mut Support) -> Vec<String> {
    let mut lines = vec![status(&rules.status)];
    for rule in &rules.headers {
        lines.push(header(rule, scope, support));
    }
    let texts =
        rules.contains.len() + rules.not_contains.len() + rules.matches.len() + rules.not_matches.len();
    if texts > 0 {
        lines.push("let body = answer.text()?;".to_owned());
    }
    let is_in = |part: &Template| format!("body.contains(AsRef::<str>::as_ref(&{}))", scope.text(part));
    lines.extend(rules.contains.iter().map(|part| checked(&is_in(part), &format!("body contains `{part}`"))));
    lines.extend(
        rules
            .not_contains
            .iter()
            .map(|part| checked(&format!("!{}", is_in(part)), &format!("body does not contain `{part}`"))),
    );
    for (patterns, not, words) in
        [(&rules.matches, "", "matches"), (&rules.not_matches, "!", "does not match")]
    {
        for pattern in patterns {
            let condition = format!("{not}{}.is_match(&body)", compiled(pattern, scope, support));
            lines.push(checked(&condition, &format!("body {words} `{pattern}`")));
        }
    }
    for rule in &rules.json {
        lines.extend(json(rule, scope, support));
    }
    if let Some(limit) = rules.max_latency {
        lines
            .push(format!("soft_check!(answer.phases().total <= {}, \"answers in time\");", duration(limit)));
    }
    if let Some(days) = rules.certificate_days {
        let least = duration(Duration::from_secs(u64::from(days) * 86_400));
        lines.push(format!(
            "soft_check!(answer.certificate_left().is_some_and(|left| left >= {least}), \"certificate is valid for {days} days\");"
        ));
    }
    lines
}

/// A check with a name in which nothing is formatted.
fn checked(condition: &str, name: &str) -> String {
    format!("check!({condition}, {});", quoted(&name.replace('{', "{{").replace('}', "}}")))
}

fn status(good: &[RangeInclusive<u16>]) -> String {
    let range = |range: &RangeInclusive<u16>| match (range.start(), range.end()) {
        (one, same) if one == same => one.to_string(),
        (from, to) => format!("{from}..={to}"),
    };
    let whole = |range: &RangeInclusive<u16>| format!("{}..={}", range.start(), range.end());
    match good {
        [one] => format!("let answer = answer.expect_status({})?;", range(one)),
        several => {
            let ranges: Vec<String> = several.iter().map(whole).collect();
            let words: Vec<String> = several.iter().map(|one| range(one).replace("..=", "-")).collect();
            let condition =
                format!("[{}].iter().any(|good| good.contains(&answer.status()))", ranges.join(", "));
            checked(&condition, &format!("status is {}", words.join(", ")))
        }
    }
}

fn compiled(pattern: &Pattern, scope: &Scope<'_>, support: &mut Support) -> String {
    support.pattern = true;
    format!("pattern({})?", scope.pattern(pattern.template()))
}

fn header(rule: &HeaderRule, scope: &Scope<'_>, support: &mut Support) -> String {
    support.values_of = true;
    let values = format!("values_of(&answer, {}).iter()", quoted(rule.name.as_str()));
    let condition = match &rule.test {
        HeaderTest::Exists => format!("{values}.next().is_some()"),
        HeaderTest::Absent => format!("{values}.next().is_none()"),
        HeaderTest::Equals(value) => format!("{values}.any(|value| *value == {})", scope.text(value)),
        HeaderTest::Differs(value) => format!("{values}.all(|value| *value != {})", scope.text(value)),
        HeaderTest::Contains(part) => {
            format!(
                "{values}.any(|value| value.to_lowercase().contains(&{}.to_lowercase()))",
                scope.text(part)
            )
        }
        HeaderTest::Matches(pattern) => {
            let pattern = compiled(pattern, scope, support);
            return format!(
                "let expected = {pattern};\n{}",
                checked(
                    &format!("{values}.any(|value| expected.is_match(value))"),
                    &format!("header {rule}")
                )
            );
        }
    };
    checked(&condition, &format!("header {rule}"))
}

fn json(rule: &JsonRule, scope: &Scope<'_>, support: &mut Support) -> Vec<String> {
    support.values_at = true;
    let path = quoted(&from_root(&rule.path.to_string()));
    let name = format!("json {rule}");
    let found =
        format!("let found = values_at(&answer, {path}, {})?;", selects_several(&rule.path.to_string()));
    let only = "[value]";
    let condition = match &rule.test {
        JsonTest::Exists => "!found.is_empty()".to_owned(),
        JsonTest::Absent => "found.is_empty()".to_owned(),
        test => {
            let one = one_value(test, scope, support);
            format!("matches!(found.as_slice(), {only} if {one})")
        }
    };
    vec![found, checked(&condition, &name)]
}

/// A condition about `value`.
fn one_value(test: &JsonTest, scope: &Scope<'_>, support: &mut Support) -> String {
    match test {
        JsonTest::Exists | JsonTest::Absent => "true".to_owned(),
        JsonTest::Equals(expected) => same(expected, scope, support),
        JsonTest::Differs(expected) => format!("!{}", same(expected, scope, support)),
        JsonTest::Compares(how, expected) => {
            let number = format!("{}.parse::<f64>()", scope.text(expected));
            format!(
                "value.as_f64().zip({number}.ok()).is_some_and(|(value, expected)| value {} expected)",
                operator(*how)
            )
        }
        JsonTest::Length(how, count) => {
            support.length = true;
            format!("length(value).is_some_and(|length| length {} {count})", operator(*how))
        }
        JsonTest::Is(kind) => match kind {
            JsonKind::String => "value.is_string()".to_owned(),
            JsonKind::Number => "value.is_number()".to_owned(),
            JsonKind::Integer => "value.as_f64().is_some_and(|number| number.fract() == 0.0)".to_owned(),
            JsonKind::Boolean => "value.is_boolean()".to_owned(),
            JsonKind::Array => "value.is_array()".to_owned(),
            JsonKind::Object => "value.is_object()".to_owned(),
            JsonKind::Null => "value.is_null()".to_owned(),
        },
        JsonTest::Contains(part) => {
            support.is_same = true;
            support.contains = true;
            format!("contains(value, AsRef::<str>::as_ref(&{}))", scope.text(part))
        }
        JsonTest::Matches(pattern) => {
            support.text_of = true;
            format!(
                "!value.is_array() && !value.is_object() && {}.is_match(&text_of(value))",
                compiled(pattern, scope, support)
            )
        }
    }
}

fn same(expected: &Template, scope: &Scope<'_>, support: &mut Support) -> String {
    support.is_same = true;
    format!("is_same(value, AsRef::<str>::as_ref(&{}))", scope.text(expected))
}

fn operator(how: Comparison) -> &'static str {
    how.as_str()
}

/// Whether a path may lead to more than one value: outside of quotes it has what selects several.
fn selects_several(path: &str) -> bool {
    let mut quote = None;
    let mut before = ' ';
    for letter in path.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open && before != '\\' => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '*' | '?' | ':' | ',') => return true,
            (None, '.') if before == '.' => return true,
            _ => {}
        }
        before = letter;
    }
    false
}

/// A path with its beginning, which a rule may leave out.
fn from_root(path: &str) -> String {
    match path.chars().next() {
        Some('$') => path.to_owned(),
        Some('[') => format!("${path}"),
        _ => format!("$.{path}"),
    }
}

/// An expression for what a request keeps of its answer.
pub(super) fn captured(capture: &Capture, scope: &Scope<'_>, support: &mut Support) -> String {
    match capture {
        Capture::Json(path) => {
            support.text_of = true;
            format!("text_of(&answer.json_path({})?)", quoted(&from_root(&path.to_string())))
        }
        Capture::Header(name) => {
            let name = name.as_str();
            let why = quoted(&format!("the answer has no header `{name}`"));
            format!("answer.header({}).ok_or_else(|| Failure::new({why}))?", quoted(name))
        }
        Capture::Regex(pattern) => {
            support.group = true;
            format!("group(&{}, &answer.text()?)?", compiled(pattern, scope, support))
        }
    }
}
