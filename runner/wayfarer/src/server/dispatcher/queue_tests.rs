//! The queue against what it promises: nothing lost, nothing doubled, no cap exceeded, nobody kept waiting.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use wayfarer_model::admission::{Admission, Facts, GracePeriod, Stage, admit};
use wayfarer_model::context::Lane;
use wayfarer_model::verdict::Reason;

use super::*;

type Q = Queue<u32, u32, u32>;
type Arrival = (QueueEntry<u32, u32, u32>, Overlap);

fn slot(tenant: u32, journey: u32, overlap: Overlap, deadline: u64, what: u32) -> Arrival {
    let deadline = Some(UnixMillis(deadline));
    (QueueEntry { tenant, journey, group: None, deadline, what }, overlap)
}

fn manual(tenant: u32, journey: u32, overlap: Overlap, what: u32) -> Arrival {
    (QueueEntry { tenant, journey, group: None, deadline: None, what }, overlap)
}

/// Lets the gate decide, with nothing in the way but what is in the queue. An entry that is refused comes back.
fn arrive(queue: &mut Q, (entry, overlap): Arrival) -> Result<(), u32> {
    let lane = if entry.deadline.is_none() { Lane::Manual } else { Lane::Scheduled };
    let contention = queue.contention(entry.tenant, entry.journey, entry.group.as_ref(), overlap);
    match admit(&Facts { contention, ..Facts::clear(lane) }, Stage::Arrival) {
        Admission::Wait(wait_for) => queue.enqueue(entry, wait_for),
        Admission::Settle { reason: Reason::Overlap, .. } => return Err(entry.what),
        other => panic!("{other:?}"),
    }
    Ok(())
}

/// Takes out what the gate no longer lets wait.
fn expired(queue: &mut Q, now: u64) -> Vec<(u32, WaitFor)> {
    let mut expired = Vec::new();
    while let (Some(deadline), Some((what, wait_for))) = (queue.next_deadline(), queue.most_urgent()) {
        let grace = Some(GracePeriod { deadline, now: UnixMillis(now) });
        let facts = Facts { grace, ..Facts::clear(Lane::Scheduled) };
        let what = *what;
        if admit(&facts, Stage::Waiting(wait_for)) == Admission::Wait(wait_for) {
            break;
        }
        assert_eq!(queue.remove_most_urgent(), Some(what));
        expired.push((what, wait_for));
    }
    expired
}

fn taken(queue: &mut Q) -> Vec<u32> {
    std::iter::from_fn(|| queue.take()).map(|entry| entry.what).collect()
}

#[test]
fn overlap_skips_sets_aside_or_runs_both() {
    let mut queue = Q::new(8);
    assert_eq!(arrive(&mut queue, slot(1, 1, Overlap::Skip, 100, 10)), Ok(()));
    assert_eq!(arrive(&mut queue, slot(1, 1, Overlap::Skip, 100, 11)), Err(11), "the first one is in line");
    assert_eq!(taken(&mut queue), [10]);
    assert_eq!(arrive(&mut queue, slot(1, 1, Overlap::Skip, 100, 12)), Err(12), "the first one runs");
    queue.run_ended(1, 1, None);
    assert_eq!(arrive(&mut queue, slot(1, 1, Overlap::Skip, 100, 13)), Ok(()));

    assert_eq!(arrive(&mut queue, slot(1, 2, Overlap::Queue, 100, 20)), Ok(()));
    assert_eq!(arrive(&mut queue, slot(1, 2, Overlap::Queue, 100, 21)), Ok(()));
    assert_eq!(arrive(&mut queue, slot(1, 2, Overlap::Queue, 100, 22)), Err(22), "one waits, not two");
    assert_eq!(taken(&mut queue), [13, 20]);
    queue.run_ended(1, 2, None);
    assert_eq!(taken(&mut queue), [21]);

    assert_eq!(arrive(&mut queue, slot(1, 3, Overlap::Allow, 100, 30)), Ok(()));
    assert_eq!(arrive(&mut queue, slot(1, 3, Overlap::Allow, 100, 31)), Ok(()));
    assert_eq!(taken(&mut queue), [30, 31]);
}

#[test]
fn people_go_first_and_are_never_refused() {
    let mut queue = Q::new(1);
    arrive(&mut queue, slot(1, 1, Overlap::Skip, 100, 10)).unwrap();
    assert_eq!(taken(&mut queue), [10]);
    arrive(&mut queue, slot(1, 2, Overlap::Skip, 100, 20)).unwrap();
    arrive(&mut queue, manual(1, 3, Overlap::Skip, 30)).unwrap();
    arrive(&mut queue, manual(1, 1, Overlap::Skip, 11)).unwrap();
    assert_eq!(queue.manual_waiting(1), 2);
    queue.run_ended(1, 1, None);
    assert_eq!(taken(&mut queue), [30]);
    queue.run_ended(1, 3, None);
    assert_eq!(taken(&mut queue), [11], "it was set aside, and is still before the slot");
    queue.run_ended(1, 1, None);
    assert_eq!((taken(&mut queue), queue.manual_waiting(1)), (vec![20], 0));
}

