//! What is carried over means here what it meant there, and what is not is listed: one thing of one format each.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::tests::imported;
use super::{Extras, Format};
use crate::author::check_file::Readable;

fn read(format: Format, document: &Value) -> Readable {
    imported(Some(format), &document.to_string(), &Extras::default()).unwrap()
}

fn curl(script: &str) -> Readable {
    imported(Some(Format::Curl), script, &Extras::default()).unwrap()
}

fn text(read: &Readable) -> &str {
    read.text.as_deref().unwrap_or_default()
}

fn losses(read: &Readable) -> String {
    let lines: Vec<String> =
        read.file.losses.iter().map(|loss| format!("{}: {}\n", loss.item, loss.why)).collect();
    lines.concat()
}

#[test]
fn a_wrong_host_takes_no_other_call_with_it() {
    let found = curl("curl https://good.example/\ncurl --resolve a.example:443:nope https://a.example/\n");
    assert!(text(&found).contains("[http-check.good-example]"), "{}", text(&found));
    insta::assert_snapshot!(losses(&found), @"line 2: `--resolve` has an address that is none: write `HOST:PORT:ADDRESS`");
    let found = curl("curl https://good.example/\ncurl --resolve 'a b:443:1.2.3.4' https://a.example/\n");
    assert!(text(&found).contains("[http-check.good-example]"), "{}", text(&found));
    insta::assert_snapshot!(losses(&found), @"host a b: the file with it would be refused: `a b` is not a host: write a name, an address or a CIDR range, optionally with `:PORT`");
}

#[test]
fn what_several_calls_say_of_one_host_is_one_thing() {
    let found = curl(
        "curl --resolve a.example:443:192.0.2.1 https://a.example/\ncurl --resolve a.example:443:192.0.2.2 https://a.example/x\n",
    );
    assert!(text(&found).contains("resolve = [\"192.0.2.1\"]"), "{}", text(&found));
    insta::assert_snapshot!(losses(&found), @"line 2: `--resolve` of `a.example`: a file has one answer for all its checks, and an earlier call has another one");
}

