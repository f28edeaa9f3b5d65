//! The watch on simulated time.

use proptest::prelude::*;

use super::*;

const START: u64 = 1_789_387_200_000;
const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The true time, and a wall clock that is wrong by so much.
struct Machine {
    true_ms: u64,
    wrong_ms: i64,
    is_synchronised: bool,
    watch: ClockWatch,
}

impl Machine {
    fn new() -> Self {
        let reading = ClockReading { wall: UnixMillis(START), boot_ms: 5 * DAY };
        Self { true_ms: START, wrong_ms: 0, is_synchronised: false, watch: ClockWatch::trusting(reading) }
    }

    fn reading(&self) -> ClockReading {
        let wall = UnixMillis(self.true_ms.checked_add_signed(self.wrong_ms).unwrap());
        ClockReading { wall, boot_ms: 5 * DAY + self.true_ms - START }
    }

    /// Time goes on by seconds, and steps are settled as the server does it. The first verdict that believes one, or the last.
    fn goes_on(&mut self, ms: u64) -> ClockVerdict {
        let (end, mut believed) = (self.true_ms + ms, None);
        loop {
            let verdict = self.watch.settle(self.reading(), self.is_synchronised);
            if let ClockVerdict::Forward(at) | ClockVerdict::Back(at) = verdict {
                self.watch.take_over(at);
                believed = believed.or(Some(verdict));
            }
            if self.true_ms >= end {
                return believed.unwrap_or(verdict);
            }
            self.true_ms = (self.true_ms + SECOND).min(end);
        }
    }

    /// How far what the watch says is off, in milliseconds.
    fn off(&mut self) -> i64 {
        let reading = self.reading();
        self.watch.observe(reading).0.cast_signed() - self.true_ms.cast_signed()
    }

    fn step(&self) -> Option<ClockStep> {
        self.watch.step(self.reading())
    }
}

#[test]
fn a_hundred_days_forward_for_75_seconds_are_no_time_at_all() {
    let mut machine = Machine::new();
    machine.goes_on(HOUR);
    machine.is_synchronised = true;
    machine.wrong_ms = (100 * DAY).cast_signed();
    assert_eq!(machine.goes_on(75 * SECOND), ClockVerdict::Wait);
    assert_eq!(machine.off(), 0);
    let step = machine.step().unwrap();
    assert_eq!((step.by_ms, step.lasts_ms), ((100 * DAY).cast_signed(), 75 * SECOND));
    machine.wrong_ms = 0;
    assert_eq!(machine.goes_on(SECOND), ClockVerdict::Steady);
    assert_eq!((machine.off(), machine.step()), (0, None));
    assert!(machine.watch.rest_ms(machine.reading()) > 23 * HOUR, "retention rests for a day");
    machine.goes_on(DAY);
    assert_eq!(machine.watch.rest_ms(machine.reading()), 0);
}

#[test]
fn a_step_forward_is_believed_after_ten_minutes_of_a_synchronised_clock() {
    let mut machine = Machine::new();
    machine.wrong_ms = HOUR.cast_signed();
    assert_eq!(machine.goes_on(DAY), ClockVerdict::Wait, "the kernel never says that it is right");
    machine.is_synchronised = true;
    assert!(matches!(machine.goes_on(SECOND), ClockVerdict::Forward(_)));
    assert_eq!((machine.off(), machine.step()), (HOUR.cast_signed(), None));
    assert!(machine.watch.rest_ms(machine.reading()) > 23 * HOUR);

    let mut machine = Machine::new();
    machine.is_synchronised = true;
    machine.wrong_ms = HOUR.cast_signed();
    assert_eq!(machine.goes_on(10 * MINUTE - SECOND), ClockVerdict::Wait);
    assert!(matches!(machine.goes_on(2 * SECOND), ClockVerdict::Forward(_)));
}

