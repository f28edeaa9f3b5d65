//! A signed webhook: what it says, that it comes at least once, and that a channel which is down holds up no other.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::Signal;
use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::{Asked, Manner, Web, http, odd, status, text};
use wayfarer_tests::toolchain;

use super::incident::{failing_journey, opened, opened_together, opened_without_a_readable_run, resolved};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// `hook` goes to this URL, `other` to that one; both are told of everything.
fn config(hook: &str, other: &str, more: &str) -> String {
    format!(
        "[server]\ngrace = \"2s\"\n[alerting]\ngroup_within = \"1s\"\nfallback_after = \"1s\"\n\
         [tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n\
         [tenants.acme.channels.hook.webhook]\nurl = \"{hook}/in\"\nsecret.env = \"KEY\"\nold_secret.env = \"OLD_KEY\"\n\
         [tenants.acme.channels.other.webhook]\nurl = \"{other}/in\"\nsecret.env = \"KEY\"\n{more}"
    )
}

const ROUTE: &str = "[[tenants.acme.alerts]]\nto = [\"hook\", \"other\"]\n";
const SECRETS: [(&str, &str); 2] = [("KEY", KEY), ("OLD_KEY", OLD_KEY)];

fn header<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.headers[name].to_str().unwrap()
}

fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.body).unwrap()
}

fn until_asked(web: &Web, times: usize) -> Vec<Asked> {
    until_blocking("the receiver is told", || web.asked(), |asked| asked.len() >= times)
}

/// By the library of the standard's own project.
fn verifies(asked: &Asked, key: &str) -> bool {
    let program = "import json, sys\nfrom standardwebhooks.webhooks import Webhook\n\
        given = json.load(sys.stdin)\nWebhook(given['key']).verify(given['body'], given['headers'])";
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), header(asked, name).into())).collect();
    let given =
        serde_json::json!({ "key": key, "body": String::from_utf8_lossy(&asked.body), "headers": headers });
    let packages = toolchain::standardwebhooks().unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("given.json");
    std::fs::write(&file, given.to_string()).unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", program]).env("PYTHONPATH", packages).stdin(std::fs::File::open(&file).unwrap());
    let output = python.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || said.contains("WebhookVerificationError"), "{said}");
    output.status.success()
}

#[test]
fn an_incident_is_told_with_its_evidence_under_two_signatures_and_its_recovery_follows() {
    let shop = http(|_| status(503, "inventory is away"));
    let (hook, other) = (http(|_| text("taken")), http(|_| text("taken")));
    let runner = Runner::with(&config(&hook.url(), &other.url(), ROUTE), &SECRETS);
    failing_journey(&runner, &["shop", "search"], &shop.url());
    let [first, second] = opened_together(&runner, ["shop", "search"]);
    let asked = until_asked(&hook, 1);
    let told = body(&asked[0]);
    assert_eq!(told["type"], "incident.opened");
    let headline = format!("2 journeys fail at GET /orders of {}: 503", shop.place());
    assert_eq!(told["data"]["headline"], headline, "{told:#}");
    assert_eq!(told["data"]["severity"], "page");
    assert_eq!(told["data"]["subjects"].as_array().unwrap().len(), 2);
    assert!(verifies(&asked[0], KEY) && verifies(&asked[0], OLD_KEY));
    assert!(!verifies(&asked[0], "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="), "by no other");
    assert!(verifies(&until_asked(&other, 1)[0], KEY));

    resolved(&runner, &first);
    runner.until("SELECT count(*) FROM incident_event WHERE routed_ms IS NULL", |seen| seen == "0");
    assert_eq!(hook.asked().len(), 1, "the other journey still fails");
    resolved(&runner, &second);
    let over = until_asked(&hook, 2);
    assert_eq!(body(&over[1])["type"], "incident.resolved");
    let thread = |asked: &Asked| body(asked)["data"]["thread"].clone();
    assert_eq!(thread(&over[0]), thread(&over[1]), "recovery goes where the alarm went");
    assert_ne!(header(&over[0], "webhook-id"), header(&over[1], "webhook-id"));
    runner.until("SELECT group_concat(DISTINCT state) FROM v1_deliveries WHERE state <> 'grouped'", |seen| {
        seen == "delivered"
    });
    let digest = "SELECT count(*) FROM v1_deliveries WHERE state = 'delivered' AND length(digest) <> 64";
    assert_eq!(runner.query(digest), "0");
    let counted = "wayfarer_alert_deliveries_total{tenant=\"acme\",channel=\"hook\",result=\"delivered\"} 2";
    let is_said = |metrics: &String| {
        metrics.contains(counted) && metrics.contains("wayfarer_alert_deliveries_waiting 0\n")
    };
    until_blocking("the metrics say so", || runner.get("/metrics"), is_said);
    runner.ok(&["db", "check"]);
}

