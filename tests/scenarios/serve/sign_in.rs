//! Browsers at the door: signed in with a token, listed, revoked, and kept out.

use wayfarer_tests::support::{Authority, Browser, Page, Runner, TWO_TENANTS};

const TLS: &str = "[server.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n";

/// A server with TLS, and its authority.
fn serving(config: &str) -> (Runner, Authority) {
    let authority = Authority::new();
    let identity = authority.leaf("127.0.0.1");
    let runner = Runner::among(&format!("{config}{TLS}"), &[("WAYFARER_CA_FILE", "ca.pem")], |folder| {
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.join("server.pem"), identity.pem()).unwrap();
        std::fs::write(folder.join("server.key"), identity.key_pem()).unwrap();
    });
    (runner, authority)
}

/// Sends the form of `/sign-in`.
fn sign_in(browser: &mut Browser, url: &str, token: &str) -> Page {
    let form = browser.get(&format!("{url}/sign-in?next=/sign-out")).is(200).field("form_token");
    browser.post(&format!("{url}/sign-in"), &[("token", token), ("form_token", &form), ("next", "/sign-out")])
}

#[test]
fn a_browser_is_signed_in_listed_revoked_and_out() {
    let (runner, authority) = serving(TWO_TENANTS);
    let url = runner.url().to_owned();
    let host = url.trim_start_matches("https://").to_owned();
    let mut browser = Browser::trusting(&authority);
    let away = browser.get(&format!("{url}/sign-out")).is(303);
    assert_eq!(away.location(), "/sign-in", "the door itself is no destination");
    let page = sign_in(&mut browser, &url, &runner.admin_token()).is(303);
    assert_eq!(page.location(), "/");
    let set = page.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let set = set.filter(|line| line.starts_with("__Host-wayfarer=")).collect::<Vec<_>>();
    assert!(set[0].contains("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"), "{set:?}");
    browser.get(&format!("{url}/sign-out")).is(200).shows("You are signed in as admin.");
    let secret = browser.cookies(&host)["__Host-wayfarer"].clone();
    assert!(
        !runner.query("SELECT hex(hash) || name || role FROM session").contains(&secret),
        "a digest alone"
    );

    let sessions = runner.json(&["sessions", "list"]);
    let first = &sessions[0];
    assert_eq!(
        (first["name"].as_str(), first["is_open"].as_bool()),
        (Some("admin"), Some(true)),
        "{sessions:#}"
    );
    let id = first["id"].to_string();
    assert!(runner.ok(&["sessions", "list"]).contains("token 1"));
    runner.ok(&["sessions", "revoke", &id]);
    let (code, said) = runner.call(&["sessions", "revoke", &id]);
    assert_eq!((code, said.contains("or it has ended")), (Some(4), true), "{said}");
    browser.get(&format!("{url}/sign-out")).is(303);
    assert_eq!(runner.json(&["sessions", "list"]), serde_json::json!([]));
    assert_eq!(runner.json(&["sessions", "list", "--past"])[0]["is_open"], false);

    sign_in(&mut browser, &url, &runner.admin_token()).is(303);
    let form = browser.get(&format!("{url}/sign-out")).is(200).field("form_token");
    browser.post_from("https://evil.example", &format!("{url}/sign-out"), &[("form_token", &form)]).is(403);
    browser.post(&format!("{url}/sign-out"), &[("form_token", "wrong")]).is(403);
    browser.post(&format!("{url}/sign-out"), &[("form_token", &form)]).is(200).shows("Signed out");
    assert!(browser.cookies(&host).is_empty(), "{:?}", browser.cookies(&host));
    let told = runner.query(
        "SELECT actor_name || ' ' || action || ' ' || object || ' ' || outcome FROM v1_audit_events
         WHERE action LIKE 'sign-%' OR action LIKE 'session-%' ORDER BY event",
    );
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "admin sign-in session 1 done",
            "admin session-revoke session 1 done",
            "admin session-revoke session 1 refused",
            "admin sign-in session 2 done",
            "admin sign-out session 2 done"
        ]
    );
}

