//! The dispatcher's task: a loop over what arrives, what waits and what ends.
//!
//! The task waits for news only. It sends a run's start to the store without waiting for the commit, and the run stores
//! its own end. So whatever waits starts at the moment at which it may.
//!
//! The task ends after the planner: the planner's channel closes once the dispatcher has all that was handed out. Then
//! what waits is settled as missed, because no run starts any more, and the task waits for the runs in flight.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use wayfarer_model::admission::{Admission, Facts, GracePeriod, RunnerState, Stage, admit};
use wayfarer_model::context::Lane;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};
use wayfarer_store::{JourneyKey, SkippedSlot, TenantKey};

use super::backlog::Backlog;
use super::gate::Gate;
use super::identity::{Identities, ManualRuns};
use super::in_flight::InFlight;
use super::message::DispatcherMessage;
use super::one_run::RunContext;
use super::pending::PendingRun;
use super::progress::Progress;
use super::queue::Queue;
use super::quotas::{Account, Quotas};
use super::{DispatcherHandle, DispatcherSettings, Execute, Suspensions, TenantLimits, TriggerOutcome};
use crate::server::metrics::{Load, TenantLoad};
use crate::server::planner::{JourneyBatch, PlannedVersion};

/// How often it is looked whether what waits has room in memory by now.
const LOOK: Duration = Duration::from_millis(200);

/// The task's state, one type for each role.
pub(crate) struct Dispatcher<E> {
    pub(super) context: Arc<RunContext<E>>,
    inbox: UnboundedReceiver<DispatcherMessage>,
    tenants: Vec<TenantLimits>,
    pub(super) identities: Identities,
    pub(super) manual_runs: ManualRuns,
    pub(super) gate: Gate,
    pub(super) queue: Queue<TenantKey, JourneyKey, PendingRun>,
    in_flight: InFlight<E>,
    pub(super) progress: Progress,
    backlog: Backlog,
}

impl<E: Execute> Dispatcher<E> {
    /// Makes it, and the handle that sends to it.
    pub(crate) fn new(settings: DispatcherSettings<E>) -> (Self, DispatcherHandle) {
        let DispatcherSettings { execute, store, location, clock, metrics, memory, permits, tenants, .. } =
            settings;
        let (handle, inbox) = DispatcherHandle::new();
        let (mut queue, mut quotas) = (Queue::new(permits), Quotas::new());
        for limits in &tenants {
            queue.set_cap(limits.tenant, limits.permits);
            let accounts = [
                (Account::Quota, limits.runs_per_day),
                (Account::Confirmations, limits.confirm_runs_per_day),
            ];
            for (account, runs) in accounts {
                if let Some(runs) = runs {
                    quotas.limit(limits.tenant, account, clock.now(), runs);
                }
            }
        }
        let identities = Identities::new(location, store.incarnation());
        let progress = Progress::new(store.clone(), location, settings.settled_until);
        let dispatcher = handle.clone();
        let context = Arc::new(RunContext { execute, store, clock, metrics, memory, dispatcher });
        let dispatcher = Self {
            inbox,
            tenants,
            identities,
            manual_runs: ManualRuns::new(identities),
            gate: Gate::new(settings.suspensions, settings.has_disk_space, quotas),
            queue,
            in_flight: InFlight::new(Arc::clone(&context), settings.threads, settings.halt),
            progress,
            backlog: Backlog::start(&context, identities, settings.stop),
            context,
        };
        (dispatcher, handle)
    }

