//! A server from its start to its end: `run(listener, stop)` gets both ends handed in.
//!
//! Start: what a server before this one left under way is settled, slots that were due meanwhile become
//! `missed`, and only then is anything planned. Stop: nothing more is handed out, runs under way get the grace,
//! then they are cancelled and recorded, everything is flushed, and the process ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wayfarer_model::admission::RunnerState;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::units::UnixMillis;
use wayfarer_sandbox::SandboxError;
use wayfarer_store::{Opened, Store, StoreError, StoreSettings, TenantRow, TenantSetting};

use super::background::{Confirmations, StoreWatch};
use super::commands::{Command, CommandHandler, Control, Unready};
use super::recovery::{Recovered, recover};
use super::sandboxed_runs::Runs;
use crate::app::{AppError, sandbox};
use crate::clock::WallClock;
use crate::config::RunnerFile;
use crate::server::api::{self, ApiSettings};
use crate::server::background::retention::{Janitor, Periods};
use crate::server::dispatcher::{
    Dispatcher, DispatcherHandle, DispatcherSettings, Suspensions, TenantLimits,
};
use crate::server::metrics::Metrics;
use crate::server::planner::Planner;
use crate::server::tenants::{TenantErrors, Tenants};
use crate::shutdown::Cancellation;

/// After the grace, and again for the store: cancelling a run and writing its result takes milliseconds.
const RECORDING: Duration = Duration::from_secs(3);
/// How long what the API is still answering may take.
const HANGING_UP: Duration = Duration::from_secs(1);

