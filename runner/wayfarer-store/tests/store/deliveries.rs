//! Deliveries of notices: routed once, leased one at a time and in order, sent again until they are marked.

use wayfarer_model::incident::IncidentKind;
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Begin, DueChannel, Leased, NewDelivery, Routed};

use super::fixture::{Fixture, NOON, tamper};

const MINUTE: u64 = 60_000;

fn after(minutes: u64) -> UnixMillis {
    UnixMillis(NOON.0 + minutes * MINUTE)
}

/// Two incidents of the journey, each with an event that opened it.
async fn with_incidents() -> Fixture {
    let fixture = Fixture::new().await;
    for number in 1..=2 {
        let sql = format!(
                "INSERT INTO incident (id, tenant, journey, location, kind, first_run, opening_run, latest_run, began_ms, opened_ms,
                   looks, bad_looks, statistic, bound)
                 SELECT {number}, j.tenant, j.id, 1, 'failing', {number}, {number}, {number}, {0}, {0}, 3, 3, 1e6, 1e6 FROM journey j;
                 INSERT INTO incident_event (id, incident, occurred_ms, kind) VALUES ({number}0, {number}, {0}, 'opened');",
                NOON.0
            );
        tamper(fixture.dir.path(), &sql);
    }
    fixture
}

fn new(event: i64, kind: NoticeKind, channel: &str, thread: i64) -> NewDelivery {
    NewDelivery {
        event,
        incident: event / 10,
        kind,
        ordinal: 0,
        channel: channel.to_owned(),
        thread,
        begin: Begin::Waiting,
        fallback_of: None,
        due: NOON,
    }
}

fn chat() -> DueChannel {
    DueChannel { tenant: Some("acme".parse().unwrap()), channel: "chat".to_owned() }
}

fn taken(leased: Leased) -> Vec<i64> {
    assert!(matches!(leased, Leased::Taken(_)), "{leased:?}");
    let Leased::Taken(deliveries) = leased else { return Vec::new() };
    deliveries.iter().map(|delivery| delivery.number).collect()
}

#[tokio::test]
async fn an_event_leaves_the_outbox_with_its_deliveries_and_only_once() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let outbox = store.outbox(10).await.unwrap();
    assert_eq!(outbox.iter().map(|event| event.number).collect::<Vec<_>>(), [10, 20]);
    assert_eq!(outbox[0].kind, Some(NoticeKind::Opened));
    assert_eq!(
        (outbox[0].incident.journey.as_ref().unwrap().as_str(), outbox[0].incident.tags.as_slice()),
        ("checkout", &["tier-1".to_owned()][..])
    );
    let routed =
        |channel: &str| vec![Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, channel, 1)] }];
    store.route(routed("chat"), NOON).await.unwrap();
    store.route(routed("mail"), NOON).await.unwrap();
    let told = store.told(1).await.unwrap();
    assert_eq!(told.iter().map(|told| told.channel.as_str()).collect::<Vec<_>>(), ["chat"]);
    let left = store.outbox(10).await.unwrap();
    assert_eq!(left.iter().map(|event| event.number).collect::<Vec<_>>(), [20]);
    store.route(vec![Routed { event: 20, deliveries: Vec::new() }], NOON).await.unwrap();
    assert!(store.outbox(10).await.unwrap().is_empty(), "nobody is told of it");
    assert_eq!(store.delivery_figures().await.unwrap().waiting, 1);
}

