//! For how long the threads of attempts were ready to run and got no processor, by what the kernel says of them.
//!
//! A thread that has work waits longer for a processor than one that sleeps, so the [`heartbeat`](crate::heartbeat) is in time while attempts
//! wait. Each twentieth of a second, and once more at the end of an attempt that did not end well or in which a check did not hold, the kernel is asked how long each thread that carries
//! an attempt has waited since it began (`/proc/self/task/N/schedstat`).
//!
//! - The kernel adds a wait to its figure when the wait ends. A wait that is longer than the time between two questions therefore counts back to
//!   its own beginning. One that is under way counts from the first question that found the thread ready and its figures as before.
//! - A thread that waited for less than half of the time between two questions was one of several on a busy machine. Its waits do not count:
//!   a few milliseconds a turn do not make an answer late, and a target that is slow must not be excused by them.
//! - Waits of several threads at one instant count once. Threads that carry other attempts alone do not count.
//!
//! `/proc/pressure/cpu` is no second source: it says that some thread of the machine waits, which on a busy machine is always so.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A thread that waits for less than one part in so many of its time is merely one of several.
const STARVES: u32 = 2;
/// The most waits that are kept of a thread: those of 13 minutes at least, and no attempt is longer than some minutes.
const KEPT: usize = 16_384;

/// From an instant until a later one.
pub(crate) type Span = (Instant, Instant);

/// What the kernel says of a thread, since the thread began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// How long it ran.
    ran: Duration,
    /// How long it was ready without a processor, in all waits that are over.
    waited: Duration,
    /// How often it got a processor.
    turns: u64,
}

/// Where the figures of threads come from.
pub(crate) trait Kernel {
    /// None where the thread is over, or where the system does not say.
    fn schedule(&self, thread: u32) -> Option<Schedule>;
    /// Whether the thread runs or wants to.
    fn is_ready(&self, thread: u32) -> bool;
}

/// The kernel that this process runs on.
pub(crate) struct Proc;

impl Kernel for Proc {
    fn schedule(&self, thread: u32) -> Option<Schedule> {
        let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/schedstat")).ok()?;
        let mut figures = text.split_whitespace().map(str::parse::<u64>);
        let mut next = || figures.next()?.ok();
        Some(Schedule {
            ran: Duration::from_nanos(next()?),
            waited: Duration::from_nanos(next()?),
            turns: next()?,
        })
    }

    fn is_ready(&self, thread: u32) -> bool {
        let text = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
        // The name before the state may hold any character.
        text.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'))
    }
}

/// A thread that attempts may run on.
struct Watched {
    thread: u32,
    attempts: usize,
    known: Option<Known>,
    waits: VecDeque<Span>,
}

/// The answer to the last question.
#[derive(Clone, Copy)]
struct Known {
    at: Instant,
    schedule: Schedule,
    /// The first of the last questions that all found it ready, with these figures.
    ready_since: Option<Instant>,
}

impl Known {
    /// What the answer of now says: the wait that ended since, or that is under way.
    fn wait(&self, now: Instant, schedule: Schedule, is_ready: bool) -> Option<Span> {
        if schedule == self.schedule {
            return self.ready_since.filter(|_| is_ready).map(|since| (since, now));
        }
        let waited = schedule.waited.saturating_sub(self.schedule.waited);
        let is_starved = waited * STARVES > now.saturating_duration_since(self.at);
        is_starved.then(|| (now.checked_sub(waited).unwrap_or(now), now))
    }
}

impl Watched {
    /// Asks, and keeps a wait that is over.
    fn ask(&mut self, now: Instant, kernel: &impl Kernel) {
        let Some(schedule) = kernel.schedule(self.thread) else {
            self.known = None;
            return;
        };
        let mut ready_since = None;
        match &self.known {
            Some(known) if known.schedule == schedule => {
                ready_since = kernel.is_ready(self.thread).then(|| known.ready_since.unwrap_or(now));
            }
            Some(known) => {
                if let Some(wait) = known.wait(now, schedule, true) {
                    if self.waits.len() == KEPT {
                        self.waits.pop_front();
                    }
                    self.waits.push_back(wait);
                }
            }
            None => {}
        }
        self.known = Some(Known { at: now, schedule, ready_since });
    }

    /// Asks, and keeps nothing: more frequent questions would take shorter waits for starvation.
    fn peek(&self, now: Instant, kernel: &impl Kernel) -> Option<Span> {
        let schedule = kernel.schedule(self.thread)?;
        self.known?.wait(now, schedule, kernel.is_ready(self.thread))
    }

