//! One journey with everything that its attempts need, and one attempt of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wayfarer_model::context::AttemptContext;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::exchange::EvidenceBounds;
use wayfarer_model::limits::Limits;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::retry::RetryPolicy;
use wayfarer_sandbox::{AttemptSpec, MemoryAccount, Network, Sandbox, Secret, Watcher};

use super::JourneyCode;
use crate::shutdown::Cancellation;

/// A journey that [`resolve`](super::TenantSettings::resolve) made ready. What is still missing for an attempt is its
/// identity.
pub(crate) struct RunnableJourney {
    pub(crate) journey: Arc<Descriptor>,
    pub(crate) code: Arc<JourneyCode>,
    /// In the order of the descriptor.
    pub(crate) params: Vec<(String, String)>,
    /// Those that it uses.
    pub(crate) secrets: Vec<Secret>,
    /// What one attempt may use.
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    /// How much of heads and bodies is kept.
    pub(crate) evidence: EvidenceBounds,
    pub(crate) network: Arc<Network>,
    /// Whether a run of this version was good, as far as whoever made this value knows.
    pub(crate) was_good: AtomicBool,
}

impl RunnableJourney {
    /// Makes one attempt, charged to that account. Whatever happens is in the report. Once cancelled, the cause decides
    /// the verdict. A good one is remembered for the next. Evidence is kept of an attempt that does not pass, and of any if `is_sample`.
    pub(crate) async fn attempt(
        &self,
        sandbox: &Sandbox,
        context: AttemptContext,
        (watcher, is_sample): (Option<Watcher>, bool),
        (cancellation, memory): (Cancellation, MemoryAccount),
    ) -> AttemptReport {
        let spec = AttemptSpec {
            context,
            promised_steps: self.journey.steps.as_slice().into(),
            was_good: self.was_good.load(Ordering::Relaxed),
            params: self.params.clone(),
            secrets: self.secrets.clone(),
            limits: self.limits.clone(),
            memory,
            evidence: self.evidence,
            is_sample,
            network: Arc::clone(&self.network),
            watcher,
            ledger: None,
            cancelled: Some(Box::pin(async move { cancellation.cancelled().await })),
        };
        let report = match &*self.code {
            JourneyCode::Guest(component) => sandbox.run(component, spec).await,
            JourneyCode::HttpCheck(check) => sandbox.run_http_check(check, spec).await,
        };
        if report.verdict.is_good() {
            self.was_good.store(true, Ordering::Relaxed);
        }
        report
    }
}
