//! For a session that repeats its journeys: which step failed how often.

use std::fmt::Write as _;

use wayfarer_model::report::{Recording, StepOutcome};

use super::excerpt::plain;
use super::{Style, padded, width};
use crate::author::session::SessionRun;

/// Counts of attempts, by journey and step, in the order in which they were first seen.
#[derive(Debug, Default)]
pub(super) struct StepTable {
    rows: Vec<Row>,
    attempts: usize,
}

#[derive(Debug)]
struct Row {
    journey: String,
    step: String,
    reached: usize,
    failed: usize,
    reasons: Vec<&'static str>,
}

/// What stands for the failure of an attempt that no step has.
const OUTSIDE: &str = "(no step)";

impl StepTable {
    pub(super) fn add(&mut self, run: &SessionRun) {
        let journey = run.journey.name.as_str();
        for report in &run.attempts {
            self.attempts += 1;
            let recording = &report.recording;
            let failed = (!report.verdict.is_good()).then(|| failed_step(recording)).flatten();
            let reason = report.reason.as_str();
            for number in 0..recording.steps.len() {
                self.count((journey, &path(recording, number)), failed == Some(number), reason);
            }
            if !report.verdict.is_good() && failed.is_none() {
                self.count((journey, OUTSIDE), true, reason);
            }
        }
    }

    fn count(&mut self, (journey, step): (&str, &str), is_failed: bool, reason: &'static str) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.journey == journey && row.step == step) {
            row.count(is_failed, reason);
            return;
        }
        let (journey, step) = (journey.to_owned(), step.to_owned());
        let mut row = Row { journey, step, reached: 0, failed: 0, reasons: Vec::new() };
        row.count(is_failed, reason);
        self.rows.push(row);
    }

    /// All lines: the steps that failed, the most often first.
    pub(super) fn text(&self, style: Style) -> String {
        let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.failed > 0).collect();
        if rows.is_empty() {
            return format!("No step failed in {} attempts\n", self.attempts);
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.failed * 1_000_000 / row.reached.max(1)));
        let names: Vec<String> =
            rows.iter().map(|row| format!("{} › {}", row.journey, plain(&row.step))).collect();
        let widest = names.iter().map(|name| width(name)).max().unwrap_or(0);
        let mut text = format!("{}\n", style.bold("Steps that failed"));
        for (row, name) in rows.iter().zip(&names) {
            let share = row.failed as f64 * 100.0 / row.reached.max(1) as f64;
            let often = format!("{} of {}", row.failed, row.reached);
            let word = if row.failed == row.reached { style.bad("always") } else { style.odd("flakes") };
            let reasons = row.reasons.join(", ");
            // Writing to a string does not fail.
            let _ =
                writeln!(text, "  {}  {often:>12}  {share:>5.1}%  {word}  {reasons}", padded(name, widest));
        }
        text
    }
}

impl Row {
    fn count(&mut self, is_failed: bool, reason: &'static str) {
        self.reached += 1;
        self.failed += usize::from(is_failed);
        if is_failed && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

/// The innermost step that did not pass: the last one that was begun inside the others.
fn failed_step(recording: &Recording) -> Option<usize> {
    recording.steps.iter().rposition(|step| step.outcome != StepOutcome::Passed)
}

/// The step's name behind those of the steps around it.
fn path(recording: &Recording, number: usize) -> String {
    let (mut names, mut at) = (Vec::new(), Some(number));
    while let Some(step) = at.and_then(|at| recording.steps.get(at)) {
        names.push(step.name.as_str());
        // A step begins after its parent, so this ends even where a record is wrong.
        at = step.parent.map(|parent| parent as usize).filter(|parent| Some(*parent) < at);
    }
    names.reverse();
    names.join(" › ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::report::samples::run;
    use crate::view::samples::{failed, no_step, open, passed};

    #[test]
    fn the_step_that_flakes_most_stands_first() {
        let mut table = StepTable::default();
        for attempts in
            [vec![passed(1)], vec![failed(1), passed(2)], vec![passed(1)], vec![open()], vec![no_step()]]
        {
            table.add(&run(attempts));
        }
        insta::assert_snapshot!(table.text(Style { colour: false }), @r#"
    Steps that failed
      checkout › (no step)                1 of 1  100.0%  always  no-step
      checkout › place order › pay        1 of 4   25.0%  flakes  timeout
      checkout › place order              1 of 5   20.0%  flakes  check
    "#);
        let mut good = StepTable::default();
        good.add(&run(vec![passed(1)]));
        assert_eq!(good.text(Style { colour: false }), "No step failed in 1 attempts\n");
    }
}
