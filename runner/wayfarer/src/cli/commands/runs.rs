//! `wayfarer runs`: stored results, or new ones as they are stored.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::context::Lane;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::text::{printable, printable_json};
use wayfarer_model::units::Micros;

use super::runs_void;
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::runs_meant::meant;
use crate::cli::table::{Cell, Table};
use crate::cli::values::{When, pair, when};
use crate::cli::walk::runtime;
use crate::client::{Client, Query};
use crate::clock::now;
use crate::exit::Exit;
use crate::protocol::{RunInFull, RunInfo, RunQuery};
use crate::shutdown::Signals;
use crate::view::{FailureGroup, explanation, groups};

/// How long the server holds a request until there is a new run.
const WAIT: Duration = Duration::from_secs(20);

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    change: Option<Change>,
    /// Only runs of this journey
    #[arg(long, value_name = "NAME")]
    journey: Option<JourneyName>,
    /// Only runs with one of these verdicts, such as `failed,broken`
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    verdict: Vec<String>,
    /// Only runs of this lane: `scheduled`, `confirm` or `manual`
    #[arg(long, value_name = "LANE", value_parser = lane)]
    lane: Option<Lane>,
    /// Only runs since then: a duration such as `2h`, a date, or RFC 3339
    #[arg(long, value_name = "WHEN", value_parser = when)]
    since: Option<When>,
    /// Only runs with this annotation, such as `order=o-1017`
    #[arg(long, value_name = "NAME=VALUE", value_parser = annotation)]
    annotation: Option<String>,
    /// Only runs that were stored before this one, to go on where a list ended: the last run's id, or its beginning
    #[arg(long, value_name = "RUN", conflicts_with = "follow")]
    before: Option<String>,
    /// The most runs to list; 50 by default
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: Option<u32>,
    /// Also print new runs until interrupted
    #[arg(short, long)]
    follow: bool,
    /// List equal failures as one, the most frequent first; looks at the last 1,000 runs unless `-n` says otherwise
    #[arg(long, value_enum, value_name = "KEY", conflicts_with = "follow")]
    group_by: Option<GroupBy>,
}

/// What makes failures equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum GroupBy {
    /// Same journey, reason, step, check and place in the source, whatever numbers and ids are in their names
    Fingerprint,
}

#[derive(Debug, clap::Subcommand)]
enum Change {
    /// Take runs out of the rates, because the fault was the runner's; only for operators
    Void(runs_void::Void),
    /// Put runs back into the rates; only for operators
    Unvoid(runs_void::Chosen),
}

fn annotation(text: &str) -> Result<String, String> {
    pair(text).map(|(name, value)| format!("{name}={value}"))
}

fn lane(text: &str) -> Result<Lane, String> {
    let known = [Lane::Scheduled, Lane::Confirm, Lane::Manual];
    known
        .into_iter()
        .find(|lane| lane.as_str() == text)
        .ok_or_else(|| "use `scheduled`, `confirm` or `manual`".to_owned())
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    match &args.change {
        Some(Change::Void(args)) => runs_void::void(global, args),
        Some(Change::Unvoid(args)) => runs_void::unvoid(global, args),
        None => list(global, args),
    }
}

fn list(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let since = args.since.map(|since| since.at(now()).0);
    let mut query = RunQuery {
        tenant: global.tenant(&user),
        journey: args.journey.clone(),
        verdict: (!args.verdict.is_empty()).then(|| args.verdict.join(",")),
        lane: args.lane,
        since_ms: since,
        annotation: args.annotation.clone(),
        limit: Some(args.limit.unwrap_or(if args.group_by.is_some() { 1_000 } else { 50 })),
        ..RunQuery::default()
    };
    runtime()?.block_on(async {
        if let Some(before) = &args.before {
            query.before = Some(cursor(&client, &global.tenant_query(&user), before).await?);
        }
        let mut runs: Vec<RunInfo> = client.get("runs", &pairs(&query)?).await?;
        if args.follow {
            runs.reverse();
            return follow(&client, query, runs, console).await;
        }
        if args.group_by.is_some() {
            print_groups(console, &groups(&runs));
        } else if console.json {
            console.print_json(&json!(runs));
        } else if runs.is_empty() {
            console.say("no runs yet");
        } else {
            console.print(&table(console, &runs).text());
            let is_cut = query.limit.is_some_and(|limit| runs.len() == limit as usize);
            if let Some(last) = runs.last().filter(|_| is_cut) {
                console.say(&format!("there may be more: `--before {}` goes on", last.run));
            }
        }
        Ok(Exit::Passed)
    })
}