    /// Until the planner has ended, and all runs in flight.
    pub(crate) async fn run(mut self, mut batches: Receiver<JourneyBatch>) {
        loop {
            let pause = self.pause();
            tokio::select! {
                batch = batches.recv() => match batch {
                    Some(batch) => self.take_over(batch, RunnerState::Running),
                    None => break,
                },
                Some(message) = self.inbox.recv() => self.handle(message),
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            while let Ok(message) = self.inbox.try_recv() {
                self.handle(message);
            }
            self.dispatch_ready();
        }
        self.shut_down().await;
    }

    /// Takes over what the planner hands out. `runner` says whether a runner was there when the passed slots were due.
    pub(crate) fn take_over(&mut self, batch: JourneyBatch, runner: RunnerState) {
        for passed in batch.passed {
            let (number, first) = self.backlog.add(passed, runner);
            self.progress.watermark.range(number, Some(first));
        }
        for due in batch.due {
            self.enqueue_slot(due);
        }
        self.progress.watermark.planned(batch.through);
    }

    fn handle(&mut self, message: DispatcherMessage) {
        match message {
            DispatcherMessage::Trigger(version, answer) => {
                // The person may have left; the run is made all the same.
                let _ = answer.send(self.trigger(version));
            }
            DispatcherMessage::Confirm(version, at) => self.confirm(version, at),
            DispatcherMessage::Suspensions(suspensions) => self.suspend(suspensions),
            DispatcherMessage::DiskSpace(has_disk_space) => self.gate.set_disk_space(has_disk_space),
            DispatcherMessage::Rewind(to, answer) => drop(answer.send(self.rewind(to))),
            DispatcherMessage::RunEnded(version) => self.free_permit(&version),
            DispatcherMessage::RangeSettled(number, next) => self.progress.watermark.range(number, next),
            DispatcherMessage::Load(answer) => drop(answer.send(self.load())),
        }
    }

    /// Does what the gate says.
    pub(super) fn follow(&mut self, admission: Admission, run: PendingRun) {
        match admission {
            Admission::Run => {
                self.gate.charge(run.version.owner.tenant, run.identity.lane, run.identity.slot);
                let fire = run.fire;
                self.in_flight.start(run);
                if let Some(fire) = fire {
                    self.progress.watermark.done(fire);
                }
            }
            Admission::Wait(wait_for) => self.queue.enqueue(run.entry(), wait_for),
            Admission::Settle { verdict, reason } => self.settle(run, verdict, reason),
            // Neither has a row: nobody waits for the run.
            Admission::LeaveOut | Admission::Refuse(_) => {}
        }
    }

    /// Takes over what is suspended, and cancels the runs in flight of tenants that are stopped.
    fn suspend(&mut self, suspensions: Suspensions) {
        self.gate.set_suspensions(suspensions);
        self.in_flight.cancel(|tenant| self.gate.is_stopped(tenant));
    }

    /// Settles what can no longer start in time, and starts what may.
    fn dispatch_ready(&mut self) {
        let now = self.context.clock.now();
        while let Some((run, wait_for)) = self.queue.most_urgent() {
            let admission = self.ask_again(run, Stage::Waiting(wait_for), now);
            if matches!(admission, Admission::Wait(_)) {
                break;
            }
            let Some(run) = self.queue.remove_most_urgent() else { break };
            self.follow(admission, run);
        }
        let memory = self.context.memory.clone();
        let has_room = |run: &PendingRun| memory.has_room(&run.version.owner.name, run.version.journey);
        while let Some(entry) = self.queue.take_where(has_room) {
            let run = entry.what;
            let admission = self.ask_again(&run, Stage::Start, now);
            if admission != Admission::Run {
                self.free_permit(&run.version);
            }
            self.follow(admission, run);
        }
        self.in_flight.forget_ended();
        self.progress.report_if_due();
    }

    /// Asks the gate about a run that it has let wait.
    fn ask_again(&self, run: &PendingRun, stage: Stage, now: UnixMillis) -> Admission {
        let facts = Facts {
            grace: run.deadline.map(|deadline| GracePeriod { deadline, now }),
            memory: self.context.memory.room(&run.version.owner.name, run.version.journey),
            ..self.gate.facts(&run.version, run.identity.lane, run.identity.slot)
        };
        admit(&facts, stage)
    }

    fn free_permit(&mut self, version: &PlannedVersion) {
        self.queue.run_ended(version.owner.tenant, version.journey, version.group.as_ref());
    }

    /// Ends a slot, a manual run or a confirmation run that did not start.
    fn settle(&mut self, run: PendingRun, verdict: Verdict, reason: Reason) {
        let PendingRun { version, identity, fire, answer, .. } = run;
        self.context.store.settle(SkippedSlot { identity, at: self.context.clock.now(), verdict, reason });
        self.context.metrics.settled(&version.owner.name, identity.lane, verdict);
        if identity.lane == Lane::Scheduled && Reason::BLINDING.contains(&reason) {
            self.context.metrics.blind(&version.owner.name, &version.name);
        }
        if let Some(fire) = fire {
            self.progress.watermark.done(fire);
        }
        if let Some(answer) = answer {
            // The person may have left.
            let _ = answer.send(TriggerOutcome { verdict, reason });
        }
    }

    /// Until something has to be done without news.
    fn pause(&self) -> Option<Duration> {
        let now = self.context.clock.now();
        let late = |deadline: UnixMillis| Duration::from_millis(deadline.0.saturating_sub(now.0) + 1);
        // A run may give memory back before it ends, and nobody says so.
        let look = self.queue.waits_for_permit().then_some(LOOK);
        self.queue.next_deadline().map(late).into_iter().chain(self.progress.pause()).chain(look).min()
    }

    fn load(&self) -> Load {
        let (concurrency_limit, in_flight) = self.queue.permits();
        let share = |limits: &TenantLimits| {
            let (queued, in_flight) = self.queue.of(limits.tenant);
            let is_stopped = self.gate.is_stopped(&limits.name);
            let memory = self.context.memory.figures_of(&limits.name);
            let stored = self.context.store.stored_bytes(&limits.name);
            TenantLoad { tenant: limits.name.clone(), queued, in_flight, is_stopped, memory, stored }
        };
        Load {
            queued: self.queue.waiting(),
            in_flight,
            concurrency_limit,
            memory: self.context.memory.figures(),
            planned_until: self.progress.watermark.value(),
            tenants: self.tenants.iter().map(share).collect(),
        }
    }

    async fn shut_down(mut self) {
        self.gate.shut_down();
        self.backlog.close();
        let now = self.context.clock.now();
        for (run, wait_for) in self.queue.drain() {
            let admission = self.ask_again(&run, Stage::Waiting(wait_for), now);
            self.follow(admission, run);
        }
        self.progress.report();
        loop {
            tokio::select! {
                is_one = self.in_flight.one_ended() => if !is_one { break },
                Some(message) = self.inbox.recv() => self.handle(message),
            }
        }
        self.backlog.ended().await;
        while let Ok(message) = self.inbox.try_recv() {
            self.handle(message);
        }
        self.progress.report();
    }
}
