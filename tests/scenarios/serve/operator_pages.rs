//! The operator's pages: figures, kill switches, tokens, sessions, the trail; maintenance for authors; and what browsers see where there is
//! nothing.

use serde_json::Value;
use wayfarer_tests::support::server::{http, text};
use wayfarer_tests::support::{Authority, Browser, Page, Runner, TWO_TENANTS};

const TRAIL: &str = "SELECT group_concat(actor_name || ' ' || action || ' [' || object || '] ' || outcome || ' ' || coalesce(tenant, 'all'), char(10))
    FROM (SELECT * FROM v1_audit_events ORDER BY event)";
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

fn signed_in(runner: &Runner, token: &str) -> Browser {
    let mut browser = Browser::plain();
    let door = format!("{}/sign-in", runner.url());
    let form = browser.get(&door).is(200).field("form_token");
    browser.post(&door, &[("token", token), ("form_token", &form)]).is(303);
    browser
}

fn token(runner: &Runner, name: &str, role: &str, tenant: &str) -> String {
    let said = runner.ok(&["--quiet", "tokens", "add", name, "--role", role, "--tenant", tenant]);
    said.lines().next().unwrap().to_owned()
}

/// Sends a form of a page, with the token that the page has.
#[track_caller]
fn send(browser: &mut Browser, runner: &Runner, page: &str, to: &str, fields: &[(&str, &str)]) -> Page {
    let token = browser.get(&format!("{}{page}", runner.url())).is(200).field("form_token");
    let fields = [fields, &[("form_token", token.as_str())]].concat();
    browser.post(&format!("{}{to}", runner.url()), &fields)
}

#[track_caller]
fn holds(trail: &str, lines: &[&str]) {
    for line in lines {
        assert!(trail.lines().any(|found| found == *line), "`{line}` is not in\n{trail}");
    }
}

#[test]
fn an_operator_sees_the_load_that_the_api_says_and_switches_runs_off_and_on() {
    let target = http(|_| text("hello"));
    let runner = Runner::start(TWO_TENANTS);
    let toml = format!("[http-check.shop]\nurl = \"{}/\"\n", target.url());
    runner.deploy("acme", &toml, &["--schedule", "every 1s"]);
    runner
        .until("SELECT count(*) >= 3 FROM v1_runs WHERE lane = 'scheduled' AND is_good", |seen| seen == "1");
    runner.until(
        "SELECT count(*) FROM v1_usage WHERE tenant = 'acme' AND cpu_us > 0 AND received_bytes > 0",
        |rows| rows == "1",
    );

    let load: Value = serde_json::from_str(&runner.get("/api/v1/operator/load")).unwrap();
    assert!(load["lateness"]["slots"].as_u64().unwrap() >= 3, "{load:#}");
    assert!(load["lateness"]["longest_us"].as_u64() >= load["lateness"]["median_us"].as_u64(), "{load:#}");
    assert!(
        load["store"]["commits"].as_u64().unwrap() > 0 && load["store"]["wal_bytes"].as_u64().unwrap() > 0
    );
    assert!(
        load["disk"]["free_bytes"].as_u64().unwrap() > 0 && load["disk"]["is_enough"] == true,
        "{load:#}"
    );
    assert_eq!((&load["stopped"], &load["unready"]), (&Value::Null, &Value::Null), "{load:#}");
    let tasks: Vec<&str> =
        load["tasks"].as_array().unwrap().iter().map(|task| task["task"].as_str().unwrap()).collect();
    assert!(tasks.contains(&"retention") && tasks.contains(&"suspensions"), "{tasks:?}");
    let acme = &load["tenants"][0];
    assert_eq!((&acme["tenant"], &acme["stopped"]), (&"acme".into(), &Value::Null));
    let used = |of: &str, what: &str| acme[of][what].as_u64().unwrap();
    assert!(used("today", "cpu_us") > 0 && used("week", "cpu_us") >= used("today", "cpu_us"), "{load:#}");
    assert!(used("today", "received_bytes") > 0 && used("today", "runs") >= 3, "{load:#}");
    assert_eq!(load["tenants"][1]["today"]["runs"], 0, "globex made none");

    let mut admin = signed_in(&runner, &runner.admin_token());
    let url = |path: &str| format!("{}{path}", runner.url());
    let page = admin.get(&url("/operator")).is(200);
    for said in [
        "The server is well",
        "runs in flight",
        "write-ahead log",
        "disk free",
        "retention",
        "acme",
        "globex",
        "Stop all tenants",
    ] {
        assert!(page.body.contains(said), "no `{said}`");
    }
    let mut act = |to: &str, fields: &[(&str, &str)]| send(&mut admin, &runner, "/operator", to, fields);
    let stopped = act("/operator/tenants/acme/stop", &[("note", "a flood")]).is(303);
    assert_eq!(stopped.location(), "/operator?done=stopped");
    assert_eq!(
        runner.json(&["tenants"])[0]["stopped"]["note"],
        "a flood",
        "it is in force when the answer comes"
    );
    assert_eq!(act("/operator/tenants/acme/stop", &[]).is(303).location(), "/operator?done=stopped-before");
    let long = "n".repeat(1_001);
    act("/operator/tenants/globex/stop", &[("note", &long)])
        .is(422)
        .shows("Nothing was changed")
        .shows(&long);
    act("/operator/stop", &[("note", "all of it")]).is(303);
    let load: Value = serde_json::from_str(&runner.get("/api/v1/operator/load")).unwrap();
    assert_eq!(
        (&load["stopped"]["note"], &load["tenants"][0]["stopped"]["note"]),
        (&"all of it".into(), &"a flood".into())
    );
    act("/operator/start", &[]).is(303);
    act("/operator/tenants/acme/start", &[]).is(303);
    act("/operator/tenants/nosuch/stop", &[]).is(404);
    assert_eq!(runner.json(&["tenants"])[0]["stopped"], Value::Null);
    holds(
        &runner.query(TRAIL),
        &[
            "admin kill-switch-throw [tenant acme] done acme",
            "admin kill-switch-throw [all tenants] done all",
            "admin kill-switch-release [all tenants] done all",
            "admin kill-switch-release [tenant acme] done acme",
        ],
    );
}

