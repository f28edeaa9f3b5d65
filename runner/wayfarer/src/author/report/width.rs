//! Columns: how wide a text is on a terminal.
//!
//! A character is not a column: CJK and emoji take two, combining marks none. Colours take none either.

use std::fmt::Write as _;

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes, colours left out.
pub(crate) fn width(text: &str) -> usize {
    strip_str(text).map(UnicodeWidthStr::width).sum()
}

/// A text with spaces behind it, up to that many columns. A longer text stays as it is.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let mut padded = text.to_owned();
    // Writing to a string does not fail.
    let _ = write!(padded, "{:gap$}", "", gap = columns.saturating_sub(width(text)));
    padded
}

/// A text without colours of at most that many columns; `…` stands for what was cut off.
pub(crate) fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let fits = |end: &usize| text.get(..*end).is_some_and(|begin| begin.width() < columns);
    let end = text.char_indices().map(|(start, _)| start).take_while(fits).last().unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_colours_none() {
        let widths = ["log in", "注文する", "👩‍🚀 go", "e\u{301}te\u{301}", "\u{1b}[31m✗\u{1b}[0m"].map(width);
        assert_eq!(widths, [6, 8, 5, 3, 1]);
    }

    #[test]
    fn columns_are_filled_and_kept() {
        assert_eq!(padded("注文", 6), "注文  ");
        assert_eq!(padded("\u{1b}[1mok\u{1b}[0m", 3), "\u{1b}[1mok\u{1b}[0m ");
        assert_eq!(padded("longer", 3), "longer");
        assert_eq!(shortened("注文する", 8), "注文する");
        assert_eq!(shortened("注文する", 7), "注文す…");
        assert_eq!(shortened("注文する", 6), "注文…");
        assert_eq!(shortened("checkout", 4), "che…");
        assert_eq!(shortened("checkout", 0), "…");
    }
}
