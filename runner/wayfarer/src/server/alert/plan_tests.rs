//! Who is told of what, and when: routes, groups, quiet hours, recovery, reminders and escalations.

use std::time::Duration;

use wayfarer_model::incident::{IncidentKind, Opening};
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;
use wayfarer_store::{AlertIncident, Begin, Conversation, NewDelivery, OutboxEvent, Routed, Told};

use super::plan_fixture::{NOW, incident};
use super::{Alerting, Arrival, Voices, follow_ups, plan};
use crate::config::RunnerFile;
use crate::server::tenants::Tenants;

const MINUTE: u64 = 60_000;

const CHANNELS: &str = "[channels.chat]\nslack.url.file = \"hook\"\n[channels.pager]\npagerduty.routing_key.file = \"hook\"\n\
    [channels.am]\nalertmanager.urls = \"http://am.example\"\n[channels.boss]\nteams.url.file = \"hook\"\n[tenants.acme]\n";

fn alerting(routes: &str) -> Alerting {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hook"), "https://hooks.example/secret\n").unwrap();
    std::fs::write(folder.path().join("wayfarer.toml"), format!("{CHANNELS}{routes}")).unwrap();
    let file = RunnerFile::find(None, folder.path()).unwrap();
    Alerting::read(&file, &Tenants::read(&file).unwrap()).unwrap()
}

fn arrival(number: i64, journey: &str, kind: NoticeKind) -> Arrival {
    let incident = incident(number, journey);
    Arrival {
        event: OutboxEvent {
            number: number * 10,
            kind: Some(kind),
            occurred: incident.opened,
            incident,
            held_for: None,
        },
        opening: Some(at_host("shop.example", Reason::Check, journey)),
        told: Vec::new(),
        busy_threads: Vec::new(),
        joins: Vec::new(),
    }
}

fn at_host(host: &str, reason: Reason, journey: &str) -> Opening {
    Opening {
        tenant: "acme".parse().unwrap(),
        journey: journey.parse().unwrap(),
        at: UnixMillis(NOW.0 - 10_000),
        began: UnixMillis(NOW.0 - 20_000),
        interval: Duration::from_mins(5),
        host: Some(host.to_owned()),
        step: None,
        reason,
    }
}

/// `event: channel thread begin`, one a delivery.
fn shown(routed: &[Routed]) -> Vec<String> {
    let mut lines = Vec::new();
    for routed in routed {
        if routed.deliveries.is_empty() {
            lines.push(format!("{}: nobody", routed.event));
        }
        lines.extend(routed.deliveries.iter().map(|delivery| {
            let NewDelivery { kind, channel, thread, begin, .. } = delivery;
            format!("{}: {} {channel} {thread} {begin:?}", routed.event, kind.as_str())
        }));
    }
    lines
}

fn told(channel: &str, kind: NoticeKind, thread: i64) -> Told {
    Told {
        channel: channel.to_owned(),
        thread,
        event: 10,
        kind,
        occurred: UnixMillis(NOW.0 - 10_000),
        ordinal: 0,
        held_until: None,
        is_waiting: false,
        is_dead: false,
    }
}

#[test]
fn the_first_route_that_covers_an_incident_counts_and_the_next_if_it_says_so() {
    let routes = "[[tenants.acme.alerts]]\njourneys = \"checkout\"\nto = \"pager\"\ncontinue = true\n\
        [[tenants.acme.alerts]]\ntags = [\"tier-1\"]\nreasons = \"check\"\nto = [\"chat\", \"pager\"]\n\
        [[tenants.acme.alerts]]\nto = \"boss\"\n[[alerts]]\nto = \"am\"\n";
    let alerting = alerting(routes);
    let one = |arrival: Arrival| shown(&plan(&alerting, &[arrival], NOW));
    assert_eq!(
        one(arrival(1, "checkout", NoticeKind::Opened)),
        ["10: opened pager 1 Waiting", "10: opened chat 1 Waiting"],
        "each channel once"
    );
    assert_eq!(
        one(arrival(1, "search", NoticeKind::Opened)),
        ["10: opened chat 1 Waiting", "10: opened pager 1 Waiting"]
    );
    let slow = Arrival {
        opening: Some(at_host("shop.example", Reason::Timeout, "search")),
        ..arrival(1, "search", NoticeKind::Opened)
    };
    assert_eq!(one(slow), ["10: opened boss 1 Waiting"]);
    let unheard_of = Arrival { opening: None, ..arrival(1, "search", NoticeKind::Opened) };
    assert_eq!(one(unheard_of), ["10: opened boss 1 Waiting"], "what no run said is no reason");
}

