//! The chart of a journey's page: runs as dots over a short range, quantiles over a long one.

use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_store::{IncidentRow, Maintenance, RunMark, Version};

use crate::protocol::{HistoryInfo, PeriodInfo};
use crate::server::web::charts::{Band, Chart, Dot, Event, Mark, Range, bands, dots};

/// Over a longer range, or with more runs, quantiles say more than dots.
pub(super) const DOTS_UP_TO_MS: u64 = 6 * 3_600_000 + 1_000;
pub(super) const MOST_DOTS: u32 = 2_500;
/// Spans of one window that are marked.
const MOST_WINDOWS: usize = 200;

/// Draws the runs, if there are so few, or the periods.
pub(super) fn chart(marks: Option<&[RunMark]>, history: &HistoryInfo, events: &[Event]) -> Chart {
    let range = Range { from: UnixMillis(history.from_ms), until: UnixMillis(history.until_ms) };
    let Some(marks) = marks else {
        let periods: Vec<Band> = history.periods.iter().filter_map(band).collect();
        return bands(&periods, history.period_ms, events, range);
    };
    let dot = |mark: &RunMark| Dot {
        at: mark.run.slot(),
        mark: Mark::of(mark.verdict, mark.is_flaky),
        took: mark.duration,
    };
    dots(&marks.iter().map(dot).collect::<Vec<_>>(), events, range)
}

fn band(period: &PeriodInfo) -> Option<Band> {
    let quantiles = [period.p50_us?, period.p95_us?, period.p99_us?].map(Micros);
    Some(Band { from: UnixMillis(period.from_ms), quantiles })
}

/// What else happened within the range.
pub(super) fn events(
    versions: &[&Version],
    incidents: &[IncidentRow],
    windows: &[Maintenance],
    (from, until): (UnixMillis, UnixMillis),
) -> Vec<Event> {
    let deployed = versions.iter().map(|version| version.valid_from).filter(|at| (from..until).contains(at));
    let mut events: Vec<Event> = deployed.map(Event::Deployment).collect();
    let reaches = |incident: &&IncidentRow| {
        incident.began < until && incident.resolved.is_none_or(|resolved| resolved > from)
    };
    events.extend(
        incidents.iter().filter(reaches).map(|incident| Event::Incident(incident.began, incident.resolved)),
    );
    for window in windows {
        // A weekly window was in force since somebody planned it, until somebody ended it.
        let begin = from.max(window.planned);
        let end = window.ended.as_ref().map_or(until, |(ended, _)| until.min(*ended));
        let spans = window.plan.window.spans(begin, end).take(MOST_WINDOWS);
        events.extend(spans.map(|(begin, end)| Event::Maintenance(begin, end)));
    }
    events
}
