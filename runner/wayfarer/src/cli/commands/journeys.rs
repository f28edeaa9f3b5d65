//! `wayfarer journeys`: deployed journeys and their state.

use serde_json::json;
use wayfarer_model::context::Lane;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::{Cell, Table};
use crate::cli::values::{When, when};
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{FalseAlarmInfo, FlakeInfo, JourneyInfo, RunInfo, TimingBody};
use crate::view::{ago, locations, span, success};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Instead list what fails now and then: steps and checks of attempts that a retry made good
    #[arg(long)]
    flaky: bool,
    /// With `--flaky`: runs since then, a duration such as `2h`, a date, or RFC 3339; by default the last seven days
    #[arg(long, value_name = "WHEN", value_parser = when, requires = "flaky")]
    since: Option<When>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    if args.flaky { flaky(global, args.since) } else { list(global) }
}

fn flaky(global: &Global, since: Option<When>) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let mut query = global.tenant_query(&user);
    query.extend(since.map(|since| ("since_ms", since.at(now()).0.to_string())));
    let flakes: Vec<FlakeInfo> = runtime()?.block_on(client.get("flakes", &query))?;
    if console.json {
        console.print_json(&json!(flakes));
    } else if flakes.is_empty() {
        console.say("nothing flakes: no run needed a retry to be good");
    } else {
        console.print(&flakes_table(console.out, &flakes).text());
    }
    Ok(Exit::Passed)
}

/// The share is that of runs that rates count, with its 95 % interval.
fn flakes_table(style: Style, flakes: &[FlakeInfo]) -> Table {
    let heading = ["tenant", "journey", "step", "check", "reason", "flaky runs", "share", "last"];
    let mut table = Table::new(style, &heading);
    for flake in flakes {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let share = flake.runs as f64 / flake.counted.max(1) as f64;
        let [low, high] = flake.interval.map(percent);
        table.row([
            flake.tenant.as_str().into(),
            flake.journey.as_str().into(),
            flake.step.as_deref().unwrap_or("").into(),
            flake.check.as_deref().unwrap_or("").into(),
            flake.reason.as_str().into(),
            format!("{} of {}", flake.runs, flake.counted).into(),
            format!("{}% ({low} to {high})", percent(share)).into(),
            UnixMillis(flake.last_ms / 1_000 * 1_000).rfc3339().into(),
        ]);
    }
    table
}

fn list(global: &Global) -> Result<Exit, CliError> {
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
        for info in &journeys {
            if let Some(alarms) = &info.false_alarms {
                console.say(&format!("{}: {}", info.journey, in_words(alarms)));
            }
        }
    }
    Ok(Exit::Passed)
}

/// What a plain rule means for a journey.
fn in_words(alarms: &FalseAlarmInfo) -> String {
    let FalseAlarmInfo { rule, looks_between, seconds_between } = alarms;
    let often = match seconds_between.map(|seconds| seconds / 86_400.0) {
        Some(days) if days < 2.0 => format!(", every {:.0} hours", days * 24.0),
        Some(days) if days < 3_650.0 => format!(", every {days:.0} days"),
        Some(_) => ", less than once in ten years".to_owned(),
        None => String::new(),
    };
    format!("by its own history the rule `{rule}` has a false alarm every {looks_between:.0} looks{often}")
}

fn table(style: Style, journeys: &[JourneyInfo], now: UnixMillis) -> Table {
    let heading = [
        "tenant",
        "journey",
        "version",
        "revision",
        "schedule",
        "next",
        "last counted",
        "incident",
        "today",
        "p95",
        "retries",
    ];
    let mut table = Table::new(style, &heading);
    for info in journeys {
        let schedule = info.spec.timing.as_ref().map_or("none".to_owned(), scheduled);
        let next = match (&info.paused, info.next_ms) {
            _ if info.stopped => style.odd("stopped"),
            (None, _) if info.maintenance.is_some() => style.odd("maintenance"),
            (Some(_), _) => style.odd("paused"),
            (None, Some(next)) => coming(next, now),
            (None, None) => String::new(),
        };
        table.row([
            info.tenant.as_str().into(),
            info.journey.as_str().into(),
            info.version.to_string().into(),
            short(info.revision.as_deref().unwrap_or("")).into(),
            schedule.into(),
            Cell::painted(&next),
            Cell::painted(&last(style, info, now)),
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

/// A commit's hash as people write it, and whether the source differed from it.
fn short(revision: &str) -> String {
    let (hash, rest) = revision.split_once('-').map_or((revision, ""), |(hash, _)| (hash, "-dirty"));
    let is_hash = hash.len() == 40 && hash.chars().all(|letter| letter.is_ascii_hexdigit());
    match hash.get(..9).filter(|_| is_hash && (rest.is_empty() || revision.ends_with("-dirty"))) {
        Some(short) => format!("{short}{rest}"),
        None => revision.to_owned(),
    }
}

fn coming(next_ms: u64, now: UnixMillis) -> String {
    match next_ms.saturating_sub(now.0) {
        0..1_000 => "now".to_owned(),
        ms => format!("in {}", span(ms)),
    }
}

/// The last verdict that rates count and how long ago it was, then a newer one that they do not.
fn last(style: Style, info: &JourneyInfo, now: UnixMillis) -> String {
    let newest = info.last.as_ref().filter(|last| !is_counted(last));
    match (&info.last_counted, newest) {
        (None, None) => String::new(),
        (None, Some(newest)) => {
            let ago = ago(newest.slot_ms, now);
            style.dim(&format!("none; {} {ago}", newest.verdict))
        }
        (Some(counted), newest) => {
            let newer = newest.filter(|newest| newest.slot_ms > counted.slot_ms);
            let then =
                newer.map_or_else(String::new, |newest| style.dim(&format!(", then {}", newest.verdict)));
            let verdict = style.verdict(counted.verdict, counted.verdict.as_str());
            format!("{verdict} {}{then}", ago(counted.slot_ms, now))
        }
    }
}

/// Whether rates count a run, as far as the run itself says it.
fn is_counted(run: &RunInfo) -> bool {
    let is_verdict = matches!(run.verdict, Verdict::Passed | Verdict::Degraded | Verdict::Failed);
    is_verdict && run.lane == Lane::Scheduled && run.maintenance.is_none() && run.void.is_none()
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