#[test]
fn a_step_back_is_believed_below_an_hour_and_takes_a_person_beyond() {
    let mut machine = Machine::new();
    machine.wrong_ms = -(30 * MINUTE).cast_signed();
    assert_eq!(machine.goes_on(59 * SECOND), ClockVerdict::Wait);
    assert_eq!(machine.off(), 0);
    assert!(matches!(machine.goes_on(2 * SECOND), ClockVerdict::Back(_)));
    assert_eq!((machine.off(), machine.step()), (machine.wrong_ms, None));

    let mut machine = Machine::new();
    machine.wrong_ms = -HOUR.cast_signed();
    machine.is_synchronised = true;
    assert_eq!(machine.goes_on(30 * DAY), ClockVerdict::Wait);
    assert!(machine.step().unwrap().needs_person);
    assert!(machine.watch.accept());
    assert!(matches!(machine.goes_on(0), ClockVerdict::Back(_)));
    assert_eq!(machine.watch.rest_ms(machine.reading()), 0, "a person's word");
    assert!(!machine.watch.accept(), "nothing to accept");
}

#[test]
fn a_persons_word_is_for_the_step_that_the_person_saw() {
    let mut machine = Machine::new();
    machine.wrong_ms = HOUR.cast_signed();
    machine.goes_on(SECOND);
    assert!(machine.watch.accept());
    machine.wrong_ms = (100 * DAY).cast_signed();
    assert_eq!(machine.goes_on(MINUTE), ClockVerdict::Wait);
    assert_eq!(machine.off(), 0);
}

/// A start on what the last process left, on another boot where none is named.
fn started(traces: ClockTraces, wrong_ms: i64, is_synchronised: bool) -> Machine {
    let mut machine = Machine::new();
    machine.wrong_ms = wrong_ms;
    machine.is_synchronised = is_synchronised;
    machine.watch = ClockWatch::begin(machine.reading(), traces, is_synchronised);
    machine
}

#[test]
fn a_start_amid_a_step_goes_on_with_the_time_of_the_process_before() {
    let this_boot = Some(ClockReading { wall: UnixMillis(START - HOUR), boot_ms: 5 * DAY - HOUR });
    let traces = ClockTraces { this_boot, newest: UnixMillis(START - HOUR), ..ClockTraces::default() };
    let mut machine = started(traces, (100 * DAY).cast_signed(), true);
    assert_eq!((machine.off(), machine.step().unwrap().by_ms), (0, (100 * DAY).cast_signed()));
    machine.wrong_ms = 0;
    assert_eq!((machine.off(), machine.step()), (0, None));
    // Another boot under the same name: the clock that counts from it began anew.
    let this_boot = Some(ClockReading { wall: UnixMillis(START - HOUR), boot_ms: 90 * DAY });
    let mut machine = started(ClockTraces { this_boot, ..traces }, 0, false);
    assert_eq!((machine.off(), machine.step()), (0, None));
}

#[test]
fn a_start_whose_clock_is_behind_the_newest_row_waits() {
    let traces = ClockTraces { newest: UnixMillis(START), ..ClockTraces::default() };
    let mut machine = started(traces, -(2 * DAY).cast_signed(), true);
    assert_eq!(machine.goes_on(HOUR), ClockVerdict::Wait);
    assert_eq!(machine.off(), 0, "the newest row is the least that it can be");
    // However much later it was in truth: the newest row says no more than that.
    machine.wrong_ms = (9 * DAY).cast_signed();
    assert_eq!((machine.off(), machine.step()), (machine.wrong_ms, None));
    let mut little = started(traces, -30 * SECOND.cast_signed(), false);
    assert_eq!((little.off(), little.step()), (-30 * SECOND.cast_signed(), None));
}

#[test]
fn a_start_before_the_program_was_built_takes_a_person() {
    let traces = ClockTraces { built: UnixMillis(START), ..ClockTraces::default() };
    let mut machine = started(traces, -(10 * MINUTE).cast_signed(), true);
    assert_eq!(machine.goes_on(HOUR - 20 * MINUTE), ClockVerdict::Wait);
    assert!(machine.step().unwrap().needs_person);
}

