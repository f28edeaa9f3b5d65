//! Whose fault a failure is, where more than one could be: a tolerated call, a bug of the journey, a wait that is given up,
//! a runner that stood still.

use std::process::{Child, Command};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Answer, Manner, Web, http, odd, shop, status, text};
use wayfarer_tests::support::{Case, Ended, Running, component, guest, is_in_full};

/// Nobody is there.
const NOBODY: &str = "127.0.0.1:1";

/// Walks a journey of two targets. There is no working name server, so a call by a name is the runner's own trouble.
fn of_two(journey: &str, target: &Web, other: &str) -> Ended {
    let allow = format!("allow = ['{}', '{NOBODY}', 'nowhere.test']", target.place());
    let toml = format!("[network]\nresolver = '{NOBODY}'\n{allow}\n");
    Case::odd(journey).url(&target.url()).param("other_url", other).toml(&toml).run()
}

const UNRESOLVED: &str = "http://nowhere.test/";
const REFUSED: &str = "http://127.0.0.1:1/";
const NOT_ALLOWED: &str = "http://not-allowed.test/";

fn down() -> Web {
    http(|_| status(500, "no"))
}

fn well() -> Web {
    http(|_| text("Welcome"))
}

#[test]
fn a_tolerated_call_does_not_hide_that_the_target_is_down() {
    for other in [UNRESOLVED, REFUSED, NOT_ALLOWED] {
        let ended = of_two("tolerates-and-compares", &down(), other);
        ended.is(1, "failed", "check").shows("order accepted");
        of_two("compares-and-goes-on", &down(), other).is(1, "failed", "check");
    }
}

#[test]
fn a_check_of_what_the_runner_could_not_reach_does_not_blame_the_target() {
    of_two("requires-what-failed", &well(), UNRESOLVED).is(5, "inconclusive", "runner-network");
    of_two("requires-what-failed", &well(), REFUSED).is(1, "failed", "check");
    of_two("passes-over-a-failed-call", &well(), UNRESOLVED).is(5, "inconclusive", "runner-network");
    of_two("passes-over-a-failed-call", &well(), REFUSED).is(1, "failed", "step");
}

#[test]
fn a_bug_after_a_tolerated_call_is_a_panic() {
    let ended = of_two("bug-after-a-tolerated-call", &well(), REFUSED);
    ended.is(1, "failed", "panic").shows("index out of bounds");
}

#[test]
fn what_cannot_be_asked_for_is_the_journeys_fault_after_an_answer_too() {
    let json = || http(|_| text("{\"items\": []}"));
    for journey in ["malformed-path", "unwraps-a-malformed-path", "no-url"] {
        Case::odd(journey).target(&json()).run().is(3, "broken", "interface");
    }
}

#[test]
fn a_journey_that_polls_until_its_time_is_up_waits_for_the_target() {
    let ended = Case::odd("polls-by-itself").target(&well()).arguments(["--timeout", "700ms"]).run();
    ended.is(1, "failed", "timeout").shows("out of time");
}

fn patience(journey: &str) -> Case {
    component(guest("raw_patience")).journey(journey)
}

#[test]
fn who_gives_a_slow_request_up_says_that_the_target_is_slow() {
    for journey in ["abandons", "leaves-pending"] {
        patience(journey).target(&odd(Manner::Silent)).run().is(1, "failed", "timeout");
    }
}

#[test]
fn a_failure_that_names_no_request_is_of_the_one_that_just_failed() {
    let refused = patience("refused-and-fails").url(REFUSED).arguments(["--allow", NOBODY]);
    refused.run().is(1, "failed", "connect");
    patience("refused-and-fails").url(NOT_ALLOWED).run().is(3, "broken", "denied");
    patience("refused-and-fails").target(&shop()).run().is(1, "failed", "error");
}

#[test]
fn a_sleep_by_a_timer_of_wasi_is_a_sleep() {
    let ended = patience("sleeps-on").target(&shop()).arguments(["--timeout", "500ms"]).run();
    ended.is(3, "broken", "deadline").shows("in a sleep of the journey");
}

