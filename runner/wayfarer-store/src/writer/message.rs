//! What is sent to the writer: one queue, so that the order of calls is the order of commits.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::SqliteConnection;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wayfarer_model::context::Lane;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::{AttemptReport, StepOutcome};
use wayfarer_model::traffic::TrafficRecord;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use crate::error::StoreError;
use crate::keys::{JourneyKey, LocationKey};
use crate::pack::pack;
use crate::records::{Finished, Identity, Settled, Started, Unrun};

/// Work on the writer's connection that is a transaction of its own.
pub(crate) type Work = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

/// One thing to write, or to wait for.
pub(crate) enum Message {
    /// A run was handed out.
    Start(Started),
    /// A slot has ended, with or without a run.
    End(Box<Ending>),
    /// Everything that fires until then has been started or has ended.
    PlannedUntil(LocationKey, UnixMillis),
    /// Told once all before it is durable.
    Flush(oneshot::Sender<()>),
    /// A transaction of its own, after all before it.
    Work(Work, Then),
}

/// What the writer does with what it keeps in memory, after work that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// It may be stale.
    Forget,
    /// The work touched neither roll-ups nor what they are made of.
    Keep,
}

/// A terminal row and all that hangs on it.
pub(crate) struct Ending {
    pub(crate) identity: Identity,
    pub(crate) started_at: Option<UnixMillis>,
    pub(crate) finished_at: UnixMillis,
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    pub(crate) attempts: Vec<PackedAttempt>,
    /// The last attempt's steps.
    pub(crate) steps: Vec<StepTaken>,
    pub(crate) usage: Used,
    /// Whether a `started` row or message has to be there.
    pub(crate) was_started: bool,
    /// Whether a person waits.
    pub(crate) is_urgent: bool,
    pub(crate) answer: Option<oneshot::Sender<Settled>>,
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// One attempt, ready to be written.
pub(crate) struct PackedAttempt {
    pub(crate) number: u32,
    pub(crate) started_at: UnixMillis,
    pub(crate) duration: Micros,
    pub(crate) cpu: Micros,
    pub(crate) memory: u64,
    pub(crate) fingerprint: Arc<str>,
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    pub(crate) detail: Arc<str>,
    pub(crate) artifacts: Vec<Arc<[u8]>>,
}

/// A step of a run: its name, how it ended and how long it took.
pub(crate) type StepTaken = (Arc<str>, StepOutcome, Micros);

/// What of a run goes into the roll-ups: of one that has just ended, or of one that is read back from its row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted<'a> {
    pub(crate) journey: JourneyKey,
    pub(crate) location: LocationKey,
    pub(crate) slot: UnixMillis,
    pub(crate) lane: Lane,
    pub(crate) verdict: Verdict,
    pub(crate) first_verdict: Option<Verdict>,
    /// The last attempt's.
    pub(crate) duration: Option<Micros>,
    /// The last attempt's.
    pub(crate) steps: &'a [StepTaken],
    pub(crate) usage: Used,
    /// Whether it was run within a maintenance window.
    pub(crate) is_muted: bool,
}

/// What a run used, for the tenant's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Used {
    pub(crate) runs: u64,
    pub(crate) attempts: u64,
    pub(crate) cpu_us: u64,
    pub(crate) wall_us: u64,
    pub(crate) requests: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
}

impl Used {
    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.attempts += other.attempts;
        self.cpu_us += other.cpu_us;
        self.wall_us += other.wall_us;
        self.requests += other.requests;
        self.sent_bytes += other.sent_bytes;
        self.received_bytes += other.received_bytes;
    }

    /// A run that never came to an attempt used nothing.
    fn of(attempts: &[Arc<AttemptReport>]) -> Self {
        let mut used = Self::default();
        for attempt in attempts {
            used.add_attempt(attempt.cpu_us, attempt.duration_us, &attempt.recording.traffic);
        }
        used
    }

    /// One more attempt of the one run that this is of.
    pub(crate) fn add_attempt(&mut self, cpu: Micros, wall: Micros, traffic: &[TrafficRecord]) {
        self.runs = 1;
        self.attempts += 1;
        self.cpu_us += cpu.0;
        self.wall_us += wall.0;
        for record in traffic {
            self.requests += 1;
            self.sent_bytes += record.sent_bytes;
            self.received_bytes += record.received_bytes;
        }
    }
}

