//! Notes when this process did not run: stopped by a signal, frozen with its control group, without a processor, or on a
//! machine that was suspended. The judge blames no target for what was measured across such a time.
//!
//! A thread wakes every 10 ms while an attempt runs. What it is late beyond 30 ms is a stall: an idle thread gets its
//! processor at once on a machine that is merely busy, so a stall says that the whole process stood still. The monotonic
//! clock goes on while a process is stopped and stands still while the machine is suspended; the boot clock goes on then,
//! too, and tells the difference.
//!
//! A thread that has work waits longer for a processor than one that sleeps. So each twentieth of a second the kernel is asked how long
//! the threads of running attempts were ready to run and did not ([`waited`]): what is more than a half of that time counts as
//! starved.

use std::collections::VecDeque;
use std::fs::DirEntry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};
use wayfarer_model::judge::Stall;
use wayfarer_model::units::Micros;

use crate::clock::{AttemptClock, ahead_of_monotonic, monotonic_now};

const PERIOD: Duration = Duration::from_millis(10);
/// A beat may be that late.
const GRACE: Duration = Duration::from_millis(30);
/// So long it goes on beating after the last attempt: the next one may follow at once.
const LINGER: Duration = Duration::from_secs(1);
/// Between two questions to the kernel about the threads of attempts.
const ASKS: Duration = Duration::from_millis(50);
/// A thread that waits for less than one part in so many of its time is merely one of several.
const STARVES: u32 = 2;
/// Shorter attempts are over before the kernel's answer says anything.
const LASTS: Duration = Duration::from_millis(100);
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
    /// Those that attempts may run on, or could.
    threads: Vec<Watched>,
    asked: Instant,
    starved: VecDeque<Lost>,
}

/// A thread that attempts may run on.
struct Watched {
    thread: u32,
    attempts: usize,
    /// How long it had waited for a processor when the kernel was asked last; none if that was before these attempts.
    waited: Option<Duration>,
}

impl Beats {
    fn new(now: Instant, ahead: Duration) -> Self {
        Self {
            attempts: 0,
            idle: Some(now),
            is_parked: false,
            last: now,
            ahead,
            lost: VecDeque::new(),
            threads: Vec::new(),
            asked: now,
            starved: VecDeque::new(),
        }
    }

    /// An attempt begins that any of these threads may run.
    fn begins(&mut self, threads: &[u32]) {
        self.attempts += 1;
        self.idle = None;
        for thread in threads {
            match self.threads.iter_mut().find(|watched| watched.thread == *thread) {
                Some(watched) => {
                    if watched.attempts == 0 {
                        watched.waited = None;
                    }
                    watched.attempts += 1;
                }
                None => self.threads.push(Watched { thread: *thread, attempts: 1, waited: None }),
            }
        }
    }

    fn ends(&mut self, threads: &[u32], now: Instant) {
        self.attempts -= 1;
        if self.attempts == 0 {
            self.idle = Some(now);
        }
        for watched in self.threads.iter_mut().filter(|watched| threads.contains(&watched.thread)) {
            watched.attempts -= 1;
        }
    }

    /// Asks how long the threads of attempts have waited for a processor. `waited` answers by a thread's number.
    fn ask(&mut self, now: Instant, waited: impl Fn(u32) -> Option<Duration>) {
        let window = now.saturating_duration_since(self.asked);
        self.asked = now;
        let mut longest = Duration::ZERO;
        for watched in self.threads.iter_mut().filter(|watched| watched.attempts > 0) {
            let until_now = waited(watched.thread);
            if let (Some(before), Some(until_now)) = (watched.waited, until_now) {
                longest = longest.max(until_now.saturating_sub(before));
            }
            watched.waited = until_now;
        }
        // What is a stall already does not count twice.
        let ran = self.lost.back().map_or(self.asked, |lost| lost.until);
        let from = now.checked_sub(longest.min(window)).unwrap_or(now);
        let from = if ran < now { from.max(ran) } else { from };
        if longest * STARVES > window && from < now {
            keep(&mut self.starved, Lost { from, until: now, suspended: Duration::ZERO });
        }
    }