#[test]
fn what_no_route_of_the_tenant_covers_takes_the_platforms() {
    let alerting = alerting(
        "[[tenants.acme.alerts]]\nseverity = \"ticket\"\nto = \"chat\"\n[[alerts]]\nto = \"pager\"\n",
    );
    let mut broken = arrival(1, "checkout", NoticeKind::Opened);
    broken.event.incident.kind = IncidentKind::Broken;
    assert_eq!(shown(&plan(&alerting, &[broken], NOW)), ["10: opened chat 1 Waiting"]);
    let failing = arrival(1, "checkout", NoticeKind::Opened);
    assert_eq!(shown(&plan(&alerting, std::slice::from_ref(&failing), NOW)), ["10: opened pager 1 Waiting"]);
    let nothing = Alerting::default();
    assert_eq!(shown(&plan(&nothing, &[failing], NOW)), ["10: nobody"], "it leaves the outbox all the same");
}

#[test]
fn incidents_that_open_together_at_one_host_are_one_notice_a_channel() {
    let alerting = alerting("[[alerts]]\nto = [\"chat\", \"am\"]\n");
    let mut together: Vec<Arrival> =
        (1..=3).map(|number| arrival(number, &format!("j{number}"), NoticeKind::Opened)).collect();
    together[2].opening = Some(at_host("other.example", Reason::Timeout, "j3"));
    let early = UnixMillis(NOW.0 - 1);
    assert!(plan(&alerting, &together, early).is_empty(), "others may follow");
    let late = UnixMillis(NOW.0 - 1);
    together[1].event.occurred = late;
    together[1].opening = Some(Opening { at: late, ..at_host("shop.example", Reason::Check, "j2") });
    assert_eq!(
        shown(&plan(&alerting, &together[..2], NOW)),
        [
            "10: opened chat 1 Waiting",
            "10: opened am 1 Waiting",
            "20: opened chat 1 Grouped",
            "20: opened am 2 Waiting",
        ],
        "the first has waited long enough; Alertmanager groups by itself"
    );
    let others = plan(&alerting, &together[2..], NOW);
    assert_eq!(shown(&others), ["30: opened chat 3 Waiting", "30: opened am 3 Waiting"]);
}

#[test]
fn a_later_incident_of_the_same_outage_updates_machines_and_waits_for_one_more_message() {
    let alerting = alerting("[[alerts]]\nto = [\"chat\", \"pager\", \"am\"]\n");
    let known = |channel: &str, is_pending| Conversation {
        channel: channel.to_owned(),
        thread: 7,
        told: UnixMillis(NOW.0 - MINUTE),
        is_pending,
    };
    let mut later: Vec<Arrival> =
        (1..=2).map(|number| arrival(number, &format!("j{number}"), NoticeKind::Opened)).collect();
    for arrival in &mut later {
        arrival.joins = vec![known("chat", false), known("pager", false), known("am", false)];
    }
    let routed = plan(&alerting, &later, NOW);
    assert_eq!(
        shown(&routed),
        [
            "10: opened chat 7 Waiting",
            "10: opened pager 7 Waiting",
            "10: opened am 1 Waiting",
            "20: opened chat 7 Grouped",
            "20: opened pager 7 Grouped",
            "20: opened am 2 Waiting",
        ]
    );
    let due: Vec<u64> = routed[0].deliveries.iter().map(|delivery| delivery.due.0 - NOW.0).collect();
    assert_eq!(due, [4 * MINUTE, 0, 0], "people five minutes after the last message, machines now");
    later[0].joins = vec![known("chat", true)];
    let pending = plan(&alerting, &later[..1], NOW);
    assert_eq!(shown(&pending)[0], "10: opened chat 7 Grouped", "the message that waits tells of it");
    assert_eq!(shown(&pending)[1], "10: opened pager 1 Waiting", "a channel that knows nothing of it yet");
}

