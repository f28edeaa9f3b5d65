//! What arrives at the dispatcher: slots that are due, manual runs and confirmation runs.
//!
//! Each gets its identity and its facts, and the gate's answer is followed. Slots hold the watermark back from here on.

use std::sync::Arc;

use tokio::sync::oneshot;
use wayfarer_model::admission::{Admission, Facts, Stage, admit};
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::Identity;

use super::pending::PendingRun;
use super::{Dispatcher, Execute, TriggerError, Triggered};
use crate::server::planner::{Due, PlannedVersion};

impl<E: Execute> Dispatcher<E> {
    pub(super) fn enqueue_slot(&mut self, due: Due<Arc<PlannedVersion>>) {
        let Due { version, slot, fire } = due;
        let window = self.gate.window(&version, fire);
        let facts = Facts {
            maintenance: window.map(|(_, mode)| mode),
            ..self.arrival_facts(&version, Lane::Scheduled, slot)
        };
        let identity =
            Identity { maintenance: window.map(|(key, _)| key), ..self.identities.of_slot(&version, slot) };
        let deadline = Some(version.deadline(fire));
        self.progress.watermark.waits(fire);
        let run = PendingRun { version, identity, fire: Some(fire), deadline, answer: None };
        self.follow(admit(&facts, Stage::Arrival), run);
    }

    pub(super) fn trigger(&mut self, version: Arc<PlannedVersion>) -> Result<Triggered, TriggerError> {
        let now = self.context.clock.now();
        let facts = Facts {
            manual_runs_waiting: self.queue.manual_waiting(version.owner.tenant),
            ..self.arrival_facts(&version, Lane::Manual, now)
        };
        let admission = admit(&facts, Stage::Arrival);
        if let Admission::Refuse(refusal) = admission {
            return Err(TriggerError::refused(refusal, &version.owner.name));
        }
        let maintenance = self.gate.window(&version, now).map(|(key, _)| key);
        let identity = Identity { maintenance, ..self.manual_runs.next(&version, now) };
        let (answer, outcome) = oneshot::channel();
        let run = PendingRun { version, identity, fire: None, deadline: None, answer: Some(answer) };
        self.follow(admission, run);
        Ok(Triggered { run: identity.run, slot: identity.slot, outcome })
    }

    pub(super) fn confirm(&mut self, version: Arc<PlannedVersion>, at: UnixMillis) {
        let facts = Facts {
            maintenance: self.gate.window(&version, at).map(|(_, mode)| mode),
            ..self.arrival_facts(&version, Lane::Confirm, at)
        };
        let identity = self.identities.of_confirmation(&version, at);
        let deadline = Some(version.deadline(at));
        let run = PendingRun { version, identity, fire: None, deadline, answer: None };
        self.follow(admit(&facts, Stage::Arrival), run);
    }

    /// What is known of an arrival but for its maintenance window.
    fn arrival_facts(&self, version: &PlannedVersion, lane: Lane, slot: UnixMillis) -> Facts {
        let group = version.group.as_ref();
        Facts {
            contention: self.queue.contention(version.owner.tenant, version.journey, group, version.overlap),
            ..self.gate.facts(version, lane, slot)
        }
    }
}
