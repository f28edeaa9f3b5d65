//! Notes when this process did not run: stopped by a signal, frozen with its control group, without a processor, or on a
//! machine that was suspended. The judge blames no target for what was measured across such a time.
//!
//! A thread wakes every 10 ms while an attempt runs. What it is late beyond 30 ms is a stall: an idle thread gets its
//! processor at once on a machine that is merely busy, so a stall says that the whole process stood still. The monotonic
//! clock goes on while a process is stopped and stands still while the machine is suspended; the boot clock goes on then,
//! too, and tells the difference.
//!
//! A thread that has work waits longer for a processor than one that sleeps. So the thread also asks the kernel how long the threads of
//! running attempts were ready to run and did not ([`starvation`](crate::starvation)).

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
use crate::starvation::{Proc, Span, Starvation, joined};

const PERIOD: Duration = Duration::from_millis(10);
/// A beat may be that late.
const GRACE: Duration = Duration::from_millis(30);
/// So long it goes on beating after the last attempt: the next one may follow at once.
const LINGER: Duration = Duration::from_secs(1);
/// Between two questions to the kernel about the threads of attempts.
const ASKS: Duration = Duration::from_millis(50);
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
    starvation: Starvation,
    /// When the kernel was asked about all threads last.
    asked: Instant,
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
            starvation: Starvation::default(),
            asked: now,
        }
    }

    fn begins(&mut self, threads: &[u32], now: Instant) {
        self.attempts += 1;
        self.idle = None;
        self.starvation.begins(threads, now, &Proc);
    }

    fn ends(&mut self, threads: &[u32], now: Instant) {
        self.attempts -= 1;
        if self.attempts == 0 {
            self.idle = Some(now);
        }
        self.starvation.ends(threads);
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

    /// The stalls of an attempt up to now.
    fn stalls(&self, clock: &AttemptClock) -> Vec<Stall> {
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

/// Times of one attempt in which it was not the target that took its time, in order.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// The process did not run.
    pub(crate) stalls: Vec<Stall>,
    /// A thread that carries it was ready to run, and got no processor. May overlap with stalls.
    pub(crate) starved: Vec<Stall>,
}

fn keep(times: &mut VecDeque<Lost>, lost: Lost) {
    if times.len() == KEPT {
        times.pop_front();
    }
    times.push_back(lost);
}

/// What a runtime of several threads calls its workers, unless somebody names them otherwise.
const WORKERS: &str = "tokio-rt-worker";

/// The numbers by which the kernel knows the threads that may run a task of the calling one, or what works for it. On the threads of guests all
/// of that stays where it is. Elsewhere the task itself may be on the thread that began the runtime, while its connections are on the workers:
/// an answer passes through both. Other threads, such as those that keep time, wake so often that waiting is all they do.
fn threads_of_task() -> Vec<u32> {
    thread_local! {
        static NUMBER: Option<u32> = std::fs::read_link("/proc/thread-self")
            .ok()
            .and_then(|link| link.file_name()?.to_str()?.parse().ok());
    }
    let own: Vec<u32> = NUMBER.with(|number| number.iter().copied().collect());
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    if !matches!(flavor, Ok(RuntimeFlavor::MultiThread)) {
        return own;
    }
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let is_worker = |task: &DirEntry| {
        std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim_end() == WORKERS)
    };
    let workers = tasks.filter(is_worker).filter_map(|task| task.file_name().to_str()?.parse().ok());
    let mut threads: Vec<u32> = workers.filter(|worker| !own.contains(worker)).collect();
    threads.extend(own);
    threads
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
                        beats.asked = now;
                        beats.starvation.ask(now, &Proc);
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
        let now = monotonic_now();
        if std::mem::take(&mut beats.is_parked) {
            (beats.last, beats.ahead) = (now, ahead_of_monotonic());
            beats.asked = now;
            beats.starvation.begin_anew();
            self.thread.unpark();
        }
        beats.begins(&threads, now);
        DuringAttempt { shared: Arc::clone(&self.shared), threads }
    }

    /// For how long the process stood still or a thread of attempts was starved within the time up to now. While no attempt runs nobody
    /// notices.
    pub(crate) fn held_up_within(&self, time: Duration) -> Duration {
        let now = monotonic_now();
        let from = now.checked_sub(time).unwrap_or(now);
        let beats = self.shared.beats.lock();
        let stood_still = || beats.lost.iter().rev().take_while(|lost| lost.until > from);
        let mut spans: Vec<Span> = stood_still().map(|lost| (lost.from, lost.until)).collect();
        spans.extend(beats.starvation.of_all(from));
        let within = |(began, until): Span| until.saturating_duration_since(began.max(from));
        let suspended: Duration = stood_still().map(|lost| lost.suspended).sum();
        suspended + joined(spans).into_iter().map(within).sum::<Duration>()
    }

    /// What held an attempt up until now. It may be over before the thread has woken from a stall. The kernel is asked once more about its
    /// threads where the attempt `is_doubtful`: only then does anybody want to know.
    pub(crate) fn held(&self, clock: &AttemptClock, during: &DuringAttempt, is_doubtful: bool) -> Held {
        let ahead = ahead_of_monotonic();
        let mut beats = self.shared.beats.lock();
        let now = monotonic_now();
        beats.beat(now, ahead);
        let stalls = beats.stalls(clock);
        if !is_doubtful {
            return Held { stalls, starved: Vec::new() };
        }
        let spans = beats.starvation.of(&during.threads, clock.began(), now, Some(&Proc));
        let starved =
            |(from, until)| Stall { from: clock.at(from), until: clock.at(until), ..Stall::default() };
        Held { stalls, starved: spans.into_iter().map(starved).collect() }
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
    use wayfarer_testkit::until_blocking;

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
        heart.stalls(&clock)
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
        assert_eq!(heart.stalls(&clock)[0].from, Micros(0).max(clock.at(before.began() + ms(40))));
        heart.beat(clock.began() + ms(490), ms(0));
        assert!(heart.stalls(&clock).iter().all(|stall| stall.until >= stall.from));
    }

    #[test]
    fn a_task_of_a_runtime_of_several_threads_is_carried_by_its_own_thread_and_all_workers() {
        let own = threads_of_task();
        assert_eq!(own.len(), 1, "a test's thread is one");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
        // Each takes its name when it first runs. Tests beside this one may have workers, too.
        let threads = || runtime.block_on(async { threads_of_task() });
        let of_main = until_blocking("three workers", threads, |threads| threads.len() >= 4);
        assert!(of_main.contains(&own[0]), "{of_main:?}");
        let of_worker = runtime.block_on(async { tokio::spawn(async { threads_of_task() }).await.unwrap() });
        assert!(of_worker.len() >= 3 && !of_worker.contains(&own[0]), "{of_worker:?}");
        let alone = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(alone.block_on(async { threads_of_task() }), own);
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
        let lost = stalled(&heartbeat.held(&clock, &guard, true).stalls, Micros(0), clock.now());
        assert!(lost < Micros(30_000_000), "{lost}");
        drop(guard);
        assert_eq!(heartbeat.shared.beats.lock().attempts, 0);
    }
}
