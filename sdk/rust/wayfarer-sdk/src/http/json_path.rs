//! Our subset of `JSONPath`: `$`, `.name`, `['name']`, `[n]`, `[-n]`, `[*]`.
//!
//! Errors continue a sentence that begins with the path. They say which part of the path exists.

use serde_json::Value;

/// Longest text of a value in an error, in bytes.
const BRIEF: usize = 120;

/// One part of a path.
#[derive(Debug, PartialEq, Eq)]
enum Part<'p> {
    Member(&'p str),
    Element(i64),
    Every,
}

/// The value at a path; a list if the path has `[*]`.
pub(super) fn select(root: &Value, path: &str) -> Result<Value, String> {
    let parts = parse(path)?;
    follow(root, &parts, "$").cloned_or_list()
}

/// A value of the document, or the list that `[*]` collects.
enum Found<'v> {
    One(&'v Value),
    List(Vec<Value>),
}

trait ClonedOrList {
    fn cloned_or_list(self) -> Result<Value, String>;
}

impl ClonedOrList for Result<Found<'_>, String> {
    fn cloned_or_list(self) -> Result<Value, String> {
        Ok(match self? {
            Found::One(value) => value.clone(),
            Found::List(values) => Value::Array(values),
        })
    }
}

fn follow<'v>(mut value: &'v Value, parts: &[Part<'_>], from: &str) -> Result<Found<'v>, String> {
    let mut at = from.to_owned();
    for (place, part) in parts.iter().enumerate() {
        match part {
            Part::Member(name) => {
                value = value.get(*name).ok_or_else(|| no_member(value, name, &at))?;
                at = format!("{at}.{name}");
            }
            Part::Element(index) => {
                value = element(value, *index, &at)?;
                at = format!("{at}[{index}]");
            }
            Part::Every => {
                let Value::Array(items) = value else {
                    return Err(format!("matches nothing: {at} is {}, not a list", brief(value)));
                };
                let rest = parts.get(place + 1..).unwrap_or_default();
                let each = items.iter().enumerate();
                let list: Result<Vec<_>, _> = each
                    .map(|(n, item)| follow(item, rest, &format!("{at}[{n}]")).cloned_or_list())
                    .collect();
                return list.map(Found::List);
            }
        }
    }
    Ok(Found::One(value))
}

fn no_member(value: &Value, name: &str, at: &str) -> String {
    match value {
        Value::Object(members) if members.is_empty() => {
            format!("matches nothing: {at} has no `{name}`, it is {{}}")
        }
        Value::Object(members) => {
            let names: Vec<_> = members.keys().take(12).map(String::as_str).collect();
            format!("matches nothing: {at} has no `{name}`, only {}", names.join(", "))
        }
        other => format!("matches nothing: {at} is {}, which has no `{name}`", brief(other)),
    }
}

fn element<'v>(value: &'v Value, index: i64, at: &str) -> Result<&'v Value, String> {
    let Value::Array(items) = value else {
        return Err(format!("matches nothing: {at} is {}, not a list", brief(value)));
    };
    let place = if index < 0 { i64::try_from(items.len()).unwrap_or(i64::MAX) + index } else { index };
    let found = usize::try_from(place).ok().and_then(|place| items.get(place));
    found.ok_or_else(|| format!("matches nothing: {at} has {} elements, so no [{index}]", items.len()))
}

/// A value as an error shows it.
pub(super) fn brief(value: &Value) -> String {
    let mut text = value.to_string();
    if text.len() > BRIEF {
        let cut = text.floor_char_boundary(BRIEF);
        text.truncate(cut);
        text.push('…');
    }
    text
}

fn parse(path: &str) -> Result<Vec<Part<'_>>, String> {
    let malformed = |rule: &str| format!("is not a path: {rule}");
    let mut rest = path.strip_prefix('$').ok_or_else(|| malformed("it does not begin with `$`"))?;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, left) = after.split_at_checked(end).unwrap_or((after, ""));
            if name.is_empty() {
                return Err(malformed("a name is missing after `.`"));
            }
            parts.push(Part::Member(name));
            rest = left;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (part, left) = bracket(after)
                .ok_or_else(|| malformed("brackets hold a number, `*`, or a name in quotes"))?;
            parts.push(part);
            rest = left;
        } else {
            return Err(malformed("parts begin with `.` or `[`"));
        }
    }
    Ok(parts)
}

/// The part between brackets, and the rest of the path.
fn bracket(text: &str) -> Option<(Part<'_>, &str)> {
    for quote in ['\'', '"'] {
        if let Some(text) = text.strip_prefix(quote) {
            let (name, rest) = text.split_once(quote)?;
            return Some((Part::Member(name), rest.strip_prefix(']')?));
        }
    }
    let (inside, rest) = text.split_once(']')?;
    let part = if inside == "*" { Part::Every } else { Part::Element(inside.parse().ok()?) };
    Some((part, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::select;

    fn shop() -> Value {
        json!({"id": 7, "items": [{"sku": "A1"}, {"sku": "B2"}], "a b": {"x.y": true}})
    }

    #[test]
    fn finds_members_elements_and_all() {
        for (path, found) in [
            ("$", shop()),
            ("$.id", json!(7)),
            ("$.items[1].sku", json!("B2")),
            ("$.items[-2].sku", json!("A1")),
            ("$.items[*].sku", json!(["A1", "B2"])),
            ("$['a b'][\"x.y\"]", json!(true)),
        ] {
            assert_eq!(select(&shop(), path), Ok(found), "{path}");
        }
    }

    #[test]
    fn says_how_far_it_led_and_what_was_there() {
        for (path, wrong) in [
            ("$.nope", "matches nothing: $ has no `nope`, only id, items, a b"),
            ("$.id.x", "matches nothing: $.id is 7, which has no `x`"),
            ("$.items[2]", "matches nothing: $.items has 2 elements, so no [2]"),
            ("$.items[-3]", "matches nothing: $.items has 2 elements, so no [-3]"),
            ("$.items[*].x", "matches nothing: $.items[0] has no `x`, only sku"),
            ("$.id[0]", "matches nothing: $.id is 7, not a list"),
            ("id", "is not a path: it does not begin with `$`"),
            ("$.", "is not a path: a name is missing after `.`"),
            ("$.items[one]", "is not a path: brackets hold a number, `*`, or a name in quotes"),
        ] {
            assert_eq!(select(&shop(), path), Err(wrong.to_owned()), "{path}");
        }
    }
}
