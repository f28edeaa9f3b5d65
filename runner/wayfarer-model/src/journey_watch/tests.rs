//! Rows in, incidents out.

use super::*;
use crate::incident::Budget;

const MINUTE: u64 = 60_000;

fn settings() -> Settings {
    Settings::within(Budget::default(), 288.0)
}

fn row(number: i64, verdict: Verdict, reason: Reason) -> WatchedRow {
    let slot = UnixMillis(1_790_000_000_000 + number.unsigned_abs() * 5 * MINUTE);
    WatchedRow {
        number,
        version: 1,
        location: "local".parse().unwrap(),
        lane: Lane::Scheduled,
        slot,
        seq: 0,
        started_at: (!verdict.is_unrun()).then_some(slot),
        ended_at: UnixMillis(slot.0 + 1_000),
        verdict,
        reason,
        is_muted: false,
        rule: None,
    }
}

fn good(number: i64) -> WatchedRow {
    row(number, Verdict::Passed, Reason::None)
}

fn bad(number: i64) -> WatchedRow {
    row(number, Verdict::Failed, Reason::Check)
}

fn words(moves: &[IncidentMove]) -> Vec<String> {
    let word = |moved: &IncidentMove| {
        let what = match &moved.what {
            Moved::Opened(opening) => format!("opened after {} of {}", opening.bad_looks, opening.looks),
            Moved::Reopened => "reopened".to_owned(),
            Moved::Closed => "closed".to_owned(),
        };
        format!("{}: {} {what}, first {}", moved.by, moved.kind, moved.first_run)
    };
    moves.iter().map(word).collect()
}

fn watched(rows: impl IntoIterator<Item = WatchedRow>) -> (JourneyWatch, Vec<String>) {
    let mut watch = JourneyWatch::default();
    let moves: Vec<IncidentMove> = rows.into_iter().flat_map(|row| watch.see(&row, &settings())).collect();
    (watch, words(&moves))
}

#[test]
fn an_outage_opens_one_incident_that_recovery_closes() {
    let rows = (1..=20).map(good).chain((21..=30).map(bad)).chain((31..=45).map(good));
    let (_, moves) = watched(rows);
    assert_eq!(moves.len(), 2, "{moves:?}");
    assert!(moves[0].contains("failing opened") && moves[0].ends_with("first 21"), "{moves:?}");
    assert!(moves[1].contains("failing closed, first 21"), "{moves:?}");
}

#[test]
fn one_failure_asks_for_confirmation_and_opens_nothing() {
    let (mut watch, moves) = watched((1..=20).map(good).chain([bad(21)]));
    assert!(moves.is_empty(), "{moves:?}");
    let ended = bad(21).ended_at;
    assert_eq!(
        watch.wants(&settings()),
        Some(UnixMillis(ended.0 + 20_000)),
        "from the end of the failed run"
    );
    for number in 22_i64..27 {
        let confirm = WatchedRow {
            lane: Lane::Confirm,
            ended_at: UnixMillis(ended.0 + 1_000 * number.unsigned_abs()),
            ..row(number, Verdict::Inconclusive, Reason::Runner)
        };
        assert!(watch.see(&confirm, &settings()).is_empty());
    }
    assert_eq!(watch.wants(&settings()), None, "five a slot at the most");
    assert!(watch.see(&good(30), &settings()).is_empty());
    assert!(watch.wants(&settings()).is_some(), "the next slot begins anew");
}

#[test]
fn a_version_that_never_worked_and_panics_is_a_ticket() {
    let deployed = |number| WatchedRow { version: 2, ..row(number, Verdict::Failed, Reason::Panic) };
    let (_, moves) = watched((1..=20).map(good).chain((21..=30).map(deployed)));
    assert!(moves[0].contains("unproven opened"), "{moves:?}");
    let proven = |number| WatchedRow { version: 2, ..good(number) };
    let (_, moves) = watched((1..=20).map(proven).chain((21..=30).map(deployed)));
    assert!(moves[0].contains("failing opened"), "{moves:?}");
}

#[test]
fn a_journey_that_breaks_is_told_to_its_author_once() {
    let broken = |number| row(number, Verdict::Broken, Reason::Denied);
    let (_, moves) = watched([
        good(1),
        broken(2),
        broken(3),
        broken(4),
        broken(5),
        broken(6),
        broken(7),
        broken(8),
        bad(9),
    ]);
    assert_eq!(moves, ["3: broken opened after 2 of 2, first 2", "9: broken closed, first 2"]);
}