    fn beat(&mut self, now: Instant, ahead: Duration) {
        let from = self.last + PERIOD + GRACE;
        let suspended = ahead.saturating_sub(self.ahead);
        let suspended = if suspended > GRACE { suspended } else { Duration::ZERO };
        if now > from || !suspended.is_zero() {
            keep(&mut self.lost, Lost { from: from.min(now), until: now, suspended });
        }
        (self.last, self.ahead) = (now, ahead);
    }

    /// Whether the thread may wait until the next attempt.
    fn may_park(&mut self, now: Instant) -> bool {
        let is_idle = |since: Instant| now.saturating_duration_since(since) > LINGER;
        self.is_parked = self.is_parked || self.attempts == 0 && self.idle.is_some_and(is_idle);
        self.is_parked
    }

    fn since(&self, clock: &AttemptClock) -> Held {
        Held { stalls: since(&self.lost, clock), starved: since(&self.starved, clock) }
    }
}

/// Times of one attempt in which it was not the target that took its time, in order.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// The process did not run.
    pub(crate) stalls: Vec<Stall>,
    /// A thread of its attempts was ready to run, and got no processor.
    pub(crate) starved: Vec<Stall>,
}

fn keep(times: &mut VecDeque<Lost>, lost: Lost) {
    if times.len() == KEPT {
        times.pop_front();
    }
    times.push_back(lost);
}

fn since(list: &VecDeque<Lost>, clock: &AttemptClock) -> Vec<Stall> {
    let recent = list.iter().rev().take_while(|lost| lost.until > clock.began());
    let stall = |lost: &Lost| Stall {
        from: clock.at(lost.from),
        until: clock.at(lost.until),
        suspended: Micros::from_duration(lost.suspended),
    };
    let mut stalls: Vec<Stall> = recent.map(stall).collect();
    stalls.reverse();
    stalls
}

/// How long a thread of this process has been ready to run without a processor, since it began; none where the system does not
/// say.
fn waited(thread: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
    stat.split_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
}

