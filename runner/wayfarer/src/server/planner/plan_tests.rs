//! The plan on simulated time, against an oracle that knows only versions and `Schedule::slots_between`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wayfarer_testkit::{is_in_full, none_differ};

use super::*;

const START: u64 = 1_774_000_000_000;
const HOUR: u64 = 3_600_000;

/// Journey and number.
type Version = (u32, u32);

fn schedule(text: &str, spread: &str, journey: u32) -> Arc<Schedule> {
    let (tenant, journey) = ("shop".parse().unwrap(), format!("journey-{journey}").parse().unwrap());
    let plain = Schedule::new(text.parse().unwrap(), "Europe/Berlin".parse().unwrap());
    Arc::new(plain.with_spread(spread.parse().unwrap(), &tenant, &journey))
}

fn claim(
    journey: u32,
    number: u32,
    schedule: Option<Arc<Schedule>>,
    from: u64,
    grace_ms: u64,
) -> Claim<Version> {
    Claim { number, version: (journey, number), schedule, from: UnixMillis(from), until: None, grace_ms }
}

fn slots(due: &[Due<Version>]) -> Vec<u64> {
    due.iter().map(|due| due.slot.0 - START).collect()
}

#[test]
fn slots_come_at_their_instant_and_the_next_one_is_known() {
    let mut plan = Plan::new(UnixMillis(START));
    plan.learn(1, claim(1, 1, Some(schedule("every 10s", "0s", 1)), START, 1_000));
    assert_eq!(plan.next_fire(), Some(UnixMillis(START + 10_000)), "what began at the start is done");
    assert!(plan.due(UnixMillis(START + 9_999), 10).due.is_empty());
    let batch = plan.due(UnixMillis(START + 10_000), 10);
    assert_eq!((slots(&batch.due), batch.through), (vec![10_000], UnixMillis(START + 10_000)));
    assert_eq!(plan.next_fire(), Some(UnixMillis(START + 20_000)));
}

#[test]
fn a_clock_that_goes_back_hands_out_nothing_twice() {
    let mut plan = Plan::new(UnixMillis(START));
    plan.learn(1, claim(1, 1, Some(schedule("every 10s", "0s", 1)), START, 1_000));
    assert_eq!(slots(&plan.due(UnixMillis(START + 10_000), 10).due), [10_000]);
    let back = plan.due(UnixMillis(START), 10);
    assert_eq!((back.due.len(), back.through), (0, UnixMillis(START + 10_000)));
    assert_eq!(slots(&plan.due(UnixMillis(START + 20_000), 10).due), [20_000]);
}

#[test]
fn a_leap_of_a_year_is_one_entry_and_what_is_within_grace_runs() {
    let mut plan = Plan::new(UnixMillis(START));
    plan.learn(1, claim(1, 1, Some(schedule("every 1s", "0s", 1)), START, 2_000));
    let now = START + 365 * 24 * HOUR;
    let batch = plan.due(UnixMillis(now), 100);
    let [passed] = batch.passed.as_slice() else { panic!("{:?}", batch.passed) };
    assert_eq!((passed.first_fire(), passed.until), (UnixMillis(START + 1_000), UnixMillis(now - 2_000)));
    assert_eq!(batch.due.iter().map(|due| now - due.slot.0).collect::<Vec<_>>(), [2_000, 1_000, 0]);
    assert!(!batch.more && batch.through == UnixMillis(now));
}

#[test]
fn after_a_freeze_two_late_slots_of_a_journey_run_and_those_on_time() {
    let mut plan = Plan::new(UnixMillis(START));
    plan.learn(1, claim(1, 1, Some(schedule("every 1s", "0s", 1)), START, 60_000));
    plan.learn(2, claim(2, 1, Some(schedule("every 40s", "0s", 2)), START, 60_000));
    let batch = plan.due(UnixMillis(START + 50_500), 100);
    assert_eq!(slots(&batch.due), [40_000, 48_000, 49_000, 50_000], "late: 40, 48 and 49 s; on time: 50 s");
    let [passed] = batch.passed.as_slice() else { panic!("{:?}", batch.passed) };
    assert_eq!((passed.first_fire(), passed.until), (UnixMillis(START + 1_000), UnixMillis(START + 48_000)));
    assert_eq!((batch.more, batch.through), (false, UnixMillis(START + 50_500)));
}