#[test]
fn slots_without_a_counted_run_are_no_data_unless_they_were_planned() {
    let skipped = |reason| move |number| row(number, Verdict::Skipped, reason);
    let (_, moves) = watched((1..=9).map(skipped(Reason::KillSwitch)).chain([good(10)]));
    assert_eq!(moves, ["5: no-data opened after 5 of 5, first 1", "10: no-data closed, first 1"]);
    for reason in [Reason::Maintenance, Reason::Paused] {
        assert!(watched((1..=9).map(skipped(reason))).1.is_empty(), "{reason}");
    }
}

#[test]
fn a_journey_that_runs_every_second_is_an_incident_within_minutes() {
    let at = |number: i64, row: WatchedRow| {
        let slot = UnixMillis(1_790_000_000_000 + number.unsigned_abs() * 1_000);
        WatchedRow { slot, started_at: Some(slot), ended_at: UnixMillis(slot.0 + 20), ..row }
    };
    let rows = (1..=600)
        .map(|number| at(number, good(number)))
        .chain((601..=900).map(|number| at(number, bad(number))));
    let (_, moves) = watched(rows);
    assert_eq!(moves.len(), 1, "{moves:?}");
    let opened_by: i64 = moves[0].split(':').next().unwrap().parse().unwrap();
    assert!((650..=850).contains(&opened_by), "{moves:?}");
}

#[test]
fn a_restart_at_any_row_changes_nothing() {
    let rows: Vec<WatchedRow> =
        (1..=20).map(good).chain((21..=26).map(bad)).chain((27..=40).map(good)).chain([bad(41)]).collect();
    let (whole, moves) = watched(rows.clone());
    for cut in 0..rows.len() {
        let (mut watch, mut before) = watched(rows[..cut].to_vec());
        watch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
        let after: Vec<IncidentMove> =
            rows[cut..].iter().flat_map(|row| watch.see(row, &settings())).collect();
        before.extend(words(&after));
        assert_eq!((&watch, &before), (&whole, &moves), "cut at {cut}");
    }
}

#[test]
fn rows_that_are_committed_late_count_all_the_same() {
    let mut rows: Vec<WatchedRow> = (1..=20).map(good).chain((21..=30).map(bad)).collect();
    rows.swap(21, 22);
    let (_, moves) = watched(rows);
    assert_eq!(moves.len(), 1, "{moves:?}");
}

#[test]
fn a_versions_plain_rule_opens_its_incidents_and_another_versions_does_not() {
    let ruled = |number| WatchedRow { rule: Some("2 in a row".parse().unwrap()), ..bad(number) };
    let opened = |rows: Vec<WatchedRow>| {
        let mut watch = JourneyWatch::default();
        let settings = settings();
        let found = rows.into_iter().find(|row| {
            let moves = watch.see(row, &settings);
            moves
                .iter()
                .any(|moved| moved.kind == IncidentKind::Failing && matches!(moved.what, Moved::Opened(_)))
        });
        found.map(|row| row.number)
    };
    assert_eq!(opened((1..5).map(good).chain((5..9).map(ruled)).collect()), Some(6));
    let mut watch = JourneyWatch::default();
    let found: Vec<IncidentMove> = (1..3).map(ruled).flat_map(|row| watch.see(&row, &settings())).collect();
    let [IncidentMove { what: Moved::Opened(opening), .. }] = &found[..] else { panic!("{found:?}") };
    assert!(opening.bound <= 0.0 && (500.0..2_000.0).contains(&opening.statistic), "{opening:?}");
    assert_ne!(opened((1..5).map(good).chain((5..7).map(bad)).collect()), Some(6));
}

#[test]
fn the_newest_run_that_says_how_a_journey_fares_counts_for_two_intervals() {
    let mut watch = JourneyWatch::default();
    let settings = settings();
    for number in 1..4 {
        watch.see(&good(number), &settings);
    }
    watch.see(&row(4, Verdict::Inconclusive, Reason::RunnerNetwork), &settings);
    watch.see(&row(5, Verdict::Skipped, Reason::Quota), &settings);
    watch.see(&row(6, Verdict::Inconclusive, Reason::RunnerLost), &settings);
    let inconclusive = row(4, Verdict::Inconclusive, Reason::RunnerNetwork);
    let latest = watch.latest(inconclusive.ended_at).unwrap();
    assert_eq!(
        (latest.run, latest.health, latest.reason),
        (4, RunHealth::Inconclusive, Reason::RunnerNetwork)
    );
    assert!(watch.latest(UnixMillis(inconclusive.ended_at.0 + 10 * MINUTE)).is_some());
    assert_eq!(watch.latest(UnixMillis(inconclusive.ended_at.0 + 10 * MINUTE + 1)), None);
}

