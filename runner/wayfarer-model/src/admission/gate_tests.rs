//! The table of precedence, row by row, and what holds for every combination of facts.

use super::*;
use crate::admission::{Contention, MemoryRoom, Standing};
use crate::deployment::Overlap;
use crate::units::UnixMillis;

const LATE: GracePeriod = GracePeriod { deadline: UnixMillis(99), now: UnixMillis(100) };
const IN_TIME: GracePeriod = GracePeriod { deadline: UnixMillis(100), now: UnixMillis(100) };
const BUSY: Contention = Contention {
    overlap: Overlap::Skip,
    journey_is_busy: true,
    slot_is_set_aside: false,
    group_is_busy: false,
};

/// A name, and what sets the fact of that name.
type Named = (&'static str, fn(&mut Facts));

/// Each obstacle's fact alone, in the order of the table.
fn obstacles() -> Vec<Named> {
    vec![
        ("tenant disabled", |facts| facts.standing.tenant_is_disabled = true),
        ("paused", |facts| facts.standing.journey_is_paused = true),
        ("stopping", |facts| facts.runner = RunnerState::Stopping),
        ("kill switch", |facts| {
            (facts.kill_switch_is_thrown, facts.kill_switch_was_thrown) = (true, true);
        }),
        ("maintenance", |facts| facts.maintenance = Some(MaintenanceMode::Skip)),
        ("late without memory", |facts| (facts.grace, facts.memory) = (Some(LATE), MemoryRoom::Lacking)),
        ("late", |facts| facts.grace = Some(LATE)),
        ("disk full", |facts| facts.has_disk_space = false),
        ("quota", |facts| facts.used_up_quota = Some(10)),
        ("too many waiting", |facts| facts.manual_runs_waiting = MANUAL_RUNS_WAITING),
        ("overlap", |facts| facts.contention = BUSY),
    ]
}

fn show(admission: Admission) -> String {
    match admission {
        Admission::Run => "run".to_owned(),
        Admission::Wait(wait_for) => format!("wait for {wait_for:?}"),
        Admission::Settle { verdict, reason } => format!("{verdict} {reason}"),
        Admission::LeaveOut => "leave out".to_owned(),
        Admission::Refuse(refusal) => format!("refuse: {refusal:?}"),
    }
}

const GROUP: Stage = Stage::Waiting(WaitFor::Group);
const PERMIT: Stage = Stage::Waiting(WaitFor::Permit);
const STAGES: [Stage; 5] = [Stage::Arrival, GROUP, PERMIT, Stage::Start, Stage::Backlog];

/// What a lane is answered at a stage where all the obstacles from one on stand, and those before do not.
fn cascade(lane: Lane, stage: Stage) -> Vec<String> {
    let all = obstacles();
    let mut answers: Vec<String> = (0..=all.len())
        .map(|first| {
            let mut facts = Facts { grace: Some(IN_TIME), ..Facts::clear(lane) };
            all.iter().skip(first).for_each(|(_, set)| set(&mut facts));
            show(admit(&facts, stage))
        })
        .collect();
    answers.dedup();
    answers
}

#[test]
fn obstacles_outrank_each_other_in_the_order_of_the_table() {
    let scheduled = |stage| cascade(Lane::Scheduled, stage);
    let arrival = [
        "skipped tenant-disabled",
        "skipped paused",
        "missed runner-down",
        "skipped kill-switch",
        "skipped maintenance",
        "inconclusive disk-full",
        "skipped overlap",
        "wait for Permit",
    ];
    assert_eq!(scheduled(Stage::Arrival), arrival);
    let behind = ["missed runner-down", "skipped kill-switch", "skipped group", "wait for Group"];
    assert_eq!(scheduled(GROUP), behind);
    let in_line = [
        "missed runner-down",
        "skipped kill-switch",
        "skipped quota",
        "missed grace-exceeded",
        "wait for Permit",
    ];
    assert_eq!(scheduled(PERMIT), in_line);
    let start = [
        "missed runner-down",
        "skipped kill-switch",
        "missed grace-exceeded",
        "inconclusive disk-full",
        "skipped quota",
        "run",
    ];
    assert_eq!(scheduled(Stage::Start), start);
    let backlog = [
        "skipped tenant-disabled",
        "skipped paused",
        "skipped kill-switch",
        "skipped maintenance",
        "missed grace-exceeded",
    ];
    assert_eq!(scheduled(Stage::Backlog), backlog);
}

#[test]
fn a_manual_run_is_refused_with_the_first_obstacle_and_settled_later_on() {
    let arrival = [
        "refuse: TenantDisabled",
        "refuse: Stopping",
        "refuse: KillSwitch",
        "refuse: DiskFull",
        "refuse: Quota { limit: 10 }",
        "refuse: TooManyWaiting { waiting: 1000 }",
        "wait for PreviousRun",
        "wait for Permit",
    ];
    assert_eq!(cascade(Lane::Manual, Stage::Arrival), arrival);
    let mut facts = Facts { kill_switch_is_thrown: true, ..Facts::clear(Lane::Manual) };
    assert_eq!(show(admit(&facts, Stage::Start)), "skipped kill-switch");
    assert_eq!(show(admit(&facts, PERMIT)), "wait for Permit", "it has no deadline: its permit finds out");
    facts.runner = RunnerState::Stopping;
    assert_eq!(show(admit(&facts, PERMIT)), "missed runner-down");
    let paused = Facts { standing: Standing::PAUSED, ..Facts::clear(Lane::Manual) };
    assert_eq!(show(admit(&paused, Stage::Arrival)), "wait for Permit", "a person may run what is paused");
    assert!(runs_slots(Standing::ENABLED) && !runs_slots(Standing::PAUSED));
}

#[test]
fn a_confirmation_run_is_left_out_whatever_the_obstacle() {
    assert_eq!(cascade(Lane::Confirm, Stage::Arrival), ["leave out", "wait for Permit"]);
    let start = cascade(Lane::Confirm, Stage::Start);
    assert_eq!(start, cascade(Lane::Scheduled, Stage::Start), "once admitted it has a row like a slot's");
    let muted = Facts { maintenance: Some(MaintenanceMode::Mute), ..Facts::clear(Lane::Confirm) };
    assert_eq!(admit(&muted, Stage::Arrival), Admission::LeaveOut);
}

/// One row for each obstacle and stage: what the fact alone does to a slot.
#[test]
fn each_fact_alone_counts_at_the_stages_of_the_table() {
    let mut table = String::new();
    for (name, set) in obstacles() {
        let mut facts = Facts { grace: Some(IN_TIME), ..Facts::clear(Lane::Scheduled) };
        set(&mut facts);
        let answers = STAGES.map(|stage| show(admit(&facts, stage)));
        table.extend([name, ": ", &answers.join(" | "), "\n"]);
    }
    insta::assert_snapshot!(table, @"
    tenant disabled: skipped tenant-disabled | wait for Group | wait for Permit | run | skipped tenant-disabled
    paused: skipped paused | wait for Group | wait for Permit | run | skipped paused
    stopping: missed runner-down | missed runner-down | missed runner-down | missed runner-down | missed grace-exceeded
    kill switch: skipped kill-switch | wait for Group | wait for Permit | skipped kill-switch | skipped kill-switch
    maintenance: skipped maintenance | wait for Group | wait for Permit | run | skipped maintenance
    late without memory: wait for Permit | skipped group | skipped quota | missed grace-exceeded | missed grace-exceeded
    late: wait for Permit | skipped group | missed grace-exceeded | missed grace-exceeded | missed grace-exceeded
    disk full: inconclusive disk-full | wait for Group | wait for Permit | inconclusive disk-full | missed grace-exceeded
    quota: wait for Permit | wait for Group | wait for Permit | skipped quota | missed grace-exceeded
    too many waiting: wait for Permit | wait for Group | wait for Permit | run | missed grace-exceeded
    overlap: skipped overlap | wait for Group | wait for Permit | run | missed grace-exceeded
    ");
}

#[test]
fn what_a_run_waits_for_follows_from_lane_overlap_and_what_else_there_is() {
    use Lane::{Confirm, Manual, Scheduled};
    use Overlap::{Allow, Queue, Skip};
    let (previous, group, permit) = (Some(WaitFor::PreviousRun), Some(WaitFor::Group), Some(WaitFor::Permit));
    // Lane, overlap, journey busy, a slot set aside, group busy.
    let rows = [
        (Scheduled, Skip, false, false, false, permit),
        (Scheduled, Skip, false, false, true, group),
        (Scheduled, Skip, true, false, false, None),
        (Scheduled, Skip, true, false, true, None),
        (Scheduled, Queue, true, false, false, previous),
        (Scheduled, Queue, true, false, true, previous),
        (Scheduled, Queue, true, true, false, None),
        (Scheduled, Queue, false, false, false, permit),
        (Scheduled, Allow, true, false, false, permit),
        (Scheduled, Allow, true, false, true, group),
        (Manual, Skip, true, false, false, previous),
        (Manual, Queue, true, true, true, previous),
        (Manual, Allow, true, false, false, permit),
        (Manual, Skip, false, false, true, group),
        (Confirm, Skip, false, false, false, permit),
        (Confirm, Skip, false, false, true, group),
        (Confirm, Queue, true, false, false, None),
        (Confirm, Allow, true, false, false, None),
    ];
    for row in rows {
        let (lane, overlap, journey_is_busy, slot_is_set_aside, group_is_busy, expected) = row;
        let contention = Contention { overlap, journey_is_busy, slot_is_set_aside, group_is_busy };
        assert_eq!(contention.wait_for(lane), expected, "{row:?}");
    }
}

#[test]
fn details_of_single_facts() {
    let mut facts = Facts { runner: RunnerState::WasDown, ..Facts::clear(Lane::Scheduled) };
    assert_eq!(show(admit(&facts, Stage::Backlog)), "missed runner-down");
    facts.maintenance = Some(MaintenanceMode::Mute);
    assert_eq!(
        show(admit(&facts, Stage::Backlog)),
        "missed runner-down",
        "a window that mutes skips nothing"
    );
    assert_eq!(show(admit(&facts, Stage::Arrival)), "wait for Permit");
    facts.kill_switch_is_thrown = true;
    assert_eq!(
        show(admit(&facts, Stage::Backlog)),
        "missed runner-down",
        "it was not thrown when it was due"
    );
    (facts.kill_switch_is_thrown, facts.kill_switch_was_thrown) = (false, true);
    assert_eq!(show(admit(&facts, Stage::Start)), "run", "it was taken back");
    assert!(!IN_TIME.is_exceeded(), "exactly in time is in time");
    facts.manual_runs_waiting = MANUAL_RUNS_WAITING - 1;
    facts.lane = Lane::Manual;
    assert_eq!(show(admit(&facts, Stage::Arrival)), "wait for Permit");
}

#[test]
fn a_confirmation_run_beyond_its_cap_is_left_out_and_a_slot_asks_only_once_it_starts() {
    let of = |lane| Facts { used_up_quota: Some(10), ..Facts::clear(lane) };
    assert_eq!(admit(&of(Lane::Confirm), Stage::Arrival), Admission::LeaveOut);
    assert_eq!(admit(&of(Lane::Scheduled), Stage::Arrival), Admission::Wait(WaitFor::Permit));
}