    fn since(&self, since: Instant) -> impl Iterator<Item = Span> {
        self.waits.iter().rev().copied().take_while(move |(_, until)| *until > since)
    }
}

/// The threads that carry attempts, and when each of them starved.
#[derive(Default)]
pub(crate) struct Starvation(Vec<Watched>);

impl Starvation {
    /// An attempt begins that any of these threads may run.
    pub(crate) fn begins(&mut self, threads: &[u32], now: Instant, kernel: &impl Kernel) {
        for thread in threads {
            let place = self.0.iter().position(|watched| watched.thread == *thread).unwrap_or_else(|| {
                self.0.push(Watched { thread: *thread, attempts: 0, known: None, waits: VecDeque::new() });
                self.0.len() - 1
            });
            if let Some(watched) = self.0.get_mut(place) {
                watched.attempts += 1;
                if watched.known.is_none() {
                    watched.ask(now, kernel);
                }
            }
        }
    }

    /// An attempt is over that had begun with these threads.
    pub(crate) fn ends(&mut self, threads: &[u32]) {
        for watched in self.0.iter_mut().filter(|watched| threads.contains(&watched.thread)) {
            watched.attempts = watched.attempts.saturating_sub(1);
        }
    }

    /// Asks about all threads. Those that are over and carried nothing are forgotten.
    pub(crate) fn ask(&mut self, now: Instant, kernel: &impl Kernel) {
        self.0.iter_mut().for_each(|watched| watched.ask(now, kernel));
        self.0.retain(|watched| watched.attempts > 0 || watched.known.is_some());
    }

    /// Nobody has asked for a while: the next answers say nothing of the time before them.
    pub(crate) fn begin_anew(&mut self) {
        self.0.iter_mut().for_each(|watched| watched.known = None);
    }

    /// When any of these threads starved after an instant; with `kernel` also up to now.
    pub(crate) fn of(
        &self,
        threads: &[u32],
        since: Instant,
        now: Instant,
        kernel: Option<&impl Kernel>,
    ) -> Vec<Span> {
        let of_attempt = || self.0.iter().filter(|watched| threads.contains(&watched.thread));
        let newest =
            kernel.into_iter().flat_map(|kernel| of_attempt().filter_map(move |one| one.peek(now, kernel)));
        joined(of_attempt().flat_map(|watched| watched.since(since)).chain(newest).collect())
    }

    /// When any thread starved after an instant, as far as it was asked.
    pub(crate) fn of_all(&self, since: Instant) -> Vec<Span> {
        joined(self.0.iter().flat_map(|watched| watched.since(since)).collect())
    }
}

