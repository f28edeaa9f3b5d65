//! One attempt: a fresh store, and a guest's call within its limits.

use std::collections::HashSet;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use wasmtime::{Store, Trap};
use wasmtime_wasi::I32Exit;
use wayfarer_model::cancel::CancelCause;
use wayfarer_model::context::AttemptContext;
use wayfarer_model::exchange::EvidenceBounds;
use wayfarer_model::judge::{Ending, LimitKind};
use wayfarer_model::ledger::CleanupLedger;
use wayfarer_model::limits::Limits;
use wayfarer_model::units::Micros;

use crate::capability::{Grants, LineLog};
use crate::host::HostState;
use crate::http::Secret;
use crate::memory::MemoryAccount;
use crate::metered::Metered;
use crate::net::Network;
use crate::tape::{Stop, Tape, Watcher};

/// Ready once an attempt is to end early, with the cause; it may never be.
pub type Cancelled = Pin<Box<dyn Future<Output = CancelCause> + Send>>;

/// Everything that one attempt is run with.
pub struct AttemptSpec {
    /// Which attempt of which run.
    pub context: AttemptContext,
    /// The steps that the journey's descriptor names.
    pub promised_steps: Arc<[String]>,
    /// Whether a run of this version was good before.
    pub was_good: bool,
    /// Resolved parameters, in the order of the descriptor.
    pub params: Vec<(String, String)>,
    /// Secrets with their values; the guest sees placeholders.
    pub secrets: Vec<Secret>,
    /// What it may use.
    pub limits: Limits,
    /// What its memory is charged to, beside its own limit.
    pub memory: MemoryAccount,
    /// How much of heads and bodies is kept.
    pub evidence: EvidenceBounds,
    /// Whether it is kept also if the attempt passes.
    pub is_sample: bool,
    /// What it may reach.
    pub network: Arc<Network>,
    /// Receives progress while the attempt runs.
    pub watcher: Option<Watcher>,
    /// Where cleanups are armed; none if no store is attached.
    pub ledger: Option<Arc<dyn CleanupLedger>>,
    /// Ends the attempt early once it is ready; the cause decides the verdict.
    pub cancelled: Option<Cancelled>,
}

/// How a guest's call ended.
pub(crate) enum Waited<T> {
    /// It returned or trapped.
    Done(wasmtime::Result<T>),
    /// The host stopped it.
    Stopped(Ending),
}

/// What the attempt used.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) cpu: Duration,
    pub(crate) memory_peak: u64,
}

/// A store with every limit set.
pub(crate) fn store(engine: &wasmtime::Engine, grants: &Grants, output: &LineLog) -> Store<HostState> {
    let limits = grants.tape.limits();
    // What one call may carry into the host is checked before any of it is copied: one body, or the bodies of one
    // `send-all`, and some names beside it.
    let fuel = limits.request_body.saturating_add(1 << 20);
    let handles = limits.handles as usize;
    let mut store = Store::new(engine, HostState::new(grants, output));
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(usize::try_from(fuel).unwrap_or(usize::MAX));
    store.set_max_component_handles(handles);
    store.epoch_deadline_async_yield_and_update(1);
    store.set_epoch_deadline(1);
    store
}

/// Runs a guest's call until it is done, out of processor time, out of time, or cancelled.
pub(crate) async fn wait<T>(
    call: impl Future<Output = wasmtime::Result<T>>,
    tape: &Tape,
    cancelled: Option<Cancelled>,
) -> Waited<T> {
    let call = pin!(call);
    let mut call = pin!(Metered::new(call, tape.meter().clone()));
    let cancelled = async {
        match cancelled {
            Some(cancelled) => cancelled.await,
            None => std::future::pending().await,
        }
    };
    let waited = tokio::select! {
        biased;
        done = &mut call => match done {
            Ok(result) => Waited::Done(result),
            Err(error) => Waited::Stopped(Ending::Exhausted(LimitKind::Cpu, error.to_string())),
        },
        stop = tape.stopped() => Waited::Stopped(ending_of_stop(&stop)),
        () = out_of_time(tape) => {
            if is_asleep(call.as_mut()) {
                tape.note_asleep();
            }
            Waited::Stopped(Ending::OutOfTime(Micros::from_duration(tape.limits().wall)))
        },
        cause = cancelled => Waited::Stopped(Ending::Cancelled(cause)),
    };
    // Before what the call holds is dropped.
    tape.end_call();
    waited
}

/// Whether a call waits for something to happen. A guest that computes yields instead, and asks to go on at once.
fn is_asleep(call: Pin<&mut impl Future>) -> bool {
    struct Alarm(AtomicBool);
    impl Wake for Alarm {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let alarm = Arc::new(Alarm(AtomicBool::new(false)));
    let polled = call.poll(&mut Context::from_waker(&Waker::from(Arc::clone(&alarm))));
    polled.is_pending() && !alarm.0.load(Ordering::Relaxed)
}

/// Returns when the attempt clock, which may pause, has reached the deadline.
async fn out_of_time(tape: &Tape) {
    loop {
        let remaining = tape.remaining();
        if remaining.is_zero() {
            return;
        }
        tokio::time::sleep(remaining).await;
    }
}

/// What a trap means.
pub(crate) fn ending_of(error: &wasmtime::Error) -> Ending {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return ending_of_stop(stop);
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return Ending::RunnerFault(format!("no free slot in the engine's pool: {error}"));
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Ending::Trapped(format!("the guest ended itself with exit code {}", exit.0));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => out_of_stack(),
        Some(Trap::MemoryOutOfBounds) if is_recursion(error) => out_of_stack(),
        Some(trap) => Ending::Trapped(format!("the guest trapped: {trap}{}", frames(error))),
        // The engine or a capability refused what the guest passed to it.
        None => Ending::Interface(format!("{}{}", error.root_cause(), frames(error))),
    }
}

fn ending_of_stop(stop: &Stop) -> Ending {
    match stop {
        Stop::Exhausted(kind, message) => Ending::Exhausted(*kind, message.clone()),
        Stop::Misused(message) => Ending::Misused(message.clone()),
        Stop::Fault(message) => Ending::RunnerFault(message.clone()),
    }
}

fn out_of_stack() -> Ending {
    let message = "the stack is exhausted: the journey recurses too deeply";
    Ending::Exhausted(LimitKind::Stack, message.to_owned())
}

/// Whether it trapped deep inside a few functions that call each other.
///
/// C and Rust keep values that have an address on a stack of their own, at the beginning of linear memory. When it is
/// exhausted the guest reaches below address zero, which the engine reports as an access out of bounds.
fn is_recursion(error: &wasmtime::Error) -> bool {
    let Some(backtrace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else { return false };
    let functions: Vec<u32> = backtrace.frames().iter().map(wasmtime::FrameInfo::func_index).collect();
    let distinct: HashSet<u32> = functions.iter().copied().collect();
    functions.len() >= 16 && distinct.len() * 4 <= functions.len()
}

/// The innermost functions that have a name, for the message.
fn frames(error: &wasmtime::Error) -> String {
    let Some(backtrace) = error.downcast_ref::<wasmtime::WasmBacktrace>() else { return String::new() };
    let names: Vec<String> =
        backtrace.frames().iter().filter_map(|frame| frame.func_name().map(demangled)).take(4).collect();
    if names.is_empty() { String::new() } else { format!(" (in {})", names.join(" < ")) }
}

fn demangled(name: &str) -> String {
    let name = rustc_demangle::demangle(name);
    format!("{name:#}")
}