#[test]
fn a_full_batch_says_that_there_is_more_and_claims_no_more_than_it_holds() {
    let mut plan = Plan::new(UnixMillis(START));
    for journey in 0..5 {
        plan.learn(journey, claim(journey, 1, Some(schedule("every 10s", "0s", journey)), START, 1_000));
    }
    let first = plan.due(UnixMillis(START + 10_000), 3);
    assert_eq!((first.due.len(), first.more, first.through), (3, true, UnixMillis(START + 9_999)));
    let second = plan.due(UnixMillis(START + 10_000), 3);
    assert_eq!((second.due.len(), second.more, second.through), (2, false, UnixMillis(START + 10_000)));
}

#[test]
fn an_announced_version_takes_over_at_its_instant_however_late_it_is_learnt() {
    let mut plan = Plan::new(UnixMillis(START));
    plan.learn(1, claim(1, 1, Some(schedule("every 10s", "0s", 1)), START, 60_000));
    let from = plan.announce(UnixMillis(START + 15_000), [1]);
    assert_eq!(from, UnixMillis(START + 15_000));
    let meanwhile = plan.due(UnixMillis(START + 22_000), 10);
    assert_eq!(slots(&meanwhile.due), [10_000], "the slot of 20 s is no longer the old version's");
    assert_eq!(meanwhile.through, UnixMillis(START + 14_999), "and nobody says that it is done");
    plan.learn(1, claim(1, 2, Some(schedule("every 7s", "0s", 1)), from.0, 60_000));
    plan.conclude();
    let late = plan.due(UnixMillis(START + 22_000), 10);
    assert_eq!(late.through, UnixMillis(START + 22_000));
    assert!(late.due.iter().all(|due| due.version == (1, 2) && due.slot >= from), "{late:?}");
    assert_eq!(late.due.len(), 1, "{late:?}");
}

#[test]
fn a_deploy_that_came_to_nothing_gives_the_slots_back() {
    let mut plan = Plan::new(UnixMillis(START));
    let old = claim(1, 1, Some(schedule("every 10s", "0s", 1)), START, 60_000);
    plan.learn(1, old.clone());
    plan.announce(UnixMillis(START + 15_000), [1]);
    assert_eq!(slots(&plan.due(UnixMillis(START + 22_000), 10).due), [10_000]);
    plan.learn(1, old);
    plan.conclude();
    assert_eq!(slots(&plan.due(UnixMillis(START + 22_000), 10).due), [20_000]);
}

/// What happens in a simulated year.
#[derive(Debug, Clone)]
enum Happening {
    /// Time goes on, with a pass at the end.
    Passes(u64),
    /// The clock goes back.
    Back(u64),
    /// A version is written: which journey, which schedule, what spread; time passes before it is learnt.
    Deploy(u32, Option<usize>, usize, u64),
    /// A version is announced and not written.
    Fails(u32, u64),
    /// The process ends and another one starts, this much later.
    Restart(u64),
}

const SCHEDULES: [&str; 6] =
    ["every 6h", "30 2 * * *", "*/45 1-4 * * SUN", "0 9 * * MON-FRI", "every 11h", "17 */8 * * *"];
const SPREADS: [&str; 3] = ["0s", "10m", "24h"];

fn happening() -> impl Strategy<Value = Happening> {
    let journey = 0_u32..5;
    prop_oneof![
        6 => (0..30 * HOUR).prop_map(Happening::Passes),
        2 => (0..20 * 60_000_u64).prop_map(Happening::Passes),
        1 => (0..60 * 24 * HOUR).prop_map(Happening::Passes),
        1 => (0..5 * HOUR).prop_map(Happening::Back),
        3 => (journey.clone(), prop::option::weighted(0.8, 0..SCHEDULES.len()), 0..SPREADS.len(), 0..3 * HOUR)
            .prop_map(|(journey, text, spread, late)| Happening::Deploy(journey, text, spread, late)),
        1 => (journey, 0..3 * HOUR).prop_map(|(journey, late)| Happening::Fails(journey, late)),
        1 => (0..40 * HOUR).prop_map(Happening::Restart),
    ]
}