/// The number of the last row of [`too_flaky`], a look every five minutes: four weeks of noise and 400 looks of a ticket.
const FLAKY: i64 = 8_464;

/// A journey whose looks fail so often by chance that nobody is paged, after four weeks in which the rule learns that; and then in one look of
/// three, which makes a ticket.
fn too_flaky() -> Vec<WatchedRow> {
    let one_of = |n: i64| move |number: i64| if number % n == 0 { bad(number) } else { good(number) };
    let learned = (1..=4_032).map(one_of(30)).chain((4_033..=8_064).map(one_of(17)));
    learned.chain((8_065..=FLAKY).map(one_of(3))).collect()
}

/// The numbers of so many rows after those.
fn after(from: i64, count: i64) -> std::ops::RangeInclusive<i64> {
    FLAKY + from..=FLAKY + from + count - 1
}

#[test]
fn an_outage_pages_although_a_ticket_for_a_flaky_journey_is_open() {
    let (_, before) = watched(too_flaky());
    assert!(before.len() == 1 && before[0].contains("flaky opened"), "{before:?}");
    let outage = after(1, 40).map(bad).chain(after(41, 60).map(good));
    let rows: Vec<WatchedRow> = too_flaky().into_iter().chain(outage).collect();
    let (whole, moves) = watched(rows.clone());
    let [ticket, opened, .., last] = &moves[..] else { panic!("{moves:?}") };
    assert_eq!(ticket, &before[0]);
    assert!(opened.contains("failing opened"), "{moves:?}");
    let opened_by: i64 = opened.split(':').next().unwrap().parse().unwrap();
    assert!(after(1, 15).contains(&opened_by), "{moves:?}");
    assert!(opened.ends_with(&format!("first {}", FLAKY + 1)), "{moves:?}");
    assert!(last.contains("closed") && moves.len() == 4, "{moves:?}");
    assert!(moves.iter().any(|moved| moved.contains("failing closed")), "{moves:?}");
    assert!(whole.is_quiet());
    // A restart at any time changes nothing.
    for cut in [-300, 0, 5, 20, 41, 50].map(|cut| usize::try_from(FLAKY + cut).unwrap()) {
        let (watch, mut before) = watched(rows[..cut].to_vec());
        let mut watch: JourneyWatch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
        let after: Vec<IncidentMove> =
            rows[cut..].iter().flat_map(|row| watch.see(row, &settings())).collect();
        before.extend(words(&after));
        assert_eq!((&watch, &before), (&whole, &moves), "cut at {cut}");
    }
}

#[test]
fn an_outage_behind_a_ticket_asks_for_confirmation() {
    let (mut watch, _) = watched(too_flaky());
    let first = bad(FLAKY + 1);
    watch.see(&first, &settings());
    assert_eq!(
        watch.wants(&settings()),
        Some(UnixMillis(first.ended_at.0 + 20_000)),
        "the ticket's track wants none"
    );
}

#[test]
fn a_ticket_that_a_person_resolves_during_an_outage_leaves_one_incident_open() {
    let during = || watched(too_flaky().into_iter().chain(after(1, 30).map(bad))).0;
    let mut watch = during();
    watch.resolve(IncidentKind::Flaky);
    let rows = after(31, 30).map(bad).chain(after(61, 60).map(good));
    let moves: Vec<IncidentMove> = rows.flat_map(|row| watch.see(&row, &settings())).collect();
    let [IncidentMove { kind: IncidentKind::Failing, what: Moved::Closed, .. }] = &moves[..] else {
        panic!("{:?}", words(&moves))
    };
    let mut watch = during();
    watch.resolve(IncidentKind::Failing);
    let moves: Vec<IncidentMove> =
        after(31, 30).flat_map(|number| watch.see(&bad(number), &settings())).collect();
    let [IncidentMove { kind: IncidentKind::Failing, what: Moved::Opened(_), .. }] = &moves[..] else {
        panic!("it goes on, so another one opens: {:?}", words(&moves))
    };
}

#[test]
fn an_outage_pages_although_the_ticket_of_a_version_that_never_worked_is_open() {
    let deployed = |reason| move |number| WatchedRow { version: 2, ..row(number, Verdict::Failed, reason) };
    let panics = || (1..=20).map(good).chain((21..=60).map(deployed(Reason::Panic)));
    let (_, moves) = watched(panics());
    assert!(moves.len() == 1 && moves[0].contains("unproven opened"), "its own bugs page nobody: {moves:?}");
    let (_, moves) = watched(panics().chain((61..=80).map(deployed(Reason::Connect))));
    assert!(moves.len() == 2 && moves[1].contains("failing opened"), "{moves:?}");
    assert!(moves[1].ends_with("first 61"), "{moves:?}");
}