#[tokio::test]
async fn a_lease_is_one_at_a_time_and_ends() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let two = [10, 20]
        .map(|event| Routed { event, deliveries: vec![new(event, NoticeKind::Opened, "chat", event / 10)] });
    store.route(two.into(), NOON).await.unwrap();
    assert_eq!(store.due_channels(NOON).await.unwrap(), [chat()]);
    let elsewhere = DueChannel { tenant: None, ..chat() };
    assert_eq!(store.lease(&elsewhere, NOON, after(1)).await.unwrap(), Leased::NothingDue);
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [1]);
    assert_eq!(store.lease(&chat(), NOON, after(2)).await.unwrap(), Leased::InProgress(after(1)));
    // Whoever had it is gone.
    let again = store.lease(&chat(), after(1), after(2)).await.unwrap();
    let Leased::Taken(deliveries) = &again else { panic!("{again:?}") };
    assert_eq!((deliveries[0].number, deliveries[0].attempts), (1, 2));
    store.delivered(&[1], [7; 32], after(1), None).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(1), after(2)).await.unwrap()), [2]);
    store.free_leases().await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(1), after(2)).await.unwrap()), [2], "at the next start");
    store.not_delivered(&[2], "down", Some(after(5))).await.unwrap();
    assert!(store.due_channels(after(4)).await.unwrap().is_empty());
    assert_eq!(taken(store.lease(&chat(), after(5), after(6)).await.unwrap()), [2]);
    store.not_delivered(&[2], "gone", None).await.unwrap();
    assert_eq!(store.lease(&chat(), after(90), after(91)).await.unwrap(), Leased::NothingDue);
    let shown = fixture.query("SELECT state, attempts, last_error FROM v1_deliveries ORDER BY delivery");
    assert_eq!(shown, "delivered|2|\ndead|3|gone");
    // A mark that comes too late changes nothing.
    store.delivered(&[2], [7; 32], after(91), None).await.unwrap();
    assert!(fixture.query("SELECT state FROM v1_deliveries WHERE delivery = 2").contains("dead"));
}

#[tokio::test]
async fn recovery_waits_for_the_alarm_and_another_conversation_does_not() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [1]);
    store.not_delivered(&[1], "down", Some(after(30))).await.unwrap();
    store.add_deliveries(vec![new(10, NoticeKind::Resolved, "chat", 1)], after(1)).await.unwrap();
    assert_eq!(store.lease(&chat(), after(2), after(3)).await.unwrap(), Leased::NothingDue);
    store
        .route(vec![Routed { event: 20, deliveries: vec![new(20, NoticeKind::Opened, "chat", 2)] }], after(2))
        .await
        .unwrap();
    assert_eq!(taken(store.lease(&chat(), after(2), after(3)).await.unwrap()), [3]);
    store.delivered(&[3], [7; 32], after(2), None).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(30), after(31)).await.unwrap()), [1]);
    store.delivered(&[1], [7; 32], after(30), None).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(30), after(31)).await.unwrap()), [2]);
}

#[tokio::test]
async fn what_repeats_itself_does_so_until_its_recovery_and_holds_up_nothing() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    for minute in 0..3 {
        assert_eq!(taken(store.lease(&chat(), after(minute), after(minute + 1)).await.unwrap()), [1]);
        store.delivered(&[1], [7; 32], after(minute), Some(after(minute + 1))).await.unwrap();
    }
    assert_eq!(store.delivery_figures().await.unwrap().waiting, 0, "it was told");
    // It is being sent when the recovery is written.
    assert_eq!(taken(store.lease(&chat(), after(3), after(4)).await.unwrap()), [1]);
    store.add_deliveries(vec![new(10, NoticeKind::Resolved, "chat", 1)], after(3)).await.unwrap();
    store.delivered(&[1], [7; 32], after(3), Some(after(4))).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(4), after(5)).await.unwrap()), [2]);
    store.delivered(&[2], [7; 32], after(4), None).await.unwrap();
    assert_eq!(store.lease(&chat(), after(90), after(91)).await.unwrap(), Leased::NothingDue);
    assert_eq!(fixture.query("SELECT group_concat(state) FROM v1_deliveries"), "delivered,delivered");
}

#[tokio::test]
async fn what_quiet_hours_held_is_taken_together() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let held = |event: i64| NewDelivery {
        begin: Begin::Held,
        due: after(60),
        ..new(event, NoticeKind::Opened, "chat", event / 10)
    };
    let two = [10, 20].map(|event| Routed { event, deliveries: vec![held(event)] });
    store.route(two.into(), NOON).await.unwrap();
    let over = NewDelivery { kind: NoticeKind::Resolved, ..held(10) };
    store.add_deliveries(vec![over], after(5)).await.unwrap();
    assert_eq!(store.told(1).await.unwrap()[0].held_until, Some(after(60)));
    assert_eq!(store.lease(&chat(), after(59), after(60)).await.unwrap(), Leased::NothingDue);
    let together = store.lease(&chat(), after(60), after(61)).await.unwrap();
    assert_eq!(taken(together), [1, 2, 3]);
    store.delivered(&[1, 2, 3], [7; 32], after(60), None).await.unwrap();
    assert!(store.due_channels(after(61)).await.unwrap().is_empty());
}

