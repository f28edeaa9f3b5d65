//! Why a component was not compiled.

use std::time::Duration;

use wayfarer_model::units::Bytes;

use super::LargestFunction;
use super::confine::MEMORY;

/// Why a component was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// Not a valid component.
    #[error("the component is not valid: {0}")]
    Invalid(String),
    /// The child exceeded its memory or crashed for another reason.
    #[error(
        "compiling the component took more than {} of memory, or made the compiler fail ({status}): make it smaller{}",
        Bytes(MEMORY),
        LargestFunction::clause(largest.as_ref())
    )]
    Crashed {
        /// How the child ended, and its last line on standard error.
        status: String,
        /// Where to begin.
        largest: Option<LargestFunction>,
    },
    /// The child used up its processor time.
    #[error(
        "compiling the component took more than {} s of processor time: make it smaller{}",
        budget.as_secs(),
        LargestFunction::clause(largest.as_ref())
    )]
    OutOfTime {
        /// The processor time that it had.
        budget: Duration,
        /// Where to begin.
        largest: Option<LargestFunction>,
    },
    /// The runner could not start or confine the child or exchange bytes with it: the runner's own fault.
    #[error("could not run the compiler `{program}`: {source}")]
    Child {
        /// As configured.
        program: String,
        /// The system's error.
        source: std::io::Error,
    },
}
