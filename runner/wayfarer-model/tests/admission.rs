//! Admission, whatever the facts are.

use proptest::prelude::*;
use wayfarer_model::admission::{
    Admission, Contention, Facts, GracePeriod, MemoryRoom, RunnerState, Stage, Standing, WaitFor, admit,
};
use wayfarer_model::context::Lane;
use wayfarer_model::deployment::Overlap;
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::{Reason, Verdict};

fn a_lane() -> impl Strategy<Value = Lane> {
    prop_oneof![Just(Lane::Scheduled), Just(Lane::Confirm), Just(Lane::Manual)]
}

fn a_wait() -> impl Strategy<Value = WaitFor> {
    prop_oneof![Just(WaitFor::PreviousRun), Just(WaitFor::Group), Just(WaitFor::Permit)]
}

fn a_stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        Just(Stage::Arrival),
        a_wait().prop_map(Stage::Waiting),
        Just(Stage::Start),
        Just(Stage::Backlog)
    ]
}

fn a_contention() -> impl Strategy<Value = Contention> {
    let overlap = prop_oneof![Just(Overlap::Skip), Just(Overlap::Queue), Just(Overlap::Allow)];
    (overlap, any::<[bool; 3]>()).prop_map(
        |(overlap, [journey_is_busy, slot_is_set_aside, group_is_busy])| Contention {
            overlap,
            journey_is_busy,
            slot_is_set_aside,
            group_is_busy,
        },
    )
}

prop_compose! {
    fn facts()(
        lane in a_lane(),
        [tenant_is_disabled, journey_is_paused, kill_switch_is_thrown, kill_switch_was_thrown, has_disk_space, lacks_memory]
            in any::<[bool; 6]>(),
        runner in prop_oneof![
            4 => Just(RunnerState::Running), 1 => Just(RunnerState::Stopping), 1 => Just(RunnerState::WasDown)
        ],
        maintenance in prop::option::of(prop_oneof![Just(MaintenanceMode::Skip), Just(MaintenanceMode::Mute)]),
        grace in prop::option::of((0..20_u64, 0..20_u64)),
        used_up_quota in prop::option::of(Just(5_u64)),
        manual_runs_waiting in 990..1_010_usize,
        contention in a_contention(),
    ) -> Facts {
        let grace = grace.map(|(deadline, now)| GracePeriod { deadline: UnixMillis(deadline), now: UnixMillis(now) });
        Facts {
            lane,
            standing: Standing { tenant_is_disabled, journey_is_paused },
            runner,
            kill_switch_is_thrown,
            kill_switch_was_thrown,
            maintenance,
            // A person's run has none.
            grace: grace.filter(|_| lane != Lane::Manual),
            has_disk_space,
            memory: if lacks_memory { MemoryRoom::Lacking } else { MemoryRoom::Enough },
            used_up_quota,
            manual_runs_waiting,
            contention,
        }
    }
}

fn ends(admission: Admission) -> bool {
    !matches!(admission, Admission::Run | Admission::Wait(_))
}

fn reason(admission: Admission) -> Option<Reason> {
    match admission {
        Admission::Settle { reason, .. } => Some(reason),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_096) })]

    /// Each stage has answers of its own: a run starts with a permit only, nothing waits in the backlog, and only what
    /// arrives is left out or refused.
    #[test]
    fn a_stage_gives_only_answers_that_its_caller_can_follow(facts in facts(), stage in a_stage()) {
        match admit(&facts, stage) {
            Admission::Run => prop_assert_eq!(stage, Stage::Start),
            Admission::Wait(wait_for) => {
                prop_assert!(stage == Stage::Arrival || stage == Stage::Waiting(wait_for));
            }
            Admission::Settle { verdict, reason } => {
                prop_assert!(matches!(verdict, Verdict::Skipped | Verdict::Missed | Verdict::Inconclusive));
                prop_assert!(reason != Reason::None);
                prop_assert!(stage != Stage::Arrival || facts.lane == Lane::Scheduled);
            }
            Admission::LeaveOut => prop_assert!(stage == Stage::Arrival && facts.lane == Lane::Confirm),
            Admission::Refuse(_) => prop_assert!(stage == Stage::Arrival && facts.lane == Lane::Manual),
        }
    }

    /// While a kill switch is thrown nothing gets into the queue, and nothing starts.
    #[test]
    fn nothing_passes_a_kill_switch(facts in facts(), is_start in any::<bool>()) {
        let facts = Facts { kill_switch_is_thrown: true, ..facts };
        let stage = if is_start { Stage::Start } else { Stage::Arrival };
        prop_assert!(ends(admit(&facts, stage)));
    }

    /// Only a person's decision about tenant or journey, or the runner's end, outranks a kill switch.
    #[test]
    fn a_kill_switch_outranks_what_happens_by_itself(facts in facts(), stage in a_stage()) {
        let without = admit(&Facts { kill_switch_is_thrown: false, kill_switch_was_thrown: false, ..facts }, stage);
        let with = admit(&Facts { kill_switch_is_thrown: true, kill_switch_was_thrown: true, ..facts }, stage);
        if let Some(reason) = reason(with).filter(|reason| *reason != Reason::KillSwitch) {
            prop_assert!(
                matches!(reason, Reason::TenantDisabled | Reason::Paused | Reason::RunnerDown), "{:?}", with
            );
            prop_assert_eq!(with, without, "it outranks the switch, so that the switch changes nothing");
        }
    }

    /// No slot starts once its grace is over.
    #[test]
    fn nothing_starts_late(facts in facts()) {
        if facts.grace.is_some_and(GracePeriod::is_exceeded) {
            prop_assert!(ends(admit(&facts, Stage::Start)));
        }
    }

    /// More grace never ends what went on with less, and never changes why something else ended it.
    #[test]
    fn answers_are_monotonic_in_grace(facts in facts(), stage in a_stage(), more in 0..20_u64) {
        let Some(grace) = facts.grace else { return Ok(()) };
        let longer = GracePeriod { deadline: UnixMillis(grace.deadline.0 + more), ..grace };
        let (less, more) = (admit(&facts, stage), admit(&Facts { grace: Some(longer), ..facts }, stage));
        if !ends(less) {
            prop_assert_eq!(less, more);
        }
        if less != more {
            let (Some(because), is_over) = (reason(less), grace.is_exceeded() && !longer.is_exceeded()) else {
                return Err(TestCaseError::fail("only a settled slot's answer can depend on grace"));
            };
            prop_assert!(is_over);
            let late = [Reason::GraceExceeded, Reason::Group, Reason::KillSwitch, Reason::Quota];
            prop_assert!(late.contains(&because));
        }
    }

    /// One obstacle less never ends what went on with it.
    #[test]
    fn fewer_obstacles_never_end_a_run(facts in facts(), stage in a_stage()) {
        if ends(admit(&facts, stage)) {
            return Ok(());
        }
        let free = Facts { standing: Standing::ENABLED, maintenance: None, has_disk_space: true, ..facts };
        let free = Facts { kill_switch_is_thrown: false, used_up_quota: None, manual_runs_waiting: 0, ..free };
        prop_assert_eq!(admit(&free, stage), admit(&facts, stage));
    }
}
