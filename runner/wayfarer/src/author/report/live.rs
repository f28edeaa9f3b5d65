//! What runs right now, on standard error, and only on a terminal: one line a run, with its open step.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use wayfarer_model::ids::RunId;

use super::Style;
use super::excerpt::plain;
use crate::author::session::Event;

/// The live lines; none where there is nobody to see them.
pub(crate) struct Live {
    lines: Option<MultiProgress>,
    style: Style,
    runs: HashMap<RunId, Walking>,
}

struct Walking {
    line: ProgressBar,
    journey: String,
    steps: Vec<String>,
}

impl Live {
    /// Shown or not.
    pub(crate) fn new(shown: bool, style: Style) -> Self {
        let lines = shown.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));
        Self { lines, style, runs: HashMap::new() }
    }

    /// Runs something that writes to the terminal without the lines in its way.
    pub(super) fn aside(&self, write: impl FnOnce()) {
        match &self.lines {
            Some(lines) => lines.suspend(write),
            None => write(),
        }
    }

    /// Hears of an event.
    pub(super) fn hear(&mut self, event: &Event) {
        let Some(lines) = &self.lines else { return };
        match event {
            Event::RunStarted { run, journey, .. } => {
                let line = lines.add(ProgressBar::new_spinner().with_style(template()));
                line.enable_steady_tick(Duration::from_millis(100));
                let walking = Walking { line, journey: journey.name.to_string(), steps: Vec::new() };
                walking.show(self.style);
                self.runs.insert(*run, walking);
            }
            Event::Step(step) => {
                if let Some(walking) = self.runs.get_mut(&step.run) {
                    match step.outcome {
                        None => walking.steps.push(step.name.clone()),
                        Some(_) => walking.close(&step.name),
                    }
                    walking.show(self.style);
                }
            }
            Event::AttemptFinished { run, .. } => {
                if let Some(walking) = self.runs.get_mut(run) {
                    walking.steps.clear();
                }
            }
            Event::RunFinished { run, .. } => {
                if let Some(walking) = self.runs.remove(&run.id) {
                    walking.line.finish_and_clear();
                }
            }
            Event::SessionStarted { .. } | Event::SessionFinished { .. } => {}
        }
    }
}

impl Walking {
    /// Closes a step and what is open inside it.
    fn close(&mut self, name: &str) {
        if let Some(place) = self.steps.iter().rposition(|open| open == name) {
            self.steps.truncate(place);
        }
    }

    fn show(&self, style: Style) {
        let steps = self.steps.iter().map(|step| format!(" › {}", plain(step))).collect::<Vec<_>>().concat();
        self.line.set_message(format!("{}{}", self.journey, style.dim(&steps)));
    }
}

fn template() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {elapsed:>4} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
