//! The clock: whether it is right, and the word of a person that it is.

use super::{AccessError, Caller, UseCases};
use crate::protocol::{ClockInfo, ClockStepInfo};

impl UseCases {
    /// The time that the server goes by, and the step of the wall clock that it does not believe.
    pub(crate) fn clock_info(&self) -> ClockInfo {
        let step = self.clock.step().map(|step| ClockStepInfo {
            by_ms: step.by_ms,
            lasts_ms: step.lasts_ms,
            needs_person: step.needs_person,
        });
        ClockInfo { now_ms: self.clock.now().0, step }
    }

    /// Believes the wall clock as it is. False if it has not stepped. Whoever plans follows within seconds.
    pub(crate) fn accept_clock(&self, caller: &Caller, note: &str) -> Result<bool, AccessError> {
        caller.must_speak_for_all()?;
        let is_accepted = self.clock.accept();
        if is_accepted {
            tracing::warn!(by = caller.name, note, "a person says that the wall clock is right");
        }
        Ok(is_accepted)
    }
}