#[test]
fn a_later_incident_of_the_same_outage_updates_the_conversation_and_one_recovery_ends_it() {
    let shop = http(|_| status(503, "inventory is away"));
    let (hook, other) = (http(|_| text("taken")), http(|_| text("taken")));
    let runner = Runner::with(&config(&hook.url(), &other.url(), ROUTE), &SECRETS);
    failing_journey(&runner, &["shop", "search"], &shop.url());
    let first = opened(&runner, "shop");
    until_asked(&hook, 1);
    let second = opened(&runner, "search");
    let told: Vec<Value> = until_asked(&hook, 2).iter().map(body).collect();
    assert_eq!(told[0]["data"]["thread"], told[1]["data"]["thread"], "{told:#?}");
    assert_ne!(told[0]["data"]["id"], told[1]["data"]["id"], "{told:#?}");
    let headline = format!("2 journeys fail at GET /orders of {}: 503", shop.place());
    assert_eq!(told[1]["data"]["headline"], headline, "{told:#?}");
    resolved(&runner, &first);
    resolved(&runner, &second);
    let told: Vec<Value> = until_asked(&hook, 3).iter().map(body).collect();
    assert_eq!(told[2]["type"], "incident.resolved", "{told:#?}");
    assert_eq!(runner.query("SELECT count(*) FROM v1_deliveries WHERE channel = 'hook'"), "3");
}

#[test]
fn a_kill_between_sending_and_marking_never_means_zero_times() {
    let shop = http(|_| status(503, ""));
    let slow = odd(Manner::Silent);
    let other = http(|_| text("taken"));
    let route = "[[tenants.acme.alerts]]\nto = \"hook\"\n";
    let mut runner = Runner::with(&config(&slow.url(), &other.url(), route), &SECRETS);
    failing_journey(&runner, &["shop"], &shop.url());
    opened(&runner, "shop");
    // The receiver has it and does not say so.
    slow.wait_until_asked();
    assert_eq!(runner.end(Signal::KILL), None);
    assert_eq!(runner.query("SELECT state FROM v1_deliveries"), "sending");
    // The next process finds the receiver at another address.
    let toml = config(&other.url(), &other.url(), route);
    std::fs::write(runner.folder().join("wayfarer.toml"), toml).unwrap();
    runner.again();
    let asked = until_asked(&other, 1);
    assert_eq!(body(&asked[0])["type"], "incident.opened");
    runner.until("SELECT state, attempts FROM v1_deliveries", |seen| seen == "delivered|2");
    assert_eq!(other.asked().len(), 1);
}

