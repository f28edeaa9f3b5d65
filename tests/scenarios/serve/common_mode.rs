//! Many journeys of many hosts fail at once: tenants are told once it is clear that the runner is not at fault, and the platform is told first.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;
use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Web, http, status, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

const KEY: (&str, &str) = ("KEY", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

/// Journeys at each of the hosts.
const AT_EACH: usize = 2;

/// Looks a second apart are evidence; the tenant and the platform have a webhook each.
fn config(beacon: &str, tenant: &Web, platform: &Web) -> String {
    format!(
        "[network]\nbeacons = [\"tcp://{beacon}\"]\n[alerting]\ngroup_within = \"1s\"\n\
         [channels.ops.webhook]\nurl = \"{}/in\"\nsecret.env = \"KEY\"\n\
         [[alerts]]\nkinds = [\"common-mode\", \"runner-unwell\"]\nto = \"ops\"\n{TWO_TENANTS}\n\
         [tenants.acme.incidents]\ntransient = \"100ms\"\n[tenants.acme.channels.hook.webhook]\nurl = \"{}/in\"\nsecret.env = \"KEY\"\n\
         [[tenants.acme.alerts]]\nto = \"hook\"\n",
        platform.url(),
        tenant.url()
    )
}

/// Five hosts, that are well or not together, with a few journeys each.
fn deployed(runner: &Runner, is_well: &Arc<AtomicBool>) -> Vec<Web> {
    let shops: Vec<Web> = (0..5)
        .map(|_| {
            let seen = Arc::clone(is_well);
            http(move |_| if seen.load(Ordering::Acquire) { text("Welcome") } else { status(503, "away") })
        })
        .collect();
    let tables = shops.iter().enumerate().flat_map(|(host, shop)| {
        (0..AT_EACH).map(move |number| {
            format!("[http-check.j{host}-{number}]\nurl = \"{}/\"\nschedule = \"every 1s\"\n", shop.url())
        })
    });
    runner.deploy("acme", &tables.collect::<String>(), &[]);
    shops
}

/// What a receiver was told, as `kind headline`.
fn told(web: &Web) -> Vec<String> {
    let said = |body: &[u8]| {
        let body: Value = serde_json::from_slice(body).unwrap();
        format!("{} {}", body["type"].as_str().unwrap(), body["data"]["headline"].as_str().unwrap())
    };
    web.asked().iter().map(|asked| said(&asked.body)).collect()
}

/// The journeys that a receiver was told of.
fn journeys(web: &Web) -> BTreeSet<String> {
    let named = |body: &[u8]| -> Vec<String> {
        let body: Value = serde_json::from_slice(body).unwrap();
        let subjects = body["data"]["subjects"].as_array().unwrap().clone();
        subjects.iter().map(|subject| subject["journey"].as_str().unwrap().to_owned()).collect()
    };
    web.asked().iter().flat_map(|asked| named(&asked.body)).collect()
}

#[test]
fn a_shared_outage_is_told_to_its_tenant_once_the_beacons_answer_and_once_to_the_platform() {
    let house = TcpListener::bind("127.0.0.1:0").unwrap();
    let (tenant, platform) = (http(|_| text("taken")), http(|_| text("taken")));
    let beacon = house.local_addr().unwrap().to_string();
    let runner = Runner::with(&config(&beacon, &tenant, &platform), &[KEY]);
    let is_well = Arc::new(AtomicBool::new(true));
    let _shops = deployed(&runner, &is_well);
    runner.until("SELECT count(*) >= 30 FROM v1_runs WHERE is_good", |seen| seen == "1");
    is_well.store(false, Ordering::Release);
    runner.until("SELECT count(*) FROM v1_incidents WHERE kind = 'common-mode'", |seen| seen == "1");
    until_blocking("the tenant is told of all", || journeys(&tenant), |journeys| journeys.len() == 10);
    let to_platform = until_blocking("the platform is told", || told(&platform), |told| !told.is_empty());
    assert!(
        to_platform[0].starts_with("incident.opened the runner at local may be at fault: "),
        "{to_platform:?}"
    );
    assert!(to_platform[0].ends_with(" hosts"), "{to_platform:?}");
    is_well.store(true, Ordering::Release);
    let recovered = |told: &Vec<String>| told.iter().any(|said| said.starts_with("incident.resolved"));
    let to_platform = until_blocking("it is over", || told(&platform), recovered);
    assert_eq!(to_platform.len(), 2, "once: {to_platform:?}");
    assert_eq!(runner.query("SELECT count(*) FROM v1_incidents WHERE kind = 'runner-unwell'"), "0");
}

#[test]
fn what_a_runner_without_a_way_out_sees_is_the_platforms_until_runs_fail_after_it_is_well() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (tenant, platform) = (http(|_| text("taken")), http(|_| text("taken")));
    let mut runner = Runner::with(&config(&address.to_string(), &tenant, &platform), &[KEY]);
    let is_well = Arc::new(AtomicBool::new(true));
    let _shops = deployed(&runner, &is_well);
    runner.until("SELECT count(*) FROM v1_incidents WHERE kind = 'runner-unwell' AND is_open", |seen| {
        seen == "1"
    });
    is_well.store(false, Ordering::Release);
    let held =
        "SELECT count(*) FROM v1_incident_events WHERE incident_kind = 'failing' AND held_for IS NOT NULL";
    runner.until(held, |seen| seen == "10");
    assert_eq!(runner.end(Signal::KILL), None);
    runner.again();
    runner.until("SELECT count(*) >= 60 FROM v1_runs WHERE verdict = 'failed'", |seen| seen == "1");
    assert_eq!(told(&tenant), [""; 0], "nobody is told of what the runner may have caused");
    assert_eq!(runner.query("SELECT count(*) FROM v1_deliveries WHERE tenant = 'acme'"), "0");
    let to_platform = until_blocking("the platform is told", || told(&platform), |told| !told.is_empty());
    assert!(
        to_platform.contains(
            &"incident.opened the runner at local is unwell: none of its beacons answers".to_owned()
        ),
        "{to_platform:?}"
    );

    // The platform's own is nobody else's.
    let listed = runner.json(&["incidents", "list"]);
    let own = listed.as_array().unwrap().iter().find(|incident| incident["tenant"].is_null()).unwrap();
    let number = own["incident"].to_string();
    assert!(runner.ok(&["incidents", "show", &number]).contains("the runner"), "{own}");
    let token = runner.ok(&["tokens", "add", "author", "--tenant", "acme", "--role", "author", "-q"]);
    let as_tenant = |what: &[&str]| runner.call(&[what, &["--token", token.trim()]].concat());
    let (_, listed) = as_tenant(&["incidents", "list", "--all", "--json"]);
    assert!(
        listed.contains("failing") && !listed.contains("runner-unwell") && !listed.contains("common-mode"),
        "{listed}"
    );
    for what in [&["incidents", "show", &number][..], &["incidents", "ack", &number]] {
        let (code, said) = as_tenant(what);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("there is no incident"), "{said}");
    }
    let figures = runner.get("/metrics");
    assert!(figures.contains("wayfarer_incidents_open{tenant=\"\",kind=\"runner-unwell\"} 1"), "{figures}");

    let _house = TcpListener::bind(address).unwrap();
    until_blocking(
        "the tenant is told of what goes on",
        || journeys(&tenant),
        |journeys| journeys.len() == 10,
    );
    let told = told(&tenant);
    assert!(told.iter().all(|said| said.starts_with("incident.opened ") && said.contains("503")), "{told:?}");
    runner.until("SELECT count(*) FROM v1_incidents WHERE kind = 'runner-unwell' AND is_open", |seen| {
        seen == "0"
    });
}
