//! `wayfarer journeys`: deployed journeys and their state.

use serde_json::json;
use wayfarer_model::units::{Micros, UnixMillis};

use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::{Cell, Table};
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{JourneyInfo, TimingBody};
use crate::view::{locations, success};

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(global: &Global, _: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let journeys: Vec<JourneyInfo> =
        runtime()?.block_on(client.get("journeys", &global.tenant_query(&user)))?;
    if console.json {
        console.print_json(&json!(journeys));
    } else if journeys.is_empty() {
        console.say("nothing is deployed: run `wayfarer deploy` in a project's folder");
    } else {
        console.print(&table(console.out, &journeys, now()).text());
    }
    Ok(Exit::Passed)
}

fn table(style: Style, journeys: &[JourneyInfo], now: UnixMillis) -> Table {
    let heading =
        ["tenant", "journey", "version", "schedule", "next", "last", "incident", "today", "p95", "retries"];
    let mut table = Table::new(style, &heading);
    for info in journeys {
        let schedule = info.spec.timing.as_ref().map_or("none".to_owned(), scheduled);
        let next = match (&info.paused, info.next_ms) {
            _ if info.stopped => style.odd("stopped"),
            (None, _) if info.maintenance.is_some() => style.odd("maintenance"),
            (Some(_), _) => style.odd("paused"),
            (None, Some(next)) => format!("in {}", Micros(next.saturating_sub(now.0) * 1_000)),
            (None, None) => String::new(),
        };
        let last = info.last.as_ref();
        let last = last.map_or_else(String::new, |last| style.verdict(last.verdict, last.verdict.as_str()));
        table.row([
            info.tenant.as_str().into(),
            info.journey.as_str().into(),
            info.version.to_string().into(),
            schedule.into(),
            Cell::painted(&next),
            Cell::painted(&last),
            Cell::painted(
                &info.incident.map_or_else(String::new, |incident| style.bad(&incident.to_string())),
            ),
            success(info.today).into(),
            info.today.p95_us.map_or_else(String::new, |p95| Micros(p95).to_string()).into(),
            Cell::painted(&retries(style, info)),
        ]);
    }
    table
}

/// How many of this hour's retries are made, and whether a dead host slows them.
fn retries(style: Style, info: &JourneyInfo) -> String {
    let made = match info.spec.retries {
        0 => String::new(),
        _ => format!("{}/{} an hour", info.retries_this_hour, info.spec.retry.per_hour),
    };
    match &info.slowed_by {
        Some(host) => style.odd(format!("{made} slowed: {host} is dead").trim_start()),
        None => made,
    }
}

fn scheduled(timing: &TimingBody) -> String {
    let schedule = match timing.timezone.name() {
        "UTC" => timing.schedule.to_string(),
        timezone => format!("{} {timezone}", timing.schedule),
    };
    match locations(&timing.locations) {
        Some(named) => format!("{schedule} at {named}"),
        None => schedule,
    }
}
