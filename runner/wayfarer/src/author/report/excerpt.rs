//! Texts of guests and targets, escaped and cut for a terminal.

use std::fmt::Write as _;

/// The longest line, in characters.
const LINE: usize = 400;

/// Escapes control characters, so that a guest or target cannot control the terminal.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => plain.push('\n'),
            '\t' => plain.push_str("    "),
            c if c.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(plain, "\\x{:02x}", u32::from(c));
            }
            c => plain.push(c),
        }
    }
    plain
}

/// The first `most` lines, each cut to a readable length.
pub(super) fn lines(text: &str, most: usize) -> Vec<String> {
    let text = plain(text.trim_end());
    let mut lines: Vec<String> = text.lines().take(most).map(cut).collect();
    if text.lines().count() > most {
        lines.push("…".to_owned());
    }
    lines
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}
