//! Incidents are moved once, by whoever folds the rows, however often that begins again.

use wayfarer_model::incident::IncidentKind;
use wayfarer_model::incident::{Budget, Settings};
use wayfarer_model::journey_watch::{IncidentMove, JourneyWatch, Moved};
use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
use wayfarer_model::units::{Micros, UnixMillis};
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{
    Deployment, Due, FoldPosition, IncidentChange, IncidentFilter, IncidentKey, IncidentMoves, Matter,
    MoveOfJourney, Moves, PersonsWord, RetentionKind, Store, StoreSettings,
};

use crate::fixture::{Fixture, NOON, artifact, consumer, exchange, finished, tamper};
use crate::retention::{DAY, remove};

const EVENTS: &str = "SELECT group_concat(kind || coalesce(run_number, '')) FROM (SELECT * FROM v1_incident_events ORDER BY event)";

/// One run every five minutes, with these verdicts.
async fn run_all(fixture: &Fixture, first: u64, verdicts: &[Verdict]) {
    for (place, verdict) in (first..).zip(verdicts) {
        let started = fixture.started(UnixMillis(NOON.0 + place * 300_000));
        fixture.store.start(started);
        let mut run = finished(started.identity, &[*verdict], Micros(1_000));
        run.finished_at = UnixMillis(run.started_at.0 + 1);
        fixture.store.finish(&run).await.unwrap();
    }
}

/// Folds everything after a position, as the background task does.
async fn fold(fixture: &Fixture, from: FoldPosition, watch: &mut JourneyWatch) -> Moves {
    let settings = Settings::within(Budget::default(), 288.0);
    let mut moves = Moves { from, run: from.run, ..Moves::default() };
    let by_hand = fixture.store.fold_state().await.unwrap().by_hand;
    for row in fixture.store.rows_after(from.run).await.unwrap() {
        for (_, kind, at) in &by_hand {
            watch.resolve_before(&row.row, *kind, *at);
        }
        let by_row = watch.see(&row.row, &settings);
        moves.moves.extend(by_row.into_iter().map(|moved| MoveOfJourney { journey: row.journey, moved }));
        moves.run = row.row.number;
    }
    let state = serde_json::to_string(watch).unwrap();
    moves.watches = vec![(fixture.version.journey, state, watch.wants(&settings))];
    moves
}

/// Folds from what is stored, and writes that.
async fn folded(fixture: &Fixture) -> IncidentMoves {
    let state = fixture.store.fold_state().await.unwrap();
    let stored = state.watches.first().map(|(_, _, text)| serde_json::from_str(text).unwrap());
    let mut watch: JourneyWatch = stored.unwrap_or_default();
    let moves = fold(fixture, state.position, &mut watch).await;
    fixture.store.move_incidents(moves, NOON).await.unwrap()
}

fn outage() -> Vec<Verdict> {
    [vec![Verdict::Passed; 10], vec![Verdict::Failed; 8]].concat()
}

