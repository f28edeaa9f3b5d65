//! Notes when this process did not run: stopped by a signal, frozen with its control group, without a processor, or on a
//! machine that was suspended. The judge blames no target for what was measured across such a time.
//!
//! A thread wakes every 10 ms while an attempt runs. What it is late beyond 30 ms is a stall: an idle thread gets its
//! processor at once on a machine that is merely busy, so a stall says that the whole process stood still. The monotonic
//! clock goes on while a process is stopped and stands still while the machine is suspended; the boot clock goes on then,
//! too, and tells the difference.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use wayfarer_model::judge::Stall;
use wayfarer_model::units::Micros;

use crate::clock::{AttemptClock, ahead_of_monotonic, monotonic_now};

const PERIOD: Duration = Duration::from_millis(10);
/// A beat may be that late.
const GRACE: Duration = Duration::from_millis(30);
/// So long it goes on beating after the last attempt: the next one may follow at once.
const LINGER: Duration = Duration::from_secs(1);
/// The most stalls that are kept. A process with a tenth of a processor has ten in a second, and no attempt is longer than
/// some minutes.
const KEPT: usize = 16_384;

/// A time in which the process did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lost {
    from: Instant,
    until: Instant,
    suspended: Duration,
}

struct Beats {
    attempts: usize,
    /// Since when no attempt runs.
    idle: Option<Instant>,
    is_parked: bool,
    last: Instant,
    /// How far the boot clock was ahead of the monotonic clock at the last beat.
    ahead: Duration,
    lost: VecDeque<Lost>,
}

impl Beats {
    fn new(now: Instant, ahead: Duration) -> Self {
        Self { attempts: 0, idle: Some(now), is_parked: false, last: now, ahead, lost: VecDeque::new() }
    }

    fn beat(&mut self, now: Instant, ahead: Duration) {
        let from = self.last + PERIOD + GRACE;
        let suspended = ahead.saturating_sub(self.ahead);
        let suspended = if suspended > GRACE { suspended } else { Duration::ZERO };
        if now > from || !suspended.is_zero() {
            if self.lost.len() == KEPT {
                self.lost.pop_front();
            }
            self.lost.push_back(Lost { from: from.min(now), until: now, suspended });
        }
        (self.last, self.ahead) = (now, ahead);
    }

    /// Whether the thread may wait until the next attempt.
    fn may_park(&mut self, now: Instant) -> bool {
        let is_idle = |since: Instant| now.saturating_duration_since(since) > LINGER;
        self.is_parked = self.is_parked || self.attempts == 0 && self.idle.is_some_and(is_idle);
        self.is_parked
    }

    fn since(&self, clock: &AttemptClock) -> Vec<Stall> {
        let recent = self.lost.iter().rev().take_while(|lost| lost.until > clock.began());
        let stall = |lost: &Lost| Stall {
            from: clock.at(lost.from),
            until: clock.at(lost.until),
            suspended: Micros::from_duration(lost.suspended),
        };
        let mut stalls: Vec<Stall> = recent.map(stall).collect();
        stalls.reverse();
        stalls
    }
}

struct Shared {
    beats: Mutex<Beats>,
    is_stopped: AtomicBool,
}

/// The thread. Dropping it ends the thread.
pub(crate) struct Heartbeat {
    shared: Arc<Shared>,
    thread: Thread,
}

