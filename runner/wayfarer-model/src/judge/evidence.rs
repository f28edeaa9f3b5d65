//! Everything that a verdict depends on.

use super::stalls::Stall;
use crate::cancel::CancelCause;
use crate::failure::Failure;
use crate::report::Recording;
use crate::traffic::Blame;
use crate::units::Micros;
use crate::verdict::Reason;

/// A budget that was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitKind {
    /// Processor time.
    Cpu,
    /// Bytes of memory, or table elements.
    Memory,
    /// The stack.
    Stack,
    /// A count or size: steps, checks, metrics, requests, traffic, handles.
    Count,
}

/// How the guest's call ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// It returned `ok`.
    Returned,
    /// It returned a failure.
    Failed(Failure),
    /// It trapped; the text is the engine's.
    Trapped(String),
    /// The host stopped it because it misused an interface; the text says how.
    Misused(String),
    /// It passed something to an interface that the interface cannot take: text that is not UTF-8, a number that names
    /// nothing. The text says what. The runtimes of some languages trap in its place, see
    /// [`TrapWords::Misuse`](crate::trap_words::TrapWords::Misuse).
    Interface(String),
    /// The host stopped it because a budget was used up; the text names the limit and the remedy.
    Exhausted(LimitKind, String),
    /// The attempt's deadline passed. Carries the limit, not the time used.
    OutOfTime(Micros),
    /// The runner could not go on.
    RunnerFault(String),
    /// It was ended from outside.
    Cancelled(CancelCause),
}

/// An interface refused the guest something by an answer that the guest may survive: a malformed JSON path, a secret
/// without a value, a store that could not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whose fault it is.
    pub blame: Blame,
    /// The reason of an attempt that fails of it.
    pub reason: Reason,
}

/// Everything that the verdict depends on.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// How the guest's call ended.
    pub ending: &'a Ending,
    /// What was recorded until then.
    pub recording: &'a Recording,
    /// Why the guest said that it was about to trap; counts only if it then trapped.
    pub panic: Option<&'a Failure>,
    /// A budget that denied the guest something which it may have survived, such as memory.
    pub denied_by: Option<LimitKind>,
    /// The steps that the descriptor names, which a run that returns has opened. A name that ends in `?` is optional.
    pub promised: &'a [String],
    /// The requests of whose errors the guest was told, after which it recorded nothing but its failure: their places, in
    /// the order told.
    pub unhandled: &'a [u32],
    /// Whether a run of this version of the journey was good before. Without that its configuration may never have been right.
    pub was_good: bool,
    /// What an interface refused last, after which the guest recorded nothing but its failure.
    pub refusal: Option<Refusal>,
    /// Whether the guest waited for a timer alone when its time was up.
    pub is_asleep: bool,
    /// When the runner did not run, in order.
    pub stalls: &'a [Stall],
    /// When a thread that carries the attempt was ready to run and got no processor, in order. May overlap with stalls.
    pub starved: &'a [Stall],
    /// When the attempt ended.
    pub ended: Micros,
}

impl<'a> Evidence<'a> {
    /// An ending and a recording, with nothing else known.
    pub fn of(ending: &'a Ending, recording: &'a Recording) -> Self {
        Self {
            ending,
            recording,
            panic: None,
            denied_by: None,
            promised: &[],
            unhandled: &[],
            was_good: false,
            refusal: None,
            is_asleep: false,
            stalls: &[],
            starved: &[],
            ended: Micros(0),
        }
    }
}
