//! Why the interpreter of a JavaScript or Python guest panicked, in the words of the journey's own language.
//!
//! componentize-qjs and componentize-py put a runtime in Rust below the journey. It panics for two reasons. An exception that
//! nobody caught is the journey's panic. A value that has no form in the interface, such as a text with half of a
//! character, is a misuse: the host refuses what a language without such a runtime passes in its place.

use super::forms::{frame_of, python};
use super::words::{TrapWords, Words};
use crate::failure::SourceLocation;

/// Files of the runtimes, as their panics name them.
const QUICK_JS_CALLS: &str = "crates/runtime/src/call.rs";
const QUICK_JS: &str = "crates/runtime/src/interpreter.rs";
const CPYTHON: &str = "runtime/src/lib.rs";

const HALF_A_CHARACTER: &str =
    "it passed a text with half of a character (a lone surrogate): cut texts between characters";

/// What a Rust panic with this message and place means, if it is a runtime's. `lines` are the last of standard error.
pub(super) fn interpreter(message: &str, source: &SourceLocation, lines: &[&str]) -> Option<TrapWords> {
    match source.file.as_str() {
        QUICK_JS => quick_js_exception(message).map(TrapWords::panic),
        QUICK_JS_CALLS => quick_js_value(message),
        CPYTHON if message.starts_with("Python function threw") => python(lines).map(TrapWords::panic),
        CPYTHON => python_value(message).as_deref().map(TrapWords::misuse),
        _ => None,
    }
}

/// `Failed to call 'run': Value(Exception(Exception { message: Some("no stock"), stack: Some("    at f (/a.js:3:9)\n") }))`
fn quick_js_exception(message: &str) -> Words {
    let (_, exception) = message.split_once("Exception {")?;
    let text =
        quoted(exception, "message: Some(").unwrap_or_else(|| "an exception without a message".to_owned());
    let stack = quoted(exception, "stack: Some(").unwrap_or_default();
    Some((text, stack.lines().find_map(frame_of)))
}

/// `expected string: FromJs { from: "big_int", to: "string", message: None }` and others of the kind.
fn quick_js_value(message: &str) -> Option<TrapWords> {
    if message == "expected object" {
        let why = "an exception that is neither an `Error` nor a failure, or a value that is no record";
        return Some(TrapWords::panic((why.to_owned(), None)));
    }
    if message.contains("Utf8(") {
        return Some(TrapWords::misuse(HALF_A_CHARACTER));
    }
    if let Some(tag) = quoted(message, "message: Some(").filter(|_| message.starts_with("invalid variant")) {
        let tag = tag.trim_start_matches("unknown variant tag: ");
        return Some(TrapWords::misuse(&format!(
            "it passed the variant `{tag}`, which the interface does not have"
        )));
    }
    let expected = message.strip_prefix("expected ")?;
    let expected = match expected.split(':').next()? {
        "string" => "text",
        "bool" => "boolean",
        other => other,
    };
    Some(TrapWords::misuse(&match (quoted(message, "from: "), expected) {
        (Some(from), "text") if from == "big_int" => {
            "it passed a BigInt where the interface has a text: convert it with `String()`".to_owned()
        }
        (Some(from), _) if from == "big_int" => {
            format!("it passed a BigInt where the interface has a {expected}: convert it with `Number()`")
        }
        (Some(from), _) => format!("it passed a value of type `{from}` where the interface has a {expected}"),
        (None, _) => format!("it passed a value of another type where the interface has a {expected}"),
    }))
}

/// ``called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'TypeError'>, value: TypeError('…'), traceback: None }``
fn python_value(message: &str) -> Option<String> {
    let (_, error) = message.split_once("on an `Err` value: ")?;
    if error.contains("UnicodeEncodeError(") {
        return Some(HALF_A_CHARACTER.to_owned());
    }
    let why = error.split_once(", value: ").map_or(error, |(_, value)| value);
    let why = why.split(", traceback: ").next()?;
    Some(format!("it passed a value that the interface cannot take: {why}"))
}

