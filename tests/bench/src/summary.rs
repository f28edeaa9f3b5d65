//! What came out: a table for people and `summary.json` for machines.

use std::path::Path;

use serde_json::{Value, json};

/// Rows of name, value, unit, goal, holds.
#[derive(Default)]
pub(crate) struct Summary(Vec<Value>);

impl Summary {
    /// A figure without a goal.
    pub(crate) fn figure(&mut self, name: &str, value: f64, unit: &str) {
        println!("{name:<44} {value:>12.1} {unit}");
        self.0.push(json!({"name": name, "value": value, "unit": unit, "goal": null, "holds": null}));
    }

    /// A figure that is to be `goal` at most.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, unit: &str, goal: f64) {
        let holds = value <= goal;
        let word = if holds { "holds" } else { "MISSED" };
        println!("{name:<44} {value:>12.2} {unit:<12} at most {goal}: {word}");
        self.0.push(json!({"name": name, "value": value, "unit": unit, "goal": goal, "holds": holds}));
    }

    /// A figure that is to be `goal` at least.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, unit: &str, goal: f64) {
        let holds = value >= goal;
        let word = if holds { "holds" } else { "MISSED" };
        println!("{name:<44} {value:>12.0} {unit:<12} at least {goal}: {word}");
        self.0.push(json!({"name": name, "value": value, "unit": unit, "goal": goal, "holds": holds}));
    }

    /// Writes the file.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        let path = folder.join("summary.json");
        std::fs::write(&path, serde_json::to_string_pretty(&self.0)?)?;
        println!("\nwritten to {}", path.display());
        Ok(())
    }
}
