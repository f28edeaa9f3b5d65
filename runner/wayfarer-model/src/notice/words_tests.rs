use super::*;
use crate::notice::{Matter, Weight};

fn notice(kind: NoticeKind) -> Notice {
    Notice::example(kind).unwrap()
}

fn subject(journey: &str, incident: i64) -> Subject {
    let example = notice(NoticeKind::Opened).subjects.remove(0);
    Subject { incident, journey: journey.parse().unwrap(), ..example }
}

fn evidence() -> Evidence {
    notice(NoticeKind::Opened).evidence.unwrap()
}

#[test]
fn a_headline_says_what_fails_where_and_how() {
    let headline = |kind| notice(kind).headline();
    assert_eq!(headline(NoticeKind::Opened), "checkout fails at POST /orders of shop.example: 503");
    assert_eq!(headline(NoticeKind::Reopened), "checkout fails again at POST /orders of shop.example: 503");
    assert_eq!(headline(NoticeKind::Resolved), "checkout works again after 12m05s");
    assert_eq!(
        headline(NoticeKind::Reminder),
        "checkout still fails at POST /orders of shop.example: 503, for 1m15s"
    );
    assert_eq!(
        headline(NoticeKind::Escalated),
        "Nobody has acknowledged: checkout fails at POST /orders of shop.example: 503"
    );
    assert_eq!(
        Notice::test("oncall", None, "t".to_owned(), UnixMillis(0)).headline(),
        "Test notice from Wayfarer for the channel oncall"
    );
    let blind =
        Notice { incident_kind: Some(IncidentKind::NoData), evidence: None, ..notice(NoticeKind::Opened) };
    assert_eq!(blind.headline(), "checkout has no results");
    let broken =
        Evidence { request: None, status: None, check: None, message: "no step".to_owned(), ..evidence() };
    let broken = Notice {
        incident_kind: Some(IncidentKind::Broken),
        evidence: Some(broken),
        ..notice(NoticeKind::Opened)
    };
    assert_eq!(broken.headline(), "checkout is broken at \"place order\": no step");
}

#[test]
fn a_group_is_one_headline() {
    let journeys = ["a", "b", "c", "c"];
    let subjects = journeys.iter().enumerate().map(|(n, name)| subject(name, n as i64)).collect();
    let group = Notice { subjects, ..notice(NoticeKind::Opened) };
    assert_eq!(group.headline(), "3 journeys fail at POST /orders of shop.example: 503");
    assert!(group.facts().contains(&Fact { name: "Journeys", value: "a, b, c".to_owned() }));
    let others = Evidence { request: Some("GET /".to_owned()), status: Some(500), ..evidence() };
    let common = Evidence::common(&[evidence(), others]);
    let group = Notice { evidence: common, ..group };
    assert_eq!(group.headline(), "3 journeys fail at shop.example: order accepted");
}

#[test]
fn a_plain_rule_promises_nothing() {
    let weight = Weight { looks: 2, bad_looks: 2, looks_between_false: 670.4, is_promised: false };
    let plain = Notice { weight: Some(weight), ..notice(NoticeKind::Opened) };
    assert_eq!(plain.agreement().unwrap(), "2 of 2 looks bad; false about once in 670 looks");
}

#[test]
fn what_is_no_journey_has_its_own_words() {
    let matter = Matter {
        incident: 7,
        name: "the runner at local".to_owned(),
        says: "none of its beacons answers".to_owned(),
    };
    let of_runner = |kind| Notice {
        incident_kind: Some(IncidentKind::RunnerUnwell),
        tenant: None,
        subjects: Vec::new(),
        evidence: None,
        weight: None,
        link: None,
        matter: Some(matter.clone()),
        hanging: Vec::new(),
        ..notice(kind)
    };
    let opened = of_runner(NoticeKind::Opened);
    assert_eq!(opened.headline(), "the runner at local is unwell: none of its beacons answers");
    assert_eq!(of_runner(NoticeKind::Resolved).headline(), "the runner at local is well again after 12m05s");
    assert_eq!(opened.command().unwrap(), "wayfarer incidents show 7");
    assert!(opened.phone().contains("fault: the runner's"), "{}", opened.phone());
    let certificate = |kind| Notice {
        incident_kind: Some(IncidentKind::Certificate),
        tenant: Some("acme".parse().unwrap()),
        matter: Some(Matter {
            name: "the certificate of shop.example".to_owned(),
            says: "on 2026-12-06, within 7 days".to_owned(),
            ..matter.clone()
        }),
        ..of_runner(kind)
    };
    let expires = "the certificate of shop.example expires on 2026-12-06, within 7 days";
    assert_eq!(certificate(NoticeKind::Opened).headline(), expires);
    assert_eq!(certificate(NoticeKind::Reminder).headline(), expires);
    assert_eq!(certificate(NoticeKind::Resolved).headline(), "the certificate of shop.example is renewed");
    let domain = Notice {
        incident_kind: Some(IncidentKind::Domain),
        matter: Some(Matter {
            name: "the domain shop.example".to_owned(),
            says: "on 2026-12-06, within 7 days".to_owned(),
            ..matter.clone()
        }),
        ..certificate(NoticeKind::Opened)
    };
    assert_eq!(domain.headline(), "the domain shop.example expires on 2026-12-06, within 7 days");
    let closed = Notice { closed: Some("by ana".to_owned()), ..certificate(NoticeKind::Resolved) };
    let headline = closed.headline();
    assert!(
        headline.starts_with("the incident of the certificate of shop.example was closed "),
        "{headline}"
    );
    assert!(headline.ends_with(": by ana"), "{headline}");
    let blind =
        Notice { incident_kind: Some(IncidentKind::NoData), evidence: None, ..notice(NoticeKind::Opened) };
    assert_eq!(blind.command().unwrap(), "wayfarer incidents show 17", "no run shows it");
}

