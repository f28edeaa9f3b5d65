//! The watch over the wall clock: what time it is, whether the wall clock stepped, and when a step is believed.
//!
//! The watch keeps the difference between the wall clock and the boot clock. A reading whose difference is within a minute of it is
//! followed: clocks are slewed, and corrected by seconds. A reading that is further off is a step. As long as a step lasts, the
//! watch says the time that the boot clock gives, and whoever starts runs, moves watermarks or removes results waits.
//!
//! A step ends in one of three ways:
//!
//! - The wall clock comes back.
//! - The step is believed ([`ClockWatch::settle`]). Forward: once it has lasted ten minutes and the kernel says that the clock is
//!   synchronised. Back by less than an hour: after a minute, or after ten seconds where the kernel says so. The kernel takes that
//!   word back whenever the clock is set, until a time service has confirmed the clock.
//! - A person believes it ([`ClockWatch::accept`]).
//!
//! Invariants, held over random histories in `watch_tests.rs`: unless a step is believed, the time that the watch says follows the
//! boot clock within a minute for each reading that was followed, and a step that comes back leaves no trace but the rest.

use super::RETENTION_REST_MS;
use crate::units::UnixMillis;

/// A difference above this is a step, in milliseconds.
pub const STEP_MS: i64 = 60_000;
/// A step back of this and more takes a person's word, in milliseconds.
pub const AUTOMATIC_STEP_BACK_MS: i64 = 3_600_000;
/// A step forward has to last this long, in milliseconds,
const FORWARD_LASTS_MS: u64 = 600_000;
/// one back this long,
const BACK_LASTS_MS: u64 = 60_000;
/// or this long where the kernel says that the clock is synchronised.
const BACK_SYNCHRONISED_LASTS_MS: u64 = 10_000;
/// One that a person believes is settled no earlier: whatever was handed out before it is in its place by then.
const ACCEPTED_LASTS_MS: u64 = 2_000;
/// At a start, a clock this far beyond the newest row takes the kernel's word.
const LONG_ABSENCE_MS: u64 = 7 * 86_400_000;

/// Both clocks at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The wall clock, in unix milliseconds.
    pub wall: UnixMillis,
    /// The clock that counts from the machine's boot, suspension included, in milliseconds.
    pub boot_ms: u64,
}

impl ClockReading {
    fn offset_ms(self) -> i64 {
        self.wall.0.cast_signed().saturating_sub(self.boot_ms.cast_signed())
    }
}

/// What is known of the time at the start of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockTraces {
    /// The last process's time at an instant of this boot.
    pub this_boot: Option<ClockReading>,
    /// The newest row or watermark. The clock was there already; zero in a new file.
    pub newest: UnixMillis,
    /// The date of the program. The clock cannot be before it.
    pub built: UnixMillis,
    /// How much longer retention rests, in milliseconds, counted from `newest`.
    pub rest_ms: u64,
}

/// A step that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStep {
    /// How far the wall clock is ahead of the time by the boot clock, in milliseconds; below zero where it is behind.
    pub by_ms: i64,
    /// For how long, in milliseconds.
    pub lasts_ms: u64,
    /// Whether only a person can end it, beside the clock itself.
    pub needs_person: bool,
}

/// What to do about the clock now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockVerdict {
    /// The clock is as it should be.
    Steady,
    /// A step lasts and is not believed yet: nothing is handed out.
    Wait,
    /// The wall clock is believed and is ahead: [`ClockWatch::take_over`].
    Forward(ClockReading),
    /// The wall clock is believed and is behind: take out what is due later, then [`ClockWatch::take_over`].
    Back(ClockReading),
}

/// What the difference of the clocks is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reference {
    /// An earlier reading of both clocks.
    Clocks,
    /// The newest row or the program's date: the true time is not before, and any time after.
    Floor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    offset_ms: i64,
    since_ms: u64,
    /// The wall clock was before the program's date when the step was first seen.
    is_impossible: bool,
    is_accepted: bool,
}

/// Compares each reading with the one before it, and says what to believe.
#[derive(Debug, Clone)]
pub struct ClockWatch {
    /// Of the wall clock over the boot clock, as it is believed.
    offset_ms: i64,
    reference: Reference,
    pending: Option<Pending>,
    /// Below this a step back takes a person's word.
    built: UnixMillis,
    /// Until when retention rests, by the boot clock.
    rests_until_ms: u64,
}

impl ClockWatch {
    /// A watch that believes a reading.
    pub fn trusting(reading: ClockReading) -> Self {
        Self {
            offset_ms: reading.offset_ms(),
            reference: Reference::Clocks,
            pending: None,
            built: UnixMillis(0),
            rests_until_ms: 0,
        }
    }