#[test]
fn recovery_goes_where_the_alarm_went_once_all_of_a_group_are_well() {
    let alerting = alerting("[[alerts]]\nto = \"boss\"\n");
    let mut over = arrival(2, "search", NoticeKind::Resolved);
    over.event.incident.resolved = Some(NOW);
    over.told = vec![
        told("chat", NoticeKind::Opened, 1),
        told("pager", NoticeKind::Escalated, 2),
        told("gone", NoticeKind::Opened, 2),
        Told { is_dead: true, ..told("am", NoticeKind::Opened, 2) },
    ];
    assert_eq!(
        shown(&plan(&alerting, &[over.clone()], NOW)),
        ["20: resolved chat 1 Waiting", "20: resolved pager 2 Waiting"],
        "at once, to those who were told, whatever the routes say now"
    );
    over.busy_threads = vec![("chat".to_owned(), 1)];
    assert_eq!(shown(&plan(&alerting, &[over.clone()], NOW)), ["20: resolved pager 2 Waiting"]);
    let mut again = over;
    again.event.kind = Some(NoticeKind::Reopened);
    again.event.incident.resolved = None;
    again.busy_threads = Vec::new();
    assert_eq!(
        shown(&plan(&alerting, &[again], NOW)),
        ["20: reopened chat 1 Waiting", "20: reopened pager 2 Waiting"]
    );
    let unheard = arrival(2, "search", NoticeKind::Resolved);
    assert_eq!(shown(&plan(&alerting, &[unheard], NOW)), ["20: nobody"]);
}

#[test]
fn quiet_hours_hold_messages_and_put_off_machines() {
    let alerting = alerting(
        "[[alerts]]\nto = [\"chat\", \"pager\"]\nquiet = \"sat 10:00-14:30\"\ntimezone = \"Europe/Berlin\"\n",
    );
    let routed = plan(&alerting, &[arrival(1, "checkout", NoticeKind::Opened)], NOW);
    assert_eq!(shown(&routed), ["10: opened chat 1 Held", "10: opened pager 1 Waiting"]);
    let ends: Vec<u64> = routed[0].deliveries.iter().map(|delivery| delivery.due.0 - NOW.0).collect();
    assert_eq!(ends, [90 * MINUTE, 90 * MINUTE], "13:00 in Berlin, until 14:30");
    let later = UnixMillis(NOW.0 + 90 * MINUTE);
    assert_eq!(shown(&plan(&alerting, &[arrival(1, "checkout", NoticeKind::Opened)], later)).len(), 2);
    let mut over = arrival(1, "checkout", NoticeKind::Resolved);
    let end = UnixMillis(NOW.0 + 90 * MINUTE);
    over.told = vec![Told { held_until: Some(end), ..told("chat", NoticeKind::Opened, 1) }];
    let routed = plan(&alerting, &[over], NOW);
    assert_eq!((routed[0].deliveries[0].begin, routed[0].deliveries[0].due), (Begin::Held, end));
}

