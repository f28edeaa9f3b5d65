//! Why a guest trapped, in the words that its language's runtime wrote to standard error before.
//!
//! A language whose SDK calls `panicked` needs none of this. The others end with a trap that says `unreachable`, after a few
//! lines of which each runtime has a form of its own:
//!
//! | language | form |
//! |---|---|
//! | Rust | `thread 'main' panicked at src/lib.rs:17:9:`, then the message |
//! | Go | `panic: message`, later a line that ends in `file.go:31 +0x1f` |
//! | Python | `Traceback (most recent call last):`, `File "a.py", line 3, in f`, and at the end `ValueError: message` |
//! | JavaScript | `TypeError: message`, then `at f (a.js:3:9)` |
//! | C++ | `terminate called …`, then `what():  message`; or `libc++abi: terminating due to …: message` |
//! | Zig | `thread 1 panic: message`, then `a.zig:3:9: 0x1f in f` |
//! | C | `Assertion failed: x > 0 (a.c: f: 3)` |
//! | AssemblyScript | `abort: message in a.ts(3:9)` |

use crate::failure::{Failure, FailureKind, SourceLocation};
use crate::report::LogRecord;

/// How many of the last lines are looked at.
const LINES: usize = 60;
/// The most bytes of a message.
const MESSAGE: usize = 2 << 10;

/// The failure that the last lines of standard error tell of; none if they have no known form.
pub fn trap_words(logs: &[LogRecord]) -> Option<Failure> {
    let lines: Vec<&str> =
        logs.iter().filter(|line| line.level == "stderr").map(|line| line.message.trim_end()).collect();
    let tail = lines.get(lines.len().saturating_sub(LINES)..)?;
    let forms = [rust, zig, go, python, cpp, c_assertion, assembly_script, java_script];
    let (message, source) = forms.iter().find_map(|form| form(tail))?;
    let message = message.get(..message.floor_char_boundary(MESSAGE))?.to_owned();
    Some(Failure { kind: FailureKind::Panic, source, ..Failure::message(message) })
}

type Words = Option<(String, Option<SourceLocation>)>;

/// The place of the last line that satisfies a condition.
fn last(lines: &[&str], is_meant: impl Fn(&str) -> bool) -> Option<usize> {
    lines.iter().rposition(|line| is_meant(line))
}

/// `file:line:column` or `file:line`.
fn location(text: &str) -> Option<SourceLocation> {
    let mut parts = text.rsplitn(3, ':');
    let (last, middle, first) = (parts.next()?, parts.next()?, parts.next());
    match (first, middle.parse(), last.parse()) {
        (Some(file), Ok(line), Ok(column)) => Some(SourceLocation { file: file.to_owned(), line, column }),
        (None, _, Ok(line)) => Some(SourceLocation { file: middle.to_owned(), line, column: 0 }),
        (Some(file), _, Ok(line)) => {
            Some(SourceLocation { file: format!("{file}:{middle}"), line, column: 0 })
        }
        _ => None,
    }
}

/// The lines behind a place up to the first that begins another part.
fn block(lines: &[&str], from: usize, ends: &[&str]) -> String {
    let rest = lines.get(from..).unwrap_or_default();
    let kept =
        rest.iter().take_while(|line| !line.is_empty() && !ends.iter().any(|end| line.starts_with(end)));
    kept.copied().collect::<Vec<_>>().join("\n")
}

fn rust(lines: &[&str]) -> Words {
    let at = last(lines, |line| {
        line.starts_with("thread '") && line.contains("' ") && line.contains("panicked at ")
    })?;
    let place = lines.get(at)?.split_once("panicked at ")?.1.trim_end_matches(':');
    let message = block(lines, at + 1, &["note: ", "stack backtrace:"]);
    (!message.is_empty()).then(|| (message, location(place)))
}

