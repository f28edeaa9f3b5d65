//! The values at a path in a body, as JSON text.

use serde::de::IgnoredAny;
use serde_json::Value;
use wayfarer_model::units::Bytes as Size;

use super::path::JsonPath;
use super::singular::Singular;

/// The most of a body that is parsed into values, in bytes: that takes memory and is done in one go.
pub(crate) const PARSED: usize = 4 << 20;

/// Why a body has no values at a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SelectError {
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("{0}")]
    Path(String),
    #[error(
        "the body has {size}, and a path with `*`, `..`, `:`, `?` or a negative index reads at most {most}: name one place, \
         such as `$.items[0].name`",
        size = Size(*.0 as u64), most = Size(PARSED as u64)
    )]
    TooLarge(usize),
}

/// How many times as much memory as a text the values that are read from it take.
pub(crate) const FACTOR: u64 = 20;

/// Memory that [`select`] takes beside its result, in bytes.
pub(crate) fn room(path: &str, body: &str) -> u64 {
    match Singular::parse(path) {
        Some(_) => 0,
        None => FACTOR * body.len().min(PARSED) as u64,
    }
}

/// The values that a path selects, in the order of the document; none if it selects nothing.
pub(crate) fn select(path: &str, body: &str) -> Result<Vec<String>, SelectError> {
    let not_json = |error: serde_json::Error| SelectError::NotJson(error.to_string());
    if let Some(singular) = Singular::parse(path) {
        serde_json::from_str::<IgnoredAny>(body).map_err(not_json)?;
        return Ok(singular.find(body).map(str::to_owned).into_iter().collect());
    }
    if !path.starts_with('$') {
        return Err(SelectError::Path(format!(
            "`{path}` is not a JSON path: it begins with `$`, as in `$.items[0].name`"
        )));
    }
    let path: JsonPath =
        path.parse().map_err(|error: super::JsonPathError| SelectError::Path(error.to_string()))?;
    if body.len() > PARSED {
        return Err(SelectError::TooLarge(body.len()));
    }
    let document: Value = serde_json::from_str(body).map_err(not_json)?;
    Ok(path.find(&document).into_iter().map(Value::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_answer_the_same_questions() {
        let body = r#"{"items":[{"id":1,"name":"a"},{"id":2}]}"#;
        let of = |path| select(path, body).unwrap();
        assert_eq!(of("$.items[1].id"), ["2"]);
        assert_eq!(of("$.items[-1].id"), ["2"]);
        assert_eq!(of("$.items[*].id"), ["1", "2"]);
        assert_eq!(of("$.items[?@.id == 1].name"), ["\"a\""]);
        assert!(of("$.none").is_empty() && of("$..none").is_empty());
        assert_eq!((room("$.items[1].id", body), room("$..id", body)), (0, 20 * body.len() as u64));
    }

    #[test]
    fn paths_follow_the_grammar_beside_the_interface() {
        let vectors: Value =
            serde_json::from_str(include_str!("../../../../wit/vectors/json-path.json")).unwrap();
        for body in
            [vectors["document"].to_string(), serde_json::to_string_pretty(&vectors["document"]).unwrap()]
        {
            for (path, expected) in vectors["selected"].as_object().unwrap() {
                let selected = select(path, &body).unwrap();
                let values: Vec<Value> =
                    selected.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
                let expected: Vec<Value> = expected
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap())
                    .collect();
                assert_eq!(values, expected, "{path}");
            }
        }
        for path in vectors["refused"].as_array().unwrap() {
            assert!(matches!(select(path.as_str().unwrap(), "{}"), Err(SelectError::Path(_))), "{path}");
        }
    }

    #[test]
    fn errors_say_whether_the_body_or_the_path_is_wrong() {
        assert_eq!(
            select("$.a", "<html>").unwrap_err().to_string(),
            "the body is not JSON: expected value at line 1 column 1"
        );
        assert!(matches!(select("$.a[", "{}"), Err(SelectError::Path(_))));
        assert!(select("items", "{}").unwrap_err().to_string().contains("begins with `$`"));
        let long = format!("[{}1]", "1,".repeat(3 << 20));
        assert_eq!(select("$[4]", &long).unwrap(), ["1"]);
        assert!(select("$[-1]", &long).unwrap_err().to_string().contains("name one place"));
    }
}