#[test]
fn nobody_is_told_of_what_is_muted_or_of_what_people_did() {
    let alerting = alerting("[[alerts]]\nto = \"chat\"\n");
    let mut muted = arrival(1, "checkout", NoticeKind::Opened);
    muted.event.incident.muted_until = Some(UnixMillis(NOW.0 + 1));
    let mut noted = arrival(2, "checkout", NoticeKind::Opened);
    noted.event.kind = None;
    assert_eq!(shown(&plan(&alerting, &[muted, noted], NOW)), ["10: nobody", "20: nobody"]);
    let mut brief = arrival(3, "checkout", NoticeKind::Opened);
    brief.event.incident.resolved = Some(NOW);
    assert_eq!(shown(&plan(&alerting, &[brief], NOW)), ["30: nobody"], "the end of it would go nowhere");
}

#[test]
fn nobody_hears_of_what_is_over_before_anybody_was_told() {
    let alerting = alerting("[[alerts]]\nto = \"chat\"\n");
    let event = |number, kind, resolved| {
        let mut arrival = arrival(1, "checkout", kind);
        arrival.event.number = number;
        arrival.event.incident.resolved = resolved;
        arrival
    };
    let over = [event(10, NoticeKind::Opened, Some(NOW)), event(11, NoticeKind::Resolved, Some(NOW))];
    assert_eq!(shown(&plan(&alerting, &over, NOW)), ["10: nobody", "11: nobody"]);
    let again = [
        event(10, NoticeKind::Opened, None),
        event(11, NoticeKind::Resolved, None),
        event(12, NoticeKind::Reopened, None),
    ];
    assert_eq!(
        shown(&plan(&alerting, &again, NOW)),
        ["10: nobody", "11: nobody", "12: reopened chat 1 Waiting"],
        "one alarm"
    );
}

#[test]
fn a_conversation_hears_once_that_all_of_it_is_over() {
    let alerting = alerting("[[alerts]]\nto = \"chat\"\n");
    let over = |number, journey| {
        let mut arrival = arrival(number, journey, NoticeKind::Resolved);
        arrival.event.incident.resolved = Some(NOW);
        arrival.told = vec![told("chat", NoticeKind::Opened, 1)];
        arrival
    };
    let routed = plan(&alerting, &[over(1, "checkout"), over(2, "search"), over(3, "login")], NOW);
    assert_eq!(shown(&routed), ["10: resolved chat 1 Waiting", "20: nobody", "30: nobody"]);
}

#[test]
fn quiet_hours_hold_an_incident_that_goes_on_again() {
    let quiet = "quiet = \"sat 10:00-14:30\"\n";
    let alerting = alerting(&format!("[[alerts]]\nto = [\"chat\", \"pager\"]\n{quiet}"));
    let mut again = arrival(1, "checkout", NoticeKind::Reopened);
    again.told = ["chat", "pager", "boss"].map(|channel| told(channel, NoticeKind::Opened, 1)).to_vec();
    let routed = plan(&alerting, &[again], NOW);
    assert_eq!(
        shown(&routed),
        ["10: reopened boss 1 Waiting", "10: reopened chat 1 Held", "10: reopened pager 1 Waiting"]
    );
    let due: Vec<u64> =
        routed[0].deliveries.iter().map(|delivery| (delivery.due.0 - NOW.0) / MINUTE).collect();
    assert_eq!(due, [0, 150, 150], "no route leads to the boss any more");
}

/// `kind channel ordinal thread`, of the incident so many minutes after it opened.
fn follows(
    alerting: &Alerting,
    incident: &AlertIncident,
    told: &[Told],
    voices: &Voices,
    minutes: u64,
) -> Vec<String> {
    let at = UnixMillis(incident.opened.0 + minutes * MINUTE);
    let due = follow_ups(alerting, incident, None, told, voices, at);
    let shown =
        |new: &NewDelivery| format!("{} {} {} {}", new.kind.as_str(), new.channel, new.ordinal, new.thread);
    due.iter().map(shown).collect()
}

