//! Texts that come from a guest or its target, made fit for a terminal.

use std::fmt::Write as _;

/// The longest line shown, in characters.
const LINE: usize = 400;

/// Without control characters: nobody else gets to steer the terminal.
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

/// The first lines, each cut to a length that can be read.
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