/// Where a run stands in the list.
async fn cursor(client: &Client, query: &Query, text: &str) -> Result<i64, CliError> {
    let run = meant(client, query, text).await?;
    let found: RunInFull = client.get(&format!("runs/{run}"), query).await?;
    Ok(found.run.cursor)
}

const NAMES: [&str; 11] = [
    "tenant",
    "journey",
    "verdict",
    "lane",
    "since_ms",
    "until_ms",
    "annotation",
    "before",
    "after",
    "wait_ms",
    "limit",
];

fn pairs(query: &RunQuery) -> Result<Query, CliError> {
    let value = serde_json::to_value(query).map_err(anyhow::Error::from)?;
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(NAMES.iter().filter_map(|name| Some((*name, text(value.get(name)?)))).collect())
}

async fn follow(
    client: &Client,
    mut query: RunQuery,
    mut runs: Vec<RunInfo>,
    console: Console,
) -> Result<Exit, CliError> {
    let (signals, stop) = Signals::listen(CancelCause::Person).map_err(anyhow::Error::from)?;
    tokio::spawn(signals.second());
    loop {
        query.after = runs.iter().map(|run| run.cursor).max().or(query.after).or(Some(0));
        for run in &runs {
            if console.json {
                console.print(&printable_json(&format!("{}\n", json!(run))));
            } else {
                console.print(&line(console, run));
            }
        }
        let query = pairs(&query)?;
        runs = tokio::select! {
            more = client.wait(Method::GET, "runs", &query, WAIT) => more?,
            _ = stop.cancelled() => return Ok(Exit::Passed),
        };
    }
}

fn duration(run: &RunInfo) -> String {
    run.duration_us.map_or_else(String::new, |us| Micros(us).to_string())
}

fn table(console: Console, runs: &[RunInfo]) -> Table {
    let heading = ["slot", "tenant", "journey", "verdict", "took", "run", ""];
    let mut table = Table::new(console.out, &heading);
    for run in runs {
        table.row([
            run.slot_at.as_str().into(),
            run.tenant.as_str().into(),
            run.journey.as_str().into(),
            Cell::painted(&console.out.verdict(run.verdict, run.verdict.as_str())),
            duration(run).into(),
            run.run.to_string().into(),
            explanation(run).into(),
        ]);
    }
    table
}

fn print_groups(console: Console, groups: &[FailureGroup]) {
    if console.json {
        console.print_json(&json!(groups));
        return;
    }
    if groups.is_empty() {
        console.say("nothing failed");
        return;
    }
    let heading = ["runs", "last slot", "tenant", "journey", "step", "fingerprint", "last run", ""];
    let mut table = Table::new(console.out, &heading);
    for group in groups {
        table.row([
            group.runs.to_string().into(),
            group.last_at.as_str().into(),
            group.tenant.as_str().into(),
            group.journey.as_str().into(),
            group.failed_step.as_deref().unwrap_or("").into(),
            group.fingerprint.as_str().into(),
            group.last_run.as_str().into(),
            group.message.chars().take(100).collect::<String>().into(),
        ]);
    }
    console.print(&table.text());
}

/// One line with fixed columns: the widths of later runs are not known yet.
fn line(console: Console, run: &RunInfo) -> String {
    let style = console.out;
    let name = format!("{}/{}", run.tenant, run.journey);
    let verdict = style.verdict(run.verdict, &format!("{:<12}", run.verdict));
    let text = format!(
        "{}  {name:<28} {verdict} {:>7}  {}  {}",
        printable(&run.slot_at),
        duration(run),
        style.dim(&run.run.to_string()),
        printable(&explanation(run))
    );
    format!("{}\n", text.trim_end())
}