/// A slot, by whom it was due, and by whom it was settled.
type Differing = ((u32, u64), Option<Vec<Version>>, Option<Vec<Version>>);

/// The plan, what it handed out, and all that the store would know.
struct World {
    plan: Plan<u32, Version>,
    now: u64,
    written: BTreeMap<u32, Vec<Claim<Version>>>,
    settled: BTreeMap<(u32, u64), Vec<Version>>,
    grace_ms: u64,
}

impl World {
    fn new(grace_ms: u64) -> Self {
        Self {
            plan: Plan::new(UnixMillis(START)),
            now: START,
            written: BTreeMap::new(),
            settled: BTreeMap::new(),
            grace_ms,
        }
    }

    fn pass(&mut self) {
        loop {
            let batch = self.plan.due(UnixMillis(self.now), 7);
            for due in batch.due {
                assert!((due.fire.0..=due.fire.0 + self.grace_ms).contains(&self.now), "{due:?}");
                self.settle(due.version, due.slot);
            }
            self.settle_passed(batch.passed);
            if !batch.more {
                return;
            }
        }
    }

    fn settle_passed(&mut self, passed: Vec<Passed<Version>>) {
        for passed in passed {
            let slots: Vec<_> = passed.schedule.slots_between(passed.from, passed.until).collect();
            assert_eq!(slots.first(), Some(&passed.from));
            for slot in slots {
                self.settle(passed.version, slot);
            }
        }
    }

    fn settle(&mut self, version: Version, slot: UnixMillis) {
        self.settled.entry((version.0, slot.0)).or_default().push(version);
    }

    fn learn_all(&mut self, journey: u32) {
        for claim in self.written.get(&journey).into_iter().flatten() {
            self.plan.learn(journey, claim.clone());
        }
    }

    fn change(&mut self, journey: u32, late: u64, written: impl FnOnce(u32, u64) -> Option<Claim<Version>>) {
        let from = self.plan.announce(UnixMillis(self.now), [journey]);
        self.now += late;
        self.pass();
        let versions = self.written.entry(journey).or_default();
        if let Some(claim) = written(versions.len() as u32 + 1, from.0) {
            if let Some(last) = versions.last_mut() {
                last.until = Some(from);
            }
            versions.push(claim);
        }
        self.learn_all(journey);
        self.plan.conclude();
        self.pass();
    }

    #[expect(clippy::needless_pass_by_value, reason = "what happens is used up by it")]
    fn happen(&mut self, happening: Happening) {
        let grace_ms = self.grace_ms;
        match happening {
            Happening::Passes(time) => self.now += time,
            Happening::Back(time) => self.now -= time,
            Happening::Deploy(journey, text, spread, late) => self.change(journey, late, |number, from| {
                let schedule = text.map(|text| schedule(SCHEDULES[text], SPREADS[spread], journey));
                Some(claim(journey, number, schedule, from, grace_ms))
            }),
            Happening::Fails(journey, late) => self.change(journey, late, |_, _| None),
            Happening::Restart(gap) => {
                self.plan = Plan::new(self.plan.planned_through());
                let journeys: Vec<u32> = self.written.keys().copied().collect();
                for journey in journeys {
                    self.learn_all(journey);
                }
                self.now += gap;
            }
        }
        self.pass();
    }

    /// Every slot that was to begin by now, with the version that owns it.
    fn oracle(&self) -> BTreeMap<(u32, u64), Vec<Version>> {
        let through = self.plan.planned_through();
        let mut slots = BTreeMap::new();
        for claim in self.written.values().flatten() {
            let Some(schedule) = &claim.schedule else { continue };
            let until = claim.until.unwrap_or(UnixMillis(through.0 + 1));
            let own = schedule
                .slots_between(claim.from, until)
                .take_while(|slot| schedule.fire_at(*slot) <= through);
            slots.extend(own.map(|slot| ((claim.version.0, slot.0), vec![claim.version])));
        }
        slots
    }

    /// Slots that were not settled exactly once by the version that they were due by.
    fn differing(&self) -> Vec<Differing> {
        let oracle = self.oracle();
        let keys = oracle.keys().chain(self.settled.keys());
        keys.filter(|slot| oracle.get(slot) != self.settled.get(slot))
            .map(|slot| (*slot, oracle.get(slot).cloned(), self.settled.get(slot).cloned()))
            .collect()
    }
}

