//! `wayfarer trigger`: runs a deployed journey now, waits for its result, and reports it as `test` does.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::{JourneyName, RunId};
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::outcome;
use wayfarer_model::units::UnixMillis;

use crate::author::report::{Live, Reporters};
use crate::author::session::{Event, SessionRun, Tally};
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::cli::walk::{reporters, runtime};
use crate::client::{Client, Query};
use crate::clock::{Stopwatch, now};
use crate::exit::Exit;
use crate::protocol::{RunInFull, TriggeredInfo};

/// How long the server holds the request until the run ends.
const WAIT: Duration = Duration::from_secs(50);
/// Pause between two requests for a run that takes longer.
const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The journey's name
    #[arg(value_name = "JOURNEY")]
    journey: JourneyName,
    /// Print the run's id and do not wait for its result
    #[arg(long)]
    no_wait: bool,
    /// Report as `list` (the default), `json` or `junit`; add `=FILE` to write to a file; may be repeated
    #[arg(long, value_name = "KIND[=FILE]", env = "WAYFARER_REPORTER", value_delimiter = ',')]
    reporter: Vec<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let (client, query) = (global.client(&user)?, global.tenant_query(&user));
    let path = format!("journeys/{}/trigger", args.journey);
    runtime()?.block_on(async {
        let watch = Stopwatch::start();
        let wait = if args.no_wait { Duration::ZERO } else { WAIT };
        let info: TriggeredInfo = client.wait(Method::POST, &path, &query, wait).await?;
        if args.no_wait {
            if console.json {
                console.print_json(&json!(info));
            } else {
                console.print(&format!("{}\n", info.run));
            }
            return Ok(Exit::Passed);
        }
        let full = ended(&client, &query, info.run, console).await?;
        report(full, args, console, watch.elapsed())
    })
}

async fn ended(client: &Client, query: &Query, run: RunId, console: Console) -> Result<RunInFull, CliError> {
    let path = format!("runs/{run}");
    let mut is_said = false;
    loop {
        match client.get(&path, query).await {
            Ok(full) => return Ok(full),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        if !is_said {
            console.say(&format!("run {run} is still in flight; Ctrl-C does not cancel it"));
            is_said = true;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Reports the run with the same events as `test`.
fn report(full: RunInFull, args: &Args, console: Console, took: Duration) -> Result<Exit, CliError> {
    let RunInFull { run: info, spec, attempts } = full;
    let choices = reporters(args.reporter.iter().map(String::as_str), console.json)?;
    let live = Live::new(false, console.err);
    let mut reporters = Reporters::open(&choices, console.out, console.detail, live)?;
    let (run, journey, at) = (info.run, Arc::new(spec.descriptor.into()), UnixMillis(info.slot_ms));
    let attempts: Vec<_> = attempts.into_iter().map(|body| Arc::new(AttemptReport::from(body))).collect();
    let verdicts: Vec<_> = attempts.iter().map(|attempt| attempt.verdict).collect();
    reporters.handle(&Event::SessionStarted { at, journeys: 1, runs: 1, jobs: 1 });
    reporters.handle(&Event::RunStarted { at, run, journey: Arc::clone(&journey) });
    for (position, attempt) in attempts.iter().enumerate() {
        let retried = position + 1 < attempts.len();
        reporters.handle(&Event::AttemptFinished { at: now(), run, report: Arc::clone(attempt), retried });
    }
    let mut tally = Tally::default();
    if let Some(outcome) = outcome(&verdicts) {
        tally.count(outcome);
        let run = SessionRun { journey, id: run, attempts, outcome };
        reporters.handle(&Event::RunFinished { at: now(), run: Arc::new(run) });
    } else {
        // A run without an attempt has a verdict and a reason only.
        tally.count(wayfarer_model::retry::RunOutcome { verdict: info.verdict, flaky: false });
        console.say(&format!("{}: {} ({})", info.journey, info.verdict, info.reason));
    }
    let exit = tally.exit(false, false);
    reporters.handle(&Event::SessionFinished { at: now(), tally, duration: took, exit });
    reporters.close()?;
    Ok(exit)
}
