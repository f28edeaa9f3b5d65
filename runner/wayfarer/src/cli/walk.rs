//! What `test` and `http-check` share: from chosen journeys to an exit code.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::runtime::Runtime;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::ids::JourneyName;

use super::CliError;
use super::catalogue::Entry;
use super::global::Console;
use super::source::Source;
use crate::author::deployable::Given;
use crate::author::report::{Choice, ChoiceError, KeptFiles, Live, Reporters, choices};
use crate::author::session::{
    App, Event, NetworkGiven, SelectedJourney, SessionPlan, TestServer, Walker, resolve_here, run_all,
};
use crate::exit::Exit;
use crate::shutdown::{Cancellation, Signals};

/// How to run a session.
#[derive(Debug)]
pub(super) struct Settings {
    /// How many at a time and how often.
    pub(super) plan: SessionPlan,
    /// Where events are reported.
    pub(super) reporters: Vec<Choice>,
    /// What the command line adds to the projects' networks.
    pub(super) network: NetworkGiven,
    /// Which files runs leave.
    pub(super) kept: KeptFiles,
    /// Whether a good run without a check is an error.
    pub(super) is_strict: bool,
}

pub(super) fn runtime() -> Result<Runtime, CliError> {
    Ok(Runtime::new().map_err(anyhow::Error::from)?)
}

pub(super) fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |count| u32::try_from(count.get()).unwrap_or(1))
}

/// The reporters written; with `--json` it is JSON that goes to standard output.
pub(super) fn reporters<'a>(
    written: impl Iterator<Item = &'a str>,
    json: bool,
) -> Result<Vec<Choice>, ChoiceError> {
    let kept = written.filter(|written| !json || written.contains('='));
    choices(kept.chain(json.then_some("json")))
}

/// Makes journeys ready, starts what `[test.server]` names, runs the session, and ends what was started.
pub(super) async fn walk(
    app: App,
    chosen: &[Entry<'_>],
    sources: &[Source],
    given: &Given,
    settings: &Settings,
    console: Console,
) -> Result<Exit, CliError> {
    let journeys: Vec<_> = chosen.iter().map(|entry| (&entry.of, &entry.code)).collect();
    let ready = resolve_here(&journeys, given, &settings.network)?;
    let selected: Vec<SelectedJourney> = (0..)
        .zip(&ready)
        .map(|(index, ready)| SelectedJourney {
            journey: Arc::clone(&ready.journey),
            retry: ready.retry,
            index,
        })
        .collect();
    let live = Live::new(console.live, console.err);
    let mut reporters = Reporters::open(&settings.reporters, console.out, console.detail, live)?;
    // An archive of a good run wants its heads and bodies too.
    let walker = Arc::new(Walker::new(app, ready, settings.kept.har.is_some()));
    let (signals, stop) = Signals::listen(CancelCause::Person).map_err(anyhow::Error::from)?;
    let (mut servers, mut unchecked, mut left) = (Vec::new(), BTreeSet::new(), Ok(()));
    let session = async {
        start_servers(&mut servers, chosen, sources, &stop, console).await?;
        Ok::<_, CliError>(
            run_all(&walker, &selected, settings.plan, stop, |event| {
                note_unchecked(event, &mut unchecked);
                if left.is_ok() {
                    left = settings.kept.handle(event);
                }
                reporters.handle(event);
            })
            .await,
        )
    };
    let exit = tokio::select! {
        exit = session => exit,
        // Dropping the servers kills them.
        () = signals.second() => return Ok(Exit::Interrupted),
    };
    for server in servers {
        server.stop().await;
    }
    let exit = exit?;
    reporters.close()?;
    left?;
    for journey in &unchecked {
        console.say(&format!(
            "{journey}: the run recorded no check, so it is good whatever the target answers: check a status or a value"
        ));
    }
    let is_wrong = settings.is_strict && !unchecked.is_empty();
    Ok(if is_wrong { exit.worse(Exit::Broken) } else { exit })
}

/// Notes the journey of a good run that checked nothing.
fn note_unchecked(event: &Event, unchecked: &mut BTreeSet<JourneyName>) {
    let Event::RunFinished { run, .. } = event else { return };
    let is_unchecked = run.attempts.last().is_some_and(|last| last.recording.checks.is_empty());
    if run.outcome.verdict.is_good() && is_unchecked {
        unchecked.insert(run.journey.name.clone());
    }
}

/// Starts the servers of projects of which a journey was chosen.
async fn start_servers(
    servers: &mut Vec<TestServer>,
    chosen: &[Entry<'_>],
    sources: &[Source],
    stop: &Cancellation,
    console: Console,
) -> Result<(), CliError> {
    for source in sources {
        let is_used = chosen.iter().any(|entry| std::ptr::eq(entry.of.project, &raw const source.project));
        if let (true, Some(table)) = (is_used, &source.project.toml.test.server) {
            servers.push(TestServer::start(&source.project, table, stop, |line| console.say(line)).await?);
        }
    }
    Ok(())
}
