//! What came out: a table for people and `summary.json` for machines.

use std::path::Path;

use serde_json::{Value, json};

/// By `perf` with call graphs; `runner/ARCHITECTURE.md` has more.
const WHERE_IT_GOES: &str = "Where the time of a run in the sandbox goes (perf, call graphs): 31 % the kernel's network, which hyper pays
too; 15 to 20 % the guest's own code; 14 % our engine; 13 % wasmtime's host calls; 9 % making and dropping the instance;
6 % hyper's own; the rest is spread. Of the whole way: 71 % the sandbox, 12 % SQLite's thread, 6 % the writer's task.
A commit that somebody waits for shares the disk's flushes with the log that is brought home.";

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

    /// Writes the file, and says where the time goes if a goal was missed.
    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        if self.0.iter().any(|row| row.get("holds") == Some(&Value::Bool(false))) {
            println!("\n{WHERE_IT_GOES}");
        }
        let path = folder.join("summary.json");
        std::fs::write(&path, serde_json::to_string_pretty(&self.0)?)?;
        println!("\nwritten to {}", path.display());
        Ok(())
    }
}