/// The numbers by which the kernel knows the threads that may run a task of the calling one: on the threads of guests a task stays
/// where it is; elsewhere it may be any of the process that has the same name. Others, such as those that keep time, wake so often that
/// waiting is all they do.
fn threads_of_task() -> Vec<u32> {
    thread_local! {
        static NUMBER: Option<u32> = std::fs::read_link("/proc/thread-self")
            .ok()
            .and_then(|link| link.file_name()?.to_str()?.parse().ok());
    }
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    if !matches!(flavor, Ok(RuntimeFlavor::MultiThread)) {
        return NUMBER.with(|number| number.iter().copied().collect());
    }
    let own = std::fs::read("/proc/thread-self/comm").unwrap_or_default();
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let is_alike = |task: &DirEntry| std::fs::read(task.path().join("comm")).is_ok_and(|name| name == own);
    tasks.filter(is_alike).filter_map(|task| task.file_name().to_str()?.parse().ok()).collect()
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
                    let now = monotonic_now();
                    beats.beat(now, ahead);
                    if now.saturating_duration_since(beats.asked) >= ASKS {
                        beats.ask(now, waited);
                    }
                }
            }
        })?;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// Keeps it beating until the guard is dropped.
    pub(crate) fn during_attempt(&self) -> DuringAttempt {
        let threads = threads_of_task();
        let mut beats = self.shared.beats.lock();
        beats.begins(&threads);
        if std::mem::take(&mut beats.is_parked) {
            (beats.last, beats.ahead) = (monotonic_now(), ahead_of_monotonic());
            beats.asked = beats.last;
            self.thread.unpark();
        }
        DuringAttempt { shared: Arc::clone(&self.shared), threads }
    }

    /// For how long the process stood still or a thread of attempts was starved within the time up to now. While no attempt runs nobody
    /// notices.
    pub(crate) fn held_up_within(&self, time: Duration) -> Duration {
        let now = monotonic_now();
        let from = now.checked_sub(time).unwrap_or(now);
        let beats = self.shared.beats.lock();
        let within = |lost: &Lost| lost.until.saturating_duration_since(lost.from.max(from)) + lost.suspended;
        let recent = |list: &VecDeque<Lost>| -> Duration {
            list.iter().rev().take_while(|lost| lost.until > from).map(within).sum()
        };
        recent(&beats.lost) + recent(&beats.starved)
    }

    /// What held an attempt up until now. It may be over before the thread has woken from a stall.
    pub(crate) fn held(&self, clock: &AttemptClock) -> Held {
        let ahead = ahead_of_monotonic();
        let mut beats = self.shared.beats.lock();
        let now = monotonic_now();
        beats.beat(now, ahead);
        if clock.elapsed() >= LASTS {
            beats.ask(now, waited);
        }
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
pub(crate) struct DuringAttempt {
    shared: Arc<Shared>,
    threads: Vec<u32>,
}

impl Drop for DuringAttempt {
    fn drop(&mut self) {
        self.shared.beats.lock().ends(&self.threads, monotonic_now());
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
        heart.since(&clock).stalls
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
        assert_eq!(heart.since(&clock).stalls[0].from, Micros(0).max(clock.at(before.began() + ms(40))));
        heart.beat(clock.began() + ms(490), ms(0));
        assert!(heart.since(&clock).stalls.iter().all(|stall| stall.until >= stall.from));
    }

    #[test]
    fn a_thread_that_is_ready_and_gets_no_processor_is_starved() {
        let clock = AttemptClock::start();
        let at = |milliseconds| clock.began() + ms(milliseconds);
        let mut heart = Beats::new(clock.began(), ms(0));
        heart.begins(&[7]);
        heart.begins(&[7, 8]);
        // What it had waited before this attempt says nothing.
        heart.ask(at(50), |thread| Some(ms(u64::from(thread) * 1_000)));
        heart.ask(at(100), |thread| Some(ms(u64::from(thread) * 1_000 + 9)));
        assert!(heart.since(&clock).starved.is_empty(), "18 % of the time: one of several");
        heart.ask(at(150), |thread| Some(ms(u64::from(thread) * 1_000 + if thread == 7 { 9 } else { 44 })));
        let starved = |from: u64, until: u64| {
            [Stall { from: Micros(from * 1_000), until: Micros(until * 1_000), suspended: Micros(0) }]
        };
        assert_eq!(heart.since(&clock).starved, starved(115, 150));
        // The whole process stood still up to 190: that is a stall, and no starvation too.
        heart.beat(at(190), ms(0));
        heart.ask(at(200), |thread| Some(ms(u64::from(thread) * 1_000 + 94)));
        assert_eq!(heart.since(&clock).starved[1..], starved(190, 200));
        heart.ends(&[7, 8], at(200));
        heart.ends(&[7], at(200));
        heart.ask(at(250), |_| Some(Duration::from_hours(1)));
        assert_eq!(heart.since(&clock).starved.len(), 2, "nobody runs there");
    }

    #[test]
    fn the_kernel_says_how_long_a_thread_has_waited() {
        let [this] = threads_of_task()[..] else { panic!("a test's thread is one") };
        let before = waited(this).unwrap();
        assert!(waited(this).unwrap() >= before);
        assert_eq!(waited(u32::MAX), None);
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
        let lost = stalled(&heartbeat.held(&clock).stalls, Micros(0), clock.now());
        assert!(lost < Micros(30_000_000), "{lost}");
        drop(guard);
        assert_eq!(heartbeat.shared.beats.lock().attempts, 0);
    }
}
