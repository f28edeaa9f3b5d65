//! Attempts that recorded nothing.

use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::ids::{ComponentDigest, RunId};
use wayfarer_model::report::{AttemptReport, Disclosure, Recording, StepOutcome, StepRecord};
use wayfarer_model::units::{Bytes, Micros};
use wayfarer_model::verdict::{Reason, Verdict};

use crate::NOON;

/// The first attempt of `checkout` of the tenant `acme`, due at noon.
pub fn context() -> AttemptContext {
    AttemptContext {
        run_id: RunId::new(NOON, [7; 10]),
        tenant: "acme".parse().unwrap(),
        journey: "checkout".parse().unwrap(),
        slot: NOON,
        number: 1,
        location: "local".parse().unwrap(),
        lane: Lane::Scheduled,
    }
}

/// A reason that goes with a verdict.
pub fn reason_of(verdict: Verdict) -> Reason {
    match verdict {
        Verdict::Failed => Reason::Check,
        Verdict::Broken => Reason::NoStep,
        Verdict::Degraded => Reason::SoftCheck,
        Verdict::Cancelled => Reason::Cancelled,
        Verdict::Inconclusive => Reason::RunnerNetwork,
        _ => Reason::None,
    }
}

/// An attempt of that verdict, of [`context`].
pub fn report(verdict: Verdict) -> AttemptReport {
    AttemptReport {
        context: context(),
        component: ComponentDigest([0xab; 32]),
        fingerprint: "wasmtime-48".to_owned(),
        started_at: NOON,
        duration_us: Micros(1_310_000),
        cpu_us: Micros(2_000),
        stall_us: Micros(300),
        memory_peak: Bytes(1 << 20),
        verdict,
        reason: reason_of(verdict),
        failure: None,
        recording: Recording::default(),
        disclosure: Disclosure::default(),
    }
}

/// A step that passed at once.
pub fn step(name: &str) -> StepRecord {
    StepRecord {
        parent: None,
        name: name.to_owned(),
        started_us: Micros(0),
        duration_us: Micros(0),
        outcome: StepOutcome::Passed,
        failure: None,
    }
}