/// The text in quotation marks behind `before`, as Rust writes it for debugging.
fn quoted(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let mut letters = rest.strip_prefix('"')?.chars();
    let mut unquoted = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(unquoted),
            '\\' => unquoted.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                'u' => {
                    let digits: String =
                        letters.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                letter => letter,
            }),
            letter => unquoted.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(file: &str, message: &str) -> Option<TrapWords> {
        let source = SourceLocation { file: file.to_owned(), line: 1, column: 1 };
        let traceback = [
            "Traceback (most recent call last):",
            "  File \"/0/smoke.py\", line 22, in run",
            "KeyError: 'x'",
        ];
        interpreter(message, &source, &traceback)
    }

    #[test]
    fn a_value_without_a_form_in_the_interface_is_a_misuse() {
        for (file, message, words) in [
            (
                QUICK_JS_CALLS,
                "expected string: Utf8(Utf8Error { valid_up_to: 10, error_len: Some(1) })",
                "a lone surrogate",
            ),
            (
                QUICK_JS_CALLS,
                "expected number: FromJs { from: \"big_int\", to: \"i32\", message: None }",
                "a BigInt where the interface has a number: convert it with `Number()`",
            ),
            (
                QUICK_JS_CALLS,
                "expected string: FromJs { from: \"big_int\", to: \"string\", message: None }",
                "a text: convert it with `String()`",
            ),
            (
                QUICK_JS_CALLS,
                "expected string: FromJs { from: \"undefined\", to: \"string\", message: None }",
                "type `undefined` where the interface has a text",
            ),
            (QUICK_JS_CALLS, "expected bool", "where the interface has a boolean"),
            (
                QUICK_JS_CALLS,
                "invalid variant: Exception(Exception { message: Some(\"unknown variant tag: shout\"), stack: None })",
                "the variant `shout`",
            ),
            (
                CPYTHON,
                "called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'UnicodeEncodeError'>, value: UnicodeEncodeError('utf-8', 'half of a \\ud83d', 10, 11, 'surrogates not allowed'), traceback: None }",
                "a lone surrogate",
            ),
            (
                CPYTHON,
                "called `Result::unwrap()` on an `Err` value: PyErr { type: <class 'OverflowError'>, value: OverflowError('int too big to convert'), traceback: None }",
                "cannot take: OverflowError('int too big to convert')",
            ),
            (
                CPYTHON,
                "called `Result::unwrap()` on an `Err` value: CastError { from: 3, classinfo: <class 'list'> }",
                "cannot take: CastError { from: 3",
            ),
        ] {
            let Some(TrapWords::Misuse(said)) = said(file, message) else { panic!("{message} is a misuse") };
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn an_exception_is_the_journeys_own_panic() {
        for (file, message, words, place) in [
            (
                QUICK_JS,
                "Failed to call 'run': Value(Exception(\nException { message: Some(\"no \\\"stock\\\" \\u{2026}\"), stack: Some(\"    at parse (native)\\n    at walk (/smoke.js:21:26)\\n    at run (/smoke.js:36:11)\\n\") })\n)",
                "no \"stock\" …",
                Some("/smoke.js:21:26"),
            ),
            (
                QUICK_JS,
                "Failed to call 'run': Value(Exception(\nException { message: None, stack: Some(\"    at run (/smoke.js:25:42)\\n\") })\n)",
                "an exception without a message",
                Some("/smoke.js:25:42"),
            ),
            (
                QUICK_JS_CALLS,
                "expected object",
                "an exception that is neither an `Error` nor a failure, or a value that is no record",
                None,
            ),
            (
                CPYTHON,
                "Python function threw an unexpected exception",
                "KeyError: 'x'",
                Some("/0/smoke.py:22"),
            ),
        ] {
            let Some(TrapWords::Panic(failure)) = said(file, message) else { panic!("{message} is a panic") };
            assert_eq!(failure.message, words);
            assert_eq!(failure.source.map(|source| source.to_string()).as_deref(), place);
        }
    }

    #[test]
    fn other_panics_are_their_own() {
        for (file, message) in [
            ("src/lib.rs", "expected string"),
            (QUICK_JS_CALLS, "index out of bounds"),
            (CPYTHON, "no entry"),
        ] {
            assert_eq!(said(file, message), None, "{message}");
        }
    }
}
