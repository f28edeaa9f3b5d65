//! What people do in pages by forms, without JavaScript: who may, who may not, what the trail has of it, and every way around the door.

use wayfarer_tests::support::server::{Web, http, status};
use wayfarer_tests::support::{Browser, Page, Runner, TWO_TENANTS};

/// Rows of the trail that are of people, the oldest first.
const TRAIL: &str = "SELECT group_concat(actor_name || ' ' || action || ' [' || object || '] ' || outcome || ' ' || coalesce(tenant, 'all'), char(10))
    FROM (SELECT * FROM v1_audit_events ORDER BY event)";

/// A server with a journey that fails, and an incident of it.
fn failing() -> (Runner, Web) {
    let target = http(|_| status(503, "later"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!(
        "[alert]\nconsecutive = 2\n\n[http-check.shop]\nurl = \"{}/\"\nname = \"The shop\"\n",
        target.url()
    );
    runner.deploy("acme", &toml, &["--schedule", "every 1s"]);
    runner.until("SELECT count(*) FROM v1_incidents WHERE is_open", |rows| rows == "1");
    (runner, target)
}

/// A token of one tenant, and a browser that is signed in with it.
fn person(runner: &Runner, name: &str, role: &str, tenant: &str) -> Browser {
    let add = ["--quiet", "tokens", "add", name, "--role", role, "--tenant", tenant];
    let token = runner.ok(&add).lines().next().unwrap().to_owned();
    signed_in(runner, &token)
}

fn signed_in(runner: &Runner, token: &str) -> Browser {
    let mut browser = Browser::plain();
    let door = format!("{}/sign-in", runner.url());
    let form = browser.get(&door).is(200).field("form_token");
    browser.post(&door, &[("token", token), ("form_token", &form)]).is(303);
    browser
}

/// Sends a form of a page, with the token that the page has.
#[track_caller]
fn send(browser: &mut Browser, runner: &Runner, page: &str, to: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(&format!("{}{page}", runner.url())).is(200).field("form_token");
    let fields = [fields, &[("form_token", token.as_str())]].concat();
    browser.post(&format!("{}{to}", runner.url()), &fields)
}

#[test]
fn a_journey_is_run_paused_and_resumed_and_the_trail_names_the_person() {
    let (runner, _target) = failing();
    let mut ana = person(&runner, "ana", "author", "acme");
    let page = "/journeys/acme/shop";
    let url = |path: &str| format!("{}{path}", runner.url());

    let ran = send(&mut ana, &runner, page, "/journeys/acme/shop/run", &[]).is(303);
    let to = ran.location();
    assert!(to.starts_with("/runs/") && to.ends_with("?done=ran"), "a quick run is shown at once: {to}");
    let shown = ana.get(&url(&to)).is(200).shows("This is the run that you asked for.");
    let run = to["/runs/".len()..].split('?').next().unwrap().to_owned();
    assert_eq!(runner.query(&format!("SELECT lane FROM v1_runs WHERE run = '{run}'")), "manual");
    let again = ana.post(&url("/journeys/acme/shop/run"), &[("form_token", &shown.field("form_token"))]);
    assert!(again.is(303).location().starts_with("/runs/"), "the run's page has a form, too");

    let paused =
        send(&mut ana, &runner, page, "/journeys/acme/shop/pause", &[("note", " the shop <moves> ")]).is(303);
    assert_eq!(paused.location(), "/journeys/acme/shop?done=paused");
    let shown = ana
        .get(&url(&paused.location()))
        .is(200)
        .shows("The journey is paused")
        .shows("the shop &#60;moves&#62;");
    assert!(
        shown.body.contains("action=\"/journeys/acme/shop/resume\"") && !shown.body.contains("shop/pause")
    );
    let twice = ana.post(&url("/journeys/acme/shop/pause"), &[("form_token", &shown.field("form_token"))]);
    assert_eq!(twice.is(303).location(), "/journeys/acme/shop?done=paused-before");
    let resumed = send(&mut ana, &runner, page, "/journeys/acme/shop/resume", &[]).is(303);
    assert_eq!(resumed.location(), "/journeys/acme/shop?done=resumed");
    assert_eq!(runner.json(&["journeys"])[0]["paused"], serde_json::Value::Null);

    let long = "n".repeat(1_001);
    let refused = send(&mut ana, &runner, page, "/journeys/acme/shop/pause", &[("note", &long)]).is(422);
    let refused =
        refused.shows("Nothing was changed").shows("role=\"alert\"").shows(&format!("value=\"{long}\""));
    assert!(refused.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    runner.ok(&["tenants", "stop", "acme", "--note", "a flood"]);
    send(&mut ana, &runner, page, "/journeys/acme/shop/run", &[]).is(409).shows("Nothing was changed");

    // What was refused is not written in the request's own time.
    let trail = runner.until(TRAIL, |trail| trail.contains("ana trigger [journey shop] refused acme"));
    for line in [
        "ana trigger [journey shop] done acme",
        "ana pause [journey shop] done acme",
        "ana resume [journey shop] done acme",
        "ana pause [journey shop] refused acme",
        "ana trigger [journey shop] refused acme",
    ] {
        assert!(trail.lines().any(|found| found == line), "`{line}` is not in\n{trail}");
    }
}

#[test]
fn an_incident_is_acknowledged_muted_noted_and_closed() {
    let (runner, _target) = failing();
    let mut ana = person(&runner, "ana", "author", "acme");
    let url = |path: &str| format!("{}{path}", runner.url());
    let mut act = |fields: &[(&str, &str)]| send(&mut ana, &runner, "/incidents/1", "/incidents/1", fields);

    let done = act(&[("action", "acknowledge"), ("note", "on my way")]).is(303);
    assert_eq!(done.location(), "/incidents/1?done=acknowledged");
    assert_eq!(act(&[("action", "mute"), ("mute_for", "4h")]).is(303).location(), "/incidents/1?done=muted");
    let muted = "SELECT (muted_until_ms - opened_ms) / 3600000 FROM v1_incidents";
    assert!(["3", "4"].contains(&runner.query(muted).as_str()), "{}", runner.query(muted));
    act(&[("action", "mute"), ("mute_until", "2099-01-31T10:30"), ("mute_for", "1h")]).is(303);
    assert_eq!(
        runner.query("SELECT muted_until_ms FROM v1_incidents"),
        "4073538600000",
        "the exact end counts"
    );
    act(&[("action", "note"), ("note", "it is the database")]).is(303);
    act(&[("action", "note"), ("post_mortem", "https://wiki.example/7")]).is(303);

    act(&[("action", "publish"), ("note", "ours"), ("public_words", "we are <working> on it")]).is(303);
    act(&[("action", "publish"), ("note", "ours")]).is(422).shows("value=\"ours\"");

    act(&[("action", "note"), ("note", "")]).is(422).shows("there is nothing to note");
    act(&[("action", "note"), ("post_mortem", "javascript:alert(1)")])
        .is(422)
        .shows("value=\"javascript:alert(1)\"");
    act(&[("action", "mute"), ("mute_until", "2001-01-31T10:30"), ("note", "kept & shown")])
        .is(422)
        .shows("give a later")
        .shows("value=\"kept &#38; shown\"")
        .shows("value=\"2001-01-31T10:30\"");
    act(&[("action", "mute"), ("mute_until", "tomorrow")]).is(422).shows("is not an instant");
    act(&[("note", "no button")]).is(400).shows("press one of its buttons").shows("value=\"no button\"");
    act(&[("action", "explode")]).is(422);

    assert_eq!(act(&[("action", "resolve")]).is(303).location(), "/incidents/1?done=resolved");
    act(&[("action", "acknowledge")]).is(422).shows("is over");
    let shown = ana.get(&url("/incidents/1?done=resolved")).is(200).shows("The incident is over.");
    for said in [
        "on my way",
        "it is the database",
        "https://wiki.example/7",
        "we are &#60;working&#62; on it",
        "by ana (token",
    ] {
        assert!(shown.body.contains(said), "no `{said}`");
    }
    assert!(!shown.body.contains("value=\"acknowledge\""), "what is over is noted alone");
    let trail = runner.query(TRAIL);
    for action in ["acknowledge", "mute", "note", "publish", "resolve"] {
        let line = format!("ana incident-change [incident 1 of shop ({action})] done acme");
        assert!(trail.lines().any(|found| found == line), "`{line}` is not in\n{trail}");
    }
}

#[test]
fn a_viewer_sees_no_form_and_sends_none_and_a_foreign_thing_is_not_there() {
    let (runner, _target) = failing();
    let url = |path: &str| format!("{}{path}", runner.url());
    let run = runner.query("SELECT run FROM v1_runs LIMIT 1");
    let mut eyes = person(&runner, "eyes", "viewer", "acme");
    for page in ["/journeys/acme/shop", "/incidents/1", &format!("/runs/{run}")] {
        let shown = eyes.get(&url(page)).is(200);
        assert!(!shown.body.contains("<form") && !shown.body.contains("form_token"), "{page}");
    }
    let own = eyes.get(&url("/sign-out")).is(200).field("form_token");
    let mut other = person(&runner, "other", "author", "globex");
    let foreign = other.get(&url("/sign-out")).is(200).field("form_token");
    let forms = [
        ("/journeys/acme/shop/run", ("note", "")),
        ("/journeys/acme/shop/pause", ("note", "")),
        ("/journeys/acme/shop/resume", ("note", "")),
        ("/incidents/1", ("action", "resolve")),
    ];
    for (form, field) in forms {
        eyes.post(&url(form), &[field, ("form_token", &own)]).is(403).shows("takes the role `author`");
        other.post(&url(form), &[field, ("form_token", &foreign)]).is(404);
        // A token of another session, none, another site's page, and nobody.
        eyes.post(&url(form), &[field, ("form_token", &foreign)]).is(403).shows("older than your session");
        eyes.post(&url(form), &[field]).is(403);
        eyes.post_from("https://evil.example", &url(form), &[field, ("form_token", &own)]).is(403);
        let door = Browser::plain().post(&url(form), &[field, ("form_token", &own)]).is(303).location();
        assert!(door.starts_with("/sign-in"), "{door}");
        eyes.get(&url(&format!("/journeys/acme/shop/absent{form}"))).is(404);
    }
    assert_eq!(runner.query("SELECT count(*) FROM v1_incidents WHERE is_open"), "1");
    assert_eq!(runner.query("SELECT count(*) FROM v1_runs WHERE lane = 'manual'"), "0");
    let refused = "SELECT count(*) FROM v1_audit_events WHERE actor_name = 'eyes' AND outcome = 'refused'
        AND action IN ('trigger', 'pause', 'resume', 'incident-change') AND tenant = 'acme'";
    runner.until(refused, |rows| rows == "4");
    assert_eq!(
        runner.query("SELECT count(*) FROM v1_audit_events WHERE outcome = 'done' AND action IN ('trigger', 'pause', 'resume', 'incident-change')"),
        "0"
    );
}

#[test]
fn a_page_is_no_other_sessions_and_its_url_says_no_words_of_others() {
    let (runner, _target) = failing();
    let url = format!("{}/journeys/acme/shop", runner.url());
    let (mut ana, mut ben) =
        (person(&runner, "ana", "author", "acme"), person(&runner, "ben", "author", "acme"));
    runner.ok(&["pause", "--tenant", "acme", "shop"]);
    let first = ana.get(&url).is(200);
    assert_eq!(first.headers["cache-control"], "private, no-cache");
    assert!(first.headers["vary"].to_str().unwrap().contains("cookie"));
    assert_eq!(first.headers["referrer-policy"], "same-origin");
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    let ask = |browser: &mut Browser, url: &str, headers: &[(&str, &str)]| {
        browser.send(hyper::Method::GET, url, headers, bytes::Bytes::new())
    };
    let theirs = ask(&mut ben, &url, &[("if-none-match", &tag)]).is(200);
    assert_ne!(theirs.field("form_token"), first.field("form_token"));
    // The same session's page is the same as long as nothing happens, and each URL has a token of its own.
    let elsewhere = ana.get(&format!("{url}?range=7d")).is(200).field("form_token");
    assert_ne!(elsewhere[12..], first.field("form_token")[12..]);

    let led = ask(&mut ana, &format!("{url}?done=resumed"), &[("sec-fetch-site", "same-origin")]).is(200);
    assert!(led.body.contains("The journey runs again."));
    for site in ["cross-site", "same-site", "none"] {
        let link = ask(&mut ana, &format!("{url}?done=resumed"), &[("sec-fetch-site", site)]).is(200);
        assert!(!link.body.contains("The journey runs again."), "{site}");
    }
    let odd = ana.get(&format!("{url}?done=Call%20555-1234%20at%20once")).is(200);
    assert!(!odd.body.contains("555-1234"), "words of a link");
}

#[test]
fn a_planted_session_is_not_taken_over_and_one_that_is_over_leads_to_the_door_and_back() {
    let (mut runner, _target) = failing();
    let host = runner.url().trim_start_matches("http://").to_owned();
    let url = |path: &str| format!("{}{path}", runner.url());
    let add = ["--quiet", "tokens", "add", "ana", "--role", "author", "--tenant", "acme"];
    let token = runner.ok(&add).lines().next().unwrap().to_owned();
    let mallory = person(&runner, "mallory", "viewer", "globex");
    let (name, planted) =
        mallory.cookies(&host).into_iter().find(|(name, _)| name.ends_with("wayfarer")).unwrap();

    // Ana's browser has the session that Mallory knows, and one that nobody has.
    for secret in [planted.clone(), "A".repeat(43)] {
        let mut ana = Browser::plain();
        ana.plant(&host, &name, &secret);
        let door = url("/sign-in?next=/incidents/1");
        let form = ana.get(&door).is(200).field("form_token");
        let fields = [("token", token.as_str()), ("form_token", &form), ("next", "/incidents/1")];
        assert_eq!(ana.post(&url("/sign-in"), &fields).is(303).location(), "/incidents/1");
        assert_ne!(ana.cookies(&host)[&name], secret, "a new secret");
        ana.get(&url("/incidents/1")).is(200).shows("<b>ana</b>");
        let mut thief = Browser::plain();
        thief.plant(&host, &name, &secret);
        assert!(
            thief.get(&url("/incidents/1")).is(303).location().starts_with("/sign-in"),
            "it opens nothing"
        );
    }

    let mut ana = signed_in(&runner, &token);
    let form = ana.get(&url("/incidents/1")).is(200).field("form_token");
    let session = runner.query("SELECT max(id) FROM session");
    runner.ok(&["sessions", "revoke", &session]);
    assert_eq!(ana.get(&url("/incidents/1")).is(303).location(), "/sign-in?next=/incidents/1");
    let fields = [
        ("origin", runner.url()),
        ("referer", &url("/incidents/1")),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("action=resolve&form_token={form}");
    let sent = ana.send(hyper::Method::POST, &url("/incidents/1"), &fields, body.into()).is(303);
    assert_eq!(sent.location(), "/sign-in?next=/incidents/1", "and nothing is done");
    let door = ana.get(&url(&sent.location())).is(200);
    let (form, next) = (door.field("form_token"), door.field("next"));
    let back =
        ana.post(&url("/sign-in"), &[("token", &token), ("form_token", &form), ("next", &next)]).is(303);
    assert_eq!(back.location(), "/incidents/1");
    ana.get(&url("/incidents/1")).is(200);
    assert_eq!(runner.query("SELECT count(*) FROM v1_incidents WHERE is_open"), "1");
    let secret = ana.cookies(&host)[&name].clone();
    runner.end(rustix::process::Signal::TERM);
    runner.tamper("UPDATE session SET expires_ms = 1");
    runner.again();
    let mut ana = Browser::plain();
    ana.plant(runner.url().trim_start_matches("http://"), &name, &secret);
    let page = format!("{}/incidents/1", runner.url());
    assert_eq!(ana.get(&page).is(303).location(), "/sign-in?next=/incidents/1", "its time is up");
}
