//! YAML and JSON as one kind of value, within limits.
//!
//! An alias of YAML stands for all that it names, so a small file can mean a large one. The reader counts what aliases repeat.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, alias_limits, budget, options};

use super::ImportError;

/// The largest input, in bytes.
pub(crate) const LARGEST: u64 = 10 << 20;

/// How deep values may lie in each other: the reader calls itself for each, with much of a thread's stack in a debug build.
const DEEPEST: usize = 48;
/// Values of one document, each once for each alias that repeats it.
const MOST_NODES: usize = 500_000;
const MOST_REPEATED: usize = 100_000;

/// Reads JSON or YAML, whichever it is, within the bounds of this module.
pub(super) fn read(text: &str) -> Result<Value, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) {
        let read = serde_json::from_str(text);
        // YAML's flow style begins like JSON.
        return read.or_else(|error| yaml(text).map_err(|_| of_json(&error)));
    }
    yaml(text)
}

fn of_json(error: &serde_json::Error) -> ImportError {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    ImportError::Malformed { line: Some(error.line()), what: format!("it is not JSON: {what}") }
}

fn yaml(text: &str) -> Result<Value, ImportError> {
    let options = options! {
        budget: budget! { max_depth: DEEPEST, max_nodes: MOST_NODES },
        alias_limits: alias_limits! { max_total_replayed_events: MOST_REPEATED },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| ImportError::Malformed {
        line: error.location().and_then(|location| usize::try_from(location.line()).ok()),
        what: format!(
            "it is not YAML that can be read: {}",
            error.to_string().lines().next().unwrap_or_default()
        ),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn yaml_and_json_are_read_alike() {
        let yaml = "base: &b {a: 1, s: yes}\nx:\n  <<: *b\n  200: ok\n  list: [1, 'two']\n";
        let read = read(yaml).unwrap();
        assert_eq!(read["x"], json!({"a": 1, "s": true, "200": "ok", "list": [1, "two"]}));
        assert_eq!(super::read("\u{feff}{\"a\": [1]}").unwrap(), json!({"a": [1]}));
        assert_eq!(super::read("{a: 1}").unwrap(), json!({"a": 1}));
    }

    #[test]
    fn what_is_malformed_has_its_line() {
        let line = |text: &str| read(text).unwrap_err().line();
        assert_eq!(line("{\n \"a\": 1,\n \"b\" 2}"), Some(3));
        assert_eq!(line("a: 1\nb: [1, 2\nc: 3\n"), Some(3));
    }

    #[test]
    fn a_small_file_that_means_a_large_one_is_refused() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let names = vec![format!("*a{}", level - 1); 10].join(",");
            writeln!(bomb, "a{level}: &a{level} [{names}]").unwrap();
        }
        assert!(matches!(read(&bomb), Err(ImportError::Malformed { .. })));
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(matches!(read(&deep), Err(ImportError::Malformed { .. })));
        let deep = (0..5_000).fold(String::new(), |deep, depth| deep + &" ".repeat(depth) + "a:\n");
        assert!(matches!(read(&deep), Err(ImportError::Malformed { .. })));
    }
}
