//! The wiring: where the sandbox is started and a server is put together. Nothing imports this module but the command line.
//!
//! A server's start: open the store, which settles what the last server left in flight; serve the API; make a plan, in
//! which slots that were due meanwhile are `missed`; only then start planner, dispatcher and background tasks.
//! A server's end: hand out nothing more, give runs in flight the grace, cancel and record the others, close the store.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wayfarer_model::admission::RunnerState;
use wayfarer_model::audit::{AuditAction, AuditOutcome};
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::clock::{ClockReading, ClockTraces};
use wayfarer_model::ids::NameError;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;
use wayfarer_sandbox::{GuestPool, GuestThreads, Sandbox, SandboxError, SandboxSettings};
use wayfarer_store::{
    LocationKey, Opened, Store, StoreError, StoreSettings, TenantRow, TenantSetting, TimeLeft, time_left,
};

use crate::author::session::App;
use crate::clock::{WallClock, boot_name};
use crate::config::{RunnerFile, insecure_hosts};
use crate::exit::Exit;
use crate::server::access::{Access, AccessSettings, OidcSettings, OidcSettingsError};
use crate::server::alert::{AlertErrors, Alerting, AlertingHandle};
use crate::server::api::{self, ApiSettings, ConnectionLimits, FirstTokenError};
use crate::server::audit::AuditTrail;
use crate::server::background::retention::Periods;
use crate::server::background::{self, Acknowledge, Applied, BackgroundSettings, Domains, IncidentPolicies};
use crate::server::core_dumps;
use crate::server::deployed::Deployed;
use crate::server::descriptors::{for_connections, raise};
use crate::server::dispatcher::{
    DailyRuns, Dispatcher, DispatcherHandle, DispatcherSettings, Suspensions, TenantLimits,
};
use crate::server::metrics::Metrics;
use crate::server::otlp::{OtlpError, OtlpHandle, OtlpSettings};
use crate::server::planner::Planner;
use crate::server::tenants::{TenantErrors, Tenants};
use crate::server::tls::{PairError, warn_of_clear_text, warn_of_expiry};
use crate::server::uploads::UploadQueue;
use crate::server::use_cases::{Uploads, UseCases};
use crate::server::{
    Board, Command, CommandHandler, ConfigurationError, Control, Recovered, RunnerMemory, SandboxedRuns,
    ServerContext, Unready, default_limit, own_sockets, recover, reload_on_hangup, service_manager, source,
    tls, web,
};
use crate::shutdown::Cancellation;

/// The argument that makes this binary the compile child.
pub(crate) const COMPILE_CHILD: &str = "__compile";

/// After the grace, and again for the store: cancelling a run and writing its result takes milliseconds.
const RECORDING: Duration = Duration::from_secs(3);
/// How long requests in flight may take once the server has ended.
const HANGING_UP: Duration = Duration::from_secs(1);

/// The compile child's whole life.
pub(crate) fn compile_child() -> ExitCode {
    wayfarer_sandbox::compile_child()
}

