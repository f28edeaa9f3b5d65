//! The dispatcher's end of the backlog.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use wayfarer_model::admission::RunnerState;
use wayfarer_model::units::UnixMillis;

use super::writer::{BacklogWriter, MissedRange};
use crate::server::dispatcher::DispatcherHandle;
use crate::server::dispatcher::identity::Identities;
use crate::server::dispatcher::one_run::RunContext;
use crate::server::planner::{Passed, PlannedVersion};
use crate::shutdown::Cancellation;

/// Takes missed ranges, and numbers them for the watermark.
pub(in crate::server::dispatcher) struct Backlog {
    ranges: Option<UnboundedSender<MissedRange>>,
    number: u64,
    /// One task. Dropping the set aborts it.
    writer: JoinSet<()>,
}

impl Backlog {
    /// Starts the writer. It ends once `stop` is set, and leaves the rest to the next start.
    pub(in crate::server::dispatcher) fn start<E: Send + Sync + 'static>(
        context: &RunContext<E>,
        identities: Identities,
        stop: Cancellation,
    ) -> Self {
        let (ranges, missed) = unbounded_channel();
        let writer = BacklogWriter {
            store: context.store.clone(),
            identities,
            clock: context.clock.clone(),
            metrics: Arc::clone(&context.metrics),
            ranges: missed,
            dispatcher: DispatcherHandle::clone(&context.dispatcher),
            stop,
        };
        let mut task = JoinSet::new();
        task.spawn(writer.run());
        Self { ranges: Some(ranges), number: 0, writer: task }
    }

    /// Takes a range. The answer is its number, and the due instant of its first slot.
    ///
    /// A writer that has ended leaves the range to the next start: the watermark stays below it.
    pub(in crate::server::dispatcher) fn add(
        &mut self,
        passed: Passed<Arc<PlannedVersion>>,
        runner: RunnerState,
    ) -> (u64, UnixMillis) {
        self.number += 1;
        let (number, first) = (self.number, passed.first_fire());
        if let Some(ranges) = &self.ranges {
            let _ = ranges.send(MissedRange { number, passed, runner });
        }
        (number, first)
    }

    /// Takes no more ranges, so that the writer ends with those that it has.
    pub(in crate::server::dispatcher) fn close(&mut self) {
        self.ranges = None;
    }

    /// Waits for the writer's end.
    pub(in crate::server::dispatcher) async fn ended(&mut self) {
        while self.writer.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use tokio::sync::Semaphore;
    use wayfarer_model::schedule::{Schedule, Timezone};
    use wayfarer_testkit::within;

    use super::*;
    use crate::server::RunnerMemory;
    use crate::server::dispatcher::fixture::{Fixture, Held, NOON, clock, minute, rows};
    use crate::server::dispatcher::message::DispatcherMessage;
    use crate::server::metrics::Metrics;

    #[tokio::test]
    async fn each_range_has_a_number_its_rows_and_a_word_of_its_end() {
        let fixture = Fixture::new().await;
        let (dispatcher, mut inbox) = DispatcherHandle::new();
        let context = RunContext {
            execute: Held { begun: unbounded_channel().0, ends: Arc::new(Semaphore::new(0)) },
            store: fixture.store.clone(),
            clock: clock(&Arc::new(AtomicU64::new(NOON))),
            metrics: Arc::new(Metrics::new("local".parse().unwrap())),
            memory: RunnerMemory::new(u64::MAX, []),
            dispatcher,
        };
        let identities = Identities::new(fixture.location, fixture.store.incarnation());
        let stopped = Cancellation::new();
        let mut backlog = Backlog::start(&context, identities, stopped);
        let schedule = Arc::new(Schedule::new("every 1m".parse().unwrap(), Timezone::UTC));
        let passed = |name: &str, from, until| Passed {
            version: fixture.version(name),
            schedule: Arc::clone(&schedule),
            from: minute(from),
            until: minute(until),
        };
        assert_eq!(backlog.add(passed("one", 1, 3), RunnerState::WasDown), (1, minute(1)));
        assert_eq!(backlog.add(passed("two", 5, 6), RunnerState::Running), (2, minute(5)));
        backlog.close();
        within("the writer's end", backlog.ended()).await;
        let expected =
            ["1 one missed runner-down", "2 one missed runner-down", "5 two missed grace-exceeded"];
        assert_eq!(rows(&fixture.store).await, expected);
        for number in [1, 2] {
            let message = inbox.try_recv();
            let Ok(DispatcherMessage::RangeSettled(settled, None)) = message else { panic!("{message:?}") };
            assert_eq!(settled, number);
        }
    }
}
