//! Checks without code from elsewhere: from the files of other tools, from the flags of `http-check`, and on to code.

use wayfarer_tests::support::server::{Asked, Web, http, status, text};
use wayfarer_tests::support::{Case, Ended, case};

/// Runs the binary several times in one folder: `"$0"` in the script, with `"$@"` behind its arguments.
fn script(script: &str) -> Case {
    case::<&str>([]).in_script(script)
}

fn is_ana(body: &[u8]) -> bool {
    let read: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    read == Some(serde_json::json!({"user": "ana", "password": "correct-horse"}))
}

/// A target that is logged into.
fn api() -> Web {
    fn answer(asked: &Asked) -> (u16, &'static str) {
        let is_authorised =
            asked.headers.get("authorization").is_some_and(|value| value == "Bearer t-0123456789");
        match (asked.method.as_str(), asked.target.as_str()) {
            ("POST", "/login") if is_ana(&asked.body) => {
                (200, r#"{"token": "t-0123456789", "user": {"id": 7, "roles": ["a", "b"]}}"#)
            }
            ("GET", "/me?full=1") if is_authorised => (200, r#"{"name": "ana", "age": 40}"#),
            ("GET", "/") => (200, "hello"),
            _ => (404, "no"),
        }
    }
    http(|asked| {
        let (code, body) = answer(asked);
        let mut answer = status(code, body);
        answer.headers_mut().insert("content-type", "application/json".parse().unwrap());
        answer
    })
}

#[test]
fn calls_of_curl_become_checks_that_pass() {
    let api = api();
    let url = api.url();
    let calls = format!(
        "curl -sS {url}/\ncurl {url}/login --json '{{\"user\":\"ana\",\"password\":\"correct-horse\"}}' | jq .\ncurl -F a=@b {url}/photo\n"
    );
    let ended = script("\"$0\" import calls.sh \"$@\" && cat checks.toml && \"$0\" test -C . -j 1 \"$@\"")
        .file("calls.sh", calls)
        .env("PASSWORD", "correct-horse")
        .run();
    ended.exits(0).shows("2 passed").shows("${secret.password}").shows("plaintext = true");
    ended
        .complains("not carried over: line 3: no check can do what `--form` says")
        .complains("2 checks of calls.sh");
    ended.complains("set `PASSWORD`");
    assert!(!ended.stdout.contains("correct-horse"), "{ended}");
    assert_eq!(api.asked().len(), 2, "{ended}");
}

#[test]
fn what_is_malformed_or_empty_or_there_already_is_refused() {
    let run = |arguments: &[&str], name: &str, content: &str| -> Ended {
        case(arguments.iter().copied()).file(name, content).file("there.toml", "# mine\n").run()
    };
    run(&["import", "config.yaml"], "config.yaml", "endpoints:\n  - name: [\n")
        .exits(2)
        .complains("config.yaml:");
    let ended = run(
        &["import", "config.yaml"],
        "config.yaml",
        "endpoints:\n  - {name: a, url: \"icmp://a.example\"}\n",
    );
    ended.exits(2).complains("not carried over: a: ").complains("nothing of it could be carried over");
    let gatus = "endpoints:\n  - {name: a, url: \"https://a.example\", conditions: [\"[STATUS] == 200\"]}\n";
    run(&["import", "config.yaml", "-o", "there.toml"], "config.yaml", gatus)
        .exits(2)
        .complains("there.toml exists: overwrite it with `--force`");
    run(&["import", "config.yaml", "-o", "there.toml", "--force"], "config.yaml", gatus).exits(0);
    // Another name for the old content keeps it: the file was replaced, never written over.
    script("ln there.toml before.toml && \"$0\" import config.yaml -o there.toml --force \"$@\" && cat before.toml there.toml")
        .file("config.yaml", gatus)
        .file("there.toml", "# mine\n")
        .run()
        .exits(0)
        .shows("# mine\n")
        .shows("[http-check.a]");
    run(&["import", "config.yaml", "-o", "-"], "config.yaml", gatus).exits(0).shows("[http-check.a]");
    run(&["import", "gatsu", "config.yaml"], "config.yaml", gatus)
        .exits(2)
        .complains("did you mean `gatus`?");
    run(&["import", "notes.txt"], "notes.txt", "hello")
        .exits(2)
        .complains("is no file that `wayfarer import` knows");
    run(&["import", "blackbox", "b.yml"], "b.yml", "modules: {a: {prober: http}}")
        .exits(2)
        .complains("--target URL");
}

#[test]
fn a_check_of_the_command_line_is_saved_behind_what_is_there() {
    let api = api();
    let me = format!("{}/me?full=1", api.url());
    let saved = format!(
        "\"$0\" http-check {me} -H 'Authorization: Bearer t-0123456789' --json-path '$.age >= 18' --save me --schedule 'every 5m' \"$@\" && \
         cat checks.toml && \"$0\" test -C . \"$@\""
    );
    let before = format!("# mine\n[http-check.home] # front\nurl = \"{}/\"\n", api.url());
    let ended = script(&saved).file("checks.toml", before).env("TOKEN", "t-0123456789").run();
    ended
        .exits(0)
        .shows("# mine\n[http-check.home] # front")
        .shows("[http-check.me]")
        .shows("bearer = \"${secret.token}\"");
    ended
        .shows("schedule = \"every 5m\"")
        .shows("2 passed")
        .complains("saved `me` in checks.toml")
        .complains("set `TOKEN`");
    let again = script("\"$0\" http-check http://127.0.0.1:1/ --save home \"$@\"")
        .file("checks.toml", "[http-check.home]\nurl = \"http://a.example/\"\n");
    again.run().exits(2).complains("has a check `home` already");
}

#[test]
fn a_check_says_status_address_and_protocol_and_with_v_heads_and_bodies() {
    let target = http(|_| text("hello, visitor"));
    let url = target.url();
    let ended = case(["http-check", &url]).run();
    ended.exits(0).shows(&format!("200 {url}/ ")).shows(&format!("{} · HTTP/1.1", target.place()));
    assert!(!ended.stdout.contains("hello, visitor"), "{ended}");
    // A body is kept if a rule reads it.
    let full = case(["http-check", &url, "-v", "--contains", "hello", "-H", "X-A: 1", "-H", "X-A: 2"]).run();
    full.exits(0)
        .shows("hello, visitor")
        .shows("> x-a: 1")
        .shows("> x-a: 2")
        .shows("< content-type: text/plain");
    let asked = target.asked().pop().unwrap();
    let sent: Vec<_> = asked.headers.get_all("x-a").iter().collect();
    assert_eq!(sent, ["1", "2"]);
}

#[test]
fn what_curl_would_send_otherwise_is_not_sent() {
    let target = http(|_| text("hello"));
    let url = target.url();
    let refused = |arguments: &[&str]| case([&["http-check", url.as_str()], arguments].concat()).run();
    refused(&["-H", "Accept:"]).exits(2).complains("write `Accept;`");
    refused(&["--body", "{}"]).exits(2).complains("--json-body");
    refused(&["--body", "@no-such"]).exits(2).complains("cannot read the body no-such");
    assert!(target.asked().is_empty());
    refused(&["--body", "a=1", "-H", "Host: other.example"]).exits(0);
    let asked = target.asked().pop().unwrap();
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.headers["host"], "other.example");
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
}

#[test]
fn a_check_becomes_code_that_compiles_and_passes() {
    let api = api();
    let checks = format!(
        r#"
        [params]
        base-url = "{url}"
        [secrets.password]
        env = "SHOP_PASSWORD"
        hosts = ["{place}"]
        plaintext = true
        json = "$.password"
        [network]
        allow = ["{place}"]
        [http-check.buy]
        schedule = "every 5m"
        tags = ["shop"]
        timeout = "20s"
        grace = "30s"
        [[http-check.buy.request]]
        name = "log in"
        url = "${{param.base-url}}/login"
        body_json = {{ user = "ana", password = "${{secret.password}}" }}
        status = "200-299, 304"
        contains = "token"
        not_contains = ["error"]
        matches = '"id": [0-9]+'
        not_matches = "(?i)fatal"
        header_rules = ["content-type contains JSON", "content-type matches ^app", "x-none absent", "content-type != text/html"]
        json_path = ["$.user.id == 7", "$.user.id < 8", "$.user.roles length == 2", "$.user.roles contains b", "$.none absent", "$.token matches ^t-",
            "$.user.id is integer", "$.user.roles[*] exists", "$.token != x"]
        max_latency = "10s"
        capture = {{ token = "$.token", kind = "header:content-type", number = 'regex:"id": ([0-9]+)' }}
        [[http-check.buy.request]]
        url = "${{param.base-url}}/me"
        query = {{ full = "1" }}
        bearer = "${{token}}"
        headers = {{ x-kind = "${{kind}} ${{number}} ${{run.id}}" }}
        json_path = "$.name == ana"
        follow = 0
        connect_timeout = "2s"
        "#,
        url = api.url(),
        place = api.place()
    );
    let ended = script("\"$0\" new walk --from-check buy checks.toml \"$@\" && cat walk/src/lib.rs walk/journey.toml && cd walk && \"$0\" test \"$@\"")
        .file("checks.toml", checks)
        .env("SHOP_PASSWORD", "correct-horse")
        .run();
    ended.exits(0).shows("1 passed").shows("#[journey(name = \"buy\"").shows("grace = \"30s\"");
    let asked = api.asked();
    assert_eq!(asked.len(), 2, "{ended}");
    assert!(asked[1].headers["x-kind"].to_str().unwrap().starts_with("application/json 7 "), "{ended}");
    let unknown = script("\"$0\" new walk --from-check by checks.toml \"$@\"")
        .file("checks.toml", "[http-check.buy]\nurl = \"http://a.example/\"\n");
    unknown.run().exits(2).complains("has no check `by`: did you mean `buy`?");
}
