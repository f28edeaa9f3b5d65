//! The form of each language's last words.

use super::words::Words;
use crate::failure::SourceLocation;

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

pub(super) fn rust(lines: &[&str]) -> Words {
    let at = last(lines, |line| {
        line.starts_with("thread '") && line.contains("' ") && line.contains("panicked at ")
    })?;
    let place = lines.get(at)?.split_once("panicked at ")?.1.trim_end_matches(':');
    let message = block(lines, at + 1, &["note: ", "stack backtrace:"]);
    (!message.is_empty()).then(|| (message, location(place)))
}

pub(super) fn zig(lines: &[&str]) -> Words {
    let at = last(lines, |line| {
        line.starts_with("thread ") && line.contains(" panic: ") || line.starts_with("panic: ")
    })?;
    let message = lines.get(at)?.split_once("panic: ")?.1.to_owned();
    let mut frames = lines.get(at + 1..)?.iter().filter_map(|line| line.split_once(": 0x"));
    let (place, _) = frames.find(|(place, _)| place.contains(".zig:"))?;
    Some((message, location(place)))
}

pub(super) fn go(lines: &[&str]) -> Words {
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

pub(super) fn python(lines: &[&str]) -> Words {
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

pub(super) fn cpp(lines: &[&str]) -> Words {
    if let Some(at) = last(lines, |line| line.starts_with("libc++abi: terminating")) {
        return Some((lines.get(at)?.trim_start_matches("libc++abi: ").to_owned(), None));
    }
    let at = last(lines, |line| line.starts_with("terminate called"))?;
    let said = lines.get(at + 1).and_then(|line| line.trim().strip_prefix("what():"));
    Some((said.map_or_else(|| lines.get(at).copied().unwrap_or_default(), str::trim).to_owned(), None))
}

pub(super) fn c_assertion(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("Assertion failed: "))?;
    let line = lines.get(at)?;
    let (message, place) = line.rsplit_once(" (")?;
    let mut parts = place.trim_end_matches(')').split(':').map(str::trim);
    let (file, number) = (parts.next()?, parts.next_back()?.parse().ok()?);
    Some((message.to_owned(), Some(SourceLocation { file: file.to_owned(), line: number, column: 0 })))
}

pub(super) fn assembly_script(lines: &[&str]) -> Words {
    let at = last(lines, |line| line.starts_with("abort: "))?;
    let (message, place) = lines.get(at)?.trim_start_matches("abort: ").rsplit_once(" in ")?;
    let (file, numbers) = place.trim_end_matches(')').split_once('(')?;
    let (line, column) = numbers.split_once(':')?;
    let source =
        SourceLocation { file: file.to_owned(), line: line.parse().ok()?, column: column.parse().ok()? };
    Some((message.to_owned(), Some(source)))
}

pub(super) fn java_script(lines: &[&str]) -> Words {
    let is_frame = |line: &str| line.trim_start().starts_with("at ");
    let first_frame = last(lines, |line| !is_frame(line) && !line.is_empty())? + 1;
    let message = lines.get(first_frame - 1)?;
    let frames = lines.get(first_frame..)?;
    let source = frames.iter().find_map(|frame| frame_of(frame));
    let name = message.split(':').next()?;
    let is_error = name.ends_with("Error") && !name.contains(' ');
    (is_error || source.is_some()).then(|| ((*message).to_owned(), source))
}

/// The place in one line of a stack: `    at f (a.js:3:9)`.
pub(super) fn frame_of(line: &str) -> Option<SourceLocation> {
    let place = line.rsplit_once('(').map_or(line, |(_, place)| place.trim_end_matches(')'));
    location(place.trim().trim_start_matches("at "))
}
