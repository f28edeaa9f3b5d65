//! `wayfarer journeys`: what is deployed, and how it is.

use serde_json::json;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use super::CliError;
use super::global::Global;
use super::table::{Cell, Table};
use super::walk::runtime;
use crate::author::report::Style;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{JourneyInfo, TodayInfo};

/// Arguments.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// Runs it.
pub(super) fn run(global: &Global, _: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let journeys: Vec<JourneyInfo> =
        runtime()?.block_on(client.get("journeys", &global.tenant_query(&user)))?;
    if console.json {
        console.print_json(&json!(journeys));
    } else if journeys.is_empty() {
        console.say("nothing is deployed: `wayfarer deploy` in a project's folder changes that");
    } else {
        console.print(&table(console.out, &journeys, now()).text());
    }
    Ok(Exit::Passed)
}

fn table(style: Style, journeys: &[JourneyInfo], now: UnixMillis) -> Table {
    let heading = ["tenant", "journey", "version", "schedule", "next", "last", "today", "p95"];
    let mut table = Table::new(style, &heading);
    for info in journeys {
        let timing = info.spec.timing.as_ref();
        let schedule = timing.map_or("none".to_owned(), |timing| match timing.timezone.name() {
            "UTC" => timing.schedule.to_string(),
            timezone => format!("{} {timezone}", timing.schedule),
        });
        let odd = |text: &str| Cell::painted(text, style.odd(text));
        let next = match (&info.paused, info.next_ms) {
            _ if info.stopped => odd("stopped"),
            (None, _) if info.maintenance.is_some() => odd("maintenance"),
            (Some(_), _) => odd("paused"),
            (None, Some(next)) => format!("in {}", Micros(next.saturating_sub(now.0) * 1_000)).into(),
            (None, None) => "".into(),
        };
        let last = info.last.as_ref().map_or_else(|| "".into(), |last| word(style, last.verdict));
        table.row(vec![
            info.tenant.as_str().into(),
            info.journey.as_str().into(),
            info.version.to_string().into(),
            schedule.into(),
            next,
            last,
            success(info.today).into(),
            info.today.p95_us.map_or_else(String::new, |p95| Micros(p95).to_string()).into(),
        ]);
    }
    table
}

/// A verdict in its colour.
pub(super) fn word(style: Style, verdict: Verdict) -> Cell {
    Cell::painted(verdict.as_str(), style.verdict(verdict, verdict.as_str()))
}

/// Good runs of those that count, and how many slots there were beside.
fn success(today: TodayInfo) -> String {
    let others = today.slots.saturating_sub(today.counted);
    let others = if others > 0 { format!(" +{others}") } else { String::new() };
    match today.counted {
        0 => format!("no data{others}"),
        counted => format!("{:.1}% of {counted}{others}", today.good as f64 * 100.0 / counted as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_count_is_told_beside() {
        let today = |slots, counted, good| TodayInfo { slots, counted, good, ..TodayInfo::default() };
        let shown = [today(0, 0, 0), today(3, 0, 0), today(10, 8, 7), today(5, 5, 5)].map(success);
        assert_eq!(shown, ["no data", "no data +3", "87.5% of 8 +2", "100.0% of 5"]);
    }
}
