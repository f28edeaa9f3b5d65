//! A run as projections see it: of a run that has just been completed, or of one that a rebuild reads from its rows.

use std::sync::Arc;

use wayfarer_model::context::Lane;
use wayfarer_model::report::{AnnotationRecord, AttemptReport, Recording, ReducedTraffic, StepOutcome};
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;

use crate::keys::{JourneyKey, LocationKey};

/// A step of a run: its name, how it ended and how long it took.
pub(crate) type StepTaken = (Arc<str>, StepOutcome, Micros);

/// An annotation of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    /// The attempt's number, from 1.
    pub(crate) attempt: u32,
    /// The position among the attempt's annotations, from 0.
    pub(crate) number: u32,
    pub(crate) step: Option<u32>,
    pub(crate) at_us: Micros,
    pub(crate) name: Arc<str>,
    pub(crate) value: Arc<str>,
}

impl Annotation {
    /// The annotations of one attempt.
    pub(crate) fn of(attempt: u32, annotations: &[AnnotationRecord]) -> impl Iterator<Item = Self> {
        (0..).zip(annotations).map(move |(number, annotation)| Self {
            attempt,
            number,
            step: annotation.step,
            at_us: annotation.at_us,
            name: annotation.name.as_str().into(),
            value: annotation.value.as_str().into(),
        })
    }

    /// Bytes of its row that count against the tenant's limit: those of the columns that the catalogue names.
    pub(crate) fn bytes(&self) -> u64 {
        (self.name.len() + self.value.len()) as u64
    }
}

/// Whether a run is part of the rates of its periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As far as its verdict is one that rates count.
    Counted,
    /// It ran within a maintenance window that mutes.
    Muted,
    /// A person has taken it out.
    Voided,
}

/// What projections derive from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompletedRun<'a> {
    /// The run's row.
    pub(crate) number: i64,
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
    /// The annotations of every attempt, not of the last one alone.
    pub(crate) annotations: &'a [Annotation],
    pub(crate) usage: Usage,
    /// What its recordings take that are not counted yet.
    pub(crate) stored_bytes: u64,
    /// Whether rates count it, as far as people have a say.
    pub(crate) standing: Standing,
    /// Whether the runs of its period are all there. A rebuild leaves other periods as they are.
    pub(crate) is_period_whole: bool,
}

impl CompletedRun<'_> {
    /// The beginning of the period of this length in which its slot lies.
    pub(super) fn period(&self, length_ms: u64) -> u64 {
        self.slot.0 / length_ms * length_ms
    }

    /// What it used. Confirmation runs have an account of their own.
    pub(crate) fn usage_by_lane(&self) -> Usage {
        let confirm_runs = if self.lane == Lane::Confirm { self.usage.runs } else { 0 };
        Usage { confirm_runs, ..self.usage }
    }

    /// Whether it is part of the figures of its periods.
    pub(super) fn is_in_figures(&self) -> bool {
        self.lane == Lane::Scheduled && self.is_period_whole
    }
}

/// What a run used, for the tenant's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) runs: u64,
    pub(crate) attempts: u64,
    pub(crate) cpu_us: u64,
    pub(crate) wall_us: u64,
    pub(crate) requests: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
    /// Of these runs, confirmation runs.
    pub(crate) confirm_runs: u64,
}

impl Usage {
    /// A run that never came to an attempt used nothing.
    pub(crate) fn of(attempts: &[Arc<AttemptReport>]) -> Self {
        let mut usage = Self::default();
        for attempt in attempts {
            usage.add_attempt(attempt.cpu_us, attempt.duration_us, &attempt.recording);
        }
        usage
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.attempts += other.attempts;
        self.cpu_us += other.cpu_us;
        self.wall_us += other.wall_us;
        self.requests += other.requests;
        self.sent_bytes += other.sent_bytes;
        self.received_bytes += other.received_bytes;
        self.confirm_runs += other.confirm_runs;
    }

    /// One more attempt of the one run that this is of.
    pub(crate) fn add_attempt(&mut self, cpu: Micros, wall: Micros, recording: &Recording) {
        self.runs = 1;
        self.attempts += 1;
        self.cpu_us += cpu.0;
        self.wall_us += wall.0;
        for record in &recording.traffic {
            self.requests += 1;
            self.sent_bytes += record.sent_bytes;
            self.received_bytes += record.received_bytes;
        }
        let ReducedTraffic { requests, sent_bytes, received_bytes } = recording.reduced.unwrap_or_default();
        self.requests += requests;
        self.sent_bytes += sent_bytes;
        self.received_bytes += received_bytes;
    }
}
