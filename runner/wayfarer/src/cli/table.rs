//! Rows in aligned columns, for people.

use wayfarer_model::text::printable;

use crate::author::report::{Style, padded, width};

/// One cell. A text becomes one without what a terminal obeys; only [`painted`](Self::painted) keeps its colours.
pub(super) struct Cell(String);

impl Cell {
    /// A text that a [`Style`] has painted, which has seen to the rest.
    pub(super) fn painted(text: &str) -> Self {
        // A painted text may still have lines.
        Self(text.replace('\n', "\\n"))
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self(printable(text.as_ref()).into_owned())
    }
}

/// Rows under a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(style: Style, heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|name| style.dim(name)).collect()] }
    }

    /// Adds a row of as many cells as the heading has.
    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into_iter().map(|cell| cell.0).collect());
    }

    /// All lines, each with its line break.
    pub(super) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| padded(cell, width + 2));
            format!("{}\n", cells.collect::<String>().trim_end())
        };
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_under_wide_characters_and_colours() {
        let style = Style { colour: true };
        let mut table = Table::new(style, &["title", "state", "note"]);
        table.row(["注文する".into(), Cell::painted(&style.odd("paused")), "🚀 launch".into()]);
        table.row(["log in".into(), "in 5m".into(), "ok".into()]);
        let plain = anstream::adapter::strip_str(&table.text()).to_string();
        insta::assert_snapshot!(plain, @"
        title     state   note
        注文する  paused  🚀 launch
        log in    in 5m   ok
        ");
    }

    #[test]
    fn a_text_of_somebody_else_controls_nothing() {
        let style = Style { colour: true };
        let mut table = Table::new(style, &["name", "note"]);
        let hostile = "ci\u{1b}[2J\r\nadmin\u{202e}\u{9b}1m";
        table.row([hostile.into(), Cell::painted(&style.bad(hostile))]);
        let text = anstream::adapter::strip_str(&table.text()).to_string();
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.chars().any(|letter| letter != '\n' && letter.is_control()), "{text:?}");
        assert!(text.contains("ci\\u{1b}[2J\\r\\nadmin\\u{202e}\\u{9b}1m"), "{text}");
    }
}
