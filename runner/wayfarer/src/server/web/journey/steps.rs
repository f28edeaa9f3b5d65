//! The steps of a journey over a range: what share of the time each takes, and how that changed.

use crate::protocol::StepHistoryInfo;
use crate::server::web::charts::bar;
use crate::server::web::figures::{Change, change, duration};
use crate::server::web::markup::Markup;
use crate::view::SegmentKind;
use wayfarer_model::units::Micros;

/// A step as a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StepRow {
    pub(super) name: String,
    pub(super) mean: Option<String>,
    /// Where it stands if all steps follow each other.
    pub(super) share: Markup,
    pub(super) percent: String,
    pub(super) p95: Option<String>,
    pub(super) change: Option<Change>,
    pub(super) failed: u64,
}

/// The rows in the order in which the journey declares its steps; others come by name.
pub(super) fn rows(steps: &[StepHistoryInfo], declared: &[String]) -> Vec<StepRow> {
    let place = |step: &StepHistoryInfo| {
        let is = |name: &String| name.strip_suffix('?').unwrap_or(name) == step.step;
        declared.iter().position(is).unwrap_or(usize::MAX)
    };
    let mut steps: Vec<&StepHistoryInfo> = steps.iter().collect();
    steps.sort_by_key(|step| place(step));
    let all: u64 = steps.iter().filter_map(|step| step.mean_us).sum();
    let mut begun = 0;
    let mut rows = Vec::new();
    for step in steps {
        let mean = step.mean_us.unwrap_or_default();
        let segment = [(SegmentKind::Receive, Micros(mean))];
        rows.push(StepRow {
            name: step.step.clone(),
            mean: step.mean_us.map(duration),
            share: bar(Micros(begun), &segment, Micros(all), true),
            percent: format!("{:.0}%", mean as f64 * 100.0 / all.max(1) as f64),
            p95: step.p95_us.map(duration),
            change: change(step.mean_us, step.mean_before_us),
            failed: step.failed,
        });
        begun += mean;
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_in_the_order_in_which_they_are_declared() {
        let step = |name: &str, mean: u64, before: Option<u64>| StepHistoryInfo {
            step: name.to_owned(),
            passed: 1,
            failed: 0,
            mean_us: Some(mean),
            p95_us: None,
            mean_before_us: before,
        };
        let rows = rows(
            &[step("a", 100, None), step("pay", 600, Some(300)), step("log in", 300, Some(300))],
            &["log in".to_owned(), "pay?".to_owned()],
        );
        let said: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.name.as_str(),
                    row.percent.as_str(),
                    row.change.as_ref().map(|change| change.text.as_str()),
                )
            })
            .collect();
        assert_eq!(said, [("log in", "30%", None), ("pay", "60%", Some("+100%")), ("a", "10%", None)]);
    }
}
