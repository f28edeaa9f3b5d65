//! Checks without code over the real binary: a file of checks, its requests in order, secrets, redirects, certificates, rules.

use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{Answer, Asked, Manner, http, https, odd, redirect, status, text};
use wayfarer_tests::support::{Authority, Case, case};

/// `wayfarer test` of a file of checks, with events to look at.
fn test(checks: &str) -> Case {
    case(["test", "checks.toml", "--reporter", "list", "--reporter", "json=events.ndjson"])
        .file("checks.toml", checks)
}

fn is_json(asked: &Asked) -> bool {
    asked.headers.get("content-type").is_some_and(|value| value == "application/json")
}

/// A shop in which who logs in gets a token and a cookie, and orders with both.
fn account(asked: &Asked) -> Answer {
    let header = |name: &str| asked.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let is_known = header("authorization").as_deref() == Some("Bearer t-99")
        && header("cookie").as_deref() == Some("session=s1");
    match (asked.method.as_str(), asked.target.as_str()) {
        ("POST", "/log-in")
            if is_json(asked) && asked.body == "{\"password\":\"hunter2-hunter2\",\"user\":\"ana\"}" =>
        {
            let mut answer = text("{\"token\":\"t-99\"}");
            answer.headers_mut().insert("set-cookie", "session=s1".parse().unwrap());
            answer
        }
        ("POST", "/orders?lang=de") if is_known && asked.body == "count=3&sku=tea+pot" => {
            let mut answer = status(201, "{\"order\":{\"id\":7,\"items\":[1,2,3]}}");
            answer.headers_mut().insert("location", "/orders/7".parse().unwrap());
            answer
        }
        ("GET", "/orders/7") if is_known => text("order 7 is open"),
        _ => status(401, "who are you?"),
    }
}

const ORDER: &str = r#"
[params]
user = "ana"
[secrets.password]
env = "PASSWORD"
plaintext = true
[http-check.order]
tags = ["shop"]
[[http-check.order.request]]
name = "log in"
url = "${param.base_url}/log-in"
body_json = { user = "${param.user}", password = "${secret.password}" }
json_path = "$.token is string"
capture.token = "$.token"
[[http-check.order.request]]
url = "${param.base_url}/orders"
bearer = "${token}"
query.lang = "de"
body_form = { sku = "tea pot", count = 3 }
status = 201
json_path = ["$.order.id > 6", "$.order.items length == 3"]
capture = { order = "header:location", id = "regex:\"id\":([0-9]+)" }
[[http-check.order.request]]
name = "look"
url = "${param.base_url}${order}"
bearer = "${token}"
contains = "order ${id} is open"
"#;

