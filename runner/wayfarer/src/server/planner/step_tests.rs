//! The plan under a clock that steps: driven by the watch over the clock, as the planner's thread and `clock_steps` drive it.

use wayfarer_model::clock::{ClockReading, ClockVerdict, ClockWatch};

use super::*;

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * HOUR;

#[derive(Debug, Clone)]
enum Step {
    Passes(u64),
    IsWrong(i64),
    IsRight,
    Synchronised(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..25 * MINUTE).prop_map(Step::Passes),
        2 => (-2 * HOUR.cast_signed()..3 * HOUR.cast_signed()).prop_map(Step::IsWrong),
        1 => (-3 * DAY.cast_signed()..3 * DAY.cast_signed()).prop_map(Step::IsWrong),
        1 => (-50_000_i64..50_000).prop_map(Step::IsWrong),
        3 => Just(Step::IsRight),
        1 => any::<bool>().prop_map(Step::Synchronised),
    ]
}

/// A machine with a clock that may be wrong, and the plan on it.
struct Machine {
    world: World,
    watch: ClockWatch,
    true_ms: u64,
    wrong_ms: i64,
    is_synchronised: bool,
}

impl Machine {
    /// Its boot was this long before.
    const UP: u64 = 5 * DAY;

    fn new() -> Self {
        let watch = ClockWatch::trusting(ClockReading { wall: UnixMillis(START), boot_ms: Self::UP });
        let mut world = World::new(MINUTE);
        for (journey, text) in (0..).zip(["every 10s", "every 7m", "@hourly"]) {
            let claim = claim(journey, 1, Some(schedule(text, "0s", journey)), START + 1, MINUTE);
            world.written.insert(journey, vec![claim]);
            world.learn_all(journey);
        }
        Self { world, watch, true_ms: START, wrong_ms: 0, is_synchronised: false }
    }

    fn turn(&mut self) {
        let wall = UnixMillis(self.true_ms.checked_add_signed(self.wrong_ms).unwrap());
        let reading = ClockReading { wall, boot_ms: Self::UP + self.true_ms - START };
        match self.watch.settle(reading, self.is_synchronised) {
            ClockVerdict::Wait => return,
            ClockVerdict::Steady => {}
            ClockVerdict::Forward(at) => self.watch.take_over(at),
            ClockVerdict::Back(at) => {
                self.world.settled.retain(|(_, slot), _| *slot <= at.wall.0);
                self.world.plan = Plan::new(at.wall.min(self.world.plan.planned_through()));
                (0..3).for_each(|journey| self.world.learn_all(journey));
                self.watch.take_over(at);
            }
        }
        self.world.now = self.watch.observe(reading).0;
        self.world.pass();
    }

    fn goes_on(&mut self, ms: u64) {
        let end = self.true_ms + ms;
        while self.true_ms < end {
            self.true_ms += 5_000;
            self.turn();
        }
    }
}

#[test]
fn whatever_the_clock_does_every_slot_is_settled_once_and_none_before_it_came() {
    let cases = if is_in_full() { 2_560 } else { 128 };
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let (most, steps) = (Cell::new(0), Cell::new(0));
    let ran = TestRunner::new(config).run(&prop::collection::vec(step(), 1..40), |history| {
        let mut machine = Machine::new();
        for step in history {
            steps.set(steps.get() + u32::from(matches!(step, Step::IsWrong(_))));
            match step {
                Step::Passes(ms) => machine.goes_on(ms),
                Step::IsWrong(ms) => machine.wrong_ms = ms,
                Step::IsRight => machine.wrong_ms = 0,
                Step::Synchronised(is) => machine.is_synchronised = is,
            }
        }
        machine.wrong_ms = 0;
        machine.turn();
        machine.watch.accept();
        machine.goes_on(2 * HOUR);
        let (through, now) = (machine.world.plan.planned_through(), machine.true_ms);
        prop_assert!(through.0.abs_diff(now) <= 10_000, "it plans until {}, and it is {now}", through.0);
        let early = machine.world.settled.keys().filter(|(_, slot)| *slot > now).count();
        let differing = machine.world.differing();
        most.set(most.get().max(differing.len() + early));
        prop_assert!(differing.is_empty(), "slot, due by, settled by: {:?}", differing.first());
        prop_assert_eq!(early, 0, "slots that have not come");
        Ok(())
    });
    let why = ran.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let case = format!(
        "{cases} histories in which the clock steps {} times: slots not settled once, or before they came",
        steps.get()
    );
    none_differ(&case, most.get(), &why);
    assert_eq!(why, "");
}
