//! Rows in aligned columns, for people.

use crate::author::report::Style;

/// Rows under a heading.
pub(super) struct Table {
    rows: Vec<Vec<Cell>>,
}

/// A text, and how it looks.
pub(super) struct Cell {
    text: String,
    shown: String,
}

impl Cell {
    /// A text that looks like something.
    pub(super) fn painted(text: &str, shown: String) -> Self {
        Self { text: text.to_owned(), shown }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { shown: text.clone(), text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Table {
    /// With a heading.
    pub(super) fn new(style: Style, heading: &[&str]) -> Self {
        let cell = |name: &&str| Cell::painted(name, style.dim(name));
        Self { rows: vec![heading.iter().map(cell).collect()] }
    }

    /// One row; as many cells as the heading has.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// All of it, each line ended.
    pub(super) fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let gap = width.saturating_sub(cell.text.chars().count()) + 2;
                line = format!("{line}{}{:gap$}", cell.shown, "");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
