//! A run or a slot that is over, as the writer gets it: packed on the caller's thread, so that the writer only writes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wayfarer_model::context::Lane;
use wayfarer_model::fingerprint::FailureOrigin;
use wayfarer_model::ids::RunId;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::{Reason, Verdict};

use super::projections::{Annotation, CompletedRun, Standing, StepTaken, Usage};
use crate::blobs::AttemptContents;
use crate::pack::pack;
use crate::records::{Finished, Identity, Settled, SkippedSlot};
use crate::storage_quota::Reservation;

/// A terminal row and everything that belongs to it.
pub(crate) struct RunCompletion {
    pub(crate) identity: Identity,
    pub(crate) started_at: Option<UnixMillis>,
    pub(crate) finished_at: UnixMillis,
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    pub(crate) attempts: Vec<PackedAttempt>,
    /// The last attempt's steps.
    pub(crate) steps: Vec<StepTaken>,
    /// The annotations of every attempt, not of the last one alone.
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) usage: Usage,
    /// Whether the writer must know of its start; without one it refuses the completion.
    pub(crate) was_started: bool,
    /// Whether a person waits for it: the writer then commits at once.
    pub(crate) is_urgent: bool,
    pub(crate) answer: Option<oneshot::Sender<Settled>>,
    /// The bytes of its recordings, in its tenant's account.
    pub(crate) reservation: Option<Reservation>,
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// One attempt, ready to be written.
pub(crate) struct PackedAttempt {
    pub(crate) number: u32,
    pub(crate) started_at: UnixMillis,
    pub(crate) duration: Micros,
    pub(crate) cpu: Micros,
    pub(crate) stall: Micros,
    pub(crate) memory: u64,
    pub(crate) fingerprint: Arc<str>,
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    pub(crate) detail: Arc<str>,
    /// Of artifacts and bodies. They count by themselves.
    pub(crate) contents: AttemptContents,
}

impl RunCompletion {
    /// Packs a run. `contents` and `origins` are those of its attempts, in their order; contents that are missing go.
    pub(crate) fn of_run(
        run: &Finished,
        contents: Vec<AttemptContents>,
        origins: &[Option<FailureOrigin>],
    ) -> Self {
        let last = run.attempts.last();
        let steps = last.map_or(&[][..], |attempt| &attempt.recording.steps);
        let annotations = run.attempts.iter().flat_map(|attempt| {
            // As in the number of the attempt's row.
            Annotation::of(attempt.context.number.min(255), &attempt.recording.annotations)
        });
        Self {
            identity: run.identity,
            started_at: Some(run.started_at),
            finished_at: run.finished_at,
            verdict: run.verdict,
            reason: run.reason,
            attempts: run
                .attempts
                .iter()
                .zip(contents.into_iter().chain(std::iter::repeat_with(AttemptContents::default)))
                .zip(origins)
                .map(|((attempt, contents), origin)| PackedAttempt::of(attempt, contents, origin.as_ref()))
                .collect(),
            steps: steps
                .iter()
                .map(|step| (step.name.as_str().into(), step.outcome, step.duration_us))
                .collect(),
            annotations: annotations.collect(),
            usage: Usage::of(&run.attempts),
            was_started: true,
            is_urgent: run.identity.lane == Lane::Manual,
            answer: None,
            reservation: None,
            permit: None,
        }
    }

    /// The files that its contents have.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.attempts.iter().flat_map(|attempt| attempt.contents.files())
    }

    /// A slot without a run.
    pub(crate) fn of_slot(slot: &SkippedSlot) -> Self {
        Self::without_attempts(slot.identity, None, slot.at, slot.verdict, slot.reason)
    }

    /// A run that was in flight when an earlier process ended. Nothing but its start is known.
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
            annotations: Vec::new(),
            usage: Usage::default(),
            was_started: false,
            is_urgent: false,
            answer: None,
            reservation: None,
            permit: None,
        }
    }

    /// What its recordings take in the database, without the contents of artifacts and bodies.
    pub(crate) fn stored_bytes(&self) -> u64 {
        let attempts: u64 = self.attempts.iter().map(PackedAttempt::bytes).sum();
        attempts + self.annotations.iter().map(Annotation::bytes).sum::<u64>()
    }

    /// What those contents take at most.
    pub(crate) fn bytes_of_contents(&self) -> u64 {
        self.attempts.iter().map(|attempt| attempt.contents.stored()).sum()
    }

    /// Whether some of them are to have files.
    pub(crate) fn has_large_contents(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.contents.has_large())
    }

    pub(crate) fn first_verdict(&self) -> Option<Verdict> {
        self.attempts.first().map(|attempt| attempt.verdict)
    }

    /// The last attempt's.
    pub(crate) fn duration(&self) -> Option<Micros> {
        self.attempts.last().map(|attempt| attempt.duration)
    }

    /// As projections see it; `number` is its row's.
    pub(crate) fn completed(&self, number: i64) -> CompletedRun<'_> {
        CompletedRun {
            number,
            journey: self.identity.journey,
            location: self.identity.location,
            slot: self.identity.slot,
            lane: self.identity.lane,
            verdict: self.verdict,
            first_verdict: self.first_verdict(),
            duration: self.duration(),
            steps: &self.steps,
            annotations: &self.annotations,
            usage: self.usage,
            stored_bytes: self.stored_bytes(),
            standing: match self.identity.maintenance {
                Some(_) if !self.verdict.is_unrun() => Standing::Muted,
                _ => Standing::Counted,
            },
            is_period_whole: true,
        }
    }

    pub(crate) fn run(&self) -> RunId {
        self.identity.run
    }
}

impl PackedAttempt {
    fn bytes(&self) -> u64 {
        self.detail.len() as u64
    }

    fn of(report: &AttemptReport, contents: AttemptContents, origin: Option<&FailureOrigin>) -> Self {
        Self {
            number: report.context.number,
            started_at: report.started_at,
            duration: report.duration_us,
            cpu: report.cpu_us,
            stall: report.stall_us,
            memory: report.memory_peak.0,
            fingerprint: report.fingerprint.as_str().into(),
            verdict: report.verdict,
            reason: report.reason,
            detail: pack(report, origin).into(),
            contents,
        }
    }
}

impl std::fmt::Debug for RunCompletion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunCompletion").field("identity", &self.identity).finish_non_exhaustive()
    }
}