#[test]
fn a_target_that_is_too_busy_says_when_to_come_again() {
    let busy = |code: u16| -> Answer {
        let mut answer = status(code, "slow down");
        answer.headers_mut().insert("retry-after", "30".parse().unwrap());
        answer
    };
    for code in [429, 503] {
        let ended = Case::odd("get").target(&http(move |_| busy(code))).run();
        ended.is(1, "failed", "check").shows("the target asks to wait 30 s (Retry-After)");
    }
    let ended = Case::odd("get").target(&http(move |_| busy(500))).run();
    ended.is(1, "failed", "check");
    assert!(!ended.stdout.contains("Retry-After"), "{ended}");
}

/// Stops a call for some time.
fn stop_for(running: &Running, time: Duration) {
    running.signal(Signal::STOP);
    thread::sleep(time);
    running.signal(Signal::CONT);
}

#[test]
fn a_limit_that_passes_while_the_runner_is_stopped_blames_nobody() {
    let silent = odd(Manner::Silent);
    let running = Case::odd("impatient").target(&silent).start();
    silent.wait_until_asked();
    stop_for(&running, if is_in_full() { Duration::from_mins(1) } else { Duration::from_millis(1_500) });
    let ended = running.wait();
    ended.is(5, "inconclusive", "runner-stalled").shows("the runner itself did not run for");
    assert!(ended.attempt()["stall_us"].as_u64().unwrap() > 1_000_000, "{ended}");
    let running = Case::odd("get").target(&silent).arguments(["--timeout", "700ms"]).start();
    silent.wait_until_asked();
    stop_for(&running, Duration::from_millis(2_500));
    running.wait().is(5, "inconclusive", "runner-stalled");
    let ended = Case::odd("impatient").target(&silent).run();
    ended.is(1, "failed", "timeout");
}

/// A target that answers once the client is stopped, and then sees it go on.
fn stopped_while_it_answers(time: Duration) -> Ended {
    let ((asked, is_asked), (go_on, may_go_on)) = (channel(), channel::<()>());
    let may_go_on = Mutex::new(may_go_on);
    let target = http(move |_| {
        asked.send(()).unwrap();
        may_go_on.lock().unwrap().recv_timeout(Duration::from_mins(1)).unwrap();
        text("Welcome")
    });
    let running = Case::odd("quick").target(&target).start();
    is_asked.recv_timeout(Duration::from_mins(5)).unwrap();
    running.signal(Signal::STOP);
    // The signal takes a moment, and an answer within it is as quick as it should be.
    until_blocking(
        "every thread is stopped",
        || states(&running),
        |states| states.iter().all(|state| state == "T"),
    );
    go_on.send(()).unwrap();
    thread::sleep(time);
    running.signal(Signal::CONT);
    running.wait()
}

/// The state of each thread of a process, a letter each.
fn states(running: &Running) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", running.pid())).unwrap().flatten();
    let state = |task: std::fs::DirEntry| {
        // The name before the state may hold any character.
        let text = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        text.rsplit_once(") ").and_then(|(_, rest)| rest.get(..1)).unwrap_or_default().to_owned()
    };
    tasks.map(state).collect()
}

#[test]
fn a_latency_that_was_measured_while_the_runner_was_stopped_blames_nobody() {
    let ended = stopped_while_it_answers(Duration::from_millis(1_500));
    ended.is(5, "inconclusive", "runner-stalled").shows("it is quick");
}

#[test]
fn a_runner_with_a_tenth_of_a_processor_blames_nobody() {
    let silent = odd(Manner::Silent);
    let running = Case::odd("impatient").target(&silent).start();
    silent.wait_until_asked();
    // As a control group with a quota of 10 ms in 100 does.
    for _ in 0..20 {
        stop_for(&running, Duration::from_millis(90));
        thread::sleep(Duration::from_millis(10));
    }
    running.wait().is(5, "inconclusive", "runner-stalled");
}

/// Sets the scheduling policy of the threads of a process that have such a name at the beginning of theirs, and counts them.
fn schedule(running: &Running, policy: &str, names: &str) -> u32 {
    // The process may have ended meanwhile.
    let tasks = std::fs::read_dir(format!("/proc/{}/task", running.pid())).into_iter().flatten().flatten();
    let mut count = 0;
    for task in tasks.map(|task| task.path()) {
        let name = std::fs::read_to_string(task.join("comm")).unwrap_or_default();
        if name.starts_with(names) {
            let number = task.file_name().unwrap().to_str().unwrap();
            let set = Command::new("chrt").args([policy, "--pid", "0", number]).output().unwrap();
            count += u32::from(set.status.success());
        }
    }
    count
}

