//! A domain that expires soon is one ticket for each tenant that calls it, by the word of its registry, until that says a later date.

use std::sync::{Arc, Mutex};

use rustix::process::Signal;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::{Web, http, redirect, status, text};

/// The date that the registry gives for each domain; none: it answers 503.
type Dates = Arc<Mutex<Option<String>>>;

/// A day some days ahead.
fn ahead(days: u32) -> String {
    let calendar = rusqlite::Connection::open_in_memory().unwrap();
    calendar.query_row("SELECT date('now', ?)", [format!("+{days} days")], |row| row.get(0)).unwrap()
}

/// A registry of `com` and `org`, which sends questions about `org` on, and the list that names it.
fn registry(date: Dates) -> Web {
    http(move |asked| {
        let host = asked.headers.get("host").unwrap().to_str().unwrap().to_owned();
        let path = asked.target.as_str();
        if path == "/dns.json" {
            return text(format!(
                r#"{{"version": "1.0", "services": [[["com", "org"], ["http://{host}/rdap/"]]]}}"#
            ));
        }
        if let Some(name) = path.strip_prefix("/rdap/domain/").filter(|name| *name == "wayfarer-case.org") {
            return redirect(&format!("/registrar/{name}"));
        }
        let Some(name) = path.rsplit('/').next().filter(|name| !name.starts_with("gone")) else {
            return status(404, "{}");
        };
        let said = date.lock().unwrap().clone();
        let Some(date) = said else { return status(503, "busy") };
        text(format!(
            r#"{{"objectClassName": "domain", "ldhName": "{}", "events": [
                {{"eventAction": "registration", "eventDate": "2001-01-01T00:00:00Z"}},
                {{"eventAction": "expiration", "eventDate": "{date}T04:00:00Z"}}]}}"#,
            name.to_uppercase()
        ))
    })
}

const SEEN: &str = "SELECT coalesce(group_concat(said, '; '), '') FROM (SELECT tenant || ' ' || subject || ' ' || is_open AS said FROM v1_incidents
    WHERE kind = 'domain' ORDER BY said)";

#[test]
fn a_domain_that_expires_is_one_ticket_until_its_registry_says_that_it_was_renewed() {
    let date = Arc::new(Mutex::new(Some(ahead(6))));
    let registry = registry(Arc::clone(&date));
    let target = http(|_| text("Welcome"));
    let names = [
        "shop.wayfarer-case.com",
        "api.wayfarer-case.com",
        "wayfarer-case.org",
        "gone.com",
        "db.internal",
        "shop.uk",
    ];
    let allowed = names.map(|name| format!("\"{name}:*\"")).join(", ");
    let tenant = |name: &str| {
        format!(
            "[tenants.{name}]\nnetwork.allow = [\"127.0.0.0/8\", {allowed}]\n[[tenants.{name}.network.host]]\nhosts = [{allowed}]\nresolve = [\"127.0.0.1\"]\n"
        )
    };
    let toml = format!(
        "[server]\ngrace = \"2s\"\n[domains]\nregistries = \"{}/dns.json\"\n{}{}",
        registry.url(),
        tenant("acme"),
        tenant("globex")
    );
    let mut runner = Runner::start(&toml);
    let check = |name: &str, host: &str| {
        format!("[http-check.{name}]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", target.url_by(host))
    };
    let own = format!("[network]\nallow = [\"127.0.0.0/8\", {allowed}]\n");
    let all: Vec<String> =
        names.iter().enumerate().map(|(at, host)| check(&format!("j{at}"), host)).collect();
    runner.deploy("acme", &(own.clone() + &all.concat()), &[]);
    runner.deploy("globex", &(own + &check("other", "shop.wayfarer-case.com")), &[]);
    runner.until("SELECT count(DISTINCT tenant || journey) FROM v1_runs WHERE is_good", |seen| seen == "7");
    // The server looks at its start, and every ten minutes.
    runner.end(Signal::TERM);
    runner.again();
    let open = "acme wayfarer-case.com 1; acme wayfarer-case.org 1; globex wayfarer-case.com 1";
    runner.until(SEEN, |seen| seen == open);
    let listed = runner.json(&["incidents", "list", "--tenant", "globex"]);
    let expires = format!("expires on {}, within 7 days", ahead(6));
    assert!(
        listed[0]["message"].as_str().unwrap().ends_with(expires.trim_start_matches("expires ")),
        "{listed}"
    );
    let known = "SELECT group_concat(domain || ' ' || coalesce(problem, date(expires_at)), '; ') FROM (SELECT * FROM v1_domains ORDER BY domain)";
    let host = registry.url().replace("http://", "");
    let host = host.split(':').next().unwrap();
    let day = ahead(6);
    assert_eq!(
        runner.query(known),
        format!(
            "gone.com {host}: it answered 404 Not Found; shop.uk no registry tells when it expires: that of its top-level domain does not speak RDAP; wayfarer-case.com {day}; wayfarer-case.org {day}"
        )
    );
    let asked = |path: &str| registry.asked().iter().filter(|asked| asked.target == path).count();
    assert_eq!(asked("/rdap/domain/wayfarer-case.com"), 1, "one domain of two tenants and three hosts");
    assert_eq!(asked("/registrar/wayfarer-case.org"), 1);
    assert!(
        !registry.asked().iter().any(|asked| asked.target.contains("internal")),
        "it is nobody's business"
    );

    // A registry that does not answer has renewed nothing; a restart asks nobody before it is time.
    let again = |runner: &mut Runner, is_due: bool| {
        runner.end(Signal::TERM);
        if is_due {
            runner.tamper("UPDATE domain SET ask_again_ms = 0");
        }
        runner.again();
    };
    *date.lock().unwrap() = None;
    again(&mut runner, true);
    runner
        .until("SELECT count(*) FROM v1_domains WHERE problem LIKE '%it answered 503%'", |seen| seen == "2");
    assert_eq!(runner.query(SEEN), open);
    *date.lock().unwrap() = Some(ahead(400));
    let before = asked("/rdap/domain/wayfarer-case.com");
    again(&mut runner, false);
    let done = "wayfarer_background_runs_total{task=\"domains\",result=\"succeeded\"} 1";
    until_blocking("the server looks at domains", || runner.get("/metrics"), |page| page.contains(done));
    assert_eq!(asked("/rdap/domain/wayfarer-case.com"), before);
    again(&mut runner, true);
    let over = "acme wayfarer-case.com 0; acme wayfarer-case.org 0; globex wayfarer-case.com 0";
    runner.until(SEEN, |seen| seen == over);
    assert_eq!(
        runner.query("SELECT DISTINCT kind || note FROM v1_incident_events WHERE kind = 'resolved'"),
        "resolved"
    );

    // Who turns the lookup off has no ticket that nobody can mend.
    *date.lock().unwrap() = Some(ahead(2));
    again(&mut runner, true);
    runner.until(SEEN, |seen| seen.matches(" 1").count() == 3);
    runner.end(Signal::TERM);
    let off = toml.replace("[domains]\n", "[domains]\nlookup = false\n");
    std::fs::write(runner.folder().join("wayfarer.toml"), off).unwrap();
    runner.again();
    runner.until(SEEN, |seen| !seen.contains(" 1"));
    let notes = "SELECT DISTINCT note FROM v1_incident_events WHERE kind = 'resolved' AND note <> ''";
    assert_eq!(runner.query(notes), "the server does not look domains up any more");
}
