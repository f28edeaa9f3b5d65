//! The wiring: where the sandbox is started and handed what it needs. Nothing else names its engine.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::sync::Notify;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{LocationName, NameError, TenantName};
use wayfarer_model::report::AttemptReport;
use wayfarer_sandbox::http_check::HttpCheck;
use wayfarer_sandbox::{
    AttemptSpec, Component, DescribeError, LoadError, Network, Progress, Sandbox, SandboxError,
    SandboxSettings, Watcher,
};

use crate::session::{Event, Order, Prepared, StepEvent, Stop, Walk};

/// The argument that makes this binary the compile child.
pub(crate) const COMPILE_CHILD: &str = "__compile";

/// The compile child's whole life.
pub(crate) fn compile_child() -> ExitCode {
    wayfarer_sandbox::compile_child()
}

/// Why there is no sandbox. The runner's own fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppError {
    /// It does not start.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// This binary does not know where it is.
    #[error("cannot find this program's own file, which compiles components: {0}")]
    Itself(std::io::Error),
    /// A name that stands in this source is none.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ComponentError {
    /// Not there.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Refused, or not compiled.
    #[error("{}: {source}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LoadError,
    },
    /// Its journeys are not known, or break a rule.
    #[error("{}: {source}", path.display())]
    Describe {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DescribeError,
    },
}

impl ComponentError {
    /// Whether the runner, not the component, is to blame.
    pub(crate) fn is_runners_fault(&self) -> bool {
        match self {
            Self::Unreadable { .. } => false,
            Self::Load { source, .. } => source.is_runners_fault(),
            Self::Describe { source, .. } => matches!(source, DescribeError::Runner(_)),
        }
    }
}

/// What stands behind a journey.
pub(crate) enum Route {
    /// A component's code.
    Guest(Component),
    /// The journey without code.
    HttpCheck(Box<HttpCheck>),
}

/// One journey with all that its attempts need.
pub(crate) struct Ready {
    /// What it is.
    pub(crate) journey: Arc<Descriptor>,
    /// What stands behind it.
    pub(crate) route: Arc<Route>,
    /// Parameters, secrets, limits.
    pub(crate) prepared: Prepared,
    /// What it may reach.
    pub(crate) network: Arc<Network>,
}

impl Ready {
    /// Makes one attempt. Whatever happens is in the report; once `stop` is set the attempt ends as `cancelled`.
    pub(crate) async fn attempt(
        &self,
        sandbox: &Sandbox,
        context: AttemptContext,
        watcher: Option<Watcher>,
        stop: &mut Stop,
    ) -> AttemptReport {
        let cancel = Arc::new(Notify::new());
        let spec = AttemptSpec {
            context,
            params: self.prepared.params.clone(),
            secrets: self.prepared.secrets.clone(),
            limits: self.prepared.limits.clone(),
            network: Arc::clone(&self.network),
            watcher,
            ledger: None,
            cancel: Some(Arc::clone(&cancel)),
        };
        let attempt = async {
            match &*self.route {
                Route::Guest(component) => sandbox.run(component, spec).await,
                Route::HttpCheck(check) => sandbox.run_http_check(check, spec).await,
            }
        };
        let mut attempt = std::pin::pin!(attempt);
        tokio::select! {
            biased;
            report = &mut attempt => report,
            () = stop.wait() => {
                cancel.notify_one();
                attempt.await
            }
        }
    }
}

/// Starts the sandbox, with room for that many attempts at a time; this very binary is its compiler.
pub(crate) fn sandbox(cache_dir: PathBuf, slots: u32) -> Result<Sandbox, AppError> {
    let compiler = std::env::current_exe().map_err(AppError::Itself)?;
    Ok(Sandbox::start(SandboxSettings { cache_dir, compiler, slots })?)
}

/// The sandbox of this process.
pub(crate) struct App {
    sandbox: Sandbox,
    tenant: TenantName,
    location: LocationName,
}

impl App {
    /// Starts it, with room for that many attempts at a time.
    pub(crate) fn start(cache_dir: PathBuf, slots: u32) -> Result<Self, AppError> {
        let sandbox = sandbox(cache_dir, slots)?;
        Ok(Self { sandbox, tenant: "local".parse()?, location: "local".parse()? })
    }

    /// Checks and compiles a component and asks it which journeys it holds. `path` is for errors.
    pub(crate) async fn open(
        &self,
        path: &Path,
        wasm: &[u8],
    ) -> Result<(Component, Vec<Descriptor>), ComponentError> {
        let path = || path.to_owned();
        let component =
            self.sandbox.load(wasm).await.map_err(|source| ComponentError::Load { path: path(), source })?;
        let journeys = self.sandbox.describe(&component).await;
        Ok((component, journeys.map_err(|source| ComponentError::Describe { path: path(), source })?))
    }
}

/// Walks journeys in the sandbox.
pub(crate) struct Walker {
    app: App,
    ready: Vec<Ready>,
}

impl Walker {
    /// Walks these; an order's place is a place among them.
    pub(crate) fn new(app: App, ready: Vec<Ready>) -> Self {
        Self { app, ready }
    }
}

/// Passes steps on as they begin and end.
fn watcher(order: &Order) -> Watcher {
    let (run, steps) = (order.run, order.steps.clone());
    Arc::new(move |progress| {
        let (name, outcome) = match progress {
            Progress::StepBegan { name, .. } => (name, None),
            Progress::StepEnded { name, outcome } => (name, Some(outcome)),
        };
        // A closed channel means that the session is over; there is nobody left to tell.
        drop(steps.send(Event::Step(StepEvent { run, name, outcome })));
    })
}

impl Walk for Walker {
    async fn walk(&self, mut order: Order) -> Option<AttemptReport> {
        let ready = self.ready.get(order.place)?;
        let context = AttemptContext {
            run_id: order.run,
            tenant: self.app.tenant.clone(),
            journey: ready.journey.name.clone(),
            slot: order.slot,
            number: order.number,
            location: self.app.location.clone(),
            lane: Lane::Manual,
        };
        let watcher = Some(watcher(&order));
        Some(ready.attempt(&self.app.sandbox, context, watcher, &mut order.stop).await)
    }
}