/// Why there is no sandbox. The runner's own fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("cannot find this program's own file, which compiles components: {0}")]
    Executable(std::io::Error),
    /// A name in this source is not one.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Why a server does not start, or does not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(transparent)]
    Tenants(#[from] TenantErrors),
    #[error(transparent)]
    Alerting(#[from] AlertErrors),
    #[error(transparent)]
    Tls(#[from] PairError),
    #[error(transparent)]
    Oidc(#[from] OidcSettingsError),
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// For `--check`, which reads the same.
    #[error(transparent)]
    Configuration(#[from] ConfigurationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    FirstToken(#[from] FirstTokenError),
    #[error(transparent)]
    App(#[from] AppError),
    /// A name in the configuration is not one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The server has ended, and not everything that it knows is in the store.
    #[error("{0}")]
    Unfinished(&'static str),
    /// Anything else of this machine.
    #[error("{0}")]
    Machine(String),
}

impl ServeError {
    /// Usage, if the person who started the server can mend it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Store(error) | Self::FirstToken(FirstTokenError::Store(error)) => match error {
                StoreError::Sql { .. } | StoreError::Corrupt { .. } | StoreError::Closed => {
                    Exit::Inconclusive
                }
                _ => Exit::Usage,
            },
            Self::App(_) | Self::Unfinished(_) => Exit::Inconclusive,
            _ => Exit::Usage,
        }
    }
}

/// What a server is made of.
#[derive(Debug, Clone)]
pub(crate) struct ServeSettings {
    /// The runner's configuration.
    pub(crate) file: RunnerFile,
    pub(crate) data_dir: PathBuf,
    pub(crate) clock: WallClock,
}

/// Starts the sandbox, with permits for that many attempts at a time. This very binary is its compiler.
fn sandbox(cache_dir: PathBuf, slots: u32, compile_cpu: Duration) -> Result<Sandbox, AppError> {
    let compiler = std::env::current_exe().map_err(AppError::Executable)?;
    Ok(Sandbox::start(SandboxSettings { cache_dir, compiler, compile_cpu, slots })?)
}

/// How many uploads are compiled at the same time, by two threads each. Two at least, so that no tenant has all places.
fn uploads_at_a_time() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (processors / 2).clamp(2, 4) as u32
}

/// The sandbox of an author's command, for that many attempts at a time.
pub(crate) fn author(cache_dir: PathBuf, slots: u32) -> Result<App, AppError> {
    Ok(App::new(sandbox(cache_dir, slots, SandboxSettings::COMPILE_CPU)?)?)
}

/// Runs a server until `stop` is cancelled and everything is recorded. `report` gets lines for the person who started it.
pub(crate) async fn serve(
    listener: TcpListener,
    settings: ServeSettings,
    stop: Cancellation,
    report: impl Fn(&str),
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(|error| ServeError::Machine(error.to_string()))?;
    let health_listener = settings
        .file
        .toml
        .server
        .health
        .map(|address| api::listen_for_health(address.0))
        .transpose()
        .map_err(ServeError::Machine)?;
    let health_address = health_listener.as_ref().map(|(_, address)| *address);
    let own = std::iter::once(address).chain(health_address).flat_map(own_sockets).collect();
    let settings = ServeSettings { file: settings.file.listening_at(own), ..settings };
    let tls = tls(&settings.file)?;
    if let Some(Err(error)) = tls.as_ref().map(|tls| tls.check_dates(settings.clock.now())) {
        tracing::error!("{error}; journeys run all the same, and browsers and clients refuse the server");
    }
    let threads = GuestThreads::start()
        .map_err(|error| ServeError::Machine(format!("no threads for guests: {error}")))?;
    let parts = open(&settings, threads.pool()).await?;
    core_dumps::forbid();
    let (store, clock) = (parts.store.clone(), settings.clock.clone());
    let trail = parts.trail.clone();
    started(&trail, &settings.file).await;
    if let Some(path) = api::first_token(&store, &settings.data_dir, clock.now()).await? {
        report(&format!("the operator's token is in {}", path.display()));
        trail.record_own(AuditAction::TokenAdd, "token admin (operator)", AuditOutcome::Done).await;
    }
    let (control, commands, health) = Control::new(stop.clone());
    let (acknowledge, applied) = background::acknowledgements(&store);
    let uploads = Uploads {
        queue: UploadQueue::new(uploads_at_a_time()),
        folder: settings.data_dir.clone(),
        largest: settings.file.toml.limits.component(),
    };
    let (runs, clock, alerting) = (parts.runs.clone(), clock.clone(), parts.alerting.clone());
    let watched = control.clone();
    let board = Board::default();
    let use_cases =
        UseCases { store: store.clone(), control, runs, clock: clock.clone(), uploads, alerting, board };
    let access = Access::new(store.clone(), clock.clone(), trail.clone(), access_settings(&settings.file)?)?;
    let trace_link = settings.file.toml.otlp.trace_link().cloned();
    let api = ApiSettings { use_cases, applied: applied.clone(), trail: trail.clone(), access, trace_link };
    let reloading = tokio::spawn(reload_on_hangup(
        settings.file.clone(),
        parts.runs.clone(),
        (parts.alerting.clone(), parts.otlp.clone()),
        tls.clone(),
        trail.clone(),
    ));
    let expiring = tls.clone().map(|tls| tokio::spawn(warn_of_expiry(tls, clock.clone())));
    let hang_up = Cancellation::new();
    if let Some((listener, address)) = health_listener {
        api::serve_health(listener, api.clone(), hang_up.clone())
            .map_err(|error| ServeError::Machine(format!("no thread for health: {error}")))?;
        report(&format!("health on http://{address}"));
    }
    let (all, of_one_peer) = settings.file.toml.server.connections();
    let limits = ConnectionLimits::of(for_connections(raise(), all), of_one_peer);
    let serving = tokio::spawn(api::serve(listener, tls.clone(), api, web::pages(), limits, hang_up.clone()));
    report(&parts.runs.sandbox().swapping().cleaning());
    let scheme = if tls.is_some() { "https" } else { "http" };
    report(&format!("listening on {scheme}://{address}"));
    warn_of_clear_text(address, &settings.file);
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), configuration = source(&settings.file), "server started");
    let stopping = tokio::spawn(say_stopping(stop.clone()));
    service_manager::listening();
    let watchdog = tokio::spawn(service_manager::feed_watchdog(watched));
    let links = Links { commands, health, acknowledge, applied };
    let ended = live(parts, &settings, links, stop).await;
    stopping.abort();
    reloading.abort();
    expiring.inspect(JoinHandle::abort);
    watchdog.abort();
    hang_up.cancel(CancelCause::Shutdown);
    // Requests that take longer are cut off.
    let _ = timeout(HANGING_UP, serving).await;
    ended?;
    let closed = timeout(RECORDING, async {
        trail.end_rounds().await;
        trail.record_own(AuditAction::ServerStop, "", AuditOutcome::Done).await;
        store.close(clock.now()).await
    });
    let closed = closed.await;
    closed.map_err(|_elapsed| {
        ServeError::Unfinished("the store does not close in time: the next start repairs it")
    })??;
    drop(threads);
    tracing::info!("server stopped");
    Ok(())
}

