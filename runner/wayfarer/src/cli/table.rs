//! Rows in aligned columns, for people.

use crate::author::report::{Style, padded, width};

/// Rows under a heading. Cells may be coloured.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(style: Style, heading: &[&str]) -> Self {
        Self { rows: vec![heading.iter().map(|name| style.dim(name)).collect()] }
    }

    /// Adds a row of as many cells as the heading has.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
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
        table.row(vec!["注文する".into(), style.odd("paused"), "🚀 launch".into()]);
        table.row(vec!["log in".into(), "in 5m".into(), "ok".into()]);
        let plain = anstream::adapter::strip_str(&table.text()).to_string();
        insta::assert_snapshot!(plain, @"
        title     state   note
        注文する  paused  🚀 launch
        log in    in 5m   ok
        ");
    }
}