#[test]
fn what_cannot_begin_in_time_leaves_and_makes_room() {
    let mut queue = Q::new(1);
    arrive(&mut queue, slot(1, 1, Overlap::Queue, 100, 10)).unwrap();
    arrive(&mut queue, slot(1, 1, Overlap::Queue, 200, 11)).unwrap();
    arrive(&mut queue, slot(1, 2, Overlap::Queue, 100, 20)).unwrap();
    assert_eq!(queue.next_deadline(), Some(UnixMillis(100)));
    assert!(expired(&mut queue, 100).is_empty(), "exactly in time is in time");
    assert_eq!(expired(&mut queue, 101), [(10, WaitFor::Permit), (20, WaitFor::Permit)]);
    assert_eq!((taken(&mut queue), queue.waiting()), (vec![11], 0));
}

fn of_group(tenant: u32, journey: u32, deadline: Option<u64>, what: u32) -> Arrival {
    let (group, deadline) = (Some("account".parse().unwrap()), deadline.map(UnixMillis));
    (QueueEntry { tenant, journey, group, deadline, what }, Overlap::Skip)
}

#[test]
fn members_of_a_group_run_one_after_the_other() {
    let mut queue = Q::new(8);
    let group = || "account".parse::<GroupName>().unwrap();
    for entry in [
        of_group(1, 1, Some(100), 10),
        of_group(1, 2, Some(100), 20),
        of_group(1, 3, Some(200), 30),
        of_group(2, 5, Some(100), 50),
        slot(1, 4, Overlap::Skip, 100, 40),
    ] {
        arrive(&mut queue, entry).unwrap();
    }
    let mut first = taken(&mut queue);
    first.sort_unstable();
    assert_eq!(first, [10, 40, 50], "another tenant's group of that name is another group");
    arrive(&mut queue, of_group(1, 9, None, 90)).unwrap();
    queue.run_ended(1, 1, Some(&group()));
    assert_eq!(taken(&mut queue), [90], "a person goes first");
    assert_eq!(expired(&mut queue, 101), [(20, WaitFor::Group)]);
    queue.run_ended(1, 9, Some(&group()));
    assert_eq!(taken(&mut queue), [30]);
    arrive(&mut queue, of_group(1, 1, Some(300), 11)).unwrap();
    assert_eq!((queue.drain(), taken(&mut queue)), (vec![(11, WaitFor::Group)], vec![]));
    arrive(&mut queue, of_group(1, 2, Some(300), 21)).unwrap();
    assert!(taken(&mut queue).is_empty(), "one of them still runs");
    queue.run_ended(1, 3, Some(&group()));
    assert_eq!(taken(&mut queue), [21]);
}

#[derive(Debug, Clone)]
enum Move {
    Arrive { tenant: u32, journey: u32, overlap: Overlap, patience: Option<u64> },
    Take,
    End(prop::sample::Index),
    Wait(u64),
    Drain,
}

fn a_move() -> impl Strategy<Value = Move> {
    let overlap = prop_oneof![Just(Overlap::Skip), Just(Overlap::Queue), Just(Overlap::Allow)];
    let patience = prop_oneof![3 => (0..50_u64).prop_map(Some), 1 => Just(None)];
    prop_oneof![
        8 => (0..3_u32, 0..4_u32, overlap, patience).prop_map(|(tenant, journey, overlap, patience)| {
            Move::Arrive { tenant, journey: tenant * 10 + journey, overlap, patience }
        }),
        6 => Just(Move::Take),
        5 => any::<prop::sample::Index>().prop_map(Move::End),
        2 => (0..30_u64).prop_map(Move::Wait),
        1 => Just(Move::Drain),
    ]
}

/// Two journeys of each tenant share an account.
fn group_of(journey: u32) -> Option<GroupName> {
    (journey % 10 < 2).then(|| "account".parse().unwrap())
}

