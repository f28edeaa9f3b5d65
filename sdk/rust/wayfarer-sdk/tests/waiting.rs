//! `eventually`: pauses, deadlines, and the checks of repeated tries.

use wayfarer_sdk::http::ErrorKind;
use wayfarer_sdk::prelude::*;
use wayfarer_sdk::testing::{Fake, json, status};

fn order(j: &Journey) -> Outcome {
    let api = j.http().base_url("http://shop.test");
    j.step("order visible", || {
        j.eventually(secs(3), || {
            let r = api.get("/orders/7").send()?.expect_status(200)?;
            check!(r.json_path::<String>("$.status")? == "packed");
            soft_check!(r.bytes().len() > 1_000, "long");
            Ok(())
        })
    })
}

#[test]
fn checks_of_repeated_tries_are_not_recorded() {
    let fake = Fake::new();
    fake.on("GET", "/orders/7")
        .answer(status(404))
        .then(json(200, &json!({"status": "new"})))
        .then(json(200, &json!({"status": "packed"})));
    let report = fake.run(order);
    assert!(report.degraded(), "{report}");
    assert_eq!(report.failed_checks(), ["long"]);
    assert_eq!(report.checks.len(), 3);
    // 100 ms, then 160 ms.
    assert_eq!(report.elapsed, millis(260));
    // A second walk begins the sequence anew.
    assert_eq!(fake.run(order).requests.len(), 3);
}

#[test]
fn the_last_failure_is_reported_at_the_deadline() {
    let fake = Fake::new();
    fake.on("GET", "/orders/7").answer(json(200, &json!({"status": "new"})).after(millis(10)));
    let report = fake.run(order);
    let failure = report.failure().expect("a failure");
    assert!(failure.ended_a_wait());
    assert_eq!(failure.actual(), Some("\"new\""));
    assert!(failure.message().ends_with("(after 3s, 8 tries)"), "{failure}");
    assert_eq!(report.failed_checks().len(), 1);
}

#[test]
fn the_attempts_own_deadline_leaves_room_to_report() {
    let fake = Fake::new().deadline(secs(1));
    fake.on("GET", "/orders/7").answer(status(503));
    let report = fake.run(order);
    assert!(report.failure().is_some_and(Failure::ended_a_wait), "{report}");
    assert!(report.elapsed < secs(1));
}

#[test]
fn what_waiting_does_not_mend_ends_the_wait() {
    let fake = Fake::new();
    fake.on("GET", "/orders/7").fail(ErrorKind::Denied("add it".to_owned()));
    let report = fake.run(order);
    assert_eq!(report.requests.len(), 1);
    assert!(report.failure().is_some_and(|failure| failure.message().contains("denied: add it")), "{report}");
    let fake = Fake::new();
    fake.on("GET", "/orders/7").fail(ErrorKind::Connect("refused".to_owned()));
    assert!(fake.run(order).requests.len() > 3);
}

#[test]
fn a_wait_inside_a_wait_keeps_the_checks_of_the_outer_try() {
    let report = Fake::new().run(|j: &Journey| {
        let mut tries = 0;
        j.step("nested", || {
            j.eventually(secs(2), || {
                tries += 1;
                let inner = j.eventually(millis(1), || {
                    check!(tries == 2, "inner");
                    Ok(())
                });
                check!(inner.is_ok(), "outer");
                Ok(())
            })
        })
    });
    assert!(report.passed(), "{report}");
    assert_eq!(report.checks.len(), 2);
}

#[test]
fn a_deadline_that_passes_ends_the_attempt() {
    let report = Fake::new().deadline(secs(5)).run(|j: &Journey| {
        j.step("sleep", || {
            j.sleep(secs(6));
            Ok(())
        })
    });
    assert!(report.failure().is_some_and(|failure| failure.message().contains("deadline of 5s")), "{report}");
    assert!(report.step("sleep").is_some_and(|step| step.ended));
}
