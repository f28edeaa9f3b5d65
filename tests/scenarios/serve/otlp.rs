//! Traces of runs, sent to a receiver that reads them by OpenTelemetry's own protocol: what is in them, and that none is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rustix::process::Signal;
use serde_json::{Value, json};
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Web, http, redirect, status, text};
use wayfarer_tests::support::{Browser, Runner};
use wayfarer_tests::toolchain::opentelemetry_proto;

const KEY: &str = "Bearer a-key-of-the-receiver";

/// The receiver, until it is dropped.
struct Receiver {
    child: Child,
    port: u16,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    fn start() -> Self {
        Self::at(0)
    }

    fn at(port: u16) -> Self {
        let packages = opentelemetry_proto().unwrap_or_else(|error| panic!("{error}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("consumers/otlp_receiver.py");
        let mut python = Command::new("python3");
        python.arg(script).args([&port.to_string(), KEY]).env("PYTHONPATH", packages);
        let mut child = python.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.next().unwrap().parse().unwrap();
        let requests = Arc::<Mutex<Vec<Value>>>::default();
        let keeping = Arc::clone(&requests);
        std::thread::spawn(move || {
            for line in lines {
                keeping.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port, requests }
    }

    fn control(&self, query: &str) {
        Browser::plain().get(&format!("http://127.0.0.1:{}/control?{query}", self.port)).is(200);
    }

    fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }

    /// Every span that it has taken, in order.
    fn spans(&self) -> Vec<Value> {
        let requests = self.requests();
        requests.iter().flat_map(|request| request["spans"].as_array().unwrap().clone()).collect()
    }

    /// The ids of traces that it has.
    fn traces(&self) -> BTreeSet<String> {
        self.spans().iter().map(|span| word(&span["trace"])).collect()
    }

    /// Waits until it has these traces.
    #[track_caller]
    fn until(&self, wanted: &BTreeSet<String>) -> Vec<Value> {
        until_blocking("the receiver has every trace", || self.traces(), |seen| seen.is_superset(wanted));
        assert_eq!(&self.traces(), wanted, "and no other");
        self.spans()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// A server that sends traces of `acme` to that port; `traced` learns its spans.
fn server(port: u16, traced: &Web) -> Runner {
    let config = format!(
        "[server]\nurl = \"https://wayfarer.test\"\ngrace = \"2s\"\n[otlp]\nendpoint = \"http://127.0.0.1:{port}\"\n\
         headers.authorization.env = \"OTLP_KEY\"\ntenants = [\"acme\"]\n\
         [tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\nnetwork.trace = [\"{}\"]\n\
         [tenants.globex]\nnetwork.allow = [\"127.0.0.1:*\"]\n",
        traced.place()
    );
    Runner::with(&config, &[("OTLP_KEY", KEY)])
}

/// Triggers a journey; the id of its trace, and of its run.
#[track_caller]
fn run(runner: &Runner, tenant: &str, journey: &str, code: i32) -> (String, String) {
    let (ended, said) = runner.call(&["trigger", "--tenant", tenant, journey]);
    assert_eq!(ended, Some(code), "{said}");
    let id = runner.query(&format!(
        "SELECT run FROM v1_runs WHERE journey = '{journey}' ORDER BY run_number DESC LIMIT 1"
    ));
    (id.replace('-', ""), id)
}

/// A target that answers `/bad` with 500, redirects `/away` elsewhere, and answers everything else with "Welcome".
fn target(elsewhere: &Web) -> Web {
    let away = format!("{}/end", elsewhere.url());
    http(move |asked| match asked.target.as_str() {
        "/bad" => status(500, "no"),
        "/away" => redirect(&away),
        _ => text("Welcome"),
    })
}

/// The spans of a trace by their parents, as a tree of names.
fn tree(spans: &[&Value], parent: &str) -> Value {
    let of = spans.iter().filter(|span| span["parent"] == parent);
    of.map(|span| json!([span["name"], tree(spans, &word(&span["id"]))])).collect()
}

fn of_trace<'a>(spans: &'a [Value], trace: &str) -> Vec<&'a Value> {
    spans.iter().filter(|span| span["trace"] == *trace).collect()
}

/// Each span lies within its parent, and none has an id of another one.
#[track_caller]
fn nested(spans: &[&Value]) {
    let by_id: BTreeMap<String, &&Value> = spans.iter().map(|span| (word(&span["id"]), span)).collect();
    assert_eq!(by_id.len(), spans.len(), "no id stands twice");
    for span in spans.iter().filter(|span| span["parent"] != "") {
        let parent = by_id[&word(&span["parent"])];
        let number = |span: &Value, key: &str| span[key].as_u64().unwrap();
        // Runs are known to the millisecond.
        assert!(number(span, "start") + 1_000_000 >= number(parent, "start"), "{span:#}\n{parent:#}");
        assert!(number(span, "end") <= number(parent, "end") + 1_000_000, "{span:#}\n{parent:#}");
    }
}

#[track_caller]
fn has(span: &Value, wanted: &[(&str, Value)]) {
    for (key, wanted) in wanted {
        assert_eq!(span["attributes"][key], *wanted, "{key} of {span:#}");
    }
}

/// What the API says of the export.
fn export(runner: &Runner) -> Value {
    serde_json::from_str::<Value>(&runner.get("/api/v1/operator/load")).unwrap()["traces"].clone()
}

/// All of so many spans were sent, and nothing waits.
#[track_caller]
fn is_counted(runner: &Runner, spans: usize) {
    let is_even = |metrics: &String| metrics.contains("wayfarer_otlp_behind_runs 0\n");
    let metrics = until_blocking("nothing waits", || runner.get("/metrics"), is_even);
    assert!(
        metrics.contains(&format!("wayfarer_otlp_spans_total{{result=\"sent\"}} {spans}\n")),
        "{metrics}"
    );
    assert!(metrics.contains("wayfarer_otlp_requests_failed_total 0\n"), "{metrics}");
}

/// The root of a run of `buy` says whose it is, how it went, and where people look at it.
#[track_caller]
fn tells_its_run(spans: &[&Value], run: &str) {
    let root = spans.iter().find(|span| span["parent"] == "").unwrap();
    assert_eq!(root["status"], "STATUS_CODE_OK");
    assert_eq!((&root["resource"]["service.name"], &root["scope"]), (&json!("wayfarer"), &json!("wayfarer")));
    has(
        root,
        &[
            ("wayfarer.run.id", json!(run)),
            ("wayfarer.tenant", json!("acme")),
            ("wayfarer.journey", json!("buy")),
            ("wayfarer.location", json!("local")),
            ("wayfarer.verdict", json!("passed")),
            ("wayfarer.reason", json!("none")),
            ("wayfarer.url", json!(format!("https://wayfarer.test/runs/{run}"))),
        ],
    );
}

#[test]
fn a_run_is_a_tree_of_spans_and_the_target_saw_their_ids() {
    let receiver = Receiver::start();
    let other = http(|_| text("Welcome"));
    let target = target(&other);
    let runner = server(receiver.port, &target);
    let (url, elsewhere) = (target.url(), other.url());
    let toml = format!(
        "[http-check.buy]\n[[http-check.buy.request]]\nname = \"look\"\nurl = \"{url}/\"\ncontains = \"Welcome\"\n\
         [[http-check.buy.request]]\nname = \"elsewhere\"\nurl = \"{elsewhere}/\"\n\
         [[http-check.buy.request]]\nname = \"own\"\nurl = \"{url}/own\"\nheaders.traceparent = \"00-own\"\n\
         [[http-check.buy.request]]\nname = \"away\"\nurl = \"{url}/away\"\n\
         [http-check.fail]\nurl = \"{url}/bad\"\nretries = 1\nretry_wait = \"10ms\"\n"
    );
    runner.deploy("acme", &toml, &[]);
    runner.deploy("globex", &format!("[http-check.else]\nurl = \"{url}/\"\n"), &[]);
    run(&runner, "globex", "else", 0);
    let (good, good_run) = run(&runner, "acme", "buy", 0);
    let (bad, bad_run) = run(&runner, "acme", "fail", 1);
    let spans = receiver.until(&[good.clone(), bad.clone()].into());

    // The trees.
    let of_good = of_trace(&spans, &good);
    assert_eq!(
        tree(&of_good, ""),
        json!([[
            "buy",
            [[
                "attempt",
                [
                    ["look", [["GET", []]]],
                    ["elsewhere", [["GET", []]]],
                    ["own", [["GET", []]]],
                    ["away", [["GET", []], ["GET", []]]],
                ]
            ]]
        ]])
    );
    let of_bad = of_trace(&spans, &bad);
    let attempt = |step: &Value| json!(["attempt", [[step, [["GET", []]]]]]);
    let step = of_bad.iter().find(|span| span["attributes"]["wayfarer.step.outcome"] == "failed").unwrap();
    assert_eq!(tree(&of_bad, ""), json!([["fail", [attempt(&step["name"]), attempt(&step["name"])]]]));
    nested(&of_good);
    nested(&of_bad);

    // The words.
    tells_its_run(&of_good, &good_run);
    let root = of_bad.iter().find(|span| span["parent"] == "").unwrap();
    assert_eq!(
        (&root["status"], &root["attributes"]["wayfarer.reason"], &root["attributes"]["wayfarer.attempts"]),
        (&json!("STATUS_CODE_ERROR"), &json!("check"), &json!(2))
    );
    assert!(word(&root["message"]).contains("check failed"), "{root:#}");
    has(root, &[("error.type", json!("check"))]);
    has(step, &[("error.type", json!("check"))]);
    assert_eq!(step["events"][0]["name"], "wayfarer.check.failed");
    assert_eq!(step["events"][0]["attributes"]["wayfarer.check.actual"], "500");
    let client = of_bad.iter().find(|span| span["kind"] == "SPAN_KIND_CLIENT").unwrap();
    has(
        client,
        &[
            ("http.request.method", json!("GET")),
            ("url.full", json!(format!("{url}/bad"))),
            ("server.address", json!("127.0.0.1")),
            ("server.port", json!(target.port())),
            ("http.response.status_code", json!(500)),
            ("error.type", json!("500")),
            ("network.protocol.version", json!("1.1")),
        ],
    );
    assert_eq!(client["status"], "STATUS_CODE_ERROR");

    // What targets saw. `globex` lists no host.
    let clients = |spans: &[&Value], path: &str| -> Vec<String> {
        let of = spans.iter().filter(|span| span["attributes"]["url.full"] == format!("{url}{path}"));
        of.map(|span| format!("00-{}-{}-01", word(&span["trace"]), word(&span["id"]))).collect()
    };
    let seen = |web: &Web, target: &str| -> Vec<String> {
        let of = web.asked().into_iter().filter(|asked| asked.target == target);
        of.map(|asked| {
            asked.headers.get("traceparent").map_or("", |value| value.to_str().unwrap()).to_owned()
        })
        .collect()
    };
    assert_eq!(seen(&target, "/"), [String::new(), clients(&of_good, "/")[0].clone()]);
    assert_eq!(seen(&target, "/own"), ["00-own"]);
    assert_eq!(seen(&target, "/away"), clients(&of_good, "/away"));
    assert_eq!(seen(&target, "/bad"), clients(&of_bad, "/bad"));
    assert_eq!(clients(&of_bad, "/bad").len(), 2);
    assert_eq!([seen(&other, "/"), seen(&other, "/end")], [[""], [""]], "they are not listed");
    let state = target.asked().into_iter().find(|asked| asked.target == "/bad").unwrap();
    assert_eq!(state.headers["tracestate"], format!("wayfarer=run:{bad_run};journey:fail;attempt:1"));

    // What the API says of the same requests.
    let full: Value = serde_json::from_str(&runner.get(&format!("/api/v1/runs/{bad_run}"))).unwrap();
    assert_eq!(full["trace_id"], *bad);
    let said: Vec<String> = full["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| format!("00-{bad}-{}-01", word(&attempt["recording"]["requests"][0]["span_id"])))
        .collect();
    assert_eq!(said, seen(&target, "/bad"));

    is_counted(&runner, spans.len());
}

#[test]
fn people_and_machines_find_the_trace_of_a_run() {
    let target = http(|_| text("Welcome"));
    let runner = Runner::start(
        "[otlp]\ntrace_link = \"https://tempo.test/t/{trace_id}\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n",
    );
    runner.deploy("acme", &format!("[http-check.buy]\nurl = \"{}/\"\n", target.url()), &[]);
    let (trace, run) = run(&runner, "acme", "buy", 0);
    let full = runner.ask(&format!("GET /api/v1/runs/{run} HTTP/1.1"), &[]).1;
    assert!(full.contains(&format!("\"trace_id\":\"{trace}\"")), "{full}");
    let mut browser = Browser::plain();
    let url = runner.url();
    let form = browser.get(&format!("{url}/sign-in")).is(200).field("form_token");
    let fields = [("token", runner.admin_token()), ("form_token", form), ("next", format!("/runs/{run}"))];
    browser
        .post(&format!("{url}/sign-in"), &fields.each_ref().map(|(name, value)| (*name, value.as_str())))
        .is(303);
    browser
        .get(&format!("{url}/runs/{run}"))
        .is(200)
        .shows(&format!("<a href=\"https://tempo.test/t/{trace}\" rel=\"noreferrer\">{trace}</a>"));
}

#[test]
fn a_receiver_that_is_down_and_servers_that_end_lose_no_trace() {
    let first = Receiver::start();
    let port = first.port;
    let other = http(|_| text("Welcome"));
    let target = target(&other);
    let mut runner = server(port, &target);
    runner.deploy("acme", &format!("[http-check.buy]\nurl = \"{}/\"\n", target.url()), &[]);
    let mut wanted = BTreeSet::from([run(&runner, "acme", "buy", 0).0]);
    first.until(&wanted);
    drop(first);

    wanted.clear();
    wanted.insert(run(&runner, "acme", "buy", 0).0);
    let is_behind = |metrics: &String| {
        metrics.contains("wayfarer_otlp_behind_runs 1\n")
            && !metrics.contains("wayfarer_otlp_requests_failed_total 0\n")
    };
    until_blocking("the run waits", || runner.get("/metrics"), is_behind);
    runner.until_said("traces were not taken: they are sent again");
    assert_eq!(runner.said().matches("traces were not taken").count(), 1, "once, however often it is tried");
    let traces = || export(&runner);
    assert_eq!(traces()["behind_runs"], 1);
    assert!(word(&traces()["error"]).starts_with("127.0.0.1: "), "{}", traces());
    let doctors = runner.call(&["doctor"]).1;
    assert!(doctors.contains("the receiver of traces takes nothing, and 1 rows wait"), "{doctors}");
    assert_eq!(runner.call(&["doctor", "--json"]).1.matches("receiver of traces").count(), 1);
    runner.until_ready();
    runner.end(Signal::TERM);
    runner.again();
    wanted.insert(run(&runner, "acme", "buy", 0).0);
    runner.end(Signal::KILL);
    runner.again();
    wanted.insert(run(&runner, "acme", "buy", 0).0);
    assert_eq!(wanted.len(), 3);
    let second = Receiver::at(port);
    second.until(&wanted);
    // What it has is not sent again by the next server.
    let is_even = |metrics: &String| metrics.contains("wayfarer_otlp_behind_runs 0\n");
    until_blocking("nothing waits", || runner.get("/metrics"), is_even);
    assert_eq!(export(&runner), json!({"behind_runs": 0, "behind_ms": 0, "error": null}));
    assert!(!runner.call(&["doctor"]).1.contains("receiver of traces"));
    runner.end(Signal::TERM);
    let sent = second.requests().len();
    runner.again();
    let last = run(&runner, "acme", "buy", 0).0;
    wanted.insert(last.clone());
    second.until(&wanted);
    let after: BTreeSet<String> = second.requests()[sent..]
        .iter()
        .flat_map(|request| request["spans"].as_array().unwrap().iter().map(|span| word(&span["trace"])))
        .collect();
    assert_eq!(after, [last].into());
}

#[test]
fn a_receiver_that_asks_for_time_gets_it_and_one_run_that_it_refuses_keeps_no_other() {
    let receiver = Receiver::start();
    let other = http(|_| text("Welcome"));
    let target = target(&other);
    let runner = server(receiver.port, &target);
    let url = target.url();
    runner.deploy(
        "acme",
        &format!("[http-check.buy]\nurl = \"{url}/\"\n[http-check.sell]\nurl = \"{url}/\"\n"),
        &[],
    );
    // Longer than the server waits by itself.
    receiver.control("status=429&retry_after=9&times=1&poison=sell");
    let mut wanted = BTreeSet::from([run(&runner, "acme", "buy", 0).0]);
    until_blocking("it asks for time", || receiver.requests(), |requests| !requests.is_empty());
    let refused = run(&runner, "acme", "sell", 0);
    wanted.insert(run(&runner, "acme", "buy", 0).0);
    receiver.until(&wanted);
    let requests = receiver.requests();
    let at = |place: usize| requests[place]["at"].as_f64().unwrap();
    assert_eq!(requests[0]["status"], 429);
    assert!(at(1) - at(0) >= 9.0, "{} s after it asked for 9", at(1) - at(0));
    assert_eq!(requests[1]["status"], 400, "three runs, one of which it refuses");
    runner.until_said("the receiver refuses the trace of a run, which is given up");
    assert!(runner.said().contains(&refused.1), "{}", runner.said());
    let metrics = runner.get("/metrics");
    assert!(metrics.contains("wayfarer_otlp_spans_total{result=\"refused\"} 4\n"), "{metrics}");
    receiver.control("reject=1");
    run(&runner, "acme", "buy", 0);
    runner.until_said("the receiver of traces has not taken all spans");
    assert!(!runner.said().contains(KEY), "no line of the log has the key");
}

#[test]
fn runs_that_passed_at_once_stay_at_home_if_that_is_wanted() {
    let receiver = Receiver::start();
    let answers = AtomicU32::new(0);
    let target = http(move |asked| match asked.target.as_str() {
        "/shaky" if answers.fetch_add(1, Ordering::Relaxed) == 0 => status(500, "no"),
        _ => text("Welcome"),
    });
    let config = format!(
        "[otlp]\nendpoint = \"http://127.0.0.1:{}\"\npassed = false\nheaders.authorization.env = \"OTLP_KEY\"\n\
         [tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n",
        receiver.port
    );
    let runner = Runner::with(&config, &[("OTLP_KEY", KEY)]);
    let url = target.url();
    let toml = format!(
        "[http-check.buy]\nurl = \"{url}/\"\n[http-check.shaky]\nurl = \"{url}/shaky\"\nretries = 1\nretry_wait = \"10ms\"\n"
    );
    runner.deploy("acme", &toml, &[]);
    run(&runner, "acme", "buy", 0);
    let shaky = run(&runner, "acme", "shaky", 0).0;
    let spans = receiver.until(&[shaky].into());
    let root = spans.iter().find(|span| span["parent"] == "").unwrap();
    has(root, &[("wayfarer.verdict", json!("passed")), ("wayfarer.first_verdict", json!("failed"))]);
    run(&runner, "acme", "buy", 0);
    is_counted(&runner, spans.len());
}

#[test]
fn runs_that_retention_removes_before_the_receiver_is_back_are_said_to_be_lost() {
    const AGE: u64 = 3 * 86_400_000;
    let first = Receiver::start();
    let port = first.port;
    let target = http(|_| text("Welcome"));
    let config = format!(
        "[retention]\nruns = \"1d\"\n[otlp]\nendpoint = \"http://127.0.0.1:{port}\"\n\
         headers.authorization.env = \"OTLP_KEY\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n"
    );
    let mut runner = Runner::with(&config, &[("OTLP_KEY", KEY)]);
    runner.deploy("acme", &format!("[http-check.buy]\nurl = \"{}/\"\n", target.url()), &[]);
    first.until(&[run(&runner, "acme", "buy", 0).0].into());
    drop(first);
    run(&runner, "acme", "buy", 0);
    run(&runner, "acme", "buy", 0);
    runner.end(Signal::TERM);
    let periods = ["hourly", "daily", "step_hourly", "usage_daily", "stored_daily"]
        .map(|table| format!("UPDATE {table} SET from_ms = from_ms - {AGE};"))
        .concat();
    runner.tamper(&format!(
        "UPDATE journey_version SET valid_from_ms = valid_from_ms - {AGE};
         UPDATE run SET slot_ms = slot_ms - {AGE}, started_ms = started_ms - {AGE}, finished_ms = finished_ms - {AGE};
         UPDATE kept SET from_ms = from_ms - {AGE}; {periods}"
    ));
    runner.ok(&["db", "prune"]);
    assert_eq!(runner.query("SELECT count(*) FROM v1_runs"), "0");
    runner.again();
    let second = Receiver::at(port);
    second.until(&[run(&runner, "acme", "buy", 0).0].into());
    let is_known = |metrics: &String| metrics.contains("wayfarer_otlp_removed_runs_total 2\n");
    until_blocking("the server knows what is lost", || runner.get("/metrics"), is_known);
    runner.until_said("were removed before the receiver of traces could have them");
}

#[test]
fn a_server_with_a_wrong_table_does_not_start() {
    for (table, why) in [
        ("timeout = \"5s\"", "[otlp] needs `endpoint`"),
        ("passed = false", "[otlp] needs `endpoint`"),
        ("endpoint = \"http://127.0.0.1:4318/v1/traces\"", "ends with /v1/traces, which the server adds"),
        ("endpoint = \"http://127.0.0.1:4318\"\ntenants = [\"acme\"]", "`acme`, which has no table"),
        (
            "endpoint = \"http://127.0.0.1:4318\"\nheaders.Host.env = \"HOME\"",
            "`headers.Host` is set by the server",
        ),
        (
            "endpoint = \"http://127.0.0.1:4318\"\nheaders.key.env = \"NOT_SET\"",
            "`headers.key` takes its value from the environment variable `NOT_SET`, which is not set",
        ),
        ("trace_link = \"https://tempo.example/\"", "no URL with `{trace_id}` in it"),
    ] {
        let mut runner = Runner::at_rest(&format!("[otlp]\n{table}\n"), |_| ());
        let said = runner.comes_up().unwrap_err();
        assert!(said.contains(why), "{table}\n{said}");
    }
}