#[test]
fn a_telephone_gets_400_characters_at_most_and_the_best_of_them() {
    insta::assert_snapshot!(notice(NoticeKind::Opened).phone(), @r#"
    checkout fails at POST /orders of shop.example: 503 (acme · local)
    since 12:03:20 UTC; fault: the target's (check): POST https://shop.example/orders answered 503 after 611ms
    order accepted: expected 201, got 503
    3 of 3 looks bad; false at most once in 1,296,000 looks
    hang on it: 1 journey (refund)
    wayfarer show 0199f3a0-0000-7000-8000-000000000001
    "#);
    insta::assert_snapshot!(notice(NoticeKind::Resolved).phone(), @r"
    checkout works again after 12m05s (acme · local)
    since 12:03:20 UTC
    wayfarer show 0199f3a0-0000-7000-8000-000000000009
    ");
    let long = "x".repeat(3_000);
    let odd = Evidence {
        check: Some(long.clone()),
        expected: Some(long.clone()),
        actual: Some(long.clone()),
        outcome: Some(long.clone()),
        request: Some(long.clone()),
        host: Some(long),
        ..evidence()
    };
    for kind in NoticeKind::ALL {
        let notice = Notice { evidence: Some(odd.clone()), ..notice(kind) };
        assert!(notice.phone().chars().count() <= PHONE, "{kind:?}");
        assert!(notice.headline().chars().count() <= 150, "{kind:?}");
    }
}

#[test]
fn below_the_headline_stands_everything_else() {
    insta::assert_snapshot!(notice(NoticeKind::Opened).plain());
    insta::assert_snapshot!(notice(NoticeKind::Resolved).markdown());
}

#[test]
fn what_a_target_wrote_breaks_no_line_and_no_markup() {
    let odd = "a\u{1b}[2J\nSince: never **x** [click](http://evil.example)";
    let evidence = Evidence {
        check: Some(odd.to_owned()),
        actual: Some(odd.to_owned()),
        outcome: None,
        status: None,
        message: odd.to_owned(),
        ..evidence()
    };
    let notice = Notice { evidence: Some(evidence), ..notice(NoticeKind::Opened) };
    for text in [notice.headline(), notice.phone(), notice.plain(), notice.markdown()] {
        assert!(!text.contains('\u{1b}') && !text.contains("\nSince: never"), "{text}");
    }
    assert!(!notice.markdown().contains("[click]("), "{}", notice.markdown());
}

#[test]
fn a_notice_is_read_back_from_its_json() {
    let notice = notice(NoticeKind::Opened);
    let json = serde_json::to_value(&notice).unwrap();
    assert_eq!((&json["kind"], &json["incident_kind"]), (&"opened".into(), &"failing".into()));
    assert_eq!(serde_json::from_value::<Notice>(json).unwrap(), notice);
}

#[test]
fn what_people_closed_does_not_work_again() {
    let closed = Notice { closed: Some("by ana".to_owned()), evidence: None, ..notice(NoticeKind::Resolved) };
    let headline = closed.headline();
    assert!(headline.starts_with("the incident of checkout was closed after"), "{headline}");
    assert!(headline.ends_with(": by ana"), "{headline}");
}

#[test]
fn a_long_digest_says_how_many_more_there_are() {
    let held = (0..600).map(|number| format!("notice {number}")).collect();
    let digest = Notice { kind: NoticeKind::Digest, held, ..notice(NoticeKind::Opened) };
    let facts = digest.facts();
    assert_eq!(facts.len(), 41);
    assert_eq!(facts[40].value, "560 more: `wayfarer incidents list --all` has them");
    assert!(digest.headline().starts_with("600 notices"));
}
