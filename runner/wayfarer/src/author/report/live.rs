//! Progress on standard error, if it is a terminal: one line for each run in flight, with its open steps.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use wayfarer_model::ids::RunId;

use super::Style;
use super::excerpt::plain;
use crate::author::session::Event;

pub(crate) struct Live {
    /// None if progress is not shown.
    lines: Option<MultiProgress>,
    style: Style,
    runs: HashMap<RunId, RunLine>,
}

struct RunLine {
    bar: ProgressBar,
    journey: String,
    steps: Vec<String>,
}

impl Live {
    pub(crate) fn new(is_shown: bool, style: Style) -> Self {
        let lines = is_shown.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        Self { lines, style, runs: HashMap::new() }
    }

    /// Hides the lines while something else writes to the terminal.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        match &self.lines {
            Some(lines) => lines.suspend(write),
            None => write(),
        }
    }

    pub(super) fn handle(&mut self, event: &Event) {
        let Some(lines) = &self.lines else { return };
        match event {
            Event::RunStarted { run, journey, .. } => {
                let bar = lines.add(ProgressBar::new_spinner().with_style(template()));
                bar.enable_steady_tick(Duration::from_millis(100));
                let line = RunLine { bar, journey: journey.name.to_string(), steps: Vec::new() };
                line.show(self.style);
                self.runs.insert(*run, line);
            }
            Event::Step(step) => {
                if let Some(line) = self.runs.get_mut(&step.run) {
                    match step.outcome {
                        None => line.steps.push(step.name.clone()),
                        Some(_) => line.close(&step.name),
                    }
                    line.show(self.style);
                }
            }
            Event::AttemptFinished { run, .. } => {
                if let Some(line) = self.runs.get_mut(run) {
                    line.steps.clear();
                }
            }
            Event::RunFinished { run, .. } => {
                if let Some(line) = self.runs.remove(&run.id) {
                    line.bar.finish_and_clear();
                }
            }
            Event::SessionStarted { .. } | Event::SessionFinished { .. } => {}
        }
    }
}

impl RunLine {
    /// Closes a step and the steps inside it.
    fn close(&mut self, name: &str) {
        if let Some(position) = self.steps.iter().rposition(|open| open == name) {
            self.steps.truncate(position);
        }
    }

    fn show(&self, style: Style) {
        let steps = self.steps.iter().map(|step| format!(" › {}", plain(step))).collect::<Vec<_>>().concat();
        self.bar.set_message(format!("{}{}", self.journey, style.dim(&steps)));
    }
}

fn template() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