fn held(event: i64) -> NewDelivery {
    NewDelivery { begin: Begin::Held, due: after(60), ..new(event, NoticeKind::Opened, "chat", event / 10) }
}

#[tokio::test]
async fn a_digest_stays_one_after_a_try_that_failed_and_after_a_crash() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let two = [10, 20].map(|event| Routed { event, deliveries: vec![held(event)] });
    store.route(two.into(), NOON).await.unwrap();
    assert_eq!(store.delivery_figures().await.unwrap().oldest, Some(after(60)), "nobody waits for it before");
    assert_eq!(taken(store.lease(&chat(), after(60), after(61)).await.unwrap()), [1, 2]);
    store.not_delivered(&[1, 2], "down", Some(after(65))).await.unwrap();
    assert_eq!(store.told(1).await.unwrap()[0].held_until, Some(after(65)));
    let again = store.lease(&chat(), after(65), after(66)).await.unwrap();
    assert!(matches!(&again, Leased::Taken(both) if both[0].since == after(60)), "{again:?}");
    assert_eq!(taken(again), [1, 2]);
    store.free_leases().await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(66), after(67)).await.unwrap()), [1, 2], "after a crash");
    assert_eq!(taken(store.lease(&chat(), after(67), after(68)).await.unwrap()), [1, 2], "the lease is over");
    store.delivered(&[1, 2], [7; 32], after(67), None).await.unwrap();
    assert!(store.due_channels(after(90)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_digest_tells_of_a_hundred_and_another_one_of_the_rest() {
    let fixture = with_incidents().await;
    let many = (0..130).map(|ordinal| NewDelivery { ordinal, ..held(10) });
    fixture.store.route(vec![Routed { event: 10, deliveries: many.collect() }], NOON).await.unwrap();
    let first = taken(fixture.store.lease(&chat(), after(60), after(61)).await.unwrap());
    assert_eq!(first, (1..=100).collect::<Vec<_>>());
    fixture.store.delivered(&first, [7; 32], after(60), None).await.unwrap();
    assert_eq!(taken(fixture.store.lease(&chat(), after(60), after(61)).await.unwrap()).len(), 30);
}

#[tokio::test]
async fn what_repeats_itself_ends_with_its_incident_though_nobody_could_tell_of_the_recovery() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [1]);
    store.delivered(&[1], [7; 32], NOON, Some(after(1))).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(1), after(2)).await.unwrap()), [1]);
    store.delivered(&[1], [7; 32], after(1), Some(after(2))).await.unwrap();
    let over = format!("UPDATE incident SET resolved_ms = {} WHERE id = 1", after(1).0);
    tamper(fixture.dir.path(), &over);
    assert_eq!(store.lease(&chat(), after(2), after(3)).await.unwrap(), Leased::NothingDue);
    assert_eq!(fixture.query("SELECT state FROM v1_deliveries"), "delivered");
}

#[tokio::test]
async fn a_stand_in_knows_the_whole_conversation() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let grouped = NewDelivery { begin: Begin::Grouped, ..new(20, NoticeKind::Opened, "chat", 1) };
    let together = vec![
        Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] },
        Routed { event: 20, deliveries: vec![grouped] },
    ];
    store.route(together, NOON).await.unwrap();
    for _ in 0..2 {
        store.stand_in(&[1], "mail", after(5)).await.unwrap();
    }
    let shown =
        "SELECT incident, thread, state, fallback_of, due_ms FROM v1_deliveries WHERE channel = 'mail'";
    let due = after(5).0;
    assert_eq!(fixture.query(shown), format!("1|1|waiting|chat|{due}\n2|1|grouped|chat|{due}"));
    assert_eq!(store.told_together(1, "mail").await.unwrap().len(), 2);
    let over = format!("UPDATE incident SET resolved_ms = {due} WHERE id = 1");
    tamper(fixture.dir.path(), &over);
    assert!(!store.is_recovery_due(1, "mail", 1).await.unwrap(), "the other one goes on there too");
    store.stand_in(&[3], "spare", after(6)).await.unwrap();
    assert_eq!(fixture.query("SELECT count(*) FROM v1_deliveries"), "4", "a stand-in has none itself");
}