impl Heartbeat {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives none.
    pub(crate) fn start() -> std::io::Result<Self> {
        let beats = Beats::new(monotonic_now(), ahead_of_monotonic());
        let shared = Arc::new(Shared { beats: Mutex::new(beats), is_stopped: AtomicBool::new(false) });
        let state = Arc::clone(&shared);
        let handle = thread::Builder::new().name("heartbeat".to_owned()).spawn(move || {
            while !state.is_stopped.load(Ordering::Acquire) {
                let may_park = state.beats.lock().may_park(monotonic_now());
                if may_park {
                    thread::park();
                    continue;
                }
                thread::park_timeout(PERIOD);
                let ahead = ahead_of_monotonic();
                let mut beats = state.beats.lock();
                // While it was parked it was not late.
                if !beats.is_parked {
                    beats.beat(monotonic_now(), ahead);
                }
            }
        })?;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// Keeps it beating until the guard is dropped.
    pub(crate) fn during_attempt(&self) -> DuringAttempt {
        let mut beats = self.shared.beats.lock();
        beats.attempts += 1;
        beats.idle = None;
        if std::mem::take(&mut beats.is_parked) {
            (beats.last, beats.ahead) = (monotonic_now(), ahead_of_monotonic());
            self.thread.unpark();
        }
        DuringAttempt(Arc::clone(&self.shared))
    }

    /// The stalls of an attempt until now, in order. It may be over before the thread has woken from one.
    pub(crate) fn stalls(&self, clock: &AttemptClock) -> Vec<Stall> {
        let ahead = ahead_of_monotonic();
        let mut beats = self.shared.beats.lock();
        beats.beat(monotonic_now(), ahead);
        beats.since(clock)
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.shared.is_stopped.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Keeps the [`Heartbeat`] beating.
pub(crate) struct DuringAttempt(Arc<Shared>);

impl Drop for DuringAttempt {
    fn drop(&mut self) {
        let mut beats = self.0.beats.lock();
        beats.attempts -= 1;
        if beats.attempts == 0 {
            beats.idle = Some(monotonic_now());
        }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::judge::stalled;

    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Beats so many milliseconds after the clock's beginning, each with what the boot clock is ahead.
    fn stalls(beats: &[(u64, u64)]) -> Vec<Stall> {
        let clock = AttemptClock::start();
        let mut heart = Beats::new(clock.began(), ms(0));
        for (at, ahead) in beats {
            heart.beat(clock.began() + ms(*at), ms(*ahead));
        }
        heart.since(&clock)
    }

    #[test]
    fn what_is_late_beyond_the_grace_is_a_stall() {
        assert!(stalls(&[(10, 0), (20, 0), (60, 0)]).is_empty(), "30 ms late");
        let lost = stalls(&[(10, 0), (20, 0), (160, 0), (170, 0)]);
        assert_eq!(lost, [Stall { from: Micros(60_000), until: Micros(160_000), suspended: Micros(0) }]);
        assert_eq!(stalled(&lost, Micros(0), Micros(110_000)), Micros(50_000));
    }

    #[test]
    fn a_suspended_machine_stands_still_although_no_beat_is_late() {
        let lost = stalls(&[(10, 0), (20, 90_000), (30, 90_000)]);
        assert_eq!(stalled(&lost, Micros(0), Micros(30_000)), Micros(90_000_000));
        assert_eq!(stalled(&lost, Micros(21_000), Micros(30_000)), Micros(0));
    }

    #[test]
    fn a_tenth_of_a_processor_is_mostly_stall() {
        let beats: Vec<_> = (1..100).map(|period| (period * 100, 0)).collect();
        let lost = stalls(&beats);
        let share = stalled(&lost, Micros(0), Micros(10_000_000)).0 as f64 / 10_000_000.0;
        assert!((0.5..0.7).contains(&share), "{share}");
    }

    #[test]
    fn what_was_before_an_attempt_is_none_of_its_stalls() {
        let before = AttemptClock::start();
        let mut heart = Beats::new(before.began(), ms(0));
        heart.beat(before.began() + ms(500), ms(0));
        let clock = AttemptClock::start();
        assert!(clock.began() < before.began() + ms(500));
        assert_eq!(heart.since(&clock)[0].from, Micros(0).max(clock.at(before.began() + ms(40))));
        heart.beat(clock.began() + ms(490), ms(0));
        assert!(heart.since(&clock).iter().all(|stall| stall.until >= stall.from));
    }

    #[test]
    fn it_rests_a_second_after_the_last_attempt_and_is_not_late_when_it_goes_on() {
        let now = monotonic_now();
        let mut heart = Beats::new(now, ms(0));
        assert!(!heart.may_park(now + ms(900)) && heart.may_park(now + ms(1_100)));
        let heartbeat = Heartbeat::start().unwrap();
        {
            let mut beats = heartbeat.shared.beats.lock();
            beats.is_parked = true;
            beats.last = beats.last.checked_sub(Duration::from_mins(1)).unwrap();
        }
        let guard = heartbeat.during_attempt();
        let clock = AttemptClock::start();
        let lost = stalled(&heartbeat.stalls(&clock), Micros(0), clock.now());
        assert!(lost < Micros(30_000_000), "{lost}");
        drop(guard);
        assert_eq!(heartbeat.shared.beats.lock().attempts, 0);
    }
}