#[test]
fn a_channel_that_is_down_loses_nothing_and_holds_up_no_other_and_its_fallback_stands_in() {
    let shop = http(|_| status(503, ""));
    let is_up = Arc::new(AtomicBool::new(false));
    let (seen, refused) = (Arc::clone(&is_up), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&refused);
    let hook = http(move |_| {
        if seen.load(Ordering::Acquire) {
            return text("taken");
        }
        counted.fetch_add(1, Ordering::AcqRel);
        status(503, "down for maintenance")
    });
    let (other, spare) = (http(|_| text("taken")), http(|_| text("taken")));
    let more = format!(
        "{ROUTE}[tenants.acme.channels.hook]\nfallback = \"spare\"\n\
         [tenants.acme.channels.spare.webhook]\nurl = \"{}/\"\nsecret.env = \"KEY\"\n",
        spare.url()
    );
    let runner = Runner::with(&config(&hook.url(), &other.url(), &more), &SECRETS);
    failing_journey(&runner, &["shop"], &shop.url());
    let incident = opened(&runner, "shop");
    until_asked(&other, 1);
    runner.until("SELECT last_error FROM v1_deliveries WHERE channel = 'hook'", |seen| {
        seen == "it answered 503 Service Unavailable: down for maintenance"
    });
    let stand_in = until_asked(&spare, 1);
    assert_eq!(body(&stand_in[0])["type"], "incident.opened");
    assert_eq!(runner.query("SELECT fallback_of FROM v1_deliveries WHERE channel = 'spare'"), "hook");
    resolved(&runner, &incident);
    until_asked(&other, 2);
    is_up.store(true, Ordering::Release);
    let asked = until_blocking(
        "the channel takes both",
        || hook.asked().into_iter().skip(refused.load(Ordering::Acquire)).collect::<Vec<_>>(),
        |asked| asked.len() >= 2,
    );
    let kinds: Vec<Value> = asked.iter().map(|asked| body(asked)["type"].clone()).collect();
    assert_eq!(kinds, ["incident.opened", "incident.resolved"], "in their order");
    let first: Vec<Asked> = hook.asked();
    assert_eq!(header(&first[0], "webhook-id"), header(&asked[0], "webhook-id"), "each time the same id");
    assert_eq!(body(&until_asked(&spare, 2)[1])["type"], "incident.resolved");
}

#[test]
fn a_tenants_channel_calls_nothing_that_its_policy_does_not_allow() {
    let (inside, other) = (http(|_| text("secret")), http(|_| text("taken")));
    let config = format!(
        "[tenants.acme]\nnetwork.allow = [\"127.0.0.2:*\", \"in.example:*\"]\n[tenants.acme.channels.hook.webhook]\nurl = \"{}/\"\n\
         secret.env = \"KEY\"\n[tenants.acme.channels.named.webhook]\nurl = \"http://in.example:{}/\"\nsecret.env = \"KEY\"\n\
         [[tenants.acme.network.host]]\nhosts = [\"in.example:*\"]\nresolve = [\"127.0.0.1\"]\n\
         [channels.platform.webhook]\nurl = \"{}/\"\nsecret.env = \"KEY\"\n",
        inside.url(),
        inside.port(),
        other.url()
    );
    let runner = Runner::with(&config, &SECRETS);
    for name in ["hook", "named"] {
        let (code, said) = runner.call(&["channels", "test", name, "--tenant", "acme"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("not allowed"), "{said}");
    }
    assert!(inside.asked().is_empty());
    assert!(runner.ok(&["channels", "test", "platform", "--tenant", "acme"]).contains("has taken"));
    assert_eq!(other.asked().len(), 1, "the operator's own channels may call every host");
}

#[test]
fn what_cannot_be_read_is_told_without_it_and_a_receiver_that_never_ends_its_answer_has_taken_the_notice() {
    let shop = http(|_| status(503, ""));
    let (slow, other) = (odd(Manner::Stalling), http(|_| text("taken")));
    let runner = Runner::with(&config(&slow.url(), &other.url(), ROUTE), &SECRETS);
    failing_journey(&runner, &["shop"], &shop.url());
    let incident = opened_without_a_readable_run(&runner, "shop");
    let asked = until_asked(&other, 1);
    assert_eq!(body(&asked[0])["data"]["headline"], "shop fails");
    resolved(&runner, &incident);
    assert_eq!(body(&until_asked(&other, 2)[1])["type"], "incident.resolved");
    runner.until("SELECT count(*), sum(attempts) FROM v1_deliveries WHERE state = 'delivered'", |seen| {
        seen == "4|4"
    });
}
