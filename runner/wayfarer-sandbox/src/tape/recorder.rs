//! The tape: the one way by which an attempt's host calls get time and randomness, and leave a record.
//!
//! Every capability holds a clone and appends to it while the guest runs. After a trap, a deadline or a cancelled future
//! the tape therefore holds everything up to that instant. Nothing else in the crate reads a clock or a source of
//! randomness, so that a tape can later record these answers and replay them. Today a tape is always live.
//!
//! Invariants: a record's step is the current one at the instant at which the record began; counts never exceed
//! the limits; the first limit that was exceeded stays on the tape and decides the verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::Notify;
use wayfarer_model::exchange::{EvidenceBounds, ExchangeRecord};
use wayfarer_model::failure::Failure;
use wayfarer_model::judge::{LimitKind, Refusal};
use wayfarer_model::limits::Limits;
use wayfarer_model::report::{ArtifactRecord, CheckRecord, LogRecord, MetricRecord, Recording, StepOutcome};
use wayfarer_model::text::clip;
use wayfarer_model::units::{Bytes, Micros};

use super::exchanges::HeldExchanges;
use super::handling::goes_on;
use crate::clock::AttemptClock;
use crate::memory::{HeldMemory, MemoryAccount, OutOfMemory, Whose};
use crate::metered::{Meter, Metered};
use crate::record_size::{RECORD, size_of_check};
use crate::stop::Stop;

/// What a watcher receives while an attempt runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A step began, inside `depth` others.
    StepBegan {
        /// As the guest wrote it.
        name: String,
        /// From 0.
        depth: usize,
    },
    /// A step ended.
    StepEnded {
        /// As the guest wrote it.
        name: String,
        /// Never [`StepOutcome::Open`].
        outcome: StepOutcome,
    },
}

/// Receives progress on the attempt's own thread: it must return quickly and never block.
pub type Watcher = Arc<dyn Fn(Progress) + Send + Sync>;

pub(super) struct State {
    pub(super) recording: Recording,
    /// The step that was opened or resumed last, or the innermost open one around it.
    pub(super) current: Option<u32>,
    /// For each step, whether it is open.
    pub(super) is_open: Vec<bool>,
    /// The records of requests with a number, by that number: the last hop of each.
    pub(super) numbered: Vec<Option<u32>>,
    pub(super) random: StdRng,
    pub(super) stop: Option<Stop>,
    pub(super) denied_by: Option<LimitKind>,
    pub(super) panic: Option<Failure>,
    /// The places of requests of whose errors the guest was told and after which it recorded nothing, in the order told.
    pub(super) unhandled: Vec<u32>,
    /// What was refused to the guest, after which it recorded nothing.
    pub(super) refusal: Option<Refusal>,
    pub(super) is_asleep: bool,
    /// By the place of the request.
    pub(super) retry_after: BTreeMap<u32, String>,
    pub(super) log_bytes: u64,
    pub(super) artifact_bytes: u64,
    pub(super) traffic: u64,
    pub(super) recorded: u64,
    pub(super) revealed: BTreeSet<String>,
}

pub(super) struct TapeInner {
    pub(super) clock: AttemptClock,
    pub(super) limits: Limits,
    pub(super) watcher: Option<Watcher>,
    pub(super) state: Mutex<State>,
    pub(super) bounds: EvidenceBounds,
    pub(super) exchanges: Mutex<HeldExchanges>,
    pub(super) meter: Meter,
    pub(super) memory: MemoryAccount,
    /// Told when something beside the guest used a budget up.
    pub(super) stopped: Notify,
    /// Whether the guest's call is over.
    pub(super) is_call_over: AtomicBool,
}

/// The tape of one attempt. Clones share it.
#[derive(Clone)]
pub struct Tape {
    pub(super) shared: Arc<TapeInner>,
}

impl Tape {
    /// An empty, live tape whose clock begins now, of an attempt whose memory nobody else counts.
    pub fn live(limits: Limits, seed: [u8; 32], watcher: Option<Watcher>) -> Self {
        Self::charged(limits, seed, watcher, (&MemoryAccount::unlimited(), EvidenceBounds::default()))
    }