/// Who may look, as the configuration has it.
fn access_settings(file: &RunnerFile) -> Result<AccessSettings, OidcSettingsError> {
    let server = &file.toml.server;
    Ok(AccessSettings {
        lifetime: server.sessions.lifetime(),
        idle: server.sessions.idle(),
        trusted_proxies: server.trusted_proxies(),
        oidc: OidcSettings::read(file)?,
    })
}

/// Says why the server ends as soon as it does: runs in flight may take a while.
async fn say_stopping(stop: Cancellation) {
    let cause = stop.cancelled().await;
    tracing::info!(?cause, "server stopping: it starts nothing more and waits for runs in flight");
}

/// The first events of a process.
async fn started(trail: &AuditTrail, file: &RunnerFile) {
    let version = concat!("wayfarer ", env!("CARGO_PKG_VERSION"));
    trail.record_own(AuditAction::ServerStart, version, AuditOutcome::Done).await;
    trail.record_own(AuditAction::ConfigurationRead, source(file), AuditOutcome::Done).await;
    for (tenant, table) in &file.toml.tenants {
        if let Some(hosts) = insecure_hosts(&table.network) {
            let choice = format!("tenant {tenant}: nobody checks the certificates of {hosts} (insecure)");
            trail.record_own(AuditAction::ConfigurationRead, choice, AuditOutcome::Done).await;
        }
    }
}

/// Everything that was opened.
struct Parts {
    store: Store,
    runs: SandboxedRuns,
    trail: AuditTrail,
    metrics: Arc<Metrics>,
    location: LocationKey,
    /// The last server's watermark.
    planned_until: Option<UnixMillis>,
    tenants: Vec<TenantRow>,
    alerting: AlertingHandle,
    otlp: OtlpHandle,
}

/// The running server's ends of what the API holds.
struct Links {
    commands: Receiver<Command>,
    health: watch::Sender<Result<(), Unready>>,
    acknowledge: Acknowledge,
    applied: Applied,
}

