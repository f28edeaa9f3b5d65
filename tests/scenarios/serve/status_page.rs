//! A status page for the public shows what the configuration calls things and what people published, and nothing of the inside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::Method;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, status, text};
use wayfarer_tests::support::{Browser, Runner};

/// Words that stand inside: of the tenant, the journey, its title and owner, the target, its answer, notes that are not for the public.
const INSIDE: [&str; 9] =
    ["acme", "zz-journey", "zz-title", "zz-owner", "127.0.0.1", "zz-answer", "zz-note", "zz-window", "wf_"];

const CONFIG: &str = "
[tenants.globex]
[tenants.acme]
network.allow = [\"127.0.0.1:*\"]
incidents.transient = \"100ms\"
[tenants.acme.status_page]
path = \"shop\"
title = \"Shop <status>\"
about = \"All that one can buy.\"
[[tenants.acme.status_page.services]]
name = \"Checkout\"
about = \"Paying\"
journeys = [\"zz-journey\"]
[[tenants.acme.status_page.services]]
name = \"Search\"
journeys = [\"not-deployed\"]
";

#[test]
fn everybody_sees_how_services_are_and_nothing_of_the_inside() {
    let is_well = Arc::new(AtomicBool::new(true));
    let seen = Arc::clone(&is_well);
    let target =
        http(move |_| if seen.load(Ordering::Acquire) { text("fine") } else { status(503, "zz-answer") });
    let runner = Runner::start(CONFIG);
    let toml = format!(
        "[http-check.zz-journey]\nurl = \"{}/\"\nowner = \"zz-owner\"\nschedule = \"every 1s\"\n",
        target.url()
    );
    runner.deploy("acme", &toml, &[]);
    runner.until("SELECT count(*) >= 3 FROM v1_runs WHERE is_good", |seen| seen == "1");
    is_well.store(false, Ordering::Release);
    runner.until("SELECT count(*) FROM v1_incidents WHERE is_open", |seen| seen == "1");
    runner.ok(&["incidents", "note", "1", "zz-note of ours"]);
    runner.ok(&["incidents", "ack", "1", "--note", "zz-note again"]);
    runner.ok(&["incidents", "publish", "1", "We know, and <b>work</b> on it."]);
    let window =
        ["maintenance", "add", "--tenant", "acme", "--weekly", "daily 00:00-00:05", "--note", "zz-window"];
    runner.ok(&window);

    let at = |path: &str| format!("{}/status/{path}", runner.url());
    let mut anybody = Browser::plain();
    let page = anybody.get(&at("shop")).is(200);
    for words in [
        "Shop &#60;status&#62;",
        "<title>Checkout is down",
        "All that one can buy.",
        "Paying",
        "We know, and &#60;b&#62;work&#60;/b&#62; on it.",
        "not measured now",
        "Checkout and Search",
    ] {
        assert!(page.body.contains(words), "no `{words}` in {}", page.body);
    }
    let feed = anybody.get(&at("shop/feed.atom")).is(200).shows("<title>Checkout is down</title>");
    let badge = anybody.get(&at("shop/badge.svg")).is(200).shows(">down</text>");
    for answer in [&page, &feed, &badge] {
        for word in INSIDE {
            assert!(!answer.body.contains(word), "`{word}` is told to everybody: {}", answer.body);
        }
        assert_eq!(answer.headers["cache-control"], "public, max-age=30");
        assert!(!answer.headers.contains_key("set-cookie") && answer.headers.contains_key("etag"));
    }
    let style = page.body.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    assert!(
        style.starts_with("/status/assets/"),
        "a proxy that shows /status/ alone shows all of it: {style}"
    );
    anybody.get(&format!("{}{style}", runner.url())).is(200);
    let tag = page.headers["etag"].to_str().unwrap().to_owned();
    let again = [("if-none-match", tag.as_str())];
    anybody.send(Method::GET, &at("shop"), &again, bytes::Bytes::new()).is(304);
    assert!(anybody.send(Method::HEAD, &at("shop"), &[], bytes::Bytes::new()).is(200).body.is_empty());
    anybody.send(Method::POST, &at("shop"), &[], bytes::Bytes::new()).is(405);
    let missing = anybody.get(&at("acme")).is(404).body;
    assert_eq!(anybody.get(&at("globex")).is(404).body, missing, "nobody learns who the tenants are");
    assert_eq!(anybody.get(&at("shop/none")).status, 404);
    assert_eq!(anybody.get(&format!("{}/journeys/acme/zz-journey", runner.url())).status, 303);

    // Signed in, the same by the API: of one's own tenant.
    let (code, body) = runner.ask("GET /api/v1/tenants/acme/status-page HTTP/1.1", &[]);
    let told: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((code, &told["state"], &told["services"][0]["state"]), (200, &"down".into(), &"down".into()));
    assert_eq!(told["services"][0]["days"].as_array().unwrap().len(), 90);
    let (code, body) = runner.ask("GET /api/v1/tenants/globex/status-page HTTP/1.1", &[]);
    assert!(code == 404 && body.contains("[tenants.globex.status_page]"), "{code} {body}");

    is_well.store(true, Ordering::Release);
    let entry = |feed: &str| feed.split("<id>").nth(2).unwrap().split('<').next().unwrap().to_owned();
    let over = until_blocking(
        "the page says that it is over",
        || Browser::plain().get(&at("shop/feed.atom")).body,
        |feed| feed.contains("<title>Checkout was down</title>"),
    );
    assert_eq!(entry(&over), entry(&feed.body), "a reader of the feed sees one entry that changes");
    Browser::plain().get(&at("shop")).is(200).shows("Checkout was down").shows("not measured now");
}

#[test]
fn a_status_page_that_says_too_little_is_refused() {
    let runner = Runner::at_rest("", |_| {});
    let check = |text: &str| {
        std::fs::write(runner.folder().join("wayfarer.toml"), text).unwrap();
        let (code, said) = runner.call(&["serve", "--check"]);
        assert_eq!(code, Some(2), "{said}");
        said
    };
    let said = check("[tenants.acme.status_page]\npath = \"A/b\"\n");
    for words in ["needs a `path`", "has `A/b`", "needs a `title`", "needs 1 to 50 `services`"] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    let page = |tenant: &str, services: &str| {
        format!("[tenants.{tenant}.status_page]\npath = \"shop\"\ntitle = \"Shop\"\n{services}")
    };
    let service = |tenant: &str, name: &str| {
        format!("[[tenants.{tenant}.status_page.services]]\nname = \"{name}\"\njourneys = [\"a\"]\n")
    };
    let twice =
        service("acme", "Shop").repeat(2) + "[[tenants.acme.status_page.services]]\nname = \"Empty\"\n";
    let said = check(&page("acme", &twice));
    assert!(
        said.contains("two services that are called `Shop`") && said.contains("`Empty` without `journeys`"),
        "{said}"
    );
    let both = page("acme", &service("acme", "a")) + &page("globex", &service("globex", "a"));
    let said = check(&both);
    assert!(said.contains("status pages of the tenants `acme` and `globex` have one `path`"), "{said}");
}