    /// The watch of a process that starts.
    pub fn begin(reading: ClockReading, traces: ClockTraces, is_synchronised: bool) -> Self {
        let floor = traces.newest.max(traces.built);
        let at = |wall: UnixMillis| ClockReading { wall, ..reading };
        let is_behind = reading.wall.0.saturating_add(STEP_MS.unsigned_abs()) < floor.0;
        let is_far_ahead =
            traces.newest.0 > 0 && reading.wall.0.saturating_sub(traces.newest.0) > LONG_ABSENCE_MS;
        // A clock that counts less than the last process's is another one, whatever the boot's name says.
        let known = traces.this_boot.filter(|known| known.boot_ms <= reading.boot_ms);
        let (believed, reference) = match known {
            Some(known) => (known, Reference::Clocks),
            None if is_behind => (at(floor), Reference::Floor),
            None if is_far_ahead && !is_synchronised => (at(traces.newest), Reference::Clocks),
            None => (reading, Reference::Clocks),
        };
        let mut watch = Self { reference, built: traces.built, ..Self::trusting(believed) };
        let now = watch.observe(reading);
        let rest = traces.rest_ms.saturating_sub(now.0.saturating_sub(traces.newest.0));
        watch.rests_until_ms = watch.rests_until_ms.max(reading.boot_ms.saturating_add(rest));
        watch
    }

    /// Takes a reading. The answer is what time it is.
    pub fn observe(&mut self, reading: ClockReading) -> UnixMillis {
        if self.is_step(reading) {
            self.note_step(reading);
        } else {
            self.offset_ms = reading.offset_ms();
            self.reference = Reference::Clocks;
            self.pending = None;
        }
        UnixMillis(self.offset_ms.saturating_add(reading.boot_ms.cast_signed()).max(0).cast_unsigned())
    }

    /// The step that the last reading showed.
    pub fn step(&self, reading: ClockReading) -> Option<ClockStep> {
        let pending = self.pending?;
        let by_ms = pending.offset_ms.saturating_sub(self.offset_ms);
        Some(ClockStep {
            by_ms,
            lasts_ms: reading.boot_ms.saturating_sub(pending.since_ms),
            needs_person: by_ms <= -AUTOMATIC_STEP_BACK_MS || pending.is_impossible,
        })
    }

    /// Whether the last reading showed a step.
    pub fn is_stepped(&self) -> bool {
        self.pending.is_some()
    }

    /// A person says that the wall clock is right. False where it has not stepped.
    pub fn accept(&mut self) -> bool {
        let Some(pending) = &mut self.pending else { return false };
        pending.is_accepted = true;
        true
    }

    /// Decides about the step, after a reading was observed.
    pub fn settle(&mut self, reading: ClockReading, is_synchronised: bool) -> ClockVerdict {
        self.observe(reading);
        let (Some(pending), Some(step)) = (self.pending, self.step(reading)) else {
            return ClockVerdict::Steady;
        };
        let is_ahead = step.by_ms > 0;
        let is_believed = if pending.is_accepted {
            step.lasts_ms >= ACCEPTED_LASTS_MS
        } else if is_ahead {
            is_synchronised && step.lasts_ms >= FORWARD_LASTS_MS
        } else {
            let least = if is_synchronised { BACK_SYNCHRONISED_LASTS_MS } else { BACK_LASTS_MS };
            !step.needs_person && step.lasts_ms >= least
        };
        match (is_believed, is_ahead) {
            (false, _) => ClockVerdict::Wait,
            (true, true) => ClockVerdict::Forward(reading),
            (true, false) => ClockVerdict::Back(reading),
        }
    }

    /// Believes the wall clock as it was at a reading. After a person's word retention need not rest.
    pub fn take_over(&mut self, reading: ClockReading) {
        let by_person = self.pending.is_some_and(|pending| pending.is_accepted);
        self.offset_ms = reading.offset_ms();
        self.reference = Reference::Clocks;
        self.pending = None;
        self.rests_until_ms = if by_person { 0 } else { reading.boot_ms.saturating_add(RETENTION_REST_MS) };
    }

    /// How much longer retention rests, in milliseconds.
    pub fn rest_ms(&self, reading: ClockReading) -> u64 {
        self.rests_until_ms.saturating_sub(reading.boot_ms)
    }

    fn is_step(&self, reading: ClockReading) -> bool {
        let ahead = reading.offset_ms().saturating_sub(self.offset_ms);
        ahead < -STEP_MS || (ahead > STEP_MS && self.reference == Reference::Clocks)
    }

    /// A clock that steps once more begins a step of its own: nobody has believed that one.
    fn note_step(&mut self, reading: ClockReading) {
        let offset_ms = reading.offset_ms();
        self.rests_until_ms = reading.boot_ms.saturating_add(RETENTION_REST_MS);
        match &mut self.pending {
            Some(pending) if (offset_ms - pending.offset_ms).abs() <= STEP_MS => {
                pending.offset_ms = offset_ms;
            }
            pending => {
                let is_impossible = reading.wall < self.built;
                *pending =
                    Some(Pending { offset_ms, since_ms: reading.boot_ms, is_impossible, is_accepted: false });
            }
        }
    }
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