#[test]
fn every_due_slot_is_settled_exactly_once_by_its_own_version() {
    let cases = if is_in_full() { 1_280 } else { 128 };
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let graces = prop::sample::select(vec![0, 1_000, 60_000, 4 * HOUR]);
    let worlds = (prop::collection::vec(happening(), 1..80), graces);
    let (steps, most) = (Cell::new(0), Cell::new(0));
    let ran = TestRunner::new(config).run(&worlds, |(happenings, grace_ms)| {
        let mut world = World::new(grace_ms);
        for journey in 0..5 {
            world.happen(Happening::Deploy(journey, Some(journey as usize), journey as usize % 3, 0));
        }
        for happening in happenings {
            steps.set(steps.get() + usize::from(matches!(happening, Happening::Back(_))));
            world.happen(happening);
        }
        world.happen(Happening::Passes(7 * 24 * HOUR));
        let differing = world.differing();
        most.set(most.get().max(differing.len()));
        prop_assert!(differing.is_empty(), "slot, due by, settled by: {:?}", differing);
        Ok(())
    });
    let why = ran.as_ref().err().map(ToString::to_string).unwrap_or_default();
    let case = format!(
        "{cases} random histories with leaps, deploys, restarts and {} clocks set back: slots not settled exactly once",
        steps.get()
    );
    none_differ(&case, most.get(), &why);
    assert_eq!(why, "");
}

/// Time goes from one fire instant to the next, with a little lateness, as it does for the planner's thread.
fn live_until(world: &mut World, end: u64, random: &mut StdRng) {
    while let Some(fire) = world.plan.next_fire().filter(|fire| fire.0 < end) {
        world.now = world.now.max(fire.0) + random.random_range(0..3);
        world.pass();
    }
    world.now = world.now.max(end);
    world.pass();
}

/// A thousand journeys, a year of ordinary days, and every few hours one of: a leap of an hour, a clock set back by as
/// much, two hours asleep, a deploy that is learnt late, one that fails, a restart; in the end a leap of a year and back.
/// A tenth of the journeys unless everything is asked for.
#[test]
fn a_year_of_a_thousand_journeys_has_no_slot_too_many_and_none_too_few() {
    let journeys: u32 = if is_in_full() { 1_000 } else { 100 };
    let mut random = StdRng::seed_from_u64(7);
    let mut world = World::new(60_000);
    for journey in 0..journeys {
        let place = journey as usize;
        world.happen(Happening::Deploy(journey, Some(place % SCHEDULES.len()), place % SPREADS.len(), 0));
    }
    let end = START + 365 * 24 * HOUR;
    // The leap of a year in the end, and back, among them.
    let mut steps = [1_u32; 2];
    while world.now < end {
        let next = world.now + random.random_range(HOUR..20 * HOUR);
        live_until(&mut world, next, &mut random);
        let journey = random.random_range(0..journeys);
        let place = random.random_range(0..6_usize);
        let what = random.random_range(0..6_usize);
        if let Some(count) = steps.get_mut(what) {
            *count += 1;
        }
        world.happen(match what {
            0 => Happening::Passes(HOUR),
            1 => Happening::Back(HOUR),
            2 => Happening::Passes(2 * HOUR),
            3 => Happening::Deploy(
                journey,
                (place > 0).then_some(place),
                place % SPREADS.len(),
                random.random_range(0..5_000),
            ),
            4 => Happening::Fails(journey, random.random_range(0..5_000)),
            _ => Happening::Restart(random.random_range(0..3 * HOUR)),
        });
    }
    world.happen(Happening::Passes(365 * 24 * HOUR));
    world.happen(Happening::Back(365 * 24 * HOUR));
    let month = world.now + 30 * 24 * HOUR;
    live_until(&mut world, month, &mut random);
    let (differing, slots) = (world.differing(), world.settled.len());
    let case = format!(
        "a year of {journeys} journeys, {} leaps of the clock and {} times set back: slots not settled exactly once, of {slots}",
        steps[0], steps[1]
    );
    none_differ(&case, differing.len(), &format!("{:?}", differing.first()));
    assert!(slots as u64 > u64::from(journeys) * 300, "only {slots} slots: it was no year");
}

#[path = "step_tests.rs"]
mod steps;
