//! What the dispatcher hands to whoever makes a run ([`Execute`]), and what comes back.

use std::sync::Arc;

use wayfarer_model::context::AttemptContext;
use wayfarer_model::failure::Failure;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::report::{AttemptReport, Disclosure, Recording};
use wayfarer_model::retry::outcome;
use wayfarer_model::units::{Bytes, Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_sandbox::MemoryAccount;
use wayfarer_store::Identity;

use crate::server::planner::PlannedVersion;
use crate::shutdown::Cancellation;

/// One run to be made.
#[derive(Debug, Clone)]
pub(crate) struct RunOrder {
    pub(crate) version: Arc<PlannedVersion>,
    pub(crate) identity: Identity,
    /// Cancelled by a kill switch, or at the end of the grace that a stopping runner gives.
    pub(crate) cancellation: Cancellation,
    /// What its attempts hold is charged to it.
    pub(crate) memory: MemoryAccount,
}

/// A run that was made.
#[derive(Debug, Clone)]
pub(crate) struct RunReport {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    /// Every attempt, the first one first; empty where the runner itself failed.
    pub(crate) attempts: Vec<Arc<AttemptReport>>,
}

impl RunReport {
    /// A run whose first attempt could not start. Its one attempt has `message` as its failure.
    pub(crate) fn unmade(
        context: AttemptContext,
        at: UnixMillis,
        (verdict, reason): (Verdict, Reason),
        message: String,
    ) -> Self {
        let report = AttemptReport {
            context,
            component: ComponentDigest([0; 32]),
            fingerprint: "none".to_owned(),
            started_at: at,
            duration_us: Micros(0),
            cpu_us: Micros(0),
            stall_us: Micros(0),
            memory_peak: Bytes(0),
            verdict,
            reason,
            failure: Some(Failure { message, ..Failure::default() }),
            recording: Recording::default(),
            disclosure: Disclosure::default(),
        };
        Self { verdict, reason, attempts: vec![Arc::new(report)] }
    }

    pub(crate) fn without_attempts(verdict: Verdict, reason: Reason) -> Self {
        Self { verdict, reason, attempts: Vec::new() }
    }

    /// What attempts amount to. Their verdicts are the judge's and stay as they are.
    pub(crate) fn of(attempts: Vec<Arc<AttemptReport>>) -> Self {
        let verdicts: Vec<Verdict> = attempts.iter().map(|attempt| attempt.verdict).collect();
        match (outcome(&verdicts), attempts.last().map(|last| last.reason)) {
            (Some(outcome), Some(reason)) => Self { verdict: outcome.verdict, reason, attempts },
            _ => Self::without_attempts(Verdict::Inconclusive, Reason::Runner),
        }
    }
}

/// Makes runs: the sandbox in the server, and whatever a test needs in tests.
pub(crate) trait Execute: Send + Sync + 'static {
    /// Makes every attempt of one run. A failure is in the report.
    fn execute(&self, order: RunOrder) -> impl Future<Output = RunReport> + Send;
}
