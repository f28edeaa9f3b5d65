//! Why the host stops a guest. The first stop stays on the tape and decides the verdict.

use wayfarer_model::judge::LimitKind;

/// Why the host stops a guest. A host call returns it, and the guest traps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// A budget is used up.
    #[error("{1}")]
    Exhausted(LimitKind, String),
    /// An interface was misused.
    #[error("{0}")]
    Misused(String),
    /// The runner itself cannot go on.
    #[error("{0}")]
    Fault(String),
}