#[tokio::test]
async fn recovery_is_due_once_in_a_conversation_when_all_of_it_is_over() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let both =
        [10, 20].map(|event| Routed { event, deliveries: vec![new(event, NoticeKind::Opened, "chat", 1)] });
    store.route(both.into(), NOON).await.unwrap();
    let due = async |incident| store.is_recovery_due(1, "chat", incident).await.unwrap();
    let over =
        |incident: i64| format!("UPDATE incident SET resolved_ms = {} WHERE id = {incident}", after(1).0);
    tamper(fixture.dir.path(), &over(1));
    assert!(!due(1).await && due(2).await, "the other one goes on");
    tamper(fixture.dir.path(), &over(2));
    assert!(due(1).await && due(2).await);
    store.add_deliveries(vec![new(10, NoticeKind::Resolved, "chat", 1)], after(1)).await.unwrap();
    assert!(!due(2).await, "the channel has heard of it");
    store.add_deliveries(vec![new(20, NoticeKind::Reopened, "chat", 1)], after(2)).await.unwrap();
    assert!(due(2).await);
}

#[tokio::test]
async fn what_was_told_of_open_incidents_does_not_grow_with_reminders() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    let reminders =
        (1..=50).map(|ordinal| NewDelivery { ordinal, ..new(10, NoticeKind::Reminder, "chat", 1) });
    store.add_deliveries(reminders.collect(), NOON).await.unwrap();
    let told = store.told_of_open().await.unwrap();
    let shown: Vec<_> =
        told[&1].iter().map(|told| (told.kind, told.ordinal, told.is_waiting, told.occurred)).collect();
    assert_eq!(shown, [(NoticeKind::Opened, 0, true, NOON), (NoticeKind::Reminder, 50, true, NOON)]);
    tamper(fixture.dir.path(), "UPDATE incident SET resolved_ms = 1");
    assert!(store.told_of_open().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_joins_a_message_that_is_on_its_way_or_tells_of_another_is_told_by_one_of_its_own() {
    let fixture = with_incidents().await;
    let store = &fixture.store;
    let acme = "acme".parse().unwrap();
    let is_pending = async || store.conversations(&acme, IncidentKind::Failing).await.unwrap()[0].is_pending;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    assert!(is_pending().await, "it is composed when it is sent");
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [1]);
    assert!(!is_pending().await, "it is composed already");
    // Whoever planned this had read the rows before the lease.
    let grouped = NewDelivery { begin: Begin::Grouped, ..new(20, NoticeKind::Opened, "chat", 1) };
    store.route(vec![Routed { event: 20, deliveries: vec![grouped] }], NOON).await.unwrap();
    store.delivered(&[1], [7; 32], NOON, None).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [2], "nobody has told of it");
    store.delivered(&[2], [7; 32], NOON, None).await.unwrap();

    let fixture = with_incidents().await;
    let store = &fixture.store;
    let alarm = Routed { event: 10, deliveries: vec![new(10, NoticeKind::Opened, "chat", 1)] };
    store.route(vec![alarm], NOON).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), NOON, after(1)).await.unwrap()), [1]);
    store.delivered(&[1], [7; 32], NOON, None).await.unwrap();
    store.add_deliveries(vec![new(10, NoticeKind::Reopened, "chat", 1)], after(1)).await.unwrap();
    let pending = store.conversations(&acme, IncidentKind::Failing).await.unwrap();
    assert!(!pending[0].is_pending, "who hears that one goes on again hears of that one alone");
    let grouped = NewDelivery { begin: Begin::Grouped, ..new(20, NoticeKind::Opened, "chat", 1) };
    store.route(vec![Routed { event: 20, deliveries: vec![grouped] }], after(1)).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(1), after(2)).await.unwrap()), [2]);
    store.delivered(&[2], [7; 32], after(1), None).await.unwrap();
    assert_eq!(taken(store.lease(&chat(), after(1), after(2)).await.unwrap()), [3]);
}