async fn open(settings: &ServeSettings, threads: GuestPool) -> Result<Parts, ServeError> {
    let ServeSettings { file, data_dir, clock } = settings;
    let tenants = Tenants::read(file)?;
    let alerting = AlertingHandle::new(Alerting::read(file, &tenants)?);
    let otlp = OtlpHandle::new(OtlpSettings::read(file)?);
    let location = file.location()?;
    clock.begin(traces(time_left(data_dir, &location).await));
    let mut opening = StoreSettings::new(data_dir.clone(), location.clone(), env!("CARGO_PKG_VERSION"));
    opening.reserve = file.toml.storage.reserve();
    let Opened { store, location: key, planned_until, runs_lost, .. } =
        Store::open(opening, clock.now()).await?;
    if runs_lost > 0 {
        tracing::warn!(runs_lost, "runs were in flight when the last server ended: they are inconclusive");
    }
    let limits = &file.toml.limits;
    let sandbox = sandbox(data_dir.join("components"), limits.runs(), limits.compile_cpu())?;
    let policies = tenants.iter().map(|tenant| {
        let policy = tenant.policy_json().map_err(|error| ServeError::Machine(error.to_string()))?;
        Ok(TenantSetting { name: tenant.name().clone(), policy })
    });
    let policies = policies.collect::<Result<Vec<_>, ServeError>>()?;
    for tenant in tenants.iter() {
        store.limit_stored_bytes(tenant.name(), tenant.stored_bytes());
    }
    let rows = store.configure_tenants(policies, clock.now()).await?;
    let trail = AuditTrail::new(store.clone(), clock.clone(), Handle::current());
    let metrics = Arc::new(Metrics::new(location.clone()));
    for (journey, at) in store.last_counted().await? {
        metrics.counted_before(journey, at);
    }
    for run in store.newest_runs(&Reason::BLINDING).await? {
        let journey = (run.row.tenant, run.row.journey);
        metrics.probed(journey, run.row.verdict, run.attempts.last(), run.row.finished);
    }
    Ok(Parts {
        runs: SandboxedRuns::new(
            (sandbox, threads),
            (store.clone(), trail.clone()),
            (location, clock.clone()),
            tenants,
        ),
        trail,
        metrics,
        location: key,
        planned_until,
        tenants: rows,
        store,
        alerting,
        otlp,
    })
}

/// What the last process left, for the watch over the clock.
fn traces(left: TimeLeft) -> ClockTraces {
    let TimeLeft { newest, clock } = left;
    let rest_ms = clock.as_ref().map_or(0, |clock| clock.rest_ms);
    let newest = newest.max(clock.as_ref().map_or(UnixMillis(0), |clock| clock.wall));
    let of_this_boot = clock.filter(|clock| !clock.boot.is_empty() && clock.boot == boot_name());
    let this_boot = of_this_boot.map(|clock| ClockReading { wall: clock.wall, boot_ms: clock.boot_ms });
    ClockTraces { this_boot, newest, rest_ms, ..ClockTraces::default() }
}

/// From the first plan to the last result.
async fn live(
    parts: Parts,
    settings: &ServeSettings,
    links: Links,
    stop: Cancellation,
) -> Result<(), ServeError> {
    let clock = settings.clock.clone();
    let Links { commands, health, acknowledge, applied } = links;
    let Recovered { plan, missed, done, keys } =
        recover(&parts.store, &parts.tenants, parts.planned_until, clock.now()).await?;
    let halt = Cancellation::new();
    let ends = (stop.clone(), halt.clone());
    let (mut dispatcher, handle) = dispatcher(&parts, settings, done, ends).await?;
    dispatcher.take_over(missed, RunnerState::WasDown);
    let (batches, handed_out) = channel(Planner::ROOM);
    let planner = Planner::start(plan, clock.clone(), batches);
    let planner = Arc::new(
        planner.map_err(|error| ServeError::Machine(format!("no thread for the planner: {error}")))?,
    );
    let dispatching = tokio::spawn(dispatcher.run(handed_out));
    let Parts { store, runs, metrics, tenants, alerting, otlp, .. } = parts;
    let deployed = Arc::new(Deployed::new(Arc::clone(&planner), tenants, keys));
    let context = ServerContext { store, clock, metrics, dispatcher: handle, planner: Arc::clone(&planner) };
    let background = BackgroundSettings {
        deployed: Arc::clone(&deployed),
        runs: runs.clone(),
        periods: Periods::of(&settings.file.toml),
        incidents: IncidentPolicies::of(&settings.file.toml),
        health,
        alerting,
        domains: Domains::of(&settings.file).map_err(ServeError::Machine)?,
        otlp,
    };
    let background = background::start(context.clone(), background, acknowledge, stop.clone());
    let handler = CommandHandler::new(context, deployed, applied, stop.clone());
    let handling = tokio::spawn(handler.run(commands));
    stop.cancelled().await;
    service_manager::stopping();
    planner.stop().await;
    let ended = shut_down(dispatching, settings.file.toml.server.grace(), &halt).await;
    background.shut_down().await;
    handling.abort();
    // Commands that it was executing are of no use to anybody now.
    let _ = handling.await;
    ended
}

