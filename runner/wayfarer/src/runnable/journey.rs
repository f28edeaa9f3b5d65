//! One journey with everything that its attempts need, and one attempt of it.

use std::sync::Arc;

use tokio::sync::Notify;
use wayfarer_model::context::AttemptContext;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::limits::Limits;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_sandbox::http_check::HttpCheck;
use wayfarer_sandbox::{AttemptSpec, Component, Network, Sandbox, Secret, Watcher};

use crate::shutdown::Stop;

/// Everything that an attempt needs beside its identity and the network.
#[derive(Clone)]
pub(crate) struct Prepared {
    /// In the order of the descriptor.
    pub(crate) params: Vec<(String, String)>,
    /// Those that it uses.
    pub(crate) secrets: Vec<Secret>,
    /// What it may use.
    pub(crate) limits: Limits,
    /// How often it may be tried.
    pub(crate) retry: RetryPolicy,
}

/// What stands behind a journey.
pub(crate) enum JourneyCode {
    /// A component's code.
    Guest(Component),
    /// The journey without code.
    HttpCheck(Box<HttpCheck>),
}

/// One journey with all that its attempts need.
pub(crate) struct RunnableJourney {
    /// What it is.
    pub(crate) journey: Arc<Descriptor>,
    /// What stands behind it.
    pub(crate) code: Arc<JourneyCode>,
    /// Parameters, secrets, limits.
    pub(crate) prepared: Prepared,
    /// What it may reach.
    pub(crate) network: Arc<Network>,
}

impl RunnableJourney {
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
            match &*self.code {
                JourneyCode::Guest(component) => sandbox.run(component, spec).await,
                JourneyCode::HttpCheck(check) => sandbox.run_http_check(check, spec).await,
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
