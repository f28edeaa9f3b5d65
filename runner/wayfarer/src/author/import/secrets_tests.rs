//! No secret of a source is in what is written or said, in whatever form the source has it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use super::tests::refusal;
use super::{Extras, Format, import};
use crate::author::check_file::{DraftFile, Readable, readable};

/// What no text may have. It has no form by which it could be known.
const SECRET: &str = "hunter2";

fn environment() -> BTreeMap<String, String> {
    [
        ("WEBHOOK_TOKEN", "hunter2"),
        ("CREDS", "ana:hunter2"),
        ("API_KEY", "hunter2"),
        ("THEME", "dark"),
        ("NAME", "ana"),
        ("DB_URL", "https://ana:hunter2@db.example/"),
        ("env", "small"),
        ("ENV", "large"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn read(format: Format, text: &str, targets: &[&str]) -> Option<Readable> {
    let mut file = DraftFile::new(environment());
    let extras = Extras {
        targets: targets.iter().map(|target| (*target).to_owned()).collect(),
        target_files: Vec::new(),
    };
    import(Some(format), text, &extras, &mut file).ok()?;
    Some(readable(file, "Made by a test.", refusal).unwrap())
}

/// All that people see of an import.
fn seen(read: &Readable) -> String {
    let losses: Vec<String> =
        read.file.losses.iter().map(|loss| format!("lost: {}: {}", loss.item, loss.why)).collect();
    format!(
        "{}\n{}\n{}",
        read.text.as_deref().unwrap_or_default(),
        losses.join("\n"),
        read.file.notes.join("\n")
    )
}

fn curl(line: &str) -> Readable {
    read(Format::Curl, line, &[]).unwrap()
}

/// The text of the only check, without what people have to know.
fn check(line: &str) -> String {
    let read = curl(line);
    let text = read.text.unwrap_or_else(|| panic!("{line}: {:?}", read.file.losses));
    text.split_once("[http-check.").unwrap().1.split_once('\n').unwrap().1.to_owned()
}

/// Why the call is refused as a whole.
fn loss(line: &str) -> String {
    let read = curl(line);
    assert_eq!(read.text, None, "{line}");
    assert!(!seen(&read).contains(SECRET), "{line}\n{}", seen(&read));
    read.file.losses[0].why.clone()
}

#[test]
fn no_form_of_a_call_writes_its_secret() {
    for call in [
        // Bodies, whatever their type says
        r#"curl https://a.example/login -d '{"user":"ana","password":"hunter2"}'"#,
        "curl https://a.example/ -d 'a=1&a=2&password=hunter2'",
        "curl https://a.example/ -d 'password=hunter2&remember'",
        "curl https://a.example/ -d 'user[password]=hunter2'",
        "curl https://a.example/ -d 'user%5Bpassword%5D=hunter2&x'",
        "curl https://a.example/ -d '<login><password>hunter2</password></login>'",
        "curl https://a.example/ -H 'content-type: text/plain;charset=UTF-8' -d '{\"token\":\"hunter2\"}'",
        "curl https://a.example/ -H 'content-type: text/xml' -d '<a><b:Password x=\"1\">hunter2</b:Password></a>'",
        "curl https://a.example/ -H 'content-type: application/graphql' -d 'mutation { login(password: \"hunter2\") }'",
        "curl https://a.example/ --json '{\"query\":\"mutation { login(password: \\\"hunter2\\\") }\"}'",
        "curl https://a.example/ --json '{\"auth\":{\"value\":\"hunter2\"}}'",
        "curl https://a.example/ --json '{\"pin\":\"hunter2\",\"passcode\":[\"hunter2\"]}'",
        "curl https://a.example/ --json '{\"a\":\"{\\\"password\\\":\\\"hunter2\\\"}\"}'",
        "curl https://a.example/ --json '[{\"password\":\"hunter2\"}]'",
        "curl https://a.example/ --json '{\"password\":\"hunter2\",\"n\":'$N'}'",
        "curl https://a.example/ -d 'db_pass=hunter2&passcode=hunter2'",
        "curl https://a.example/ --data-urlencode 'password=hunter2' -d x",
        "curl https://a.example/ --data-raw 'a: 1\npassword: hunter2'",
        // Credentials
        "curl https://a.example/ -u ana:hunter2",
        "curl https://a.example/ -u hunter2:",
        "curl https://a.example/ -u hunter2:hunter2",
        "curl https://a.example/ -u hunter2",
        "curl https://a.example/ --user=ana:hunter2",
        "curl https://hunter2@a.example/",
        "curl https://ana:hunter2@a.example/",
        "curl 'https://ana:hunter2#x@a.example/'",
        "curl https://a.example/ -H 'Authorization: hunter2 x'",
        "curl https://a.example/ -H 'Authorization: Basic aHVudGVyMjpodW50ZXIy'",
        "curl https://a.example/ -H 'Authorization: Token token=hunter2'",
        "curl https://a.example/ -x http://hunter2@proxy.example:3128",
        "curl https://a.example/ -x http://ana:hunter2@proxy.example:3128",
        "curl https://a.example/ -x 'http://proxy.example:3128/?token=hunter2'",
        // Variables
        "curl https://a.example/hook/$WEBHOOK_TOKEN",
        "curl -u \"$CREDS\" https://a.example/",
        "curl -u \"$CREDS:\" https://a.example/",
        "curl -u \"$NAME:hunter2\" https://a.example/",
        "curl $DB_URL",
        "curl https://a.example/$DB_URL",
        "curl https://a.example/ -A $API_KEY -e $DB_URL",
        "curl https://a.example/ -d \"a $API_KEY\" -H 'content-type: text/plain'",
        "curl https://a.example/ -b \"session=hunter2; theme=$THEME\"",
        "curl https://a.example/ -b \"hunter2; theme=$THEME\"",
        "curl https://a.example/ -H \"x-token: hunter2$THEME\"",
        "curl https://a.example/ -H \"x-token: hunter2 $THEME\"",
        "curl \"https://a.example/?token=hunter2$THEME\"",
        // Names
        "curl -H 'X-Auth-Key: hunter2' -H 'Ocp-Apim-Subscription-Key: hunter2' 'https://b.example/?user_pass=hunter2&pw=hunter2&code=hunter2'",
        "curl 'https://a.example/?to%6Ben=hunter2&token=hunter2&token=hunter2'",
        "curl 'https://a.example/?client[secret]=hunter2'",
        "curl https://a.example/ -b 'sid=hunter2; PHPSESSID=hunter2'",
        // URLs in values, and paths
        "curl https://a.example/ -e 'https://b.example/?token=hunter2'",
        "curl 'https://a.example/?next=https://ana:hunter2@c.example/'",
        "curl 'https://a.example/?next=https%3A%2F%2Fana%3Ahunter2%40c.example%2F'",
        "curl 'https://a.example/?next=%2Fcb%3Fcode%3Dhunter2'",
        "curl https://a.example/ -H 'x-callback: https://ana:hunter2@c.example/'",
        "curl https://a.example/ -d 'next=https://c.example/?token=hunter2'",
        "curl 'https://a.example/x;token=hunter2'",
        "curl https://hooks.slack.com/services/T0AB12CD3/B0EF45GH6/hunter2",
        "curl https://api.telegram.org/bothunter2/getMe",
        // The same value at another place
        "curl https://a.example/hunter2 -u ana:hunter2",
        "curl https://a.example/ -u ana:hunter2 -H 'x-note: hunter2'",
        // What is lost
        "curl --usr=hunter2 https://a.example/",
        "curl --digest -u ana:hunter2 https://a.example/",
        "curl -F password=hunter2 https://a.example/",
        "curl https://a.example/ | grep hunter2",
        "curl $(pass hunter2) https://a.example/",
        "PASSWORD=hunter2 curl https://a.example/",
    ] {
        let read = curl(call);
        let text = seen(&read);
        assert!(!text.contains(SECRET), "{call}\n{text}");
        assert!(read.text.is_some() || !read.file.losses.is_empty(), "{call} is lost in silence");
    }
}

#[test]
fn a_request_with_a_secret_is_sent_as_what_the_runner_can_fill() {
    insta::assert_snapshot!(check(r#"curl https://a.example/login -d '{"user":"ana","password":"hunter2"}'"#), @r#"
    method = "POST"
    url = "https://a.example/login"
    body_json = { user = "ana", password = "${secret.password}" }
    follow = 0
    "#);
    insta::assert_snapshot!(check("curl https://a.example/ -d 'a=1&a=2&password=hunter2&b'"), @r#"
    method = "POST"
    url = "https://a.example/"
    headers.content-type = "application/x-www-form-urlencoded"
    body = "a=1&a=2&password=${secret.password}&b"
    follow = 0
    "#);
    insta::assert_snapshot!(check("curl 'https://a.example/?a=1&token=hunter2&b' -u sk_test_4eC39HqLyjWDarjtT1zdp7dc:"), @r#"
    url = "https://a.example/?a=1&token=${secret.token}&b"
    basic = { user = "${secret.key}", password = "" }
    follow = 0
    "#);
    insta::assert_snapshot!(check("curl https://a.example/ -b \"session=hunter2; theme=$THEME\" -H \"x-token: Bearer $API_KEY\""), @r#"
    url = "https://a.example/"
    headers.cookie = "session=${secret.session}; theme=${secret.theme}"
    headers.x-token = "Bearer ${secret.api_key}"
    follow = 0
    "#);
    insta::assert_snapshot!(check("curl -u \"$NAME:$API_KEY\" \"https://a.example/$env/$ENV\""), @r#"
    url = "https://a.example/${param.env}/${param.env_2}"
    basic = { user = "${param.name}", password = "${secret.api_key}" }
    follow = 0
    "#);
    insta::assert_snapshot!(check(r"curl https://a.example/ -d \${run.id}"), @r#"
    method = "POST"
    url = "https://a.example/"
    headers.content-type = "application/x-www-form-urlencoded"
    body = "$${run.id}"
    follow = 0
    "#);
    insta::assert_snapshot!(check("curl -G -d a=1 'https://a.example/#frag' 2>/dev/null"), @r#"
    url = "https://a.example/?a=1"
    follow = 0
    "#);
}

#[test]
fn cookies_of_several_headers_are_secrets_and_none_is_lost() {
    insta::assert_snapshot!(check("curl https://a.example/ -b theme=dark -H 'cookie: lang=en' -b session=hunter2"), @r#"
    url = "https://a.example/"
    headers.cookie = ["${secret.cookie}", "${secret.a_example_cookie}", "${secret.a_example_cookie_2}"]
    follow = 0
    "#);
    let headers = json!([{"name": "Cookie", "value": "theme=dark"}, {"name": "cookie", "value": "lang=en"}]);
    let request = json!({"method": "GET", "url": "https://a.example/", "headers": headers});
    let document = json!({"log": {"entries": [{"request": request, "response": {"status": 200}}]}});
    let text = read(Format::Har, &document.to_string(), &[]).unwrap().text.unwrap();
    insta::assert_snapshot!(text, @r#"
    # Made by a test.
    #
    # To do, or to know:
    # - 1: GET https://a.example/: its cookies were there before the recording: they are a secret now, and end when their session does
    # - the archive does not say how often: write `schedule`
    # - values of secrets are not in the file: set `COOKIE`, `N_1_GET_HTTPS_A_EXAMPLE_COOKIE` in the environment or in `.env`

    [secrets.cookie]
    env = "COOKIE"
    hosts = ["a.example"]
    header = ["cookie"]

    [secrets.n_1_get_https_a_example_cookie]
    env = "N_1_GET_HTTPS_A_EXAMPLE_COOKIE"
    hosts = ["a.example"]
    header = ["cookie"]

    # a.example
    [http-check.a-example]
    method = "GET"
    url = "https://a.example/"
    headers.cookie = ["${secret.cookie}", "${secret.n_1_get_https_a_example_cookie}"]
    status = "200"
    "#);
}

#[test]
fn a_request_that_the_runner_cannot_fill_is_refused_with_what_to_do() {
    insta::assert_snapshot!(loss("curl https://a.example/ -d '<a><password>hunter2</password></a>'"), @"its body holds what looks like a secret (`password`): a secret can stand in a body only as a field of a form or of JSON");
    insta::assert_snapshot!(loss("curl https://a.example/ --json '{\"session\":12345}'"), @"`session` of its JSON is a number, and by its name a secret, which the runner puts in only as text: write it as text if the service reads that, or leave it out");
    insta::assert_snapshot!(loss("curl https://hooks.slack.com/services/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"), @"the path of its URL holds what looks like a secret, which everyone who logs URLs would read: a secret can stand in a header, in basic authentication, or in a field of the query or body");
    insta::assert_snapshot!(loss("curl https://a.example/hook/$WEBHOOK_TOKEN"), @"the variable `WEBHOOK_TOKEN` is a secret by its name or its value, and stands where the runner puts none: a secret can stand in a header, in basic authentication, or in a field of the query or body");
    insta::assert_snapshot!(loss("curl -H \"x-token: hunter2$THEME\" https://a.example/"), @"its `x-token` is a secret of which one part is written out and another is a placeholder: put the whole value into one variable");
    insta::assert_snapshot!(loss("curl https://a.example/ -u ana:hunter2 -H 'x-note: hunter2'"), @"the value of one of its secrets stands in its requests, too, where the runner puts none: write another value there");
    insta::assert_snapshot!(loss("curl https://a.example/ -d \"a\\$$THEME\""), @"`$` stands right before a variable in it: put both into one variable");
}

#[test]
fn no_form_of_other_files_writes_its_secret() {
    let gatus = |endpoint: serde_json::Value| (Format::Gatus, json!({ "endpoints": [endpoint] }));
    let kuma = |monitor: serde_json::Value| (Format::UptimeKuma, json!({ "monitorList": [monitor] }));
    let blackbox = |http: serde_json::Value| {
        (Format::Blackbox, json!({"modules": {"a": {"prober": "http", "http": http}}}))
    };
    let har = |request: serde_json::Value| {
        (Format::Har, json!({"log": {"entries": [{"request": request, "response": {"status": 200}}]}}))
    };
    let url = "https://a.example/";
    for (format, document) in [
        gatus(json!({"name": "a", "url": url, "method": "POST", "body": "{\"password\":\"hunter2\"}"})),
        gatus(json!({"name": "a", "url": url, "conditions": ["[BODY].key == ${API_KEY}"]})),
        gatus(
            json!({"name": "a", "url": url, "conditions": ["[BODY].password == hunter2", "[BODY] == pat(*token=hunter2*)"]}),
        ),
        gatus(json!({"name": "https://ana:hunter2@b.example/", "group": "token=hunter2", "url": url})),
        gatus(json!({"name": "a", "url": "icmp://ana:hunter2@b.example?token=hunter2"})),
        gatus(
            json!({"name": "a", "url": url, "client": {"oauth2": {"token-url": "https://ana:hunter2@b.example/?token=hunter2", "client-id": "x", "client-secret": "hunter2"}}}),
        ),
        gatus(json!({"name": "a", "url": url, "client": {"proxy-url": "http://hunter2@b.example"}})),
        blackbox(json!({"body": "{\"password\":\"hunter2\"}"})),
        blackbox(json!({"fail_if_body_not_matches_regexp": ["token=hunter2"]})),
        blackbox(json!({"fail_if_header_not_matches": [{"header": "x", "regexp": "token=hunter2"}]})),
        blackbox(json!({"headers": {"X-Auth-Key": "hunter2"}, "basic_auth": {"username": "hunter2"}})),
        blackbox(json!({"http_headers": {"X": {"secrets": ["hunter2"]}}})),
        kuma(
            json!({"type": "http", "name": "a", "url": url, "httpBodyEncoding": "xml", "body": "<password>hunter2</password>"}),
        ),
        kuma(
            json!({"type": "http", "name": "a", "url": url, "httpBodyEncoding": "form", "body": "password=hunter2&x"}),
        ),
        kuma(json!({"type": "keyword", "name": "a", "url": url, "keyword": "token=hunter2"})),
        kuma(
            json!({"type": "json-query", "name": "a", "url": url, "jsonPath": "password", "expectedValue": "hunter2"}),
        ),
        kuma(
            json!({"type": "http", "name": "a", "url": url, "basic_auth_user": "ana", "basic_auth_pass": "hunter2"}),
        ),
        kuma(
            json!({"type": "http", "name": "a", "url": url, "tags": [{"name": "token", "value": "x=hunter2;token=hunter2"}]}),
        ),
        kuma(
            json!({"type": "http", "name": "a", "url": url, "authMethod": "oauth2-cc", "oauth_token_url": url, "oauth_client_id": "ana", "oauth_client_secret": "hunter2", "oauth_auth_method": "client_secret_post", "oauth_audience": "https://b.example"}),
        ),
        har(
            json!({"method": "POST", "url": url, "postData": {"mimeType": "text/plain;charset=UTF-8", "text": "{\"pin\":\"hunter2\"}"}}),
        ),
        har(
            json!({"method": "POST", "url": url, "postData": {"mimeType": "", "params": [{"name": "passcode", "value": "hunter2"}]}}),
        ),
        har(json!({"method": "GET", "url": "https://hooks.slack.com/services/hunter2"})),
        har(
            json!({"method": "GET", "url": "https://a.example/?token=hunter2", "headers": [{"name": "Cookie", "value": "a=hunter2"}]}),
        ),
    ] {
        let target = "http://ana:hunter2@shop.example/x?token=hunter2";
        let targets: &[&str] = if format == Format::Blackbox { &[target] } else { &[] };
        let read = read(format, &document.to_string(), targets).unwrap();
        let text = seen(&read);
        assert!(!text.contains(SECRET), "{document}\n{text}");
        assert!(read.text.is_some() || !read.file.losses.is_empty(), "{document} is lost in silence");
    }
}

/// A secret in one of many forms, at one of many places.
fn call() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "password",
        "Token",
        "api_key",
        "X-Auth-Key",
        "userPass",
        "db_pwd",
        "pin",
        "clientSecret",
        "sid",
        "PHPSESSID",
    ]);
    let around =
        prop::sample::select(vec!["", "a", "x=1&", "a b", "${", "$", "%20", "é", "\"", ";", "[", "</a>"]);
    (name, around.clone(), around, 0..14_usize).prop_map(|(name, before, after, place)| {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
        let json = |value: serde_json::Value| value.to_string();
        let body = |text: &str| format!("curl https://a.example/ -d {}", quoted(text));
        match place {
            0 => body(&format!("{before}&{name}={SECRET}&{after}")),
            1 => body(&json(json!({ name: SECRET, "note": before }))),
            2 => body(&json(json!({ "list": [{ name: { "value": SECRET } }], after: 1 }))),
            3 => body(&json(json!({ "text": json(json!({ name: SECRET })) }))),
            4 => body(&format!("{before}<{name}>{SECRET}</{name}>{after}")),
            5 => body(&format!("<x {name}=\"{SECRET}\">{before}</x>")),
            6 => body(&format!("{before} {name}: \"{SECRET}\" {after}")),
            7 => format!("curl {}", quoted(&format!("https://a.example/?{before}&{name}={SECRET}&{after}"))),
            8 => format!("curl {}", quoted(&format!("https://a.example/x;{name}={SECRET}/{after}"))),
            9 => format!("curl https://a.example/ -H {}", quoted(&format!("{name}: {SECRET}"))),
            10 => format!("curl https://a.example/ -H {}", quoted(&format!("x-a: {before}?{name}={SECRET}"))),
            11 => format!("curl https://a.example/ -b {}", quoted(&format!("{name}={SECRET}; {after}"))),
            12 => format!("curl https://a.example/ -b {}\"; b=$THEME\"", quoted(&format!("{name}={SECRET}"))),
            _ => format!("curl {}", quoted(&format!("https://{name}:{SECRET}@a.example/{after}"))),
        }
    })
}

#[test]
fn no_secret_is_written_whatever_is_around_it() {
    let cases = if wayfarer_testkit::is_in_full() { 20_000 } else { 1_500 };
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { cases, failure_persistence: None, ..Config::default() }, seeded);
    let held = runner.run(&call(), |call| {
        let Some(read) = read(Format::Curl, &call, &[]) else { return Ok(()) };
        prop_assert!(!seen(&read).contains(SECRET), "{}", seen(&read));
        Ok(())
    });
    held.unwrap();
}
