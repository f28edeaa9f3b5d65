//! Functions that generated checks call. A file has those that it needs.

/// Which support functions the generated code calls: the others are left out.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a function of its own")]
pub(super) struct Support {
    pub(super) values_of: bool,
    pub(super) values_at: bool,
    pub(super) is_same: bool,
    pub(super) contains: bool,
    pub(super) length: bool,
    pub(super) text_of: bool,
    pub(super) pattern: bool,
    pub(super) group: bool,
}

impl Support {
    /// Whether the project needs the crate `regex`.
    pub(super) fn has_patterns(&self) -> bool {
        self.pattern
    }

    pub(super) fn text(&self) -> String {
        let functions = [
            (self.values_of, VALUES_OF),
            (self.values_at, VALUES_AT),
            (self.is_same, IS_SAME),
            (self.contains, CONTAINS),
            (self.length, LENGTH),
            (self.text_of, TEXT_OF),
            (self.pattern, PATTERN),
            (self.group, GROUP),
        ];
        functions.into_iter().filter_map(|(is_called, text)| is_called.then_some(text)).collect()
    }

    /// Whether a function names the type.
    pub(super) fn has_values(&self) -> bool {
        self.values_at || self.is_same || self.contains || self.length || self.text_of
    }
}

const VALUES_OF: &str = r"
/// Every value of a header.
fn values_of(answer: &Response, name: &str) -> Vec<String> {
    let of_name = |(known, value): (String, String)| known.eq_ignore_ascii_case(name).then_some(value);
    answer.headers().into_iter().filter_map(of_name).collect()
}
";

const VALUES_AT: &str = r"
/// The values at a path of the JSON body; none where nothing is.
fn values_at(answer: &Response, path: &str, may_be_several: bool) -> Result<Vec<Value>, Failure> {
    let _: Value = answer.json()?;
    if may_be_several {
        return answer.json_path(path);
    }
    Ok(answer.json_path(path).map_or_else(|_| Vec::new(), |one| vec![one]))
}
";

const IS_SAME: &str = r"
/// Whether a value is a text, or the JSON that a text states. 50 and 50.0 are the same number.
fn is_same(value: &Value, expected: &str) -> bool {
    let read = || serde_json::from_str::<Value>(expected).ok();
    let is_number = |read: &Value| value.is_number() && read.is_number() && value.as_f64() == read.as_f64();
    value.as_str() == Some(expected) || read().is_some_and(|read| read == *value || is_number(&read))
}
";

const CONTAINS: &str = r"
/// Whether a text has this part, or a list this element.
fn contains(value: &Value, part: &str) -> bool {
    match value {
        Value::String(text) => text.contains(part),
        Value::Array(items) => items.iter().any(|item| is_same(item, part)),
        _ => false,
    }
}
";

const LENGTH: &str = r"
/// Characters of a text, elements of a list, members of an object.
fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}
";

const TEXT_OF: &str = r"
/// A text as it is, anything else as JSON.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
";

const PATTERN: &str = r"
fn pattern(text: &str) -> Result<regex::Regex, Failure> {
    regex::Regex::new(text).map_err(|error| Failure::new(error.to_string()))
}
";

const GROUP: &str = r#"
/// The first group of a regular expression, or all that it matches if it has none.
fn group(pattern: &regex::Regex, text: &str) -> Result<String, Failure> {
    let found = pattern.captures(text).and_then(|found| found.get(1).or(found.get(0)));
    found.map(|found| found.as_str().to_owned()).ok_or_else(|| Failure::new(format!("nothing matches `{pattern}`")))
}
"#;
