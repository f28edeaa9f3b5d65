//! What `test` and `http-check` share: from chosen journeys to an exit code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Runtime;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::ids::JourneyName;

use super::CliError;
use super::catalogue::Entry;
use super::global::Console;
use super::source::Source;
use crate::author::deployable::Given;
use crate::author::report::{
    Choice, ChoiceError, Ci, Detail, KeptFiles, Live, Reported, Reporters, check_folder, choices,
};
use crate::author::session::{
    App, Event, FailOn, LastFailed, NetworkGiven, SelectedJourney, SessionPlan, TestServer, Walker,
    resolve_here, run_all,
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
    /// Whether a list has a line for each request, and with `-v` heads and bodies of good runs too.
    pub(super) with_requests: bool,
    /// Which files runs leave.
    pub(super) kept: KeptFiles,
    /// Whether a good run without a check is an error.
    pub(super) is_strict: bool,
    /// Where to note which journeys failed; nowhere for what is no project.
    pub(super) last: Option<LastFailed>,
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
    choices(kept.chain(json.then_some("json")), Ci::read())
}

/// Checks where runs would leave files, before anything is built.
pub(super) fn check_kept(kept: &KeptFiles) -> Result<(), ChoiceError> {
    [&kept.artifacts, &kept.har].into_iter().flatten().try_for_each(|dir| check_folder(dir))
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
    let folders = chosen.iter().map(|entry| (entry.of.journey.name.clone(), entry.of.project.dir.clone()));
    let reported = Reported {
        fails: settings.plan.fails,
        folders: folders.collect(),
        with_requests: settings.with_requests,
        ci: Ci::read(),
        ..Reported::new(console.out, console.detail)
    };
    let mut reporters = Reporters::open(&settings.reporters, &reported, live)?;
    let is_shown = settings.with_requests && console.detail == Detail::Full;
    // An archive of a good run wants its heads and bodies too.
    let walker = Arc::new(Walker::new(app, ready, settings.kept.har.is_some() || is_shown));
    let (signals, stop) = Signals::listen(CancelCause::Person).map_err(anyhow::Error::from)?;
    let (mut servers, mut unchecked, mut left) = (Vec::new(), BTreeSet::new(), Ok(()));
    let mut ran = BTreeMap::new();
    let session = async {
        start_servers(&mut servers, chosen, sources, &stop, console).await?;
        Ok::<_, CliError>(
            run_all(&walker, &selected, settings.plan, stop, |event| {
                note_unchecked(event, &mut unchecked);
                note_ended(event, settings.plan.fails, &mut ran);
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
    let is_good = matches!(exit, Ok(Exit::Passed));
    for server in servers {
        if !is_good {
            tell_output(&server, console);
        }
        server.stop().await;
    }
    remember(settings, chosen, &ran);
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

/// What the product under test printed last may explain a failure.
fn tell_output(server: &TestServer, console: Console) {
    let lines = server.last_lines();
    if !lines.is_empty() {
        console.say("the end of what [test.server] printed (`-v` shows all of it as it comes):");
        for line in &lines {
            console.say(&format!("  | {line}"));
        }
    }
}

/// Notes whether any run of a journey failed.
fn note_ended(event: &Event, fails: FailOn, ran: &mut BTreeMap<JourneyName, bool>) {
    let Event::RunFinished { run, .. } = event else { return };
    *ran.entry(run.journey.name.clone()).or_default() |= fails.exit(run.outcome) != Exit::Passed;
}

/// Keeps for `--last-failed` what failed, for each project.
fn remember(settings: &Settings, chosen: &[Entry<'_>], ran: &BTreeMap<JourneyName, bool>) {
    let Some(last) = &settings.last else { return };
    let projects: BTreeSet<&Path> = chosen.iter().map(|entry| entry.of.project.dir.as_path()).collect();
    for dir in projects {
        let own = chosen.iter().filter(|entry| entry.of.project.dir == dir);
        let own = own.filter_map(|entry| ran.get_key_value(&entry.of.journey.name));
        let own = own.map(|(name, failed)| (name.clone(), *failed)).collect();
        if let Err(error) = last.note(dir, &own) {
            tracing::warn!(%error, "`--last-failed` will not know of this session");
        }
    }
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