#[tokio::test]
async fn an_incident_opens_once_and_its_events_are_the_outbox() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let incidents =
        fixture.store.incidents(&IncidentFilter { limit: 9, ..IncidentFilter::default() }).await.unwrap();
    let [incident] = &incidents[..] else { panic!("{incidents:?}") };
    assert_eq!((incident.kind, incident.resolved), (IncidentKind::Failing, None));
    assert_eq!(fixture.query("SELECT first_run_number, last_good_run_number FROM v1_incidents"), "11|10");
    assert!(incident.statistic >= incident.bound && incident.bad_looks == incident.looks, "{incident:?}");
    assert_eq!(fixture.query("SELECT count(*) FROM incident_event WHERE routed_ms IS NULL"), "1");
    let opened = fixture.query(EVENTS);

    run_all(&fixture, 18, &[Verdict::Passed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert!(fixture.query(EVENTS).starts_with(&format!("{opened},resolved")));
    assert_eq!(
        fixture.query("SELECT is_open, began_ms < opened_ms, opened_ms < resolved_ms FROM v1_incidents"),
        "0|1|1"
    );
    assert_eq!(folded(&fixture).await, IncidentMoves::Written, "nothing is new");
    assert_eq!(fixture.query("SELECT count(*) FROM incident_event"), "2");
}

#[tokio::test]
async fn a_fold_that_begins_again_finds_the_same_and_one_that_is_elsewhere_is_refused() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    run_all(&fixture, 18, &[Verdict::Passed; 12]).await;
    run_all(&fixture, 30, &[Verdict::Failed; 4]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let (events, incidents) = (fixture.query(EVENTS), fixture.query("SELECT * FROM v1_incidents"));

    let stale = fold(&fixture, FoldPosition::default(), &mut JourneyWatch::default()).await;
    let answer = fixture.store.move_incidents(stale, NOON).await.unwrap();
    assert_eq!(answer, IncidentMoves::Elsewhere);

    let position = fixture.store.fold_state().await.unwrap().position;
    let whole = fold(&fixture, FoldPosition::default(), &mut JourneyWatch::default()).await;
    let again = Moves { from: position, ..whole };
    assert!(!again.moves.is_empty());
    assert_eq!(fixture.store.move_incidents(again, NOON).await.unwrap(), IncidentMoves::Written);
    assert_eq!((fixture.query(EVENTS), fixture.query("SELECT * FROM v1_incidents")), (events, incidents));
}

#[tokio::test]
async fn nobody_is_told_of_what_was_over_before_it_was_found() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    run_all(&fixture, 18, &[Verdict::Passed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!(fixture.query("SELECT count(*), count(routed_ms) FROM incident_event"), "2|2");
}

#[tokio::test]
async fn a_person_who_resolves_an_incident_has_the_rule_begin_anew() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let word = |change| PersonsWord { change, by: "ana".to_owned(), note: String::new() };
    let now = UnixMillis(NOON.0 + 18 * 300_000 - 1);
    let change = |change| fixture.store.change_incident(IncidentKey(1), None, word(change), now);
    assert!(change(IncidentChange::Acknowledge { until: None }).await.unwrap());
    let foreign = "other".parse().unwrap();
    let by_other =
        fixture.store.change_incident(IncidentKey(1), Some(&foreign), word(IncidentChange::Note), NOON);
    assert!(!by_other.await.unwrap(), "another tenant's incident is not there");
    assert!(change(IncidentChange::Resolve).await.unwrap());
    assert!(!change(IncidentChange::Mute { until: now }).await.unwrap(), "it is over");
    assert!(change(IncidentChange::PostMortem { url: "https://wiki.example/1".to_owned() }).await.unwrap());

    run_all(&fixture, 18, &[Verdict::Failed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!(
        fixture.query("SELECT group_concat(is_open || first_run_number) FROM v1_incidents"),
        "011,119"
    );

    // A fold that begins again, as in an exported copy, knows what the person said.
    let shown = "SELECT incident, first_run_number, opening_run_number, is_open FROM v1_incidents";
    let (events, incidents) = (fixture.query(EVENTS), fixture.query(shown));
    fixture.store.begin_fold_again().await.unwrap();
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!((fixture.query(EVENTS), fixture.query(shown)), (events, incidents));
    run_all(&fixture, 30, &[Verdict::Passed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!(fixture.query("SELECT group_concat(is_open) FROM v1_incidents"), "0,0");
}

#[tokio::test]
async fn what_ran_before_a_person_resolved_an_incident_opens_no_other() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    // The fold has not read these yet when the person says so.
    run_all(&fixture, 18, &[Verdict::Failed; 12]).await;
    let word = PersonsWord { change: IncidentChange::Resolve, by: "ana".to_owned(), note: String::new() };
    let now = UnixMillis(NOON.0 + 30 * 300_000 - 1);
    assert!(fixture.store.change_incident(IncidentKey(1), None, word, now).await.unwrap());
    run_all(&fixture, 30, &[Verdict::Passed]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!(fixture.query("SELECT group_concat(is_open || first_run_number) FROM v1_incidents"), "011");
}

/// The newest incident moves, by these runs and in one fold.
async fn moved(fixture: &Fixture, moves: &[(i64, Moved)]) {
    let from = fixture.store.fold_state().await.unwrap().position;
    let of_journey = |(by, what): &(i64, Moved)| MoveOfJourney {
        journey: fixture.version.journey,
        moved: IncidentMove {
            kind: IncidentKind::Failing,
            first_run: 11,
            by: *by,
            at: UnixMillis(NOON.0 + by.unsigned_abs() * 300_000),
            what: what.clone(),
        },
    };
    let moves =
        Moves { from, run: from.run, moves: moves.iter().map(of_journey).collect(), ..Moves::default() };
    assert_eq!(fixture.store.move_incidents(moves, NOON).await.unwrap(), IncidentMoves::Written);
}

#[tokio::test]
async fn of_several_moves_in_one_fold_the_last_is_told_if_it_leaves_the_incident_otherwise() {
    let untold =
        "SELECT group_concat(kind || run) FROM incident_event WHERE routed_ms IS NULL AND kind <> 'opened'";
    let flapping = [(101, Moved::Closed), (102, Moved::Reopened)];
    for (more, expected) in [(None, ""), (Some((103, Moved::Closed)), "resolved103")] {
        let fixture = Fixture::new().await;
        run_all(&fixture, 0, &outage()).await;
        assert_eq!(folded(&fixture).await, IncidentMoves::Written);
        let moves: Vec<_> = flapping.iter().cloned().chain(more).collect();
        moved(&fixture, &moves).await;
        assert_eq!(fixture.query(untold), expected);
    }
}

#[tokio::test]
async fn a_move_that_changes_nothing_is_no_event() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let events = fixture.query(EVENTS);
    let rows = fixture.store.rows_after(0).await.unwrap();
    let settings = Settings::within(Budget::default(), 288.0);
    let mut watch = JourneyWatch::default();
    let opened = rows.iter().flat_map(|row| watch.see(&row.row, &settings)).next().unwrap();
    // Retention has taken runs in between, so that another run opens the same incident.
    let Moved::Opened(opening) = opened.what else { panic!("{opened:?}") };
    moved(&fixture, &[(18, Moved::Opened(opening)), (19, Moved::Reopened)]).await;
    assert_eq!(fixture.query(EVENTS), events);
    let word = PersonsWord { change: IncidentChange::Resolve, by: "ana".to_owned(), note: String::new() };
    assert!(fixture.store.change_incident(IncidentKey(1), None, word, NOON).await.unwrap());
    moved(&fixture, &[(20, Moved::Closed)]).await;
    assert_eq!(fixture.query(EVENTS), format!("{events},resolved"), "the person's");
}

#[tokio::test]
async fn the_incident_of_a_journey_that_was_removed_is_over() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let now = UnixMillis(NOON.0 + 100 * 300_000);
    assert_eq!(fixture.store.end_abandoned_incidents(now).await.unwrap(), 0);
    tamper(fixture.dir.path(), "UPDATE journey_version SET is_removed = 1");
    assert_eq!(fixture.store.end_abandoned_incidents(NOON).await.unwrap(), 1);
    assert_eq!(fixture.store.end_abandoned_incidents(now).await.unwrap(), 0);
    assert_eq!(fixture.query("SELECT is_open FROM v1_incidents"), "0");
    let told = "SELECT kind, note, routed_ms IS NULL FROM incident_event ORDER BY id DESC LIMIT 1";
    assert_eq!(fixture.query(told), "resolved|the journey was removed|1");
}

#[tokio::test]
async fn matters_of_a_location_that_was_renamed_are_over_and_say_why() {
    let fixture = Fixture::new().await;
    let certificate = Matter {
        tenant: Some(fixture.tenant),
        kind: IncidentKind::Certificate,
        subject: "shop.example".to_owned(),
    };
    let unwell = Matter { tenant: None, kind: IncidentKind::RunnerUnwell, subject: String::new() };
    for matter in [&certificate, &unwell] {
        fixture.store.open_matter(matter.clone(), "on 2026-12-06".to_owned(), NOON, NOON).await.unwrap();
    }
    let later = UnixMillis(NOON.0 + 3_600_000);
    assert_eq!(fixture.store.end_abandoned_incidents(later).await.unwrap(), 0);
    let dir = fixture.stopped().await;
    let renamed = StoreSettings::new(dir.path().to_owned(), "fra1".parse().unwrap(), "0.0.0-test");
    let store = Store::open(renamed, later).await.unwrap().store;
    assert_eq!(store.open_matters(IncidentKind::Certificate).await.unwrap(), [], "it is another location's");
    assert_eq!(store.end_abandoned_incidents(later).await.unwrap(), 2);
    assert_eq!(store.end_abandoned_incidents(later).await.unwrap(), 0);
    assert!(store.open_matter(certificate, "on 2026-12-06".to_owned(), later, later).await.unwrap());
    assert_eq!(store.end_abandoned_incidents(later).await.unwrap(), 0, "it is of this location");
    let told = "SELECT group_concat(kind || ': ' || note, '; ') FROM (SELECT * FROM incident_event WHERE incident < 3 ORDER BY id)";
    let over = "resolved: the server does not work at the location local any more";
    let said = "opened: on 2026-12-06";
    assert_eq!(consumer(dir.path(), told), format!("{said}; {said}; {over}; {over}"));
    assert_eq!(consumer(dir.path(), "SELECT group_concat(is_open) FROM v1_incidents"), "0,0,1");
}

#[tokio::test]
async fn after_a_leap_an_incident_is_what_was_known_before_and_what_people_said_stays() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    run_all(&fixture, 18, &[Verdict::Passed; 8]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let resolved = fixture.query("SELECT resolved_ms FROM v1_incidents");
    run_all(&fixture, 26, &[Verdict::Failed; 6]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    assert_eq!(fixture.query("SELECT is_open FROM v1_incidents"), "1", "it goes on in the leapt time");
    let to = UnixMillis(NOON.0 + 26 * 300_000 - 1);
    fixture.store.unleap(to).await.unwrap();
    assert_eq!(fixture.query("SELECT resolved_ms FROM v1_incidents"), resolved);

    run_all(&fixture, 26, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let word = PersonsWord { change: IncidentChange::Resolve, by: "ana".to_owned(), note: String::new() };
    let now = UnixMillis(NOON.0 + 90 * 300_000);
    let newest = fixture.query("SELECT max(incident) FROM v1_incidents WHERE is_open").parse().unwrap();
    assert!(fixture.store.change_incident(IncidentKey(newest), None, word, now).await.unwrap());
    let to = UnixMillis(NOON.0 + 80 * 300_000);
    fixture.store.unleap(to).await.unwrap();
    let last = "SELECT resolved_ms, is_open FROM v1_incidents ORDER BY incident DESC LIMIT 1";
    assert_eq!(fixture.query(last), format!("{}|0", to.0));
}

#[tokio::test]
async fn retention_keeps_the_runs_that_show_an_incident_until_there_is_another() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    run_all(&fixture, 18, &[Verdict::Passed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 30 * DAY));
    fixture.store.flush().await.unwrap();
    let days_later = |days: u64| UnixMillis((NOON.0 / DAY + days) * DAY);
    let due = |kind, days| Due {
        kind,
        tenants: vec![fixture.tenant],
        is_platforms: false,
        before: days_later(days),
    };
    remove(&fixture.store, &due(RetentionKind::Logs, 2)).await;
    remove(&fixture.store, &due(RetentionKind::Runs, 2)).await;
    let left = "SELECT group_concat(run_number) FROM (SELECT run_number FROM v1_runs ORDER BY run_number)";
    let opening = fixture.query("SELECT opening_run_number FROM v1_incidents");
    assert_eq!(fixture.query(left), format!("10,11,{opening},18"), "with the last failure");
    assert_eq!(fixture.query("SELECT count(*) FROM spared"), "0", "they had no logs");

    run_all(&fixture, 1_000, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    remove(&fixture.store, &due(RetentionKind::Runs, 2)).await;
    assert_eq!(fixture.query(&format!("{left} WHERE run_number <= 30")), "", "another incident shows more");

    // Its runs go once the incident is gone, but for the journey's last failure.
    run_all(&fixture, 1_018, &[Verdict::Passed; 12]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    remove(&fixture.store, &due(RetentionKind::Runs, 12)).await;
    assert_eq!(fixture.query(&format!("{left} WHERE run_number > 30")).split(',').count(), 4);
    tamper(fixture.dir.path(), "UPDATE incident_event SET routed_ms = 1");
    assert_eq!(remove(&fixture.store, &due(RetentionKind::Incidents, 12)).await, 2);
    remove(&fixture.store, &due(RetentionKind::Runs, 12)).await;
    assert_eq!(fixture.query(left), "48", "the last failure");
}

#[tokio::test]
async fn without_samples_an_incident_has_none_whatever_its_good_runs_say() {
    let fixture = Fixture::new().await;
    for place in 0..10 {
        let started = fixture.started(UnixMillis(NOON.0 + place * 300_000));
        fixture.store.start(started);
        let mut run = finished(started.identity, &[Verdict::Passed], Micros(1_000));
        run.finished_at = UnixMillis(run.started_at.0 + 1);
        let recording = &mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording;
        // What the search looks for first, in a text and as a name.
        recording.artifacts = vec![artifact("{\"x\":[]}", b""), artifact("x", b"")];
        fixture.store.finish(&run).await.unwrap();
    }
    run_all(&fixture, 10, &[Verdict::Failed; 8]).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let shown = "SELECT first_run_number, last_good_run_number, sample_run_number IS NULL FROM v1_incidents";
    assert_eq!(fixture.query(shown), "11|10|1");
}

#[tokio::test]
async fn what_shows_an_incident_keeps_its_evidence_and_so_does_the_good_run_to_compare_with() {
    let fixture = Fixture::new().await;
    let put = async |place: u64, verdict: Verdict, has_evidence: bool| {
        let started = fixture.started(UnixMillis(NOON.0 + place * 300_000));
        fixture.store.start(started);
        let mut run = finished(started.identity, &[verdict], Micros(1_000));
        run.finished_at = UnixMillis(run.started_at.0 + 1);
        if has_evidence {
            let body = format!("body of {place}");
            let recording = &mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording;
            recording.exchanges = vec![exchange(0, b"", body.as_bytes())];
            recording.artifacts = vec![artifact("page", body.as_bytes())];
        }
        fixture.store.finish(&run).await.unwrap();
    };
    // A good run in three gives a sample; the last ones before the outage do not.
    for place in 0..10 {
        put(place, Verdict::Passed, place % 3 == 0 && place < 9).await;
    }
    for place in 10..18 {
        put(place, Verdict::Failed, true).await;
    }
    for place in 18..30 {
        put(place, Verdict::Passed, place == 18).await;
    }
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let shown = "SELECT first_run_number, last_bad_run_number, last_good_run_number, sample_run_number FROM v1_incidents";
    assert_eq!(fixture.query(shown), "11|18|10|7");
    // A later failure outside of the incident takes the place of the journey's last failure.
    put(300, Verdict::Failed, true).await;
    fixture.store.planned_until(fixture.location, UnixMillis(NOON.0 + 30 * DAY));
    fixture.store.flush().await.unwrap();
    let before = UnixMillis((NOON.0 / DAY + 3) * DAY);
    for kind in [RetentionKind::Bodies, RetentionKind::Artifacts, RetentionKind::Runs] {
        remove(&fixture.store, &Due { kind, tenants: vec![fixture.tenant], is_platforms: false, before })
            .await;
    }
    let opening = fixture.query("SELECT opening_run_number FROM v1_incidents");
    let left = fixture
        .query("SELECT group_concat(run_number) FROM (SELECT run_number FROM v1_runs ORDER BY run_number)");
    assert_eq!(left, format!("7,10,11,{opening},18,31"));
    let evidence = "SELECT group_concat(run_number) FROM (SELECT DISTINCT run_number FROM v1_exchanges ORDER BY run_number)";
    assert_eq!(fixture.query(evidence), format!("7,11,{opening},18,31"), "10 had none");
    assert_eq!(fixture.query("SELECT count(*) FROM v1_artifacts"), "5");
    assert_eq!(fixture.query("SELECT group_concat(uses) FROM v1_blobs"), "2,2,2,2,2");
    let report = wayfarer_store::check(fixture.dir.path()).await.unwrap();
    assert!(report.problems.iter().all(|problem| problem.contains("roll-up")), "{report:?}");
}

#[tokio::test]
async fn incidents_survive_a_rebuild_and_are_in_a_tenants_export() {
    let fixture = Fixture::new().await;
    run_all(&fixture, 0, &outage()).await;
    assert_eq!(folded(&fixture).await, IncidentMoves::Written);
    let (events, incidents) = (fixture.query(EVENTS), fixture.query("SELECT * FROM v1_incidents"));
    let copy = tempfile::tempdir().unwrap();
    let dir = fixture.stopped().await;
    wayfarer_store::rebuild(dir.path()).await.unwrap();
    assert_eq!(
        (consumer(dir.path(), EVENTS), consumer(dir.path(), "SELECT * FROM v1_incidents")),
        (events.clone(), incidents.clone())
    );
    let target = copy.path().join("wayfarer.db");
    wayfarer_store::export(dir.path(), &"acme".parse().unwrap(), &target).await.unwrap();
    assert_eq!(
        (consumer(copy.path(), EVENTS), consumer(copy.path(), "SELECT * FROM v1_incidents")),
        (events, incidents)
    );
    let report = wayfarer_store::check(dir.path()).await.unwrap();
    assert!(report.problems.is_empty(), "{report:?}");
}

#[tokio::test]
async fn a_matter_is_one_incident_that_opens_again_within_half_an_hour_and_no_tenant_exports_it() {
    let fixture = Fixture::new().await;
    let matter = || Matter { tenant: None, kind: IncidentKind::RunnerUnwell, subject: String::new() };
    let at = |minutes: u64| UnixMillis(NOON.0 + minutes * 60_000);
    let open =
        |minutes| fixture.store.open_matter(matter(), "its beacons are dark".to_owned(), NOON, at(minutes));
    let close = |minutes| fixture.store.close_matter(matter(), "", at(minutes));
    assert!(!close(0).await.unwrap(), "none is open");
    assert!(open(1).await.unwrap() && !open(2).await.unwrap());
    assert!(close(3).await.unwrap() && !close(4).await.unwrap());
    assert!(open(33).await.unwrap() && close(34).await.unwrap() && open(65).await.unwrap());
    assert_eq!(
        fixture.query("SELECT group_concat(incident || kind) FROM v1_incident_events"),
        "1opened,1resolved,1reopened,1resolved,2opened"
    );
    let around = fixture.store.platform_incidents(at(34)).await.unwrap();
    assert_eq!(around.iter().map(|own| own.resolved).collect::<Vec<_>>(), [Some(at(34)), None]);
    assert_eq!(fixture.store.platform_incidents(at(35)).await.unwrap().len(), 1);
    let event = fixture.store.outbox(9).await.unwrap().remove(0);
    assert_eq!((event.incident.tenant, event.incident.journey), (None, None));
    fixture.store.hold(vec![event.number], 2).await.unwrap();
    assert_eq!(
        (fixture.store.outbox(9).await.unwrap().len(), fixture.store.held(0, 9).await.unwrap().len()),
        (4, 1)
    );
    let word = PersonsWord { change: IncidentChange::Resolve, by: "ana".to_owned(), note: String::new() };
    let tenant = "acme".parse().unwrap();
    let by_tenant = fixture.store.change_incident(IncidentKey(2), Some(&tenant), word.clone(), NOON);
    assert!(!by_tenant.await.unwrap(), "it is not a tenant's");
    assert!(fixture.store.change_incident(IncidentKey(2), None, word, at(70)).await.unwrap());

    run_all(&fixture, 0, &outage()).await;
    folded(&fixture).await;
    let events = fixture.store.outbox(9).await.unwrap();
    let own = events.iter().find(|event| event.incident.journey.is_some()).unwrap();
    fixture.store.hold(vec![own.number], 2).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path();
    wayfarer_store::export(fixture.dir.path(), &tenant, &copy.join("wayfarer.db")).await.unwrap();
    assert_eq!(consumer(copy, "SELECT group_concat(kind), count(*) FROM v1_incidents"), "failing|1");
    assert_eq!(consumer(copy, "SELECT count(*) FROM v1_incident_events WHERE tenant IS NULL"), "0");
}

#[tokio::test]
async fn certificates_are_those_of_the_newest_run_and_of_the_newest_good_one_of_what_is_deployed() {
    let fixture = Fixture::new().await;
    let seen = async || {
        let seen = fixture.store.called_hosts(NOON).await.unwrap();
        let minutes = |at: UnixMillis| (at.0 - NOON.0) / 60_000;
        let mut seen: Vec<_> = seen
            .into_iter()
            .filter(|host| host.is_deployed)
            .map(|host| (host.origin, host.expires.map(|at| at.0), minutes(host.at)))
            .collect();
        seen.sort();
        seen
    };
    run_all(&fixture, 0, &[Verdict::Passed]).await;
    let (host, expires) = ("http://127.0.0.1:7301".to_owned(), Some(1_790_000_000_000));
    assert_eq!(seen().await, [(host.clone(), expires, 0)]);
    // It fails before it comes to that host.
    let started = fixture.started(UnixMillis(NOON.0 + 300_000));
    fixture.store.start(started);
    let mut run = finished(started.identity, &[Verdict::Failed], Micros(1_000));
    let traffic = &mut std::sync::Arc::make_mut(&mut run.attempts[0]).recording.traffic;
    let facts = HttpFacts::request("GET", "https://gateway.test/");
    *traffic = vec![TrafficRecord::http(Some(0), Micros(3), facts)];
    fixture.store.finish(&run).await.unwrap();
    assert_eq!(seen().await, [(host, expires, 0), ("https://gateway.test".to_owned(), None, 5)]);
    let removal = Deployment {
        tenant: "acme".parse().unwrap(),
        by: "a test".to_owned(),
        now: NOON,
        valid_from: NOON,
        provenance: wayfarer_model::provenance::Provenance::default(),
        set: vec![],
        remove: vec!["checkout".parse().unwrap()],
    };
    fixture.store.deploy(removal).await.unwrap();
    assert_eq!(seen().await, [], "nobody calls the hosts of a journey that is not there");
    let all = fixture.store.called_hosts(NOON).await.unwrap();
    assert_eq!(all.len(), 2, "but somebody did: {all:?}");
}
