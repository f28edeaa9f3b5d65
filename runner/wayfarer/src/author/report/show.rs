//! One stored run for people: its title, then each attempt as a waterfall and with all details.

use std::fmt::Write;

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Bytes, Micros};
use wayfarer_model::verdict::{Reason, Verdict};

use super::attempt::{AttemptLines, count};
use super::excerpt::plain;
use super::waterfall::waterfall;
use super::{Detail, Style};

/// A stored run.
pub(crate) struct Shown<'a> {
    pub(crate) journey: &'a Descriptor,
    /// Names and values below the title.
    pub(crate) heading: &'a [(&'a str, String)],
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    /// In the order in which they were made.
    pub(crate) attempts: &'a [AttemptReport],
}

/// All lines, each with its line break.
pub(crate) fn show(shown: &Shown<'_>, style: Style) -> String {
    let mut lines = vec![title(shown, style)];
    for (name, value) in shown.heading {
        lines.push(format!("{}{}", style.dim(&format!("{name:<10}")), plain(value)));
    }
    for report in shown.attempts {
        lines.push(String::new());
        lines.push(attempt(report, style));
        lines.extend(waterfall(report, style));
        lines.push(String::new());
        lines.extend(AttemptLines::of(shown.journey, report, style, Detail::Full));
        let passed: Vec<&str> = report
            .recording
            .checks
            .iter()
            .filter(|check| check.is_passed)
            .map(|check| check.name.as_str())
            .collect();
        if !passed.is_empty() {
            lines.push(style.dim(&format!(
                "   {} passed: {}",
                count(passed.len(), "check"),
                plain(&passed.join(" · "))
            )));
        }
        lines.extend(artifacts(report).map(|line| style.dim(&format!("   {line}"))));
    }
    lines.join("\n") + "\n"
}

/// One line for all artifacts of an attempt; none without any.
fn artifacts(report: &AttemptReport) -> Option<String> {
    let artifacts = &report.recording.artifacts;
    let named = artifacts.iter().map(|artifact| {
        format!("{} ({}, {})", plain(&artifact.name), plain(&artifact.media_type), Bytes(artifact.size))
    });
    let named = named.collect::<Vec<_>>().join(" · ");
    (!artifacts.is_empty()).then(|| format!("{}: {named}", count(artifacts.len(), "artifact")))
}

fn title(shown: &Shown<'_>, style: Style) -> String {
    let verdict = style.verdict(shown.verdict, shown.verdict.as_str());
    let reason = match shown.reason {
        Reason::None => String::new(),
        reason => format!(" ({reason})"),
    };
    format!("{}  {verdict}{reason}", style.bold(shown.journey.name.as_str()))
}

fn attempt(report: &AttemptReport, style: Style) -> String {
    let verdict = style.verdict(report.verdict, report.verdict.as_str());
    let mut used = format!("cpu {}, memory {}", report.cpu_us, report.memory_peak);
    if report.stall_us > Micros(0) {
        let _ = write!(used, ", the runner stalled for {}", report.stall_us);
    }
    let _ = write!(used, ", {}", report.fingerprint);
    format!("attempt {}  {verdict}  {}  {}", report.context.number, report.duration_us, style.dim(&used))
}