#[test]
fn a_start_long_after_the_newest_row_takes_the_kernels_word() {
    let traces = ClockTraces { newest: UnixMillis(START), ..ClockTraces::default() };
    let after = (100 * DAY).cast_signed();
    assert_eq!(started(traces, after, true).off(), after);
    let mut machine = started(traces, after, false);
    assert_eq!((machine.off(), machine.step().unwrap().by_ms), (0, after));
    machine.is_synchronised = true;
    assert!(matches!(machine.goes_on(11 * MINUTE), ClockVerdict::Forward(_)));
    assert_eq!(started(traces, (6 * DAY).cast_signed(), false).step(), None, "a week's absence is usual");
    let fresh = ClockTraces::default();
    assert_eq!(started(fresh, after, false).step(), None, "a new file says nothing");
}

#[test]
fn a_rest_of_retention_outlives_the_process() {
    let traces = ClockTraces { newest: UnixMillis(START), rest_ms: 20 * HOUR, ..ClockTraces::default() };
    let machine = started(traces, HOUR.cast_signed(), true);
    assert_eq!(machine.watch.rest_ms(machine.reading()), 19 * HOUR);
}

#[derive(Debug, Clone)]
enum Event {
    /// Milliseconds go by on both clocks.
    Passes(u64),
    /// The clock is set wrong by so much.
    IsWrong(i64),
    /// It is set right.
    IsRight,
    /// The kernel's word.
    Synchronised(bool),
    /// A process ends and another starts, within this boot or after another.
    Restart(bool, u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..20 * MINUTE).prop_map(Event::Passes),
        2 => (-400 * DAY.cast_signed()..400 * DAY.cast_signed()).prop_map(Event::IsWrong),
        1 => (-90_000_i64..90_000).prop_map(Event::IsWrong),
        3 => Just(Event::IsRight),
        1 => any::<bool>().prop_map(Event::Synchronised),
        1 => (any::<bool>(), 0..HOUR).prop_map(|(same, gap)| Event::Restart(same, gap)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    /// Whatever the wall clock does, nothing is off by more than a minute unless a step was believed; and a clock that is right in
    /// the end ends every step forward at once.
    #[test]
    fn time_is_off_by_a_minute_at_most_unless_a_step_was_believed(events in prop::collection::vec(event(), 1..60)) {
        let mut machine = Machine::new();
        let mut is_believed = false;
        for event in events {
            match event {
                Event::Passes(ms) => {
                    let verdict = machine.goes_on(ms);
                    is_believed |= matches!(verdict, ClockVerdict::Forward(_) | ClockVerdict::Back(_));
                }
                Event::IsWrong(ms) => machine.wrong_ms = ms,
                Event::IsRight => machine.wrong_ms = 0,
                Event::Synchronised(is) => machine.is_synchronised = is,
                Event::Restart(same, gap) => {
                    let reading = machine.reading();
                    let newest = machine.watch.observe(reading);
                    let rest_ms = machine.watch.rest_ms(reading);
                    let this_boot = same.then_some(ClockReading { wall: newest, ..reading });
                    machine.true_ms += gap;
                    // A boot takes the clock as it is, where it is not behind.
                    is_believed |= !same && machine.wrong_ms != 0;
                    let traces = ClockTraces { this_boot, newest, rest_ms, ..ClockTraces::default() };
                    machine.watch = ClockWatch::begin(machine.reading(), traces, machine.is_synchronised);
                    if !same && machine.watch.is_stepped() {
                        is_believed = true;
                    }
                }
            }
            if is_believed {
                break;
            }
            // A clock that is off by less than a minute at a time is followed.
            let off = machine.off();
            prop_assert!(off.abs() <= 2 * STEP_MS, "off by {off}, wrong by {}", machine.wrong_ms);
        }
    }
}
