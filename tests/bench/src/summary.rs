//! What came out: a table for people and `summary.json` for machines.
//!
//! A contest that is run replaces its own rows in the file; those of the others stay.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

/// What is shown where a run's speed missed its goal.
const WHERE_IT_GOES: &str = "runner/ARCHITECTURE.md, \"Speed\", says where the time of a run goes, by perf.";

const OF_RUNS: [&str; 4] = ["http", "https", "whole", "store"];

/// Rows of contest, name, value, unit, goal, holds.
pub(crate) struct Summary {
    path: PathBuf,
    contest: &'static str,
    rows: Vec<Value>,
    a_run_missed: bool,
}

impl Summary {
    /// With what the last `make bench` left in the folder. A file of another form is begun anew.
    pub(crate) fn open(folder: &Path) -> Self {
        let path = folder.join("summary.json");
        let said = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Self { path, contest: "", rows: said.unwrap_or_default(), a_run_missed: false }
    }

    /// What follows is of this contest; what it said the last time goes.
    pub(crate) fn begin(&mut self, contest: &'static str) {
        self.contest = contest;
        self.rows.retain(|row| contest_of(row) != contest);
    }

    /// A figure without a goal.
    pub(crate) fn figure(&mut self, name: &str, value: f64, unit: &str) {
        println!("{name:<44} {value:>12.1} {unit}");
        self.push(name, value, unit, None);
    }

    /// A figure that is to be `goal` at most.
    pub(crate) fn at_most(&mut self, name: &str, value: f64, unit: &str, goal: f64) {
        let holds = value <= goal;
        println!("{name:<44} {value:>12.2} {unit:<12} at most {goal}: {}", word(holds));
        self.push(name, value, unit, Some((goal, holds)));
    }

    /// A figure that is to be `goal` at least.
    pub(crate) fn at_least(&mut self, name: &str, value: f64, unit: &str, goal: f64) {
        let holds = value >= goal;
        println!("{name:<44} {value:>12.0} {unit:<12} at least {goal}: {}", word(holds));
        self.push(name, value, unit, Some((goal, holds)));
    }

    fn push(&mut self, name: &str, value: f64, unit: &str, goal: Option<(f64, bool)>) {
        let (contest, holds) = (self.contest, goal.map(|(_, holds)| holds));
        self.a_run_missed |= holds == Some(false) && OF_RUNS.contains(&contest);
        let goal = goal.map(|(goal, _)| goal);
        self.rows.push(json!({
            "contest": contest, "name": name, "value": value, "unit": unit, "goal": goal, "holds": holds,
        }));
    }

    /// Writes the file, in the order of the contests; rows of contests that are no more go.
    pub(crate) fn write(&mut self, contests: &[&str]) -> anyhow::Result<()> {
        let place = |row: &Value| contests.iter().position(|contest| *contest == contest_of(row));
        self.rows.retain(|row| place(row).is_some());
        self.rows.sort_by_key(place);
        let text = serde_json::to_string_pretty(&self.rows)?;
        std::fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Says where the file is, and where the time of a run goes if a goal was missed there.
    pub(crate) fn conclude(&self) {
        if self.a_run_missed {
            println!("\n{WHERE_IT_GOES}");
        }
        println!("\nwritten to {}", self.path.display());
    }
}

fn word(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}

fn contest_of(row: &Value) -> &str {
    row.get("contest").and_then(Value::as_str).unwrap_or_default()
}