#[test]
fn who_logs_in_orders_with_what_the_answers_handed_on_and_the_secret_stays_sealed() {
    let shop = http(account);
    let ended = test(ORDER).url(&shop.url()).env("PASSWORD", "hunter2-hunter2").run();
    ended.is(0, "passed", "none").nowhere("hunter2");
    let recording = &ended.attempt()["recording"];
    let steps: Vec<&str> =
        recording["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["log in", "POST /orders", "look"], "{ended}");
    assert_eq!(recording["checks"].as_array().unwrap().len(), 10, "{ended}");
    let wrong = test(ORDER).url(&shop.url()).env("PASSWORD", "sesame-street").run();
    wrong.is(1, "failed", "check").shows("log in").shows("401");
    assert_eq!(shop.asked().len(), 4, "after a request that failed no other is sent");
    let unset = test(ORDER).url(&shop.url()).run();
    unset.exits(2).complains("`PASSWORD`, which is not set");
}

#[test]
fn a_file_of_checks_is_a_project_and_messages_name_it() {
    let shop = http(account);
    let in_folder = case(["test", "-C", "."]).file("checks.toml", ORDER).url(&shop.url());
    in_folder.env("PASSWORD", "hunter2-hunter2").run().exits(0).shows("order");
    let filtered = case(["test", "shop.toml", "--tag", "shop", "--list"]).file("shop.toml", ORDER);
    filtered.run().exits(0).shows("order");
    let checked = case(["check", "checks.toml"]).file("checks.toml", ORDER).run();
    checked.exits(0).shows("log in, POST /orders, look").shows("password").shows("base_url");
    let missing = test(ORDER).env("PASSWORD", "hunter2-hunter2").run();
    missing.exits(2).complains("under [params] in checks.toml").nowhere("journey.toml");
    let unknown = test("[params]\nbsae = 1\n[http-check.a]\nurl = \"http://127.0.0.1:1/\"\n").run();
    unknown.exits(2).complains("[params] in checks.toml: no journey there has a parameter `bsae`");
    let secret = "[http-check.a]\nurl = \"http://127.0.0.1:1/\"\nbearer = \"${secret.key}\"\n";
    test(secret).run().exits(2).complains("add to checks.toml [secrets.key]").nowhere("journey.toml");
    case(["deploy", "checks.wasm"]).run().exits(2).complains("is no file of checks");
}

#[test]
fn redirects_to_https_and_www_of_the_same_host_are_allowed_by_themselves() {
    let authority = Authority::new();
    let secure = https(authority.leaf("127.0.0.1").server(&["http/1.1"]), |_| text("welcome"));
    let place = format!("{}/in", secure.url());
    let plain = http(move |_| redirect(&place));
    let toml = format!(
        "[network]\nallow = [\"{}\"]\ntls.ca = [\"ca.pem\"]\n[http-check.shop]\nurl = \"{}/\"\ncontains = \"welcome\"\n\
         certificate_days = 30\n",
        secure.place(),
        plain.url()
    );
    test(&toml).file("ca.pem", authority.pem()).run().is(0, "passed", "none");
    let more = toml.replace("certificate_days = 30", "certificate_days = 4000000");
    let ended = test(&more).file("ca.pem", authority.pem()).run();
    ended.is(0, "degraded", "soft-check").shows("at least 4000000 days");
    // On its own port nobody listens, or somebody without a certificate for it: it was called all the same.
    let to_https = http(|_| redirect("https://127.0.0.1/"));
    let ended = test(&format!("[http-check.shop]\nurl = \"{}/\"\n", to_https.url())).run();
    ended.exits(1).nowhere("denied").nowhere("is not allowed");
    let elsewhere = http(|_| redirect("http://login.elsewhere.test/"));
    let ended = test(&format!("[http-check.shop]\nurl = \"{}/\"\n", elsewhere.url())).run();
    ended.exits(3).shows("add \"login.elsewhere.test\" to network.allow in checks.toml");
    let stays = http(|_| redirect("http://login.elsewhere.test/"));
    let keys = "follow = 0\nstatus = 302\nheader_rules = \"location contains elsewhere\"\n";
    test(&format!("[http-check.shop]\nurl = \"{}/\"\n{keys}", stays.url())).run().is(0, "passed", "none");
}

#[test]
fn every_rule_that_does_not_hold_is_shown_with_what_was_there() {
    let target = http(|_| status(503, "{\"state\":\"down\",\"errors\":[1,2]}"));
    let toml = format!(
        "[http-check.shop]\nurl = \"{}/health\"\nstatus = \"2xx\"\nheader_rules = \"content-type contains json\"\n\
         matches = '\"state\":\"up\"'\nnot_matches = 'd[a-z]+n'\njson_path = [\"$.state == up\", \"$.errors length < 1\"]\n",
        target.url()
    );
    let ended = test(&toml).run();
    ended.is(1, "failed", "check").shows("GET /health").shows("status is 200-299").shows("503");
    let checks = ended.attempt()["recording"]["checks"].as_array().unwrap().clone();
    let shown: Vec<String> = checks
        .iter()
        .map(|check| {
            let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
            format!("{} | {} | {}", text("name"), text("actual"), text("expected"))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "status is 200-299 | 503 | 200-299",
            "header content-type contains json | no such header | contains `json`",
            "body matches `\"state\":\"up\"` | {\"state\":\"down\",\"errors\":[1,2]} | \"state\":\"up\"",
            "body does not match `d[a-z]+n` | down | nothing like `d[a-z]+n`",
            "json $.state == up | down | up",
            "json $.errors length < 1 | length 2: [1,2] | length < 1",
        ]
    );
}

#[test]
fn basic_authentication_and_the_host_header_are_sent() {
    let target = http(|asked| {
        let is = |name: &str, value: &str| asked.headers.get(name).is_some_and(|header| header == value);
        if is("authorization", "Basic YW5hOmh1bnRlcjItaHVudGVyMg==") && is("host", "shop.test") {
            text("in")
        } else {
            status(401, "out")
        }
    });
    let toml = format!(
        "[secrets.password]\nenv = \"PASSWORD\"\nplaintext = true\n[http-check.shop]\nurl = \"{}/\"\nheaders.host = \"shop.test\"\n\
         basic = {{ user = \"ana\", password = \"${{secret.password}}\" }}\n",
        target.url()
    );
    let ended = test(&toml).env("PASSWORD", "hunter2-hunter2").run();
    ended.is(0, "passed", "none").nowhere("hunter2").nowhere("YW5hOmh1");
}

#[test]
fn a_secret_stands_only_where_its_entry_says_so() {
    let toml = "[secrets.key]\nenv = \"KEY\"\n[http-check.a]\nurl = \"https://127.0.0.1:1/\"\nheaders.x-api-key = \"${secret.key}\"\n";
    let ended = test(toml).env("KEY", "hunter2-hunter2").run();
    ended.exits(2).complains("header = \"x-api-key\"").complains("[secrets.key] in checks.toml");
}

#[test]
fn an_answer_is_waited_for_as_long_as_it_is_written() {
    let target = odd(Manner::Silent);
    let toml = |keys: &str| format!("[http-check.shop]\nurl = \"{}/\"\n{keys}\n", target.url());
    let ended = test(&toml("response_timeout = \"1s\"\ntimeout = \"20s\"")).run();
    ended.is(1, "failed", "timeout").shows("within 1.00s");
    let ended = test(&toml("timeout = \"2s\"")).run();
    ended.is(1, "failed", "timeout");
}

#[test]
fn wrong_files_are_refused_before_anything_is_sent() {
    let target = http(|_| text("hello"));
    let url = target.url();
    for (keys, words) in [
        ("headers.authorization = \"Bearer ${TOKEN}\"", "`${TOKEN}` stands for nothing"),
        ("headers.a = \"${TO KEN}\"", "checks.toml:3:13: `${TO KEN}` stands for nothing"),
        ("body = \"a\"\nbody_json = 1", "both `body` and `body_json`"),
        ("basic = { user = \"a\", password = \"b\" }\nbearer = \"c\"", "both `basic` and `bearer`"),
        ("json_path = \"$.a = 1\"", "has one `=`: write `==`"),
        ("json_path = \"$.a <\"", "compares numbers"),
        ("json_path = \"a[ == 1\"", "is not a JSON path"),
        ("matches = \"(\"", "is not a regular expression: unclosed group"),
        ("matches = \"(a{1000}){1000}\"", "too large a regular expression"),
        ("header_rules = \"server\"", "is not a rule for a header"),
        ("status = \"2xy\"", "is not a list of statuses"),
        ("capture.token = \"token\"", "says nothing to capture"),
        ("capture.\"a b\" = \"$.a\"", "is no name for a captured value"),
        ("headers.content-length = \"1\"", "is set by the runner"),
        ("family = \"ipv5\"", "is not a family of addresses"),
        ("body_file = \"nothing.json\"", "nothing.json cannot be read"),
        ("json = \"$.a=1\"", "unknown key `json`"),
        ("request = []", "`url` stands beside its list `request`"),
        ("max_latency = \"soon\"", "is not a duration"),
        ("schedule = \"often\"", "`often`"),
    ] {
        let ended = test(&format!("[http-check.a]\nurl = \"{url}/\"\n{keys}\n")).run();
        ended.exits(2).complains(words).complains("checks.toml");
    }
    assert!(target.asked().is_empty(), "nothing was sent");
}

#[test]
fn a_watch_follows_the_files_that_a_check_sends() {
    let target = http(|_| text("hello"));
    let toml = format!("[http-check.a]\nurl = \"{}/\"\nbody_file = \"order.txt\"\n", target.url());
    let watching =
        case(["test", "--watch", "checks.toml"]).file("checks.toml", toml).file("order.txt", "first");
    let file = watching.folder().join("order.txt");
    let running = watching.start();
    let sent = |body: &str| target.asked().iter().filter(|asked| asked.body == body).count();
    until_blocking("the first", || sent("first"), |count| *count > 0);
    std::fs::write(&file, "second").unwrap();
    until_blocking("the second", || sent("second"), |count| *count > 0);
    running.interrupt();
    running.wait().exits(130);
}
