//! Texts of guests and targets, escaped and cut for a terminal.

use wayfarer_model::text::printable_lines;

/// The longest line, in characters.
const LINE: usize = 400;

/// Several lines without what a terminal obeys, and without tabs, which no column fits.
pub(super) fn plain(text: &str) -> String {
    printable_lines(text).replace('\t', "    ")
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