#[test]
fn what_nobody_takes_on_is_escalated_and_remembered() {
    let alerting = alerting(
        "[[alerts]]\nto = [\"chat\", \"am\"]\nescalate_after = \"15m\"\nescalate_to = \"boss\"\nremind_every = \"1h\"\n",
    );
    let goes_on = incident(1, "checkout");
    let opened = vec![told("chat", NoticeKind::Opened, 1), told("am", NoticeKind::Opened, 1)];
    let due = |incident: &AlertIncident, minutes: u64| {
        follows(&alerting, incident, &opened, &Voices::default(), minutes)
    };
    assert_eq!(due(&goes_on, 14), [""; 0]);
    assert_eq!(due(&goes_on, 15), ["escalated boss 0 1"]);
    assert_eq!(due(&goes_on, 125), ["escalated boss 0 1", "reminder chat 2 1"], "the newest alone");
    let taken = AlertIncident { acknowledged: Some(NOW), ..goes_on.clone() };
    assert_eq!(due(&taken, 125), [""; 0]);
    let until = Some(UnixMillis(NOW.0 + MINUTE));
    let dropped = AlertIncident { acknowledged_until: until, ..taken };
    assert_eq!(due(&dropped, 125).len(), 2, "the acknowledgement was for a time");
    let muted = AlertIncident { muted_until: Some(UnixMillis(NOW.0 + 300 * MINUTE)), ..goes_on };
    assert_eq!(due(&muted, 125), [""; 0]);
}

#[test]
fn of_those_that_were_told_together_one_that_goes_on_speaks() {
    let alerting = alerting(
        "[[alerts]]\nto = \"chat\"\nescalate_after = \"15m\"\nescalate_to = \"boss\"\nremind_every = \"1h\"\n",
    );
    let together = vec![told("chat", NoticeKind::Opened, 7)];
    let open = |incidents: &[i64]| {
        Voices::of(&incidents.iter().map(|incident| (*incident, together.clone())).collect())
    };
    let due =
        |incident, voices| follows(&alerting, &self::incident(incident, "checkout"), &together, &voices, 125);
    assert_eq!(due(9, open(&[7, 8, 9])), [""; 0], "the first speaks for all");
    assert_eq!(due(7, open(&[7, 8, 9])), ["escalated boss 0 7", "reminder chat 2 7"]);
    assert_eq!(due(8, open(&[8, 9])), ["escalated boss 0 8", "reminder chat 2 7"], "the first is well");
    assert_eq!(due(9, open(&[8, 9])), [""; 0]);
}

#[test]
fn reminders_do_not_pile_up_and_begin_anew_when_an_incident_goes_on_again() {
    let alerting = alerting(
        "[[alerts]]\nto = [\"chat\", \"pager\"]\nescalate_after = \"15m\"\nescalate_to = \"am\"\nremind_every = \"1h\"\n\
         quiet = \"sat 15:00-23:00\"\n",
    );
    let goes_on = incident(1, "checkout");
    let both = ["chat", "pager"].map(|channel| told(channel, NoticeKind::Opened, 1));
    let due = |told: &[Told], minutes| follows(&alerting, &goes_on, told, &Voices::default(), minutes);
    assert_eq!(
        due(&both, 65),
        ["escalated am 0 1", "reminder chat 1 1", "reminder pager 1 1"],
        "Alertmanager was not told yet"
    );
    let mut down = both.clone();
    down[0].is_waiting = true;
    let reminded = Told { ordinal: 1, ..told("pager", NoticeKind::Reminder, 1) };
    let known = [&down[..], &[reminded, told("am", NoticeKind::Escalated, 1)]].concat();
    assert_eq!(due(&known, 65), [""; 0], "the channel has not taken the alarm yet");
    assert_eq!(due(&known, 125), ["reminder pager 2 1"]);
    assert_eq!(due(&both, 185), [""; 0], "quiet hours");
    let reopened = both.map(|told| Told {
        kind: NoticeKind::Reopened,
        occurred: UnixMillis(goes_on.opened.0 + 60 * MINUTE),
        ..told
    });
    assert_eq!(due(&reopened, 70), [""; 0], "it went on ten minutes ago");
    assert_eq!(due(&reopened, 75), ["escalated am 0 1"]);
}