#[test]
fn a_call_that_stands_for_several_or_has_to_run_something_is_listed_alone() {
    let found = curl(
        "curl 'https://a.example/?id=[1-3]'\ncurl -g 'https://b.example/?id=[1-3]'\ncurl 'https://c.example/?a[]=1&b={x}'\n\
         curl https://d.example/$(date)\ncurl --max-redirs -1 -L https://e.example/\n",
    );
    for name in ["b-example", "c-example", "e-example"] {
        assert!(text(&found).contains(&format!("[http-check.{name}]")), "{name}: {}", text(&found));
    }
    insta::assert_snapshot!(losses(&found), @r#"
    line 1: its URL stands for several: write a call for each, or add `-g` if it does not
    line 4: a command within a command is not run: write what it prints
    line 5: `--max-redirs` without a bound: a check follows 10 unless `follow` says how many
    "#);
    let windows = imported(None, "curl ^\"https://a.example/^\" ^\n  -H ^\"a: b^\"", &Extras::default());
    insta::assert_snapshot!(windows.unwrap_err(), @r#"Some(1): it is a call for Windows's command line (`^"`): copy it as `cURL (bash)`"#);
}

#[test]
fn thresholds_are_those_that_count_there() {
    let endpoint =
        |name: &str, alerts: Value| json!({"name": name, "url": "https://a.example/", "alerts": alerts});
    let found = read(
        Format::Gatus,
        &json!({
            "alerting": {"slack": {"default-alert": {"failure-threshold": 5}}, "email": {"default-alert": {"enabled": false}}},
            "endpoints": [
                endpoint("of the provider", json!([{"type": "slack"}])),
                endpoint("own", json!([{"type": "slack", "failure-threshold": 2}])),
                endpoint("usual", json!([{"type": "pagerduty"}])),
                endpoint("off", json!([{"type": "email"}])),
                endpoint("more than there are", json!([{"type": "slack", "failure-threshold": 20}])),
            ],
        }),
    );
    let thresholds: Vec<Option<u64>> = found.file.checks.iter().map(|check| check.consecutive).collect();
    assert_eq!(thresholds, [Some(5), Some(2), Some(3), None, Some(10)]);
    assert!(losses(&found).contains("its threshold of 20 failures: `alert.consecutive` is at most 10"));
    let kuma = json!({"monitorList": [{"type": "http", "name": "a", "url": "https://a.example/", "maxretries": 20}]});
    let found = read(Format::UptimeKuma, &kuma);
    assert!(losses(&found).contains("`maxretries` of 20: `alert.consecutive` is at most 10"));
}

#[test]
fn keys_of_every_table_are_carried_over_or_listed() {
    let found = read(
        Format::Gatus,
        &json!({
            "connectivity": {"checker": {}}, "metrics": true, "concurrency": 3, "tunneling": {"a": {}}, "brand-new": {"a": 1},
            "x-usual": {"a": 1},
            "endpoints": [{"name": "a", "url": "https://a.example/", "client": {
                "timeout": "5", "network": "ip5",
                "oauth2": {"token-url": "https://b.example/", "client-id": "c", "client-secret": "s", "more": 1},
            }}],
        }),
    );
    insta::assert_snapshot!(losses(&found), @r#"
    connectivity: the runner's own network is told apart by whose fault a failure is
    metrics: `/metrics` is the runner's
    concurrency: how many checks run at a time is said in wayfarer.toml
    tunneling: a check has no SSH tunnel
    brand-new: it is not carried over
    a: `client.timeout`: `5` is no duration, and 10s stand instead
    a: `client.network`: `ip5` is no family of addresses
    a: `client.oauth2.more` is not carried over
    "#);
    let extras = Extras { targets: vec!["https://a.example/".to_owned()], ..Extras::default() };
    let module = |http: Value| {
        json!({"modules": {"a": {"prober": "http", "tcp": {"b": 1}, "http": http}}}).to_string()
    };
    let listed = |http: Value| losses(&imported(Some(Format::Blackbox), &module(http), &extras).unwrap());
    let mut all = String::new();
    for http in [
        json!({"basic_auth": {"username": "ana", "password": "p", "more": 1}}),
        json!({"authorization": {"credentials": "c", "more": 1}}),
        json!({"oauth2": {"token_url": "https://b.example/", "client_id": "c", "client_secret": "s", "more": 1}}),
        json!({"valid_status_codes": [999]}),
        json!({"valid_status_codes": ["ok"]}),
        json!({"basic_auth": {"username": "ana", "password": "p"}, "oauth2": {"token_url": "https://b.example/"}}),
    ] {
        all += &listed(http);
    }
    insta::assert_snapshot!(all, @r#"
    a a.example: `basic_auth.more` is not carried over
    a a.example: `tcp` is not carried over
    a a.example: `authorization.more` is not carried over
    a a.example: `tcp` is not carried over
    a a.example: `oauth2.more` is not carried over
    a a.example: `tcp` is not carried over
    a: `valid_status_codes` has none between 100 and 599
    a: `valid_status_codes` has `ok`, which is no status
    a: it has `basic_auth` and `oauth2`, of which a request has one: leave the others out
    "#);
}

#[test]
fn authentication_of_a_monitor_is_never_lost_in_silence() {
    let monitor = |more: Value| {
        let mut monitor = json!({"type": "http", "name": "a", "url": "https://a.example/", "interval": 60});
        monitor.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(Format::UptimeKuma, &json!({ "monitorList": [monitor] }))
    };
    let old = monitor(json!({"basic_auth_user": "ana", "basic_auth_pass": "hunter2"}));
    assert!(
        text(&old).contains("basic = { user = \"ana\", password = \"${secret.password}\" }"),
        "{}",
        text(&old)
    );
    let oauth = json!({"authMethod": "oauth2-cc", "oauth_token_url": "https://b.example/", "oauth_client_id": "c",
        "oauth_client_secret": "hunter2", "oauth_auth_method": "client_secret_post", "oauth_audience": "https://c.example"});
    let post = monitor(oauth);
    for line in [
        "body_form.client_id = \"c\"",
        "body_form.client_secret = \"${secret.client_secret}\"",
        "body_form.audience = \"https://c.example\"",
    ] {
        assert!(text(&post).contains(line), "{line}: {}", text(&post));
    }
    assert!(!text(&post).contains("basic ="), "{}", text(&post));
    let mut all = String::new();
    for more in [
        json!({"authMethod": "oauth2-cc"}),
        json!({"authMethod": "oauth2-cc", "oauth_token_url": "https://b.example/", "oauth_auth_method": "private_key_jwt"}),
        json!({"authMethod": "bearer"}),
        json!({"headers": "[1]"}),
    ] {
        let found = monitor(more);
        assert_eq!(found.text, None);
        all += &losses(&found);
    }
    insta::assert_snapshot!(all, @r#"
    a: its authentication by `oauth2-cc` has no `oauth_token_url`
    a: its `oauth_auth_method` is `private_key_jwt`, which no check can do
    a: its authentication by `bearer` has no `bearer_token`
    a: its `headers` are no table of names and values
    "#);
}

#[test]
fn the_nearest_server_is_where_an_operation_is() {
    let of = |name: &str| json!([{ "url": format!("https://{name}.example") }]);
    let operation = json!({"responses": {"200": {}}});
    let mut own = operation.clone();
    own["servers"] = of("operation");
    let document = json!({
        "openapi": "3.0.0", "servers": of("root"),
        "paths": {"/a": {"get": operation, "servers": of("path"), "put": own}, "/b": {"get": operation}},
    });
    let found = read(Format::OpenApi, &document);
    for url in ["https://path.example/a", "https://operation.example/a", "https://root.example/b"] {
        assert!(text(&found).contains(&format!("url = \"{url}\"")), "{url}: {}", text(&found));
    }
}

#[test]
fn a_token_is_captured_wherever_a_later_request_has_it() {
    let entry = |method: &str, url: &str, body: Value, answer: Value| {
        json!({
            "request": {"method": method, "url": url, "postData": body},
            "response": {"status": 200, "content": {"text": answer.to_string()}},
        })
    };
    let id = "order-0123456789";
    let found = read(
        Format::Har,
        &json!({"log": {"entries": [
            entry("GET", "https://a.example/log-in", json!({}), json!({"token": "hunter2-token", "order": {"id": id}})),
            entry("GET", &format!("https://a.example/orders/{id}?token=hunter2-token&page=2"), json!({}), json!({})),
            entry("POST", "https://a.example/json", json!({"mimeType": "application/json", "text": json!({"order": id, "n": 1}).to_string()}), json!({})),
            entry("POST", "https://a.example/form", json!({"mimeType": "application/x-www-form-urlencoded", "text": format!("order={id}&a=1")}), json!({})),
        ]}}),
    );
    insta::assert_snapshot!(text(&found), @r#"
    # Made by a test of har.
    #
    # To do, or to know:
    # - 2: GET https://a.example/orders/order-0123456789: a value of its path is captured from an earlier answer, at `$.order.id`
    # - 2: GET https://a.example/orders/order-0123456789: a value of its parameter `token` is captured from an earlier answer, at `$.token`
    # - 3: POST https://a.example/json: a value of its JSON is captured from an earlier answer, at `$.order.id`
    # - 4: POST https://a.example/form: a value of its field `order` is captured from an earlier answer, at `$.order.id`
    # - the archive does not say how often: write `schedule`

    # a.example
    [http-check.a-example]

    [[http-check.a-example.request]]
    method = "GET"
    url = "https://a.example/log-in"
    status = "200"
    capture.id = "$.order.id"
    capture.token = "$.token"

    [[http-check.a-example.request]]
    method = "GET"
    url = "https://a.example/orders/${id}?token=${token}&page=2"
    status = "200"

    [[http-check.a-example.request]]
    method = "POST"
    url = "https://a.example/json"
    body_json = { order = "${id}", n = 1 }
    status = "200"

    [[http-check.a-example.request]]
    method = "POST"
    url = "https://a.example/form"
    body_form.order = "${id}"
    body_form.a = "1"
    status = "200"
    "#);
}

#[test]
fn a_file_has_a_bounded_size_whatever_it_is_made_of() {
    let monitor = |at: usize| {
        json!({"type": "http", "name": "same", "url": format!("https://a.example/{at}"), "interval": 60,
        "basic_auth_user": "ana", "basic_auth_pass": format!("hunter2-{at}")})
    };
    let monitors: Vec<Value> = (0..9_000).map(monitor).collect();
    let found = read(Format::UptimeKuma, &json!({ "monitorList": monitors }));
    assert_eq!((found.file.checks.len(), found.file.losses.len()), (5_000, 2_001));
    assert_eq!(found.file.losses[0].why, "a file has at most 5000 checks: import the rest into another one");
    assert_eq!(
        found.file.losses[2_000].why,
        "2000 more are not carried over: import the source in parts to have each listed"
    );
    let mut call = format!("curl -d '{}'", "x".repeat(100_000));
    for at in 0..500 {
        write!(call, " https://a.example/{at}").unwrap();
    }
    let found = curl(&call);
    assert!(text(&found).len() < 5 << 20, "{}", text(&found).len());
    assert!(losses(&found).contains("the file's checks would have more than 4.0 MiB"), "{}", losses(&found));
    let many: Vec<String> = (0..10_000).map(|at| format!("a{at}=1")).collect();
    let many = many.join("&");
    assert!(curl(&format!("curl https://a.example/ -d '{many}'")).text.is_some());
    let open = curl(&format!(
        "curl https://a.example/ -H 'content-type: text/plain' -d '{}'",
        "${env.".repeat(100_000)
    ));
    assert!(open.text.is_some());
}