/// Why a server does not start, or does not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// Secrets, certificates and the like.
    #[error(transparent)]
    Tenants(#[from] TenantErrors),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No sandbox.
    #[error(transparent)]
    App(#[from] AppError),
    /// No sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A name that the configuration gives is none.
    #[error(transparent)]
    Name(#[from] wayfarer_model::ids::NameError),
    /// The operator's token.
    #[error("cannot write the operator's token to {}: {reason}; give the user that runs the server the right to write there", path.display())]
    Token {
        /// Where.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It ends, and not all that it knows is in the store.
    #[error("{0}")]
    Unfinished(&'static str),
    /// Anything else of this machine.
    #[error("{0}")]
    Machine(String),
}

impl ServeError {
    /// How the command ends for it: usage, where the one who started it can mend it.
    pub(crate) fn exit(&self) -> crate::exit::Exit {
        match self {
            Self::Store(StoreError::Sql { .. } | StoreError::Corrupt { .. } | StoreError::Closed)
            | Self::App(_)
            | Self::Sandbox(_)
            | Self::Unfinished(_) => crate::exit::Exit::Inconclusive,
            _ => crate::exit::Exit::Usage,
        }
    }
}

/// What a server is made of.
#[derive(Debug, Clone)]
pub(crate) struct ServeSettings {
    /// The runner's configuration.
    pub(crate) file: RunnerFile,
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// What time it is.
    pub(crate) clock: WallClock,
}

/// Runs a server until `stop` is set and all is recorded. `told` hears once it is ready.
pub(crate) async fn run(
    listener: TcpListener,
    settings: ServeSettings,
    stop: Cancellation,
    told: impl Fn(&str),
) -> Result<(), ServeError> {
    let started = start(&settings).await?;
    if let Some(path) = api::first_token(&started.store, &settings.data_dir, settings.clock.now()).await? {
        told(&format!("the operator's token is in {}", path.display()));
    }
    let address = listener.local_addr().map_err(|error| ServeError::Machine(error.to_string()))?;
    let (control, asked, ready) = Control::new();
    let api = ApiSettings {
        store: started.store.clone(),
        control,
        runs: started.runs.clone(),
        clock: settings.clock.clone(),
        largest_component: settings.file.toml.limits.component(),
    };
    let reading = tokio::spawn(read_again(settings.file.clone(), started.runs.clone()));
    let hang_up = Cancellation::new();
    let serving = tokio::spawn(api::serve(listener, api, hang_up.clone()));
    told(&format!("listening on http://{address}"));
    let grace = settings.file.toml.server.grace();
    let ended = live(started, asked, ready, stop, grace).await;
    reading.abort();
    hang_up.cancel(CancelCause::Shutdown);
    // What is still answered then gets no more than this.
    let _ = timeout(HANGING_UP, serving).await;
    let store = ended?;
    let closed = timeout(RECORDING, store.close(settings.clock.now())).await;
    closed
        .map_err(|_elapsed| ServeError::Unfinished("the store does not close: the next start mends it"))??;
    Ok(())
}

/// Everything that was opened.
struct Started {
    store: Store,
    runs: Runs,
    metrics: Arc<Metrics>,
    clock: WallClock,
    opened: OpenedAt,
    tenants: Vec<TenantRow>,
    places: u32,
    periods: Periods,
}

#[derive(Clone, Copy)]
struct OpenedAt {
    location: wayfarer_store::LocationKey,
    done: Option<UnixMillis>,
}

async fn start(settings: &ServeSettings) -> Result<Started, ServeError> {
    let ServeSettings { file, data_dir, clock } = settings;
    let tenants = Tenants::read(file)?;
    let location = file.location()?;
    let version = env!("CARGO_PKG_VERSION");
    let mut opening = StoreSettings::new(data_dir.clone(), location.clone(), version);
    opening.reserve = file.toml.storage.reserve();
    let Opened { store, location: key, planned_until, runs_lost, .. } =
        Store::open(opening, clock.now()).await?;
    if runs_lost > 0 {
        tracing::warn!(
            runs_lost,
            "runs were under way when the server before this one ended: they are inconclusive"
        );
    }
    let places = file.toml.limits.runs();
    let sandbox = sandbox(data_dir.join("components"), places)?;
    let policies = tenants.iter().map(|tenant| {
        let policy = tenant.policy_json().map_err(|error| ServeError::Machine(error.to_string()))?;
        Ok(TenantSetting { name: tenant.name().clone(), policy })
    });
    let policies = policies.collect::<Result<Vec<_>, ServeError>>()?;
    let rows = store.configure_tenants(policies, clock.now()).await?;
    Ok(Started {
        runs: Runs::new(sandbox, store.clone(), (location.clone(), clock.clone()), tenants),
        metrics: Arc::new(Metrics::new(location)),
        clock: clock.clone(),
        opened: OpenedAt { location: key, done: planned_until },
        tenants: rows,
        places,
        periods: Periods::of(&file.toml),
        store,
    })
}

/// From the first plan to the last result.
async fn live(
    started: Started,
    asked: mpsc::Receiver<Command>,
    ready: watch::Sender<Result<(), Unready>>,
    stop: Cancellation,
    grace: Duration,
) -> Result<Store, ServeError> {
    let Started { store, runs, metrics, clock, opened, tenants, places, periods } = started;
    let now = clock.now();
    let Recovered { plan, missed, done, names } = recover(&store, &tenants, opened.done, now).await?;
    let halt = Cancellation::new();
    let limits = limits(&store, &runs, &tenants, now).await?;
    let suspensions = Suspensions::now(&store, now).await?;
    // A disk that does not say how full it is counts as one that is not.
    let has_disk_space = store.disk_space().await.map_or(true, |room| room.is_enough);
    let (mut dispatcher, tell) = Dispatcher::new(DispatcherSettings {
        execute: runs.clone(),
        store: store.clone(),
        location: opened.location,
        clock: clock.clone(),
        metrics: Arc::clone(&metrics),
        permits: places,
        tenants: limits,
        suspensions,
        has_disk_space,
        settled_until: done,
        stop: stop.clone(),
        halt: halt.clone(),
    });
    dispatcher.take_over(missed, RunnerState::WasDown);
    let (batches, handed_out) = mpsc::channel(Planner::ROOM);
    let planner = Planner::start(plan, clock.clone(), batches);
    let planner = Arc::new(
        planner.map_err(|error| ServeError::Machine(format!("no thread for the planner: {error}")))?,
    );
    let dispatching = tokio::spawn(dispatcher.run(handed_out));
    let around = Around {
        store: store.clone(),
        planner: Arc::clone(&planner),
        dispatcher: tell.clone(),
        clock: clock.clone(),
        metrics: Arc::clone(&metrics),
        stop: stop.clone(),
    };
    let mut beside = around.begin(periods, ready);
    let answers = CommandHandler {
        store: store.clone(),
        runs,
        planner: Arc::clone(&planner),
        dispatcher: tell,
        metrics,
        clock,
        tenants,
        names: Mutex::new(names),
        turn: tokio::sync::Mutex::default(),
        suspending: tokio::sync::Mutex::default(),
        stop: stop.clone(),
    };
    beside.push(tokio::spawn(answers.run(asked)));
    stop.cancelled().await;
    planner.stop().await;
    let ended = wind_up(dispatching, grace, &halt).await;
    for task in beside {
        task.abort();
        // What it was doing is of no use to anybody now.
        let _ = task.await;
    }
    ended.map(|()| store)
}

/// What the loops beside planner and dispatcher need.
struct Around {
    store: Store,
    planner: Arc<Planner>,
    dispatcher: DispatcherHandle,
    clock: WallClock,
    metrics: Arc<Metrics>,
    stop: Cancellation,
}

impl Around {
    /// Begins the loops that take no input but what the store and the disk say.
    fn begin(self, periods: Periods, ready: watch::Sender<Result<(), Unready>>) -> Vec<JoinHandle<()>> {
        let Self { store, planner, dispatcher, clock, metrics, stop } = self;
        let watch = StoreWatch {
            store: store.clone(),
            dispatcher: dispatcher.clone(),
            metrics: Arc::clone(&metrics),
            ready,
            stop: stop.clone(),
        };
        let janitor =
            Janitor { store: store.clone(), periods, clock: clock.clone(), metrics, stop: stop.clone() };
        let looks = Confirmations { store, planner, dispatcher, clock, stop };
        vec![tokio::spawn(watch.run()), tokio::spawn(janitor.run()), tokio::spawn(looks.run())]
    }
}

/// Waits for what runs: for the grace, and then for the little that cancelling and recording takes.
async fn wind_up(
    mut dispatching: JoinHandle<()>,
    grace: Duration,
    halt: &Cancellation,
) -> Result<(), ServeError> {
    let mut ended = timeout(grace, &mut dispatching).await;
    if ended.is_err() {
        tracing::warn!(?grace, "runs are still under way after the grace: they are cancelled and recorded");
        halt.cancel(CancelCause::Shutdown);
        ended = timeout(RECORDING, &mut dispatching).await;
    }
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ServeError::Machine(format!("the dispatcher ended with a panic: {error}"))),
        Err(_elapsed) => {
            dispatching.abort();
            let why = "the store does not take the results of the last runs: the next start settles them";
            Err(ServeError::Unfinished(why))
        }
    }
}

async fn limits(
    store: &Store,
    runs: &Runs,
    rows: &[TenantRow],
    now: UnixMillis,
) -> Result<Vec<TenantLimits>, ServeError> {
    let tenants = runs.tenants();
    let mut limits = Vec::new();
    for row in rows {
        let Some(tenant) = tenants.get(&row.name) else { continue };
        let runs_per_day = match tenant.runs_per_day() {
            Some(limit) => Some((limit, store.runs_today(row.key, now).await?)),
            None => None,
        };
        limits.push(TenantLimits {
            tenant: row.key,
            name: row.name.clone(),
            permits: tenant.runs(),
            runs_per_day,
        });
    }
    Ok(limits)
}

/// Reads secrets and certificates again whenever SIGHUP comes. What is wrong then is said, and what was stays.
async fn read_again(file: RunnerFile, runs: Runs) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            tracing::warn!(%error, "SIGHUP is not listened for: secrets are read at the start only");
            return;
        }
    };
    while hangup.recv().await.is_some() {
        match Tenants::read(&file) {
            Ok(tenants) => {
                runs.replace_tenants(tenants);
                tracing::info!("secrets and certificates were read again");
            }
            Err(error) => tracing::error!(%error, "secrets were not read again; those from before stay"),
        }
    }
}