/// The dispatcher and its handle. It takes nothing more once the first of the two is cancelled, and cancels its runs with the
/// second.
async fn dispatcher(
    parts: &Parts,
    settings: &ServeSettings,
    done: UnixMillis,
    (stop, halt): (Cancellation, Cancellation),
) -> Result<(Dispatcher<SandboxedRuns>, DispatcherHandle), ServeError> {
    let (store, now) = (&parts.store, settings.clock.now());
    Ok(Dispatcher::new(DispatcherSettings {
        execute: parts.runs.clone(),
        threads: parts.runs.threads().clone(),
        store: store.clone(),
        location: parts.location,
        clock: settings.clock.clone(),
        metrics: Arc::clone(&parts.metrics),
        memory: memory(parts, settings),
        permits: settings.file.toml.limits.runs(),
        tenants: limits(parts, now).await?,
        suspensions: Suspensions::now(store, now).await?,
        // A disk whose free space cannot be read counts as one that has enough.
        has_disk_space: store.disk_space().await.map_or(true, |space| space.is_enough),
        settled_until: done,
        stop,
        halt,
    }))
}

/// The account of all runs, with one for each tenant.
fn memory(parts: &Parts, settings: &ServeSettings) -> RunnerMemory {
    let limit = settings.file.toml.limits.memory().unwrap_or_else(default_limit);
    let tenants = parts.runs.tenants();
    RunnerMemory::new(limit, tenants.iter().map(|tenant| (tenant.name().clone(), tenant.memory())))
}

/// What each tenant may have of the runner, and what it has used up of that today.
async fn limits(parts: &Parts, now: UnixMillis) -> Result<Vec<TenantLimits>, ServeError> {
    let tenants = parts.runs.tenants();
    let mut limits = Vec::new();
    for row in &parts.tenants {
        let Some(tenant) = tenants.get(&row.name) else { continue };
        let (used, confirming) = parts.store.runs_today(row.key, now).await?;
        let daily = |limit: Option<u64>, used| limit.map(|limit| DailyRuns { limit, used });
        limits.push(TenantLimits {
            tenant: row.key,
            name: row.name.clone(),
            permits: tenant.runs(),
            runs_per_day: daily(tenant.runs_per_day(), used),
            confirm_runs_per_day: daily(tenant.confirm_runs_per_day(), confirming),
        });
    }
    Ok(limits)
}

/// Waits for runs in flight: for the grace, and then for the little that cancelling and recording takes.
async fn shut_down(
    mut dispatching: JoinHandle<()>,
    grace: Duration,
    halt: &Cancellation,
) -> Result<(), ServeError> {
    let mut ended = timeout(grace, &mut dispatching).await;
    if ended.is_err() {
        tracing::warn!(?grace, "runs are still in flight after the grace: they are cancelled and recorded");
        halt.cancel(CancelCause::Shutdown);
        ended = timeout(RECORDING, &mut dispatching).await;
    }
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(ServeError::Machine(format!("the dispatcher ended with a panic: {error}"))),
        Err(_elapsed) => {
            dispatching.abort();
            let reason = "the store does not take the results of the last runs: the next start settles them";
            Err(ServeError::Unfinished(reason))
        }
    }
}