/// Processes that take every processor that this one may use, until it is dropped: two on each, which have all run for a while.
struct Taken(Vec<Child>);

impl Taken {
    fn all() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
        let processors = allowed.trim().split(',').flat_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse::<u32>().unwrap()..=last.parse().unwrap()
        });
        let spin = |processor: u32| {
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", &processor.to_string(), "sh", "-c", "while :; do :; done"]);
            command.spawn().unwrap()
        };
        let taken = Self(processors.flat_map(|processor| [spin(processor), spin(processor)]).collect());
        for child in &taken.0 {
            let ran = || {
                let schedule = std::fs::read_to_string(format!("/proc/{}/schedstat", child.id())).unwrap();
                Duration::from_nanos(schedule.split_whitespace().next().unwrap().parse().unwrap())
            };
            until_blocking("a process that spins", ran, |ran| *ran >= Duration::from_millis(100));
        }
        taken
    }

    /// Stops them, or has them go on at once.
    fn signal(&self, signal: Signal) {
        for child in &self.0 {
            rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A target that answers once every processor is taken and the threads of those names come after all others. None if that took so long that
/// the target itself was slow.
#[expect(clippy::disallowed_methods, reason = "how long the target took is measured by the real clock")]
fn without_a_processor(taken: &Taken, names: &str) -> Option<Ended> {
    let ((asked, is_asked), (go_on, may_go_on)) = (channel(), channel::<()>());
    let may_go_on = Mutex::new(may_go_on);
    let target = http(move |_| {
        asked.send(()).unwrap();
        may_go_on.lock().unwrap().recv_timeout(Duration::from_mins(1)).unwrap();
        text("Welcome")
    });
    taken.signal(Signal::STOP);
    let running = Case::odd("quick").target(&target).start();
    is_asked.recv_timeout(Duration::from_mins(5)).unwrap();
    let since = Instant::now();
    assert!(schedule(&running, "--idle", names) > 0, "no thread is named {names}");
    taken.signal(Signal::CONT);
    go_on.send(()).unwrap();
    let held = since.elapsed();
    thread::sleep(Duration::from_millis(1_500));
    taken.signal(Signal::STOP);
    // A run that got a processor is over by now.
    let _ = schedule(&running, "--other", names);
    let ended = running.wait();
    (held < Duration::from_millis(200)).then_some(ended)
}

/// The system may let a thread of the lowest priority take the answer in time, and then the run is good: it is done again.
#[test]
fn a_runner_whose_processors_are_taken_blames_nobody() {
    const TRIES: usize = 20;
    // In the full form only: it takes every processor for a minute, which the tests beside it feel.
    if !is_in_full() {
        return;
    }
    let taken = Taken::all();
    // All of its threads, or those that wait for the answer: then the thread that measures stalls gets its processor.
    for names in ["", "tokio-rt-worker"] {
        let was_starved = (0..TRIES).filter_map(|_| without_a_processor(&taken, names)).any(|ended| {
            let is_starved = ended.attempt()["verdict"] != "passed";
            if is_starved {
                ended.is(5, "inconclusive", "runner-stalled").shows("it is quick");
            }
            is_starved
        });
        assert!(was_starved, "{TRIES} times it had its processor");
    }
}

#[test]
fn a_slow_target_of_a_busy_runner_is_slow_all_the_same() {
    let slow = http(|_| {
        thread::sleep(Duration::from_millis(1_200));
        text("Welcome")
    });
    let _taken = Taken::all();
    Case::odd("quick").target(&slow).run().is(1, "failed", "check").shows("it is quick");
}

#[test]
fn a_machine_that_is_merely_busy_stalls_nobody() {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let count = thread::available_parallelism().unwrap().get();
        for _ in 0..2 * count {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let ended = Case::odd("passes").target(&shop()).run();
        is_over.store(true, Ordering::Relaxed);
        ended.is(0, "passed", "none");
        let spent = |name: &str| ended.attempt()[name].as_u64().unwrap();
        assert!(spent("stall_us") <= spent("duration_us") / 2, "{ended}");
    });
}