const CAPS: [u32; 3] = [1, 2, u32::MAX];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn nothing_is_lost_or_doubled_and_no_cap_is_exceeded(
        moves in prop::collection::vec(a_move(), 1..200),
        permits in 1..5_u32,
    ) {
        let mut queue = Q::new(permits);
        CAPS.iter().zip(0..).for_each(|(cap, tenant)| queue.set_cap(tenant, *cap));
        let (mut now, mut next) = (0, 0);
        let mut inside = BTreeSet::new();
        let mut running: Vec<QueueEntry<u32, u32, u32>> = Vec::new();
        let mut overlaps = BTreeMap::new();
        for a_move in moves {
            match a_move {
                Move::Arrive { tenant, journey, overlap, patience } => {
                    next += 1;
                    let deadline = patience.map(|patience| UnixMillis(now + patience));
                    let group = group_of(journey);
                    overlaps.insert(next, overlap);
                    let entry = QueueEntry { tenant, journey, group, deadline, what: next };
                    match arrive(&mut queue, (entry, overlap)) {
                        Ok(()) => prop_assert!(inside.insert(next)),
                        Err(what) => {
                            prop_assert_eq!(what, next);
                            prop_assert!(deadline.is_some() && overlap != Overlap::Allow);
                        }
                    }
                }
                Move::Take => {
                    for (what, _) in expired(&mut queue, now) {
                        prop_assert!(inside.remove(&what));
                    }
                    if let Some(entry) = queue.take() {
                        prop_assert!(inside.remove(&entry.what));
                        prop_assert!(entry.deadline.is_none_or(|deadline| deadline.0 >= now));
                        running.push(entry);
                    } else {
                        // No permit stays free while somebody below the cap waits for one.
                        for (tenant, cap) in (0..).zip(CAPS) {
                            let (waiting, its) = queue.of(tenant);
                            prop_assert!(waiting == 0 || its >= cap || running.len() as u32 == permits);
                        }
                    }
                }
                Move::End(which) if !running.is_empty() => {
                    let entry = running.swap_remove(which.index(running.len()));
                    queue.run_ended(entry.tenant, entry.journey, entry.group.as_ref());
                }
                Move::End(_) => {}
                Move::Wait(time) => now += time,
                Move::Drain => queue.drain().into_iter().for_each(|(what, _)| assert!(inside.remove(&what))),
            }
            prop_assert_eq!(queue.waiting(), inside.len());
            prop_assert!(running.len() as u32 <= permits);
            for (tenant, cap) in (0..).zip(CAPS) {
                prop_assert!(running.iter().filter(|entry| entry.tenant == tenant).count() as u32 <= cap);
            }
            let groups: Vec<_> =
                running.iter().filter_map(|entry| Some((entry.tenant, entry.group.clone()?))).collect();
            prop_assert_eq!(groups.iter().collect::<BTreeSet<_>>().len(), groups.len(), "one of a group");
            // Two at a time only where the later one allows it.
            let mut strict = BTreeMap::<u32, u32>::new();
            for entry in running.iter().filter(|entry| overlaps[&entry.what] != Overlap::Allow) {
                *strict.entry(entry.journey).or_default() += 1;
            }
            prop_assert!(strict.values().all(|count| *count == 1), "{:?}", strict);
        }
        // Whatever is left gets its turn in the end.
        loop {
            while let Some(entry) = queue.take() {
                prop_assert!(inside.remove(&entry.what));
                running.push(entry);
            }
            let Some(entry) = running.pop() else { break };
            queue.run_ended(entry.tenant, entry.journey, entry.group.as_ref());
        }
        prop_assert!(inside.is_empty(), "{:?} never got a turn", inside);
    }

}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// However much one tenant has queued, the single journey of another begins with the first permit that
    /// becomes free: it is kept waiting for the rest of one run at the most.
    #[test]
    fn a_crowd_delays_a_single_journey_by_no_more_than_one_run(
        permits in 1..6_u32,
        durations in prop::collection::vec(1..100_u64, 1_000),
        arrives in 0..2_000_u64,
    ) {
        let longest = 100;
        let mut queue = Q::new(permits);
        for journey in 0..1_000 {
            arrive(&mut queue, slot(1, journey, Overlap::Skip, u64::MAX, journey)).unwrap();
        }
        let mut ends: BTreeSet<(u64, u32, u32)> = BTreeSet::new();
        let (mut now, mut came) = (0, None);
        loop {
            while let Some(entry) = queue.take() {
                if entry.tenant == 2 {
                    let waited = now - came.unwrap_or(now);
                    prop_assert!(waited <= longest, "it waited {waited}");
                    return Ok(());
                }
                ends.insert((now + durations[entry.what as usize], entry.tenant, entry.journey));
            }
            let Some((end, tenant, journey)) = ends.first().copied() else { break };
            if came.is_none() && arrives <= end {
                (now, came) = (arrives.max(now), Some(arrives.max(now)));
                arrive(&mut queue, slot(2, 5_000, Overlap::Skip, u64::MAX, 5_000)).unwrap();
                continue;
            }
            ends.pop_first();
            now = end;
            queue.run_ended(tenant, journey, None);
        }
        prop_assert!(came.is_none(), "it never began");
    }
}