/// The same times without overlaps, in order.
pub(crate) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for (from, until) in spans {
        match joined.last_mut() {
            Some((_, end)) if from <= *end => *end = until.max(*end),
            _ => joined.push((from, until)),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::clock::monotonic_now;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Figures in milliseconds and turns, and whether the thread is ready.
    #[derive(Default)]
    struct Figures(RefCell<BTreeMap<u32, (u64, u64, u64, bool)>>);

    impl Figures {
        fn say(&self, thread: u32, ran: u64, waited: u64, turns: u64, is_ready: bool) {
            self.0.borrow_mut().insert(thread, (ran, waited, turns, is_ready));
        }
    }

    impl Kernel for Figures {
        fn schedule(&self, thread: u32) -> Option<Schedule> {
            let (ran, waited, turns, _) = *self.0.borrow().get(&thread)?;
            Some(Schedule { ran: ms(ran), waited: ms(waited), turns })
        }

        fn is_ready(&self, thread: u32) -> bool {
            self.0.borrow().get(&thread).is_some_and(|figures| figures.3)
        }
    }

    /// A starvation of threads 7 and 8 that is asked at these milliseconds, and the milliseconds at which they starved.
    struct Watch {
        began: Instant,
        kernel: Figures,
        starvation: Starvation,
    }

    impl Watch {
        fn begin() -> Self {
            let (began, kernel) = (monotonic_now(), Figures::default());
            for thread in [7, 8] {
                kernel.say(thread, 1_000, 9_000, 100, false);
            }
            let mut starvation = Starvation::default();
            starvation.begins(&[7, 8], began, &kernel);
            Self { began, kernel, starvation }
        }

        fn ask(&mut self, at: u64) {
            self.starvation.ask(self.began + ms(at), &self.kernel);
        }

        fn starved(&self, threads: &[u32], since: u64, now: u64) -> Vec<(u128, u128)> {
            let (since, now) = (self.began + ms(since), self.began + ms(now));
            let after = |at: Instant| at.saturating_duration_since(self.began).as_millis();
            let spans = self.starvation.of(threads, since, now, Some(&self.kernel));
            spans.into_iter().map(|(from, until)| (after(from), after(until))).collect()
        }
    }

    #[test]
    fn short_waits_of_a_busy_machine_do_not_count() {
        let mut watch = Watch::begin();
        for window in 1..=20 {
            watch.kernel.say(7, 1_000 + window * 27, 9_000 + window * 23, 100 + window * 8, true);
            watch.ask(window * 50);
        }
        assert!(watch.starved(&[7], 0, 1_000).is_empty(), "46 % of the time");
        watch.kernel.say(7, 1_560, 9_490, 270, true);
        watch.ask(1_050);
        assert_eq!(watch.starved(&[7], 0, 1_050), [(1_020, 1_050)], "60 % of the last window");
    }

    #[test]
    fn a_wait_counts_back_to_its_beginning_once_the_kernel_tells_of_it() {
        let mut watch = Watch::begin();
        // It sleeps until an answer wakes it at 130, and gets no processor until 1,420.
        watch.ask(50);
        watch.ask(100);
        watch.kernel.say(7, 1_000, 9_000, 100, true);
        for asked in (150..=1_400).step_by(50) {
            watch.ask(asked);
        }
        assert_eq!(watch.starved(&[7], 0, 1_410), [(150, 1_410)], "it is under way, at least since then");
        watch.kernel.say(7, 1_005, 10_290, 101, true);
        assert_eq!(watch.starved(&[7], 0, 1_425), [(135, 1_425)], "asked by the attempt itself");
        watch.ask(1_450);
        watch.kernel.say(7, 1_010, 10_290, 102, false);
        watch.ask(1_500);
        assert_eq!(watch.starved(&[7], 0, 1_500), [(160, 1_450)]);
        assert!(watch.starved(&[7], 1_450, 1_500).is_empty(), "an attempt that began later");
    }

    #[test]
    fn a_thread_that_sleeps_does_not_wait() {
        let mut watch = Watch::begin();
        (1..=20).for_each(|window| watch.ask(window * 50));
        assert!(watch.starved(&[7, 8], 0, 1_010).is_empty());
        watch.kernel.say(7, 1_000, 9_000, 100, true);
        assert!(watch.starved(&[7], 0, 1_010).is_empty(), "it has just become ready");
    }

    #[test]
    fn waits_at_one_instant_count_once_and_only_those_of_own_threads() {
        let mut watch = Watch::begin();
        watch.kernel.say(7, 1_001, 9_100, 101, true);
        watch.ask(150);
        watch.kernel.say(8, 1_001, 9_120, 101, true);
        watch.ask(200);
        assert_eq!(watch.starved(&[7, 8], 0, 200), [(50, 200)]);
        assert_eq!(watch.starved(&[8], 0, 200), [(80, 200)]);
        let all = watch.starvation.of_all(watch.began);
        assert_eq!(all, [(watch.began + ms(50), watch.began + ms(200))]);
    }

    #[test]
    fn what_a_thread_had_waited_before_somebody_asked_says_nothing() {
        let mut watch = Watch::begin();
        watch.starvation.begin_anew();
        watch.kernel.say(7, 1_001, 99_000, 101, true);
        watch.ask(50);
        watch.starvation.begins(&[7], watch.began + ms(60), &watch.kernel);
        assert!(watch.starved(&[7], 0, 60).is_empty());
        watch.kernel.say(7, 1_001, 99_030, 102, true);
        watch.ask(100);
        assert_eq!(watch.starved(&[7], 0, 100), [(70, 100)]);
    }

    #[test]
    fn a_thread_that_is_over_is_forgotten_once_nothing_ran_on_it() {
        let mut watch = Watch::begin();
        watch.kernel.0.borrow_mut().remove(&7);
        watch.ask(50);
        assert_eq!(watch.starvation.0.len(), 2, "an attempt may still be on it");
        watch.starvation.ends(&[7, 8]);
        watch.ask(100);
        assert_eq!(watch.starvation.0.len(), 1);
    }

    #[test]
    fn the_kernel_says_how_long_a_thread_has_waited() {
        let this = std::fs::read_link("/proc/thread-self").unwrap();
        let this = this.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let before = Proc.schedule(this).unwrap();
        assert!(Proc.is_ready(this), "it runs");
        std::thread::sleep(ms(5));
        let after = Proc.schedule(this).unwrap();
        assert!(after.turns > before.turns && after.ran > before.ran && after.waited >= before.waited);
        assert_eq!(Proc.schedule(u32::MAX), None);
        assert!(!Proc.is_ready(u32::MAX));
    }
}