    /// An empty, live tape whose clock begins now. The attempt's memory is charged to `account` too. `bounds` says how much of heads
    /// and bodies it holds.
    pub fn charged(
        limits: Limits,
        seed: [u8; 32],
        watcher: Option<Watcher>,
        (account, bounds): (&MemoryAccount, EvidenceBounds),
    ) -> Self {
        let state = State {
            recording: Recording::default(),
            current: None,
            is_open: Vec::new(),
            numbered: Vec::new(),
            random: StdRng::from_seed(seed),
            stop: None,
            denied_by: None,
            panic: None,
            unhandled: Vec::new(),
            refusal: None,
            is_asleep: false,
            retry_after: BTreeMap::new(),
            log_bytes: 0,
            artifact_bytes: 0,
            traffic: 0,
            recorded: 0,
            revealed: BTreeSet::new(),
        };
        let shared = TapeInner {
            clock: AttemptClock::start(),
            meter: Meter::new(limits.cpu),
            memory: account.open(Whose::Attempt, limits.memory, 0),
            limits,
            watcher,
            state: Mutex::new(state),
            bounds,
            exchanges: Mutex::new(HeldExchanges::new(bounds, account)),
            stopped: Notify::new(),
            is_call_over: AtomicBool::new(false),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The attempt clock.
    pub fn clock(&self) -> &AttemptClock {
        &self.shared.clock
    }

    /// Time since the attempt began.
    pub fn now(&self) -> Micros {
        self.shared.clock.now()
    }

    /// The attempt's limits.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Time left until the attempt's deadline.
    pub fn remaining(&self) -> Duration {
        self.shared.limits.wall.saturating_sub(self.shared.clock.elapsed())
    }

    /// Fills a buffer from the attempt's own random sequence.
    pub fn fill_random(&self, buffer: &mut [u8]) {
        self.shared.state.lock().random.fill_bytes(buffer);
    }

    /// Records that a limit was exceeded, which ends the attempt. Returns the first one that was.
    pub fn exhaust(&self, kind: LimitKind, message: String) -> Stop {
        self.end(Stop::Exhausted(kind, message))
    }

    fn end(&self, stop: Stop) -> Stop {
        let stop = self.shared.state.lock().stop.get_or_insert(stop).clone();
        self.shared.stopped.notify_one();
        stop
    }

    /// The attempt's memory: the guest's, and what the host holds for it.
    pub(crate) fn memory(&self) -> &MemoryAccount {
        &self.shared.memory
    }

    /// Charges memory until what it returns is dropped. Called before the memory is allocated.
    ///
    /// # Errors
    /// [`Stop`] if the attempt, its tenant or the runner has no more.
    pub(crate) fn hold(&self, bytes: u64) -> Result<HeldMemory, Stop> {
        self.shared.memory.hold(bytes).map_err(|full| self.out_of_memory(full))
    }

    /// Charges memory that the attempt keeps to its end.
    ///
    /// # Errors
    /// As [`hold`](Self::hold).
    pub(crate) fn keep(&self, bytes: u64) -> Result<(), Stop> {
        self.shared.memory.grow(bytes).map_err(|full| self.out_of_memory(full))
    }

    /// Ends the attempt because an account is full.
    pub(crate) fn out_of_memory(&self, full: OutOfMemory) -> Stop {
        match full.whose {
            Whose::Runner => self.end(Stop::Fault(full.to_string())),
            Whose::Attempt | Whose::Run | Whose::Tenant => self.exhaust(LimitKind::Memory, full.to_string()),
        }
    }

    /// Charges a record, beyond what counts bound: its texts are the guest's or its target's.
    ///
    /// # Errors
    /// [`Stop`] beyond [`Limits::RECORDING`], or as [`hold`](Self::hold).
    pub(super) fn charge_record(&self, texts: usize) -> Result<(), Stop> {
        let bytes = texts as u64 + RECORD;
        let mut state = self.shared.state.lock();
        state.recorded = state.recorded.saturating_add(bytes);
        let is_within = state.recorded <= Limits::RECORDING;
        drop(state);
        if is_within {
            return self.keep(bytes);
        }
        let message = format!(
            "more than {} recorded by steps, checks, metrics and requests: record shorter texts, or split the journey",
            Bytes(Limits::RECORDING)
        );
        Err(self.exhaust(LimitKind::Count, message))
    }

    /// What ends the attempt, if something does already.
    pub(crate) fn stop(&self) -> Option<Stop> {
        self.shared.state.lock().stop.clone()
    }

    /// Returns once a peer, or a task that works for the guest, has used a budget up.
    pub(crate) async fn stopped(&self) -> Stop {
        loop {
            self.shared.stopped.notified().await;
            if let Some(stop) = self.stop() {
                return stop;
            }
        }
    }

    /// Notes that the guest's call is over. What is still under way was cut off by that: the guest has not let go of it.
    pub(crate) fn end_call(&self) {
        self.shared.is_call_over.store(true, Ordering::Release);
    }

    /// See [`end_call`](Self::end_call).
    pub(crate) fn is_call_over(&self) -> bool {
        self.shared.is_call_over.load(Ordering::Acquire)
    }

    /// The attempt's processor time.
    pub(crate) fn meter(&self) -> &Meter {
        &self.shared.meter
    }

    /// A task that works for the guest, charged to the attempt. It ends without a result once the attempt's processor time
    /// is used up, and so does the attempt.
    pub(crate) async fn metered<F: Future>(self, task: F) -> Option<F::Output> {
        match Metered::new(Box::pin(task), self.meter().clone()).await {
            Ok(output) => Some(output),
            Err(error) => {
                self.exhaust(LimitKind::Cpu, error.to_string());
                None
            }
        }
    }

    /// Records that the guest was denied something whose denial it may survive, such as memory. The first one stays.
    pub fn note_denied(&self, kind: LimitKind) {
        self.shared.state.lock().denied_by.get_or_insert(kind);
    }

    /// Records why the guest is about to trap. The first call counts.
    pub fn note_panic(&self, failure: Failure) {
        self.shared.state.lock().panic.get_or_insert(failure);
    }

    /// Appends a check and returns its number, from 0. The tape sets `at_us` and `step`.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit.
    pub fn check(&self, mut check: CheckRecord) -> Result<u32, Stop> {
        self.charge_record(size_of_check(&check))?;
        let mut state = self.shared.state.lock();
        let count = state.recording.checks.len() as u64;
        check_count(&mut state, count, u64::from(self.shared.limits.checks), "checks")?;
        goes_on(&mut state);
        (check.at_us, check.step) = (self.now(), state.current);
        state.recording.checks.push(check);
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Whether a check did not hold, a soft one too.
    pub(crate) fn is_refuted(&self) -> bool {
        self.shared.state.lock().recording.checks.iter().any(|check| !check.is_passed)
    }

    /// Appends a metric. The tape sets `at_us` and `step`.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit.
    pub fn metric(&self, mut metric: MetricRecord) -> Result<(), Stop> {
        self.charge_record(metric.name.len() + metric.unit.len())?;
        let mut state = self.shared.state.lock();
        let count = state.recording.metrics.len() as u64;
        check_count(&mut state, count, u64::from(self.shared.limits.metrics), "metrics")?;
        goes_on(&mut state);
        (metric.at_us, metric.step) = (self.now(), state.current);
        state.recording.metrics.push(metric);
        Ok(())
    }

    /// Appends a log line, or counts its bytes as dropped beyond the limit.
    pub fn log(&self, level: &str, message: &str, fields: Vec<(String, String)>) {
        let at_us = self.now();
        let mut state = self.shared.state.lock();
        let size =
            fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + message.len() + 16;
        let size = size as u64;
        // A runtime writes its traceback there before it traps.
        if level != "stderr" && !self.is_call_over() {
            goes_on(&mut state);
        }
        if state.log_bytes + size > self.shared.limits.log || self.shared.memory.grow(size).is_err() {
            state.recording.logs_dropped_bytes += size;
            return;
        }
        state.log_bytes += size;
        let step = state.current;
        let (level, message) = (level.to_owned(), message.to_owned());
        state.recording.logs.push(LogRecord { step, at_us, level, message, fields });
    }

    /// Counts bytes of a log line that were not kept.
    pub(crate) fn log_dropped(&self, bytes: u64) {
        self.shared.state.lock().recording.logs_dropped_bytes += bytes;
    }

    /// Keeps a line of the host's own, whatever the guest has logged. For lines that a guest can cause a few times only.
    pub(crate) fn log_of_host(&self, level: &str, message: &str) {
        let at_us = self.now();
        let mut state = self.shared.state.lock();
        let step = state.current;
        let (level, message) = (level.to_owned(), message.to_owned());
        if !state.recording.logs.iter().any(|line| line.message == message) {
            state.recording.logs.push(LogRecord { step, at_us, level, message, fields: Vec::new() });
        }
    }

    /// Notes that the guest is given the value of a secret.
    pub(crate) fn note_revealed(&self, secret: &str) {
        let is_new = self.shared.state.lock().revealed.insert(secret.to_owned());
        if is_new {
            self.log_of_host("warn", &format!("the journey had the value of the secret `{secret}` revealed"));
        }
    }

    /// Keeps an artifact of that many bytes; false beyond the limit, and then nothing is copied.
    pub fn artifact(
        &self,
        name: &str,
        media_type: &str,
        size: usize,
        copy: impl FnOnce() -> Vec<u8>,
    ) -> bool {
        let at_us = self.now();
        let mut state = self.shared.state.lock();
        let (size, charged) = (size as u64, size as u64 + 256);
        goes_on(&mut state);
        if state.artifact_bytes + charged > self.shared.limits.artifacts
            || self.shared.memory.grow(charged).is_err()
        {
            return false;
        }
        state.artifact_bytes += charged;
        let step = state.current;
        let (name, media_type) = (clip(name, 256), clip(media_type, 128));
        state.recording.artifacts.push(ArtifactRecord {
            step,
            at_us,
            name,
            media_type,
            size,
            content: copy(),
        });
        true
    }

    /// Names the check that a failure is of, if the guest returns one for a check that it recorded before.
    pub fn identify(&self, failure: &mut Failure) {
        identify(&self.shared.state.lock(), failure);
    }

    /// Ends the tape. Steps that are open stay marked so and get the time that they had.
    pub fn finish(&self) -> FinishedTape {
        let now = self.now();
        let exchanges = self.take_exchanges();
        let mut state = self.shared.state.lock();
        let State { recording, is_open, .. } = &mut *state;
        let open = recording.steps.iter_mut().zip(is_open).filter(|(_, is_open)| **is_open);
        for (step, is_open) in open {
            step.duration_us = now.since(step.started_us);
            *is_open = false;
        }
        FinishedTape {
            recording: std::mem::take(&mut state.recording),
            exchanges,
            stop: state.stop.take(),
            denied_by: state.denied_by,
            panic: state.panic.take(),
            unhandled: std::mem::take(&mut state.unhandled),
            refusal: state.refusal.take(),
            is_asleep: state.is_asleep,
            retry_after: std::mem::take(&mut state.retry_after),
            revealed: std::mem::take(&mut state.revealed),
            duration: now,
        }
    }

    pub(super) fn report(&self, progress: impl FnOnce() -> Progress) {
        if let Some(watcher) = &self.shared.watcher {
            watcher(progress());
        }
    }
}

/// What is left when an attempt is over.
pub struct FinishedTape {
    /// Everything recorded.
    pub recording: Recording,
    /// Heads and bodies of the last exchanges. The recording has none.
    pub exchanges: Vec<ExchangeRecord>,
    /// The first limit or misuse that ended it, if one did.
    pub stop: Option<Stop>,
    /// See [`Tape::note_denied`].
    pub denied_by: Option<LimitKind>,
    /// See [`Tape::note_panic`].
    pub panic: Option<Failure>,
    /// See [`Evidence::unhandled`](wayfarer_model::judge::Evidence::unhandled).
    pub unhandled: Vec<u32>,
    /// What an interface refused the guest last, after which it recorded nothing.
    pub refusal: Option<Refusal>,
    /// Whether the guest waited for a timer when its time was up.
    pub is_asleep: bool,
    /// What answers of 429 and 503 said of when to ask again, by the place of the request.
    pub retry_after: BTreeMap<u32, String>,
    /// The names of the secrets whose values the guest was given.
    pub revealed: BTreeSet<String>,
    /// On the attempt clock.
    pub duration: Micros,
}

/// Sets the number of the newest check that explains a failure, unless the failure names one.
pub(super) fn identify(state: &State, failure: &mut Failure) {
    if failure.check.is_none() {
        let place = state.recording.checks.iter().rposition(|check| check.explains(failure));
        failure.check = place.and_then(|place| u32::try_from(place).ok());
    }
}

pub(super) fn check_count(state: &mut State, count: u64, limit: u64, what: &str) -> Result<(), Stop> {
    if count < limit {
        return Ok(());
    }
    let message = format!("more than {limit} {what}: raise `limits.{what}` or split the journey");
    Err(state.stop.get_or_insert(Stop::Exhausted(LimitKind::Count, message)).clone())
}

#[cfg(test)]
mod tests {
    use wayfarer_model::failure::{FailureKind, SourceLocation};

    use super::*;

    fn check(line: u32, is_soft: bool, is_passed: bool) -> CheckRecord {
        CheckRecord {
            step: None,
            at_us: Micros(0),
            name: "order accepted".to_owned(),
            is_soft,
            is_passed,
            actual: Some("503".to_owned()),
            expected: Some("201".to_owned()),
            source: Some(SourceLocation { file: "src/lib.rs".to_owned(), line, column: 9 }),
        }
    }

    #[test]
    fn a_failure_names_the_newest_check_that_it_does_not_contradict() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        for (line, is_soft, is_passed) in
            [(10, false, false), (20, false, false), (30, true, false), (40, false, true)]
        {
            tape.check(check(line, is_soft, is_passed)).unwrap();
        }
        let identified = |failure: Failure| {
            let mut failure = failure;
            tape.identify(&mut failure);
            failure.check
        };
        let of =
            |line: u32| Failure { message: "after 5 s".to_owned(), ..check(line, false, false).failure(0) };
        let unnamed = |failure: Failure| Failure { check: None, ..failure };
        assert_eq!(identified(unnamed(of(10))), Some(0), "by its place in the source");
        assert_eq!(identified(unnamed(of(50))), None);
        let bare = Failure { kind: FailureKind::Check, ..Failure::message("order accepted") };
        assert_eq!(identified(bare.clone()), Some(1), "neither a soft check nor one that held is a failure");
        assert_eq!(identified(Failure { actual: Some("404".to_owned()), ..bare.clone() }), None);
        assert_eq!(identified(Failure { kind: FailureKind::Error, ..bare }), None);
        assert_eq!(identified(of(20)), Some(0), "a number that is there stays");
    }

    #[test]
    fn a_step_that_a_check_ended_names_it() {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let step = tape.open_step("place order", None).unwrap();
        assert_eq!(tape.check(check(10, false, true)).unwrap(), 0);
        let number = tape.check(check(20, false, false)).unwrap();
        let failure = Failure { check: None, ..check(20, false, false).failure(0) };
        tape.close_step(step, Some(failure)).unwrap();
        let recording = tape.finish().recording;
        assert_eq!(recording.steps[0].failure.as_ref().unwrap().check, Some(number));
    }

    #[test]
    fn the_bytes_of_a_recording_have_a_limit_and_are_charged() {
        let runner = MemoryAccount::of_runner(64 << 20);
        let tape = Tape::charged(Limits::default(), [7; 32], None, (&runner, EvidenceBounds::NONE));
        let long = CheckRecord { actual: Some("x".repeat(4 << 10)), ..check(1, true, true) };
        let count = (1..u32::MAX).find(|_| tape.check(long.clone()).is_err()).unwrap();
        assert!(count < 3_000, "{count} of 10,000 checks that the count allows");
        let held = runner.held();
        assert!((Limits::RECORDING * 9 / 10..=Limits::RECORDING).contains(&held), "{held}");
        let Some(Stop::Exhausted(LimitKind::Count, why)) = tape.stop() else { panic!("it goes on") };
        assert!(why.contains("record shorter texts"), "{why}");
        drop(tape);
        assert_eq!(runner.held(), 0);
    }

    #[test]
    fn who_is_out_of_memory_is_to_blame() {
        let runner = MemoryAccount::of_runner(1_000);
        let tenant = runner.open(Whose::Tenant, 500, 0);
        let tape = |memory| {
            let limits = Limits { memory, ..Limits::default() };
            Tape::charged(limits, [7; 32], None, (&tenant, EvidenceBounds::NONE))
        };
        assert!(matches!(tape(100).hold(101).unwrap_err(), Stop::Exhausted(LimitKind::Memory, _)));
        let refused = tape(10_000).hold(501).unwrap_err();
        assert!(matches!(&refused, Stop::Exhausted(LimitKind::Memory, why) if why.contains("tenant")));
        let other = runner.hold(900).unwrap();
        let refused = tape(10_000).hold(101).unwrap_err();
        assert!(matches!(&refused, Stop::Fault(why) if why.contains("all tenants")), "{refused}");
        drop(other);
        assert!(tape(10_000).hold(500).is_ok());
    }
}
