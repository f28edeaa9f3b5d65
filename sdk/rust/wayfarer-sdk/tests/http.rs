//! The client with scripted answers: bodies, cookies, redirects, limits.

use wayfarer_sdk::http::{ErrorKind, Multipart, Phase, Redirects, Timeouts};
use wayfarer_sdk::prelude::*;
use wayfarer_sdk::testing::{Fake, Report, json, status, text};

type Step = fn(&Client) -> Outcome;

/// A step whose value does not matter.
macro_rules! asks {
    ($api:ident => $call:expr) => {
        |$api| {
            $call;
            Ok(())
        }
    };
}

/// Walks one step with a client for the fake shop.
fn walk(fake: &Fake, step: impl Fn(&Client) -> Outcome) -> Report {
    fake.run(|j: &Journey| j.step("step", || step(&j.http().base_url("http://shop.test"))))
}

#[test]
fn bodies_and_headers_are_written() {
    let fake = Fake::new();
    fake.on("POST", "/*").answer(status(200));
    let report = walk(&fake, |api| {
        let api = api.header("Accept-Language", "de").bearer("t0ken");
        api.post("/json").json(&json!({"a": 1})).send()?;
        api.post("/form").form(&json!({"q": "a b"})).header("accept-language", "en").send()?;
        api.post("/raw")
            .query("n", 2)
            .query("q", "a&b")
            .body("text/csv", "a;b")
            .basic("ana", "correct-horse")
            .send()?;
        api.post("/parts").multipart(&Multipart::new().text("a", "1")).send()?;
        Ok(())
    });
    let [json, form, raw, parts] = report.requests.as_slice() else { panic!("{report}") };
    assert_eq!((json.text().as_str(), json.header("content-type")), (r#"{"a":1}"#, Some("application/json")));
    assert_eq!(json.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(json.header("accept-language"), Some("de"));
    assert_eq!((form.text().as_str(), form.header("accept-language")), ("q=a+b", Some("en")));
    assert_eq!(raw.path(), "/raw?n=2&q=a%26b");
    assert_eq!(raw.header("authorization"), Some("Basic YW5hOmNvcnJlY3QtaG9yc2U="));
    assert!(
        parts.header("content-type").is_some_and(|kind| kind.starts_with("multipart/form-data; boundary="))
    );
}

#[test]
fn a_log_in_that_redirects_keeps_its_cookie() {
    let fake = Fake::new();
    fake.on("POST", "/login")
        .answer(status(303).header("location", "/me").header("set-cookie", "sid=7; Path=/"));
    fake.on("GET", "/me").answer(text(200, "ana"));
    let report = walk(&fake, |api| {
        let r = api.post("/login").form(&json!({"user": "ana"})).send()?.expect_status(200)?;
        check!(r.redirects() == 1);
        check!(r.url() == "http://shop.test/me");
        check!(api.cookie("/", "sid").as_deref() == Some("7"));
        Ok(())
    });
    assert!(report.passed(), "{report}");
    let me = &report.requests[1];
    assert_eq!(
        (me.method.as_str(), me.header("cookie"), me.header("content-type")),
        ("GET", Some("sid=7"), None)
    );
    assert!(me.body.is_empty());
}

#[test]
fn redirects_keep_to_their_policy() {
    let fake = Fake::new();
    fake.on("PUT", "/away").answer(status(307).header("location", "http://other.test/x"));
    fake.on("PUT", "http://other.test/x").answer(status(204));
    fake.on("GET", "/loop").answer(status(302).header("location", "loop"));
    let report = walk(&fake, |api| {
        let api = api.bearer("t0ken");
        api.put("/away").body("text/plain", "tea").send()?.expect_status(204)?;
        api.put("/away").redirects(Redirects::SameOrigin(5)).send()?.expect_status(307)?;
        api.get("/loop").redirects(Redirects::Manual).send()?.expect_status(302)?;
        match api.get("/loop").redirects(Redirects::Follow(3)).send() {
            Err(error) => check!(matches!(error.kind(), ErrorKind::Protocol(_)), "{error}"),
            Ok(r) => bail!("answered {}", r.status()),
        }
        Ok(())
    });
    assert!(report.passed(), "{report}");
    assert_eq!(
        (report.requests[1].header("authorization"), report.requests[1].text().as_str()),
        (None, "tea")
    );
    assert_eq!(report.requests.len(), 2 + 1 + 1 + 4);
}

#[test]
fn requests_sent_together_follow_redirects_together() {
    let fake = Fake::new();
    fake.on("GET", "/a").answer(status(302).header("location", "/b").after(millis(30)));
    fake.on("GET", "/b").answer(text(200, "b").after(millis(20)));
    let report = walk(&fake, |api| {
        let answers = api.send_all([api.get("/a"), api.get("no host: wrong"), api.get("/b")]);
        let [Ok(a), Err(wrong), Ok(b)] = answers.as_slice() else { bail!("{answers:?}") };
        check!(a.text()? == "b");
        check!(b.redirects() == 0);
        check!(matches!(wrong.kind(), ErrorKind::Request(_) | ErrorKind::Denied(_)));
        Ok(())
    });
    assert!(report.passed(), "{report}");
    assert_eq!(report.elapsed, millis(50));
}

#[test]
fn errors_name_what_was_asked_and_what_to_do() {
    let fake = Fake::new();
    fake.on("GET", "/slow").answer(status(200).after(secs(9)));
    fake.on("GET", "/long").answer(text(200, "0123456789"));
    fake.on("GET", "/html").answer(text(200, "<html>"));
    let message = |step: Step| walk(&fake, step).failure().map(ToString::to_string).expect("a failure");
    let cases: [(Step, &str); 7] = [
        (
            asks!(api => api.get("/slow").timeouts(Timeouts::new().wait(secs(2))).send()?),
            "GET http://shop.test/slow: timed out while waiting for the response",
        ),
        (
            asks!(api => api.get("/long").max_body(4).send()?.text()?),
            "cut after 4 bytes, of 10 on the wire: raise the limit with `.max_body(bytes)`",
        ),
        (
            asks!(api => api.get("/long").discard_body().send()?.text()?),
            "`.discard_body()` discarded the body",
        ),
        (
            asks!(api => api.get("/html").send()?.json::<u32>()?),
            "is not the expected JSON: expected value at line 1 column 1; it begins <html>",
        ),
        (
            asks!(api => api.get("/html").send()?.expect_status(200..=204)?.expect_header("content-type", "text/html")?),
            "actual: text/plain; charset=utf-8\nexpected: text/html",
        ),
        (
            asks!(api => api.base_url("shop.test").get("/x").send()?),
            "GET /x: not sent: the base URL is invalid: `shop.test` does not begin with",
        ),
        (asks!(api => api.post("/x").form(&json!({"a": {}})).send()?), "the form's field `a` is nested"),
    ];
    for (step, wanted) in cases {
        let message = message(step);
        assert!(message.contains(wanted), "{message}\nwanted: {wanted}");
        assert!(message.contains("tests/http.rs:"), "{message}");
    }
    let report = walk(&fake, |api| match api.get("/slow").timeout(secs(1)).send() {
        Err(error) if *error.kind() == ErrorKind::Timeout(Phase::Total) => Ok(()),
        other => bail!("{other:?}"),
    });
    assert!(report.passed(), "{report}");
    assert_eq!(report.elapsed, secs(1));
}

#[test]
fn json_paths_say_where_they_led() {
    let fake = Fake::new();
    fake.on("GET", "/order").answer(json(201, &json!({"id": 7, "items": [{"sku": "A1"}]})));
    let report = walk(&fake, |api| {
        let r = api.get("/order").send()?;
        check!(r.json_path::<Vec<String>>("$.items[*].sku")? == ["A1"]);
        r.json_path::<String>("$.id")?;
        Ok(())
    });
    let failure = report.failure().expect("a failure").to_string();
    assert!(failure.starts_with("GET http://shop.test/order: $.id is 7: invalid type"), "{failure}");
}

#[test]
fn a_path_that_leads_nowhere_says_how_far_it_led() {
    let fake = Fake::new();
    fake.on("GET", "/order").answer(json(201, &json!({"items": [{"sku": "A1"}]})));
    let message = |path: &'static str| {
        let report = walk(&fake, |api| {
            api.get("/order").send()?.json_path::<String>(path)?;
            Ok(())
        });
        report.failure().expect("a failure").message().to_owned()
    };
    let begins = "GET http://shop.test/order: ";
    let nowhere = "$.items[3].sku matches nothing: $.items is [{\"sku\":\"A1\"}]";
    assert_eq!(message("$.items[3].sku"), format!("{begins}{nowhere}"));
    assert!(message("items").contains("is not a JSON path"), "{}", message("items"));
}

#[test]
fn a_failure_of_a_condition_says_nothing_about_the_target() {
    let report = walk(&Fake::new(), |_| Err(Failure::unmet("the account `ana` is locked")));
    assert_eq!(report.failure().map(Failure::kind), Some(wayfarer_sdk::FailureKind::Unmet));
}

#[test]
fn a_certificate_is_counted_from_the_slot() {
    let fake = Fake::new();
    let in_a_day = 1_767_225_600_000 + 86_400_000;
    fake.on("GET", "/").answer(status(200).certificate_expires_ms(in_a_day));
    let report = walk(&fake, |api| {
        let r = api.get("/").send()?;
        check!(r.certificate_left() == Some(secs(86_400)));
        check!(r.tls_version() == Some("TLSv1.3"));
        Ok(())
    });
    assert!(report.passed(), "{report}");
}
