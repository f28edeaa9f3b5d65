//! A path to at most one place, such as `$.items[0].name`, found in the text of a document.
//!
//! Most questions of a journey are of this form, and a document may have megabytes. The text is validated by `serde_json`
//! first, so the scan behind it only has to find where values begin and end. It takes no memory and one pass.

use std::borrow::Cow;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment<'p> {
    Member(&'p str),
    Element(usize),
}

/// A path of names and indices only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Singular<'p>(Vec<Segment<'p>>);

impl<'p> Singular<'p> {
    /// None if the path has another form, or one that only a whole parser should read.
    pub(super) fn parse(path: &'p str) -> Option<Self> {
        let mut rest = path.strip_prefix('$')?;
        let mut segments = Vec::new();
        while !rest.is_empty() {
            let (segment, after) = if let Some(name) = rest.strip_prefix('.') {
                let end = name.find(['.', '[']).unwrap_or(name.len());
                let (name, after) = name.split_at(end);
                (Segment::Member(is_shorthand(name).then_some(name)?), after)
            } else {
                let inside = rest.strip_prefix('[')?;
                if let Some(quoted) = inside.strip_prefix(['\'', '"']) {
                    let quote = inside.chars().next()?;
                    let (name, after) = quoted.split_once(quote)?;
                    (Segment::Member((!name.contains('\\')).then_some(name)?), after.strip_prefix(']')?)
                } else {
                    let (index, after) = inside.split_once(']')?;
                    let is_plain =
                        index == "0" || index.bytes().all(|b| b.is_ascii_digit()) && !index.starts_with('0');
                    (Segment::Element(is_plain.then(|| index.parse().ok())??), after)
                }
            };
            segments.push(segment);
            rest = after;
        }
        Some(Self(segments))
    }

    /// The value at the path, as it stands in the text, which must be valid JSON.
    pub(super) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut value = text.trim_matches(is_space);
        for segment in &self.0 {
            value = match segment {
                Segment::Member(name) => member(value, name)?,
                Segment::Element(index) => Entries::of(value, '[')?.nth(*index)?,
            };
        }
        Some(value)
    }
}

/// Whether a name may stand behind a dot (RFC 9535, 2.5.1.1).
fn is_shorthand(name: &str) -> bool {
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_' || !letter.is_ascii();
    name.starts_with(is_first) && name.chars().all(|letter| is_first(letter) || letter.is_ascii_digit())
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// The last member of that name, as parsers that keep one of several do.
fn member<'t>(object: &'t str, name: &str) -> Option<&'t str> {
    let mut found = None;
    for entry in Entries::of(object, '{')? {
        let end = end_of(entry);
        let (key, value) = entry.split_at_checked(end)?;
        if key_of(key)? == name {
            found = Some(value.trim_start_matches(is_space).strip_prefix(':')?.trim_matches(is_space));
        }
    }
    found
}

/// A key without its quotes and escapes.
fn key_of(key: &str) -> Option<Cow<'_, str>> {
    let inside = key.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') { serde_json::from_str(key).ok().map(Cow::Owned) } else { Some(inside.into()) }
}

/// The elements of an array, or the members of an object.
struct Entries<'t>(&'t str);

impl<'t> Entries<'t> {
    fn of(value: &'t str, open: char) -> Option<Self> {
        let inside = value.strip_prefix(open)?;
        Some(Self(inside.get(..inside.len().checked_sub(1)?)?))
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.0.trim_start_matches(is_space);
        if rest.is_empty() {
            return None;
        }
        let mut end = end_of(rest);
        let behind = rest.get(end..)?.trim_start_matches(is_space);
        if behind.starts_with(':') {
            // A key: its value belongs to it.
            let value = behind.get(1..)?.trim_start_matches(is_space);
            end = rest.len() - value.len() + end_of(value);
        }
        let (entry, behind) = rest.split_at_checked(end)?;
        let behind = behind.trim_start_matches(is_space);
        self.0 = behind.strip_prefix(',').unwrap_or(behind);
        Some(entry)
    }
}

/// Where the value ends that a text begins with.
fn end_of(text: &str) -> usize {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => {
                in_text = !in_text;
                if !in_text && depth == 0 {
                    return at + 1;
                }
            }
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn found<'t>(path: &str, text: &'t str) -> Option<&'t str> {
        Singular::parse(path).unwrap().find(text)
    }

    #[test]
    fn a_value_is_found_as_it_stands_in_the_text() {
        let text = " { \"a\" : [ 1.50 , {\"b c\":\"x,]}\\\"y\"} ] , \"n\\u0061me\":{ \"k\" : [ ] }, \"z\":1, \"z\":2 } ";
        assert_eq!(found("$.a[0]", text), Some("1.50"));
        assert_eq!(found("$['a'][1][\"b c\"]", text), Some("\"x,]}\\\"y\""));
        assert_eq!(found("$.name", text), Some("{ \"k\" : [ ] }"));
        assert_eq!(found("$.name.k", text), Some("[ ]"));
        assert_eq!(found("$.z", text), Some("2"), "the last one, as parsers have it");
        for absent in ["$.b", "$.a[2]", "$.a.b", "$[0]", "$.name.k[0]", "$.a[0].x"] {
            assert_eq!(found(absent, text), None, "{absent}");
        }
        assert_eq!(found("$", " 7 "), Some("7"));
    }

    #[test]
    fn other_forms_are_left_to_the_whole_parser() {
        for other in [
            "$.*",
            "$..a",
            "$[-1]",
            "$[0:2]",
            "$[?@.a]",
            "$['a','b']",
            "$['a\\'b']",
            "a.b",
            "$.",
            "$[01]",
            "$.1a",
            "$x",
        ] {
            assert_eq!(Singular::parse(other), None, "{other}");
        }
    }

    fn documents() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-c\"\\\\{}\\[\\],: é]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[ab\"\\\\]{1,2}", inner, 0..4)
                    .prop_map(|members| json!(members)),
            ]
        })
    }

    /// Every place of a document, with its value.
    fn places(value: &Value, path: String, out: &mut Vec<(String, Value)>) {
        match value {
            Value::Array(elements) => {
                for (at, element) in elements.iter().enumerate() {
                    places(element, format!("{path}[{at}]"), out);
                }
            }
            Value::Object(members) => {
                for (name, member) in members.iter().filter(|(name, _)| !name.contains(['"', '\\'])) {
                    places(member, format!("{path}[\"{name}\"]"), out);
                }
            }
            _ => {}
        }
        out.push((path, value.clone()));
    }

    proptest! {
        #[test]
        fn every_place_of_a_document_is_found(document in documents(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) };
            let (text, mut expected) = (text.unwrap(), Vec::new());
            places(&document, "$".to_owned(), &mut expected);
            for (path, value) in expected {
                let found = found(&path, &text).unwrap();
                prop_assert_eq!(serde_json::from_str::<Value>(found).unwrap(), value, "{}", path);
            }
        }
    }
}
