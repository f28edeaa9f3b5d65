//! What `test` and `http-check` share: from chosen journeys to an exit code.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Runtime;
use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::Network;

use super::CliError;
use super::catalogue::Entry;
use super::global::Console;
use super::source::Source;
use crate::author::report::{Choice, ChoiceError, Live, Reporters, choices};
use crate::author::session::{
    App, Given, Planned, PrepareErrors, Schedule, Server, Walker, named_hosts, prepare, run_all,
};
use crate::config::{Project, network_settings};
use crate::exit::Exit;
use crate::runnable::{JourneyCode, RunnableJourney};
use crate::shutdown::{Interrupt, Stop};

/// How to walk.
#[derive(Debug)]
pub(super) struct Settings {
    /// How many at a time and how often.
    pub(super) schedule: Schedule,
    /// Who is told.
    pub(super) reporters: Vec<Choice>,
    /// Hosts beside those of the files.
    pub(super) allow: Vec<HostPattern>,
    /// A name server in place of the files'.
    pub(super) resolver: Option<SocketAddr>,
}

/// Where asynchronous work happens.
pub(super) fn runtime() -> Result<Runtime, CliError> {
    Ok(Runtime::new().map_err(anyhow::Error::from)?)
}

/// As many as there are.
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

/// Prepares, starts what has to run, walks, and ends what was started.
pub(super) async fn walk(
    app: App,
    chosen: &[Entry<'_>],
    sources: &[Source],
    given: &Given,
    settings: &Settings,
    console: Console,
) -> Result<Exit, CliError> {
    let ready = ready(chosen, given, settings).await?;
    let plan: Vec<Planned> = (0..)
        .zip(&ready)
        .map(|(place, ready)| Planned {
            journey: Arc::clone(&ready.journey),
            retry: ready.prepared.retry,
            place,
        })
        .collect();
    let live = Live::new(console.live, console.err);
    let mut reporters = Reporters::open(&settings.reporters, console.out, console.detail, live)?;
    let walker = Arc::new(Walker::new(app, ready));
    let (interrupt, stop) = Interrupt::listen().map_err(anyhow::Error::from)?;
    let mut servers = Vec::new();
    let session = async {
        start_servers(&mut servers, chosen, sources, &mut stop.clone(), console).await?;
        Ok::<_, CliError>(
            run_all(&walker, &plan, settings.schedule, stop, |event| reporters.hear(event)).await,
        )
    };
    let exit = tokio::select! {
        exit = session => exit,
        // Dropping the servers ends them.
        () = interrupt.second() => return Ok(Exit::Interrupted),
    };
    for server in servers {
        server.stop().await;
    }
    let exit = exit?;
    reporters.close()?;
    Ok(exit)
}

/// Only of projects of which a journey is walked.
async fn start_servers(
    servers: &mut Vec<Server>,
    chosen: &[Entry<'_>],
    sources: &[Source],
    stop: &mut Stop,
    console: Console,
) -> Result<(), CliError> {
    for source in sources {
        let is_used = chosen.iter().any(|entry| std::ptr::eq(entry.of.project, &raw const source.project));
        if let (true, Some(table)) = (is_used, &source.project.toml.test.server) {
            servers.push(Server::start(&source.project, table, stop, |line| console.say(line)).await?);
        }
    }
    Ok(())
}

/// Everything that attempts need, or all errors at once.
async fn ready(
    chosen: &[Entry<'_>],
    given: &Given,
    settings: &Settings,
) -> Result<Vec<RunnableJourney>, CliError> {
    let mut networks: BTreeMap<PathBuf, Arc<Network>> = BTreeMap::new();
    let (mut ready, mut errors) = (Vec::new(), Vec::new());
    for entry in chosen {
        let prepared = match prepare(&entry.of, given) {
            Ok(prepared) => prepared,
            Err(more) => {
                errors.extend(more.0);
                continue;
            }
        };
        let network = match &*entry.route {
            JourneyCode::Guest(_) => {
                let shared = networks.get(&entry.of.project.dir).cloned();
                let network = match shared {
                    Some(network) => network,
                    None => network(entry.of.project, &[], settings)?,
                };
                networks.insert(entry.of.project.dir.clone(), Arc::clone(&network));
                network
            }
            JourneyCode::HttpCheck(check) => {
                let resolver =
                    settings.resolver.or(entry.of.project.toml.network.resolver.map(|text| text.0));
                network(entry.of.project, &named_hosts(&check.url, resolver.is_some()).await, settings)?
            }
        };
        let (journey, route) = (Arc::clone(&entry.of.journey), Arc::clone(&entry.route));
        ready.push(RunnableJourney { journey, code: route, prepared, network });
    }
    if errors.is_empty() { Ok(ready) } else { Err(PrepareErrors(errors).into()) }
}

fn network(project: &Project, own: &[HostPattern], settings: &Settings) -> Result<Arc<Network>, CliError> {
    let allowed: Vec<HostPattern> = settings.allow.iter().chain(own).cloned().collect();
    Ok(Arc::new(Network::new(network_settings(project, &allowed, settings.resolver)?)?))
}