impl Ending {
    /// Packs a run on the caller's own thread, so that the writer has nothing but writing to do.
    pub(crate) fn of_run(run: &Finished) -> Self {
        let last = run.attempts.last();
        let steps = last.map_or(&[][..], |attempt| &attempt.recording.steps);
        Self {
            identity: run.identity,
            started_at: Some(run.started_at),
            finished_at: run.finished_at,
            verdict: run.verdict,
            reason: run.reason,
            attempts: run.attempts.iter().map(|attempt| PackedAttempt::of(attempt)).collect(),
            steps: steps
                .iter()
                .map(|step| (step.name.as_str().into(), step.outcome, step.duration_us))
                .collect(),
            usage: Used::of(&run.attempts),
            was_started: true,
            is_urgent: run.identity.lane == Lane::Manual,
            answer: None,
            room: None,
        }
    }

    /// A slot without a run.
    pub(crate) fn of_slot(slot: &Unrun) -> Self {
        Self::without_attempts(slot.identity, None, slot.at, slot.verdict, slot.reason)
    }

    /// A run of which nothing is known but that it was started: the runner was lost with it.
    pub(crate) fn of_lost(identity: Identity, started_at: UnixMillis, now: UnixMillis) -> Self {
        let lost = (Verdict::Inconclusive, Reason::RunnerLost);
        Self { was_started: true, ..Self::without_attempts(identity, Some(started_at), now, lost.0, lost.1) }
    }

    fn without_attempts(
        identity: Identity,
        started_at: Option<UnixMillis>,
        finished_at: UnixMillis,
        verdict: Verdict,
        reason: Reason,
    ) -> Self {
        Self {
            identity,
            started_at,
            finished_at,
            verdict,
            reason,
            attempts: Vec::new(),
            steps: Vec::new(),
            usage: Used::default(),
            was_started: false,
            is_urgent: false,
            answer: None,
            room: None,
        }
    }

    pub(crate) fn first_verdict(&self) -> Option<Verdict> {
        self.attempts.first().map(|attempt| attempt.verdict)
    }

    /// The last attempt's.
    pub(crate) fn duration(&self) -> Option<Micros> {
        self.attempts.last().map(|attempt| attempt.duration)
    }

    /// What goes into the roll-ups.
    pub(crate) fn counted(&self) -> Counted<'_> {
        Counted {
            journey: self.identity.journey,
            location: self.identity.location,
            slot: self.identity.slot,
            lane: self.identity.lane,
            verdict: self.verdict,
            first_verdict: self.first_verdict(),
            duration: self.duration(),
            steps: &self.steps,
            usage: self.usage,
            is_muted: self.identity.maintenance.is_some() && !self.verdict.is_unrun(),
        }
    }

    pub(crate) fn run(&self) -> RunId {
        self.identity.run
    }
}

impl PackedAttempt {
    fn of(report: &AttemptReport) -> Self {
        Self {
            number: report.context.number,
            started_at: report.started_at,
            duration: report.duration_us,
            cpu: report.cpu_us,
            memory: report.memory_peak.0,
            fingerprint: report.fingerprint.as_str().into(),
            verdict: report.verdict,
            reason: report.reason,
            detail: pack(report).into(),
            artifacts: report
                .recording
                .artifacts
                .iter()
                .map(|artifact| artifact.content.as_slice().into())
                .collect(),
        }
    }
}

impl std::fmt::Debug for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ending").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// What a piece of [`Work`] answers.
pub(crate) type Answer<T> = oneshot::Receiver<Result<T, StoreError>>;