fn zig(lines: &[&str]) -> Words {
    let at = last(lines, |line| {
        line.starts_with("thread ") && line.contains(" panic: ") || line.starts_with("panic: ")
    })?;
    let message = lines.get(at)?.split_once("panic: ")?.1.to_owned();
    let mut frames = lines.get(at + 1..)?.iter().filter_map(|line| line.split_once(": 0x"));
    let (place, _) = frames.find(|(place, _)| place.contains(".zig:"))?;
    Some((message, location(place)))
}

fn go(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("panic: ") || line.starts_with("fatal error: "))?;
    let line = lines.get(at)?;
    let message = line.split_once(": ")?.1;
    // The last frame of the runtime itself is followed by the author's.
    let frames = lines.get(at + 1..).unwrap_or_default().iter().filter_map(|line| {
        let (file, rest) = line.trim().split_once(".go:")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{file}.go:{number}"))
    });
    let mut own = frames.filter(|frame| !frame.contains("/runtime/") && !frame.contains("/go/src/"));
    Some((message.to_owned(), own.next().and_then(|frame| location(&frame))))
}

fn python(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("Traceback (most recent call last)"))?;
    let behind = lines.get(at + 1..)?;
    let message = behind.iter().find(|line| !line.starts_with(' ') && !line.is_empty())?;
    let frame = behind.iter().rev().find_map(|line| line.trim_start().strip_prefix("File \""));
    let source = frame.and_then(|frame| {
        let (file, rest) = frame.split_once("\", line ")?;
        let line = rest.split(',').next()?.trim().parse().ok()?;
        Some(SourceLocation { file: file.to_owned(), line, column: 0 })
    });
    Some(((*message).to_owned(), source))
}

fn cpp(lines: &[&str]) -> Words {
    if let Some(at) = last(lines, |line| line.starts_with("libc++abi: terminating")) {
        return Some((lines.get(at)?.trim_start_matches("libc++abi: ").to_owned(), None));
    }
    let at = last(lines, |line| line.starts_with("terminate called"))?;
    let said = lines.get(at + 1).and_then(|line| line.trim().strip_prefix("what():"));
    Some((said.map_or_else(|| lines.get(at).copied().unwrap_or_default(), str::trim).to_owned(), None))
}

fn c_assertion(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("Assertion failed: "))?;
    let line = lines.get(at)?;
    let (message, place) = line.rsplit_once(" (")?;
    let mut parts = place.trim_end_matches(')').split(':').map(str::trim);
    let (file, number) = (parts.next()?, parts.next_back()?.parse().ok()?);
    Some((message.to_owned(), Some(SourceLocation { file: file.to_owned(), line: number, column: 0 })))
}

fn assembly_script(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("abort: "))?;
    let (message, place) = lines.get(at)?.trim_start_matches("abort: ").rsplit_once(" in ")?;
    let (file, numbers) = place.trim_end_matches(')').split_once('(')?;
    let (line, column) = numbers.split_once(':')?;
    let source =
        SourceLocation { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? };
    Some((message.to_owned(), Some(source)))
}

fn java_script(lines: &[&str]) -> Words {
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let first_frame = last(lines, |line| !is_frame(line) && !line.is_empty())? + 1;
    let message = lines.get(first_frame - 1)?;
    let frames = lines.get(first_frame..)?;
    let source = frames.iter().find_map(|frame| {
        let place = frame.rsplit_once('(').map_or(*frame, |(_, place)| place.trim_end_matches(')'));
        location(place.trim().trim_start_matches("at "))
    });
    let name = message.split(':').next()?;
    let is_error = name.ends_with("Error") && !name.contains(' ');
    (is_error || source.is_some()).then(|| ((*message).to_owned(), source))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let failure = trap_words(&logs)?;
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
    fn what_has_no_form_says_nothing() {
        for stderr in ["", "loading", "done: 3 items\nbye", "Error handling is on"] {
            assert_eq!(said(stderr), None, "{stderr}");
        }
    }
}