#[test]
fn a_session_opens_no_route_of_the_api_and_ends_with_its_token() {
    let (runner, authority) = serving(TWO_TENANTS);
    let url = runner.url().to_owned();
    let token = runner.ok(&["--quiet", "tokens", "add", "eyes", "--role", "viewer", "--tenant", "acme"]);
    let token = token.lines().next().unwrap();
    let mut browser = Browser::trusting(&authority);
    sign_in(&mut browser, &url, token).is(303);
    browser.get(&format!("{url}/sign-out")).is(200).shows("signed in as eyes");
    browser.get(&format!("{url}/api/v1/journeys")).is(401).shows("no-token");
    browser.post(&format!("{url}/api/v1/stop"), &[]).is(401);
    let id = runner.json(&["tokens", "list"])[1]["id"].to_string();
    runner.ok(&["tokens", "revoke", &id]);
    browser.get(&format!("{url}/sign-out")).is(303);
    sign_in(&mut browser, &url, token).is(403).shows("or it was revoked");
    // Refused ones are counted for a while, and written together.
    let last = "SELECT actor_name, outcome FROM v1_audit_events WHERE action = 'sign-in' ORDER BY event DESC LIMIT 1";
    runner.until(last, |seen| seen == "eyes|refused");
}

#[test]
fn an_operator_of_one_tenant_sees_that_tenants_sessions_alone() {
    let (runner, authority) = serving(TWO_TENANTS);
    let url = runner.url().to_owned();
    let add = |name: &str, role: &str, tenant: &str| {
        let said = runner.ok(&["--quiet", "tokens", "add", name, "--role", role, "--tenant", tenant]);
        said.lines().next().unwrap().to_owned()
    };
    let (own, other) = (add("own", "operator", "acme"), add("other", "viewer", "globex"));
    for token in [&own, &other] {
        sign_in(&mut Browser::trusting(&authority), &url, token).is(303);
    }
    let call = |arguments: &[&str]| {
        let output = runner.command(arguments).env("WAYFARER_TOKEN", &own).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (_, listed) = call(&["sessions", "list"]);
    assert!(listed.contains("own") && !listed.contains("other"), "{listed}");
    let foreign = runner.query("SELECT id FROM session WHERE name = 'other'");
    assert_eq!(call(&["sessions", "revoke", &foreign]).0, Some(4), "as if it were not there");
    assert_eq!(call(&["sessions", "list", "--tenant", "globex"]).0, Some(4));
    assert_eq!(runner.json(&["sessions", "list", "--tenant", "globex"]).as_array().unwrap().len(), 1);
    let newest = runner.json(&["sessions", "list", "-n", "1"]);
    let before = newest[0]["id"].to_string();
    assert_eq!(runner.json(&["sessions", "list", "--before", &before])[0]["name"], "own");
}

#[test]
fn the_lifetime_is_the_operators_choice_and_a_proxy_s_word_counts_if_it_is_trusted() {
    let runner = Runner::start(
        "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]\n[server.sessions]\nlifetime = \"8h\"\n",
    );
    let url = runner.url().to_owned();
    let forwarded = [("x-forwarded-proto", "https"), ("x-forwarded-host", "wayfarer.example.com")];
    let mut browser = Browser::plain();
    let page =
        browser.send(hyper::Method::GET, &format!("{url}/sign-in"), &forwarded, bytes::Bytes::new()).is(200);
    let form = page.field("form_token");
    let fields = format!("token={}&form_token={form}", runner.admin_token());
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let mut send = |origin: &str| {
        let headers = [&forwarded[..], &kind, &[("origin", origin)]].concat();
        browser.send(hyper::Method::POST, &format!("{url}/sign-in"), &headers, fields.clone().into())
    };
    send(&url).is(403).shows("name the proxy in trusted_proxies");
    let page = send("https://wayfarer.example.com").is(303);
    let cookie = page.headers.get_all("set-cookie").iter().next().unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-wayfarer=") && cookie.contains("Max-Age=28800"), "{cookie}");
    let (code, said) = {
        std::fs::write(runner.folder().join("wayfarer.toml"), "[server.sessions]\nidle = \"5s\"\n").unwrap();
        runner.call(&["serve", "--check"])
    };
    assert_eq!((code, said.contains("`idle` is shorter than a minute")), (Some(2), true), "{said}");
}
