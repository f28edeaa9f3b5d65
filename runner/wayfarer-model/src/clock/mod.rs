//! The wall clock beside the clock that counts from the machine's boot. The wall clock is set by people and programs; the boot
//! clock never leaps, so their difference says whether the wall clock did.
//!
//! - [`ClockWatch`]: what time it is, and whether the wall clock has stepped.
//! - [`retention_instant`]: how far retention follows the clock.
//!
//! Nothing here reads a clock: whoever does hands in a [`ClockReading`].

mod retention;
mod watch;

pub use retention::{RETENTION_REST_MS, retention_instant};
pub use watch::{
    AUTOMATIC_STEP_BACK_MS, ClockReading, ClockStep, ClockTraces, ClockVerdict, ClockWatch, STEP_MS,
};
