//! Reads the last lines of standard error.

use super::forms::{assembly_script, c_assertion, cpp, go, java_script, python, rust, zig};
use super::interpreter::interpreter;
use super::words::TrapWords;
use crate::report::LogRecord;

/// How many of the last lines are looked at.
const LINES: usize = 60;

/// What the last lines of standard error tell of; none if they have no known form.
pub fn trap_words(logs: &[LogRecord]) -> Option<TrapWords> {
    let lines: Vec<&str> =
        logs.iter().filter(|line| line.level == "stderr").map(|line| line.message.trim_end()).collect();
    let tail = lines.get(lines.len().saturating_sub(LINES)..)?;
    if let Some((message, Some(place))) = rust(tail)
        && let Some(words) = interpreter(&message, &place, tail)
    {
        return Some(words);
    }
    let forms = [rust, zig, go, python, cpp, c_assertion, assembly_script, java_script];
    forms.iter().find_map(|form| form(tail)).map(TrapWords::panic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::FailureKind;
    use crate::units::Micros;

    fn said(stderr: &str) -> Option<(String, Option<String>)> {
        let log = |level: &str, message: &str| LogRecord {
            step: None,
            at_us: Micros(0),
            level: level.to_owned(),
            message: message.to_owned(),
            fields: Vec::new(),
        };
        let mut logs: Vec<_> = stderr.lines().map(|line| log("stderr", line)).collect();
        logs.push(log("info", "Error: not standard error"));
        let TrapWords::Panic(failure) = trap_words(&logs)? else { panic!("{stderr} is no misuse") };
        assert_eq!(failure.kind, FailureKind::Panic);
        Some((failure.message, failure.source.map(|source| source.to_string())))
    }

    #[test]
    fn each_runtimes_form_is_read() {
        for (stderr, message, place) in [
            (
                "warming up\nthread '<unnamed>' (1) panicked at src/lib.rs:17:9:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`",
                "index out of bounds",
                Some("src/lib.rs:17:9"),
            ),
            (
                "panic: assignment to entry in nil map\n\ngoroutine 1 [running]:\nruntime.gopanic(...)\n\t/usr/local/go/src/runtime/panic.go:770 +0x1\nmain.Run(...)\n\t/src/smoke.go:42 +0x2a",
                "assignment to entry in nil map",
                Some("/src/smoke.go:42"),
            ),
            (
                "Traceback (most recent call last):\n  File \"/a/smoke.py\", line 12, in run\n    smoke()\n  File \"/a/walk.py\", line 3, in smoke\n    int('x')\nValueError: invalid literal for int()",
                "ValueError: invalid literal for int()",
                Some("/a/walk.py:3"),
            ),
            (
                "TypeError: cannot read property 'id' of undefined\n    at smoke (smoke.js:31:11)\n    at run (smoke.js:80:5)",
                "TypeError: cannot read property 'id' of undefined",
                Some("smoke.js:31:11"),
            ),
            (
                "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no stock",
                "no stock",
                None,
            ),
            (
                "libc++abi: terminating due to uncaught exception of type std::runtime_error: no stock",
                "terminating due to uncaught exception of type std::runtime_error: no stock",
                None,
            ),
            (
                "thread 1 panic: index out of bounds: index 3, len 2\n/a/walk.zig:12:7: 0x1f in walk (walk)",
                "index out of bounds: index 3, len 2",
                Some("/a/walk.zig:12:7"),
            ),
            (
                "Assertion failed: count > 0 (walk.c: walk: 12)",
                "Assertion failed: count > 0",
                Some("walk.c:12"),
            ),
            ("abort: no such key in assembly/walk.ts(12:3)", "no such key", Some("assembly/walk.ts:12:3")),
        ] {
            let expected = Some((message.to_owned(), place.map(str::to_owned)));
            assert_eq!(said(stderr), expected, "{stderr}");
        }
    }

    #[test]
    fn a_long_message_ends_with_the_mark_of_a_cut() {
        let (message, _) = said(&format!("panic: {}", "long ".repeat(1_000))).unwrap();
        assert!(message.len() <= 2_048 && message.ends_with(crate::text::CUT), "{message}");
    }

    #[test]
    fn what_has_no_form_says_nothing() {
        for stderr in ["", "loading", "done: 3 items\nbye", "Error handling is on"] {
            assert_eq!(said(stderr), None, "{stderr}");
        }
    }
}