#[test]
fn tokens_and_sessions_are_revoked_and_the_trail_is_read_a_page_at_a_time() {
    let runner = Runner::start(TWO_TENANTS);
    let url = |path: &str| format!("{}{path}", runner.url());
    let (eyes, other) =
        (token(&runner, "eyes", "viewer", "acme"), token(&runner, "other", "viewer", "globex"));
    let mut admin = signed_in(&runner, &runner.admin_token());
    let (mut viewer, mut foreign) = (signed_in(&runner, &eyes), signed_in(&runner, &other));
    let page = admin.get(&url("/operator/access")).is(200);
    for said in ["eyes", "other", "token 2", "Revoke for good", "acme"] {
        assert!(page.body.contains(said), "no `{said}`");
    }
    assert!(!page.body.contains(&eyes), "nobody sees a token again");
    let session = runner.query("SELECT id FROM session WHERE name = 'eyes'");
    let mut act = |to: &str| send(&mut admin, &runner, "/operator/access", to, &[]);
    assert_eq!(
        act(&format!("/operator/sessions/{session}/revoke")).is(303).location(),
        "/operator/access?done=session-revoked"
    );
    act(&format!("/operator/sessions/{session}/revoke")).is(404).shows("or it has ended");
    viewer.get(&url("/")).is(303);
    act("/operator/tokens/3/revoke").is(303);
    act("/operator/tokens/3/revoke").is(404);
    act("/operator/tokens/x/revoke").is(404);
    foreign.get(&url("/")).is(303);
    holds(
        &runner.until(TRAIL, |trail| trail.contains("token-revoke [token 3] refused")),
        &[
            &format!("admin session-revoke [session {session}] done all"),
            "admin token-revoke [token 3] done all",
        ],
    );

    let trail = admin.get(&url("/operator/audit")).is(200).shows("token-revoke").shows("admin (token 1)");
    assert!(!trail.body.contains("rel=\"next\""), "one page has them all");
    for _ in 0..110 {
        runner.call(&["tokens", "revoke", "3"]);
        runner.ok(&["tenants", "stop", "globex"]);
        runner.ok(&["tenants", "start", "globex"]);
        if runner.query("SELECT count(*) > 100 FROM v1_audit_events") == "1" {
            break;
        }
    }
    let first = admin.get(&url("/operator/audit?tenant=globex&action=")).is(200);
    assert!(!first.body.contains("<td class=\"nowrap\">token-revoke"), "of that tenant alone");
    let newest = admin.get(&url("/operator/audit")).is(200);
    let next = newest
        .body
        .split("href=\"/operator/audit?before=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let older = admin.get(&url(&format!("/operator/audit?before={next}"))).is(200).shows("server-start");
    assert!(!older.body.contains(&format!("<th scope=\"row\" class=\"n\">{next}</th>")), "no event twice");
    admin.get(&url("/operator/audit?action=nosuch")).is(400);
    let one = admin.get(&url("/operator/audit?action=server-start")).is(200).shows("server-start");
    assert!(!one.body.contains("<td class=\"nowrap\">sign-in"));
}

#[test]
fn a_tenant_s_people_see_their_part_and_nothing_of_the_server() {
    let runner = Runner::start(TWO_TENANTS);
    let url = |path: &str| format!("{}{path}", runner.url());
    let mut viewer = signed_in(&runner, &token(&runner, "eyes", "viewer", "acme"));
    let mut author = signed_in(&runner, &token(&runner, "ana", "author", "acme"));
    let mut own = signed_in(&runner, &token(&runner, "lead", "operator", "acme"));
    let foreign = token(&runner, "other", "viewer", "globex");
    let mut other = signed_in(&runner, &foreign);
    for browser in [&mut viewer, &mut author] {
        for page in ["/operator", "/operator/access"] {
            browser.get(&url(page)).is(403).shows("takes the role `operator`");
        }
        let form = browser.get(&url("/sign-out")).is(200).field("form_token");
        for to in [
            "/operator/stop",
            "/operator/tenants/acme/stop",
            "/operator/tokens/1/revoke",
            "/operator/sessions/1/revoke",
        ] {
            browser.post(&url(to), &[("form_token", &form)]).is(403);
        }
        assert!(!browser.get(&url("/maintenance")).is(200).body.contains("href=\"/operator\""));
    }
    // The trail is everybody's within the tenant, as in the API.
    other.get(&url("/operator/audit")).is(200);
    assert!(!viewer.get(&url("/operator/audit")).is(200).body.contains("globex"));
    viewer.get(&url("/operator/audit?tenant=globex")).is(404);

    let page = own.get(&url("/operator")).is(200).shows("Stop tenant acme");
    for hidden in ["globex", "all tenants</button>", "Background tasks", "write-ahead log"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    let access = own.get(&url("/operator/access")).is(200).shows("ana");
    assert!(!access.body.contains("other") && !access.body.contains("admin"), "its own tenant's alone");
    let mut act = |to: &str| send(&mut own, &runner, "/operator", to, &[]);
    act("/operator/tenants/acme/stop").is(303);
    act("/operator/tenants/acme/start").is(303);
    act("/operator/tenants/globex/stop").is(404);
    act("/operator/stop").is(403).shows("this is for all tenants");
    act("/operator/tokens/1/revoke").is(404);
    let session = runner.query("SELECT id FROM session WHERE name = 'other'");
    act(&format!("/operator/sessions/{session}/revoke")).is(404);
    other.get(&url("/")).is(200);
    let asked = |bearer: &str| {
        let headers = [("authorization", format!("Bearer {bearer}"))];
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Browser::plain().send(
            hyper::Method::GET,
            &url("/api/v1/operator/load"),
            &headers,
            bytes::Bytes::new(),
        )
    };
    asked(&foreign).is(403);
}

#[test]
fn authors_plan_and_end_their_tenants_maintenance_and_operators_that_of_all() {
    let runner = Runner::start(TWO_TENANTS);
    let url = |path: &str| format!("{}{path}", runner.url());
    let mut admin = signed_in(&runner, &runner.admin_token());
    let mut ana = signed_in(&runner, &token(&runner, "ana", "author", "acme"));
    let mut viewer = signed_in(&runner, &token(&runner, "eyes", "viewer", "acme"));
    let mut other = signed_in(&runner, &token(&runner, "other", "author", "globex"));
    let mut plan = |fields: &[(&str, &str)]| send(&mut ana, &runner, "/maintenance", "/maintenance", fields);
    assert_eq!(
        plan(&[("length", "1h"), ("mode", "mute"), ("note", "the <database> moves")]).is(303).location(),
        "/maintenance?done=planned"
    );
    plan(&[("weekly", "sat 02:00-04:00"), ("timezone", "Europe/Berlin"), ("length", "1h"), ("mode", "skip")])
        .is(303);
    let rows = runner.json(&["maintenance", "list"]);
    assert_eq!(
        (&rows[0]["mode"], &rows[0]["tenant"], &rows[0]["phase"]),
        (&"mute".into(), &"acme".into(), &"in-force".into()),
        "{rows:#}"
    );
    assert_eq!(
        (&rows[1]["timezone"], &rows[1]["phase"]),
        (&"Europe/Berlin".into(), &"planned".into()),
        "{rows:#}"
    );
    plan(&[("until", "2001-01-01T00:00"), ("note", "kept")])
        .is(422)
        .shows("value=\"kept\"")
        .shows("Nothing was changed");
    plan(&[("weekly", "sat 2-4"), ("timezone", "Europe/Berlim")]).is(422).shows("Europe/Berlin");
    plan(&[("length", "1h"), ("journeys", "nosuch")]).is(404).shows("value=\"nosuch\"");
    plan(&[("length", "1h"), ("tenant", "*")]).is(403);
    plan(&[("length", "1h"), ("tenant", "globex")]).is(404);

    let seen = viewer
        .get(&url("/maintenance"))
        .is(200)
        .shows("Maintenance now")
        .shows("the &#60;database&#62; moves");
    assert!(!seen.body.contains("<form"), "a viewer plans and ends nothing");
    let form = viewer.get(&url("/sign-out")).is(200).field("form_token");
    viewer.post(&url("/maintenance"), &[("length", "1h"), ("form_token", &form)]).is(403);
    viewer.post(&url("/maintenance/1/end"), &[("form_token", &form)]).is(403);
    send(&mut other, &runner, "/maintenance", "/maintenance/1/end", &[]).is(404);
    other.post(&url("/maintenance/1/end"), &[]).is(403);

    send(&mut admin, &runner, "/maintenance", "/maintenance", &[("length", "30min"), ("tenant", "*")])
        .is(303);
    let page = ana.get(&url("/maintenance")).is(200).shows("all tenants");
    assert!(
        page.body.contains("/maintenance/1/end") && !page.body.contains("/maintenance/3/end"),
        "only the own"
    );
    send(&mut ana, &runner, "/maintenance", "/maintenance/3/end", &[]).is(403);
    assert_eq!(
        send(&mut ana, &runner, "/maintenance", "/maintenance/1/end", &[]).is(303).location(),
        "/maintenance?done=ended"
    );
    send(&mut ana, &runner, "/maintenance", "/maintenance/1/end", &[]).is(404);
    send(&mut admin, &runner, "/maintenance", "/maintenance/3/end", &[]).is(303);
    holds(
        &runner.query(TRAIL),
        &[
            "ana maintenance-add [maintenance 1 (mute)] done acme",
            "ana maintenance-end [maintenance 1] done acme",
            "admin maintenance-add [maintenance 3 (skip)] done all",
        ],
    );
}

#[test]
fn browsers_see_a_page_where_there_is_nothing_and_programs_a_problem() {
    let runner = Runner::start(TWO_TENANTS);
    let mut browser = signed_in(&runner, &runner.admin_token());
    let mut ask = |method: hyper::Method, path: &str, headers: &[(&str, &str)]| {
        let url = format!("{}{path}", runner.url());
        browser.send(method, &url, headers, bytes::Bytes::new())
    };
    let kind = |page: &Page| page.headers["content-type"].to_str().unwrap().to_owned();
    for path in
        ["/nothing", "/runs/x/y", "/journeys/a", "/incidents/1/x", "/runs/odd", "/journeys/acme/nosuch"]
    {
        let page = ask(hyper::Method::GET, path, &[HTML]).is(404).shows("<h1>").shows("href=\"/\"");
        assert!(kind(&page).starts_with("text/html"), "{path}");
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
        assert_eq!(page.body.matches("<html").count(), 1);
    }
    for path in ["/nothing", "/api/v1/nothing", "/api"] {
        let problem = ask(hyper::Method::GET, path, &[]).is(404);
        assert_eq!(kind(&problem), "application/problem+json", "{path}");
    }
    for path in ["/api/v1/nothing", "/api/v1/runs/odd"] {
        let problem = ask(hyper::Method::GET, path, &[HTML]);
        assert_eq!(kind(&problem), "application/problem+json", "{path}: the API is for programs");
    }
    let wrong = ask(hyper::Method::PUT, "/incidents", &[HTML]).is(405).shows("<h1>");
    assert!(kind(&wrong).starts_with("text/html"));
    assert!(wrong.headers["allow"].to_str().unwrap().contains("GET"), "{:?}", wrong.headers);
    assert_eq!(kind(&ask(hyper::Method::PUT, "/incidents", &[]).is(405)), "application/problem+json");
    let query = ask(hyper::Method::GET, "/journeys/acme/shop?from=yesterday", &[HTML]).is(400).shows("<h1>");
    assert!(kind(&query).starts_with("text/html"));
    assert!(
        !query.headers.contains_key("strict-transport-security"),
        "it would not hold on a plain connection"
    );
}

#[test]
fn over_its_own_tls_the_server_asks_for_tls_alone() {
    let authority = Authority::new();
    let tls = "[server.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n";
    let runner = Runner::among(&format!("{TWO_TENANTS}{tls}"), &[("WAYFARER_CA_FILE", "ca.pem")], |folder| {
        let identity = authority.leaf("127.0.0.1");
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.join("server.pem"), identity.pem()).unwrap();
        std::fs::write(folder.join("server.key"), identity.key_pem()).unwrap();
    });
    for path in ["/sign-in", "/", "/nothing", "/api/v1/journeys", "/healthz"] {
        let page = Browser::trusting(&authority).get(&format!("{}{path}", runner.url()));
        assert_eq!(page.headers["strict-transport-security"], "max-age=15552000", "{path}");
    }
}
