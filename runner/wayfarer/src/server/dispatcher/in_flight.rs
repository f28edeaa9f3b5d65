//! Runs in flight: what starts them, what cancels them, and what waits for their end.
//!
//! A run is a task on the threads of guests, and this side of it is not. It has its permit when it comes here; the queue's [`Turns`](crate::server::turns) count permits. Two switches cancel runs:
//! the kill switch of their tenant, and the end of the grace that a stopping runner gives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::GuestPool;
use wayfarer_store::Started;

use super::one_run::{RunContext, one_run};
use super::pending::PendingRun;
use super::{Execute, RunOrder};
use crate::shutdown::Cancellation;

/// All runs in flight.
pub(super) struct InFlight<E> {
    context: Arc<RunContext<E>>,
    runs: JoinSet<()>,
    threads: GuestPool,
    /// Children of `halt` by tenant. One that a kill switch cancelled is replaced, and later runs do not see it.
    kills: BTreeMap<TenantName, Cancellation>,
    /// Cancelled once the runner waits for runs no longer.
    halt: Cancellation,
}

impl<E: Execute> InFlight<E> {
    pub(super) fn new(context: Arc<RunContext<E>>, threads: GuestPool, halt: Cancellation) -> Self {
        Self { context, runs: JoinSet::new(), threads, kills: BTreeMap::new(), halt }
    }

    /// Starts a run. The store gets its start on the queue that its end takes later; nothing waits for the commit.
    pub(super) fn start(&mut self, run: PendingRun) {
        let PendingRun { version, identity, fire, answer, .. } = run;
        let (at, exactly) = (self.context.clock.now(), self.context.clock.exact());
        self.context.store.start(Started { identity, at });
        if let Some(fire) = fire {
            self.context.metrics.handed_over(exactly.saturating_sub(Duration::from_millis(fire.0)));
        }
        let kill = self.kills.entry(version.owner.name.clone()).or_insert_with(|| self.halt.child());
        let memory = self.context.memory.open(&version.owner.name, version.journey);
        let order = RunOrder { version, identity, cancellation: kill.clone(), memory };
        self.runs.spawn_on(one_run(Arc::clone(&self.context), order, at, answer), &self.threads.least_busy());
    }

    /// Cancels the runs of tenants that are stopped.
    pub(super) fn cancel(&mut self, is_stopped: impl Fn(&TenantName) -> bool) {
        for (_, kill) in self.kills.iter_mut().filter(|(tenant, _)| is_stopped(tenant)) {
            kill.cancel(CancelCause::KillSwitch);
            *kill = self.halt.child();
        }
    }

    /// Forgets the tasks that have ended.
    pub(super) fn forget_ended(&mut self) {
        while self.runs.try_join_next().is_some() {}
    }

    /// Waits until one of the tasks has ended; false where there is none.
    pub(super) async fn one_ended(&mut self) -> bool {
        self.runs.join_next().await.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use tokio::sync::Semaphore;
    use tokio::sync::mpsc::unbounded_channel;
    use wayfarer_model::ids::LocationName;
    use wayfarer_testkit::within;

    use super::*;
    use crate::server::RunnerMemory;
    use crate::server::dispatcher::DispatcherHandle;
    use crate::server::dispatcher::fixture::{Fixture, Held, NOON, clock, minute, rows};
    use crate::server::dispatcher::identity::Identities;
    use crate::server::dispatcher::message::DispatcherMessage;
    use crate::server::metrics::Metrics;

    #[tokio::test]
    async fn a_kill_switch_cancels_runs_in_flight_and_no_later_ones() {
        let fixture = Fixture::new().await;
        let (begun, mut begins) = unbounded_channel();
        let (dispatcher, mut inbox) = DispatcherHandle::new();
        let location: LocationName = "local".parse().unwrap();
        let context = RunContext {
            execute: Held { begun, ends: Arc::new(Semaphore::new(0)) },
            store: fixture.store.clone(),
            clock: clock(&Arc::new(AtomicU64::new(NOON))),
            metrics: Arc::new(Metrics::new(location)),
            memory: RunnerMemory::new(u64::MAX, []),
            dispatcher,
        };
        let halt = Cancellation::new();
        let mut in_flight = InFlight::new(Arc::new(context), GuestPool::here(), halt.clone());
        let identities = Identities::new(fixture.location, fixture.store.incarnation());
        let pending = |name: &str, minutes| {
            let version = fixture.version(name);
            let identity = identities.of_slot(&version, minute(minutes));
            PendingRun { version, identity, fire: Some(minute(minutes)), deadline: None, answer: None }
        };
        in_flight.start(pending("one", 1));
        assert_eq!(within("a start", begins.recv()).await.as_deref(), Some("one"));
        in_flight.cancel(|tenant| tenant.as_str() == "other");
        in_flight.cancel(|tenant| tenant.as_str() == "acme");
        assert!(within("the end of the cancelled run", in_flight.one_ended()).await);
        in_flight.start(pending("two", 2));
        assert_eq!(within("a start", begins.recv()).await.as_deref(), Some("two"));
        halt.cancel(CancelCause::Shutdown);
        assert!(within("the end of the halted run", in_flight.one_ended()).await);
        assert!(!in_flight.one_ended().await, "nothing is in flight");
        for name in ["one", "two"] {
            let message = within("the end of a run", inbox.recv()).await;
            let Some(DispatcherMessage::RunEnded(version)) = message else { panic!("{name}") };
            assert_eq!(version.name.as_str(), name, "its permit is free");
        }
        let expected = ["1 one cancelled kill-switch", "2 two inconclusive runner-stopped"];
        assert_eq!(rows(&fixture.store).await, expected);
    }
}
