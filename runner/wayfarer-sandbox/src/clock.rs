//! The attempt clock, and the only place in the crate that reads a real one.
//!
//! Durations, deadlines, steps and the guest's monotonic clock all read one [`AttemptClock`]. It pauses while the host
//! waits for its own store, so that a slow disk never makes a journey look slow.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use wayfarer_model::units::{Micros, UnixMillis};

/// The time of day since the Unix epoch, for records; never for measuring.
#[expect(clippy::disallowed_methods, reason = "the crate's one reading of the wall clock")]
pub(crate) fn wall_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// As [`wall_now`], in the unit of the store.
pub(crate) fn unix_now() -> UnixMillis {
    UnixMillis(u64::try_from(wall_now().as_millis()).unwrap_or(u64::MAX))
}

/// The current instant, for measuring.
#[expect(clippy::disallowed_methods, reason = "the crate's one reading of the monotonic clock")]
pub(crate) fn monotonic_now() -> Instant {
    Instant::now()
}

/// Processor time of the calling thread.
pub(crate) fn thread_cpu() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0))
}

/// How far the clock that goes on while the machine is suspended is ahead of the one that does not.
pub(crate) fn ahead_of_monotonic() -> Duration {
    let read = |id| {
        let spec = rustix::time::clock_gettime(id);
        Duration::new(u64::try_from(spec.tv_sec).unwrap_or(0), u32::try_from(spec.tv_nsec).unwrap_or(0))
    };
    // In this order a thread that is held up between both makes the difference smaller, never larger.
    let boot = read(rustix::time::ClockId::Boottime);
    boot.saturating_sub(read(rustix::time::ClockId::Monotonic))
}

#[derive(Debug, Default)]
struct Stopped {
    /// Sum of the pauses that are over.
    total: Duration,
    /// How many pauses are in progress, and since when the first of them is.
    under_way: Option<(u32, Instant)>,
}

/// Time since an attempt began, less its pauses. Clones share one clock.
#[derive(Debug, Clone)]
pub struct AttemptClock {
    began: Instant,
    stopped: Arc<Mutex<Stopped>>,
}

impl AttemptClock {
    /// A clock that begins now.
    pub fn start() -> Self {
        Self { began: monotonic_now(), stopped: Arc::default() }
    }

    /// The instant at which it began.
    pub(crate) fn began(&self) -> Instant {
        self.began
    }

    /// What the clock showed at an instant, less all pauses so far; zero before it began.
    pub(crate) fn at(&self, instant: Instant) -> Micros {
        let since = instant.saturating_duration_since(self.began);
        Micros::from_duration(since.saturating_sub(self.stopped.lock().total))
    }

    /// Time since the attempt began.
    pub fn elapsed(&self) -> Duration {
        let now = monotonic_now();
        let stopped = self.stopped.lock();
        let current = stopped.under_way.map_or(Duration::ZERO, |(_, since)| now.duration_since(since));
        now.duration_since(self.began).saturating_sub(stopped.total + current)
    }

    /// As [`elapsed`](Self::elapsed), in the unit of records.
    pub fn now(&self) -> Micros {
        Micros::from_duration(self.elapsed())
    }

    /// Pauses the clock until the guard is dropped. Pauses may overlap.
    #[must_use]
    pub fn pause(&self) -> Pause {
        let now = monotonic_now();
        let mut stopped = self.stopped.lock();
        stopped.under_way = match stopped.under_way {
            None => Some((1, now)),
            Some((count, since)) => Some((count + 1, since)),
        };
        Pause { stopped: Arc::clone(&self.stopped) }
    }
}

/// Keeps an [`AttemptClock`] paused.
#[derive(Debug)]
pub struct Pause {
    stopped: Arc<Mutex<Stopped>>,
}

impl Drop for Pause {
    fn drop(&mut self) {
        let now = monotonic_now();
        let mut stopped = self.stopped.lock();
        stopped.under_way = match stopped.under_way {
            Some((count, since)) if count > 1 => Some((count - 1, since)),
            Some((_, since)) => {
                stopped.total += now.duration_since(since);
                None
            }
            None => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_does_not_count() {
        let clock = AttemptClock::start();
        let pause = clock.pause();
        let inner = clock.pause();
        let before = clock.elapsed();
        while monotonic_now().duration_since(clock.began) < before + Duration::from_millis(5) {
            std::hint::spin_loop();
        }
        drop(inner);
        assert_eq!(clock.elapsed(), before, "the clock stands still while any pause is under way");
        drop(pause);
        assert!(clock.elapsed() < Duration::from_millis(5), "the pause stays left out afterwards");
    }
}
