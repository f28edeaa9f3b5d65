//! The run that a journey belongs to.

use crate::bindings::wayfarer::journey::context::Attempt;

/// The run and the attempt that a journey belongs to; constant during the attempt. Returned by
/// [`Journey::context`](crate::Journey::context).
#[derive(Clone, Debug)]
pub struct Context(Attempt);

impl Context {
    pub(crate) fn new(attempt: Attempt) -> Self {
        Self(attempt)
    }

    /// The run's public id, the same for every attempt of it.
    pub fn run_id(&self) -> &str {
        &self.0.run_id
    }

    /// The tenant's name.
    pub fn tenant(&self) -> &str {
        &self.0.tenant
    }

    /// The journey's name.
    pub fn journey(&self) -> &str {
        &self.0.journey
    }

    /// The instant at which the journey was due, in unix milliseconds.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number, and none is negative"
    )]
    pub fn slot_ms(&self) -> u64 {
        self.0.slot_ms as u64
    }

    /// The attempt's number within the run, from 1. A retry is an attempt.
    pub fn attempt(&self) -> u32 {
        self.0.number
    }

    /// Where the run happens, for instance `local`.
    pub fn location(&self) -> &str {
        &self.0.location
    }

    /// `scheduled`, `confirm` (a confirmation run), `manual`, or a word that a later version adds.
    pub fn lane(&self) -> &str {
        &self.0.lane
    }
}
