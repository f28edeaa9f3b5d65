use super::*;
use crate::notice::{Severity, Weight};
use crate::verdict::Reason;

fn subject(journey: &str, incident: i64) -> Subject {
    Subject {
        incident,
        journey: journey.parse().unwrap(),
        title: "Buys a book".to_owned(),
        location: "local".parse().unwrap(),
        tags: vec!["tier-1".to_owned()],
        owner: "team checkout".to_owned(),
        runbook: "https://wiki.example/checkout".to_owned(),
        depends_on: vec!["log-in".parse().unwrap()],
    }
}

fn evidence() -> Evidence {
    Evidence {
        run: "0199f3a0-0000-7000-8000-000000000001".parse().unwrap(),
        verdict: Verdict::Failed,
        reason: Reason::Check,
        message: "check failed: order accepted".to_owned(),
        step: Some("place order".to_owned()),
        check: Some("order accepted".to_owned()),
        actual: Some("503".to_owned()),
        expected: Some("201".to_owned()),
        source: Some("src/lib.rs:17:9".to_owned()),
        request: Some("POST /orders".to_owned()),
        host: Some("shop.example".to_owned()),
        status: Some(503),
        outcome: Some("POST https://shop.example/orders answered 503 after 611ms".to_owned()),
        differences: vec!["POST https://shop.example/orders answered 503, and 201 before".to_owned()],
        last_good_run: None,
    }
}

fn notice(kind: NoticeKind) -> Notice {
    let began = UnixMillis::parse("2026-03-29T12:03:20Z").unwrap();
    let resolved = (kind == NoticeKind::Resolved).then_some(UnixMillis(began.0 + 725_000));
    Notice {
        kind,
        severity: Severity::Page,
        trouble: Trouble::Failing,
        tenant: Some("acme".parse().unwrap()),
        at: UnixMillis(began.0 + 75_000),
        began,
        opened: UnixMillis(began.0 + 75_000),
        resolved,
        subjects: vec![subject("checkout", 17)],
        evidence: Some(evidence()),
        weight: Some(Weight { looks: 3, bad_looks: 3, looks_between_false: 1_296_000.0 }),
        channel: None,
        ..Notice::test("x", None, "n-1".to_owned(), began)
    }
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
    let blind = Notice { trouble: Trouble::NoData, evidence: None, ..notice(NoticeKind::Opened) };
    assert_eq!(blind.headline(), "checkout has no results");
    let broken =
        Evidence { request: None, status: None, check: None, message: "no step".to_owned(), ..evidence() };
    let broken = Notice { trouble: Trouble::Broken, evidence: Some(broken), ..notice(NoticeKind::Opened) };
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
fn a_telephone_gets_400_characters_at_most_and_the_best_of_them() {
    insta::assert_snapshot!(notice(NoticeKind::Opened).phone(), @r#"
    checkout fails at POST /orders of shop.example: 503 (acme · local)
    since 12:03:20 UTC; fault: the target's (check): POST https://shop.example/orders answered 503 after 611ms
    order accepted: expected 201, got 503
    3 of 3 looks bad; false at most once in 1,296,000 looks
    wayfarer show 0199f3a0-0000-7000-8000-000000000001
    "#);
    insta::assert_snapshot!(notice(NoticeKind::Resolved).phone(), @r"
    checkout works again after 12m05s (acme · local)
    since 12:03:20 UTC
    wayfarer show 0199f3a0-0000-7000-8000-000000000001
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
    assert_eq!((&json["kind"], &json["trouble"]), (&"opened".into(), &"failing".into()));
    assert_eq!(serde_json::from_value::<Notice>(json).unwrap(), notice);
}
