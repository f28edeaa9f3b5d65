//! A secret reaches its target and nobody else: not the journey, not the reports.

use wayfarer_tests::support::server::{Answer, Asked, Web, http, https, text};
use wayfarer_tests::support::{Authority, Case, Ended};

/// With characters that every place writes in its own way.
const VALUE: &str = "s3cr3t/+ \"&=w0rd";
/// Its forms: as in JSON, in a query and in a form.
const WRITTEN: [&str; 5] =
    [VALUE, "s3cr3t/+ \\\"&=w0rd", "s3cr3t%2F%2B%20%22%26%3Dw0rd", "s3cr3t%2F%2B+%22%26%3Dw0rd", "s3cr3t"];
/// `ana:` and the value in base64, as in basic authentication, and the value alone.
const BASE64: [&str; 2] = ["YW5hOnMzY3IzdC8rICImPXcwcmQ=", "czNjcjN0LysgIiY9dzByZA=="];

/// Where the journeys put it.
const PLACES: &str =
    "header = ['x-api-key', 'authorization']\nbasic = true\nquery = 'key'\njson = '$.key'\nform = 'key'\n";

/// Says back all that it is told.
fn echo(asked: &Asked) -> Answer {
    let Asked { method, target, headers, body, .. } = asked;
    let headers = headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    let headers = headers.collect::<Vec<_>>().join("\n");
    let mut answer = text(format!("{method} {target}\n{headers}\n\n{}", String::from_utf8_lossy(body)));
    if let Some(key) = asked.headers.get("x-api-key") {
        answer.headers_mut().insert("x-echo", key.clone());
    }
    answer
}

fn parrot() -> Web {
    http(echo)
}

/// A journey with the secret, and `table` in its `[secrets.password]`. Everything is told and logged.
fn with_secret(journey: &str, target: &Web, table: &str) -> Ended {
    case(journey, target, &format!("[secrets.password]\nenv = 'SHOP_PASSWORD'\n{PLACES}{table}\n")).run()
}

fn case(journey: &str, target: &Web, toml: &str) -> Case {
    let case = Case::odd(journey).url(&target.url());
    let case = case.toml(&format!("[network]\nallow = ['{}']\n{toml}", target.place()));
    case.env("SHOP_PASSWORD", VALUE).argument("-vvv")
}

#[track_caller]
fn is_nowhere(ended: &Ended) {
    for written in WRITTEN.into_iter().chain(BASE64) {
        ended.nowhere(written);
    }
}

#[test]
fn a_secret_arrives_in_every_place_and_shows_in_none() {
    let target = parrot();
    let ended = with_secret("sends-a-secret", &target, "plaintext = true");
    // The echo is not empty, which the journey notes; it shows that something came back.
    ended.is(0, "degraded", "soft-check");
    is_nowhere(&ended);

    let asked = target.asked();
    let header = |place: usize, name: &str| asked[place].headers[name].to_str().unwrap().to_owned();
    assert_eq!(header(0, "x-api-key"), VALUE);
    assert_eq!(header(1, "authorization"), format!("Bearer {VALUE}"));
    assert_eq!(header(2, "authorization"), format!("Basic {}", BASE64[0]));
    assert_eq!(asked[3].target, "/query?key=s3cr3t%2F%2B%20%22%26%3Dw0rd");
    assert_eq!(asked[4].body, r#"{"key":"s3cr3t/+ \"&=w0rd"}"#);
    assert_eq!(asked[5].body, "key=s3cr3t%2F%2B+%22%26%3Dw0rd");
    // So every form was in what came back, and its absence from the reports means something.
    let echo = ended.requests();
    assert!(echo.iter().all(|request| request["received_bytes"].as_u64() > Some(80)), "{ended}");
}

#[test]
fn over_http_2_a_secret_shows_as_little() {
    let authority = Authority::new();
    let target = https(authority.leaf("127.0.0.1").server(&["h2"]), echo);
    let toml = format!("tls.ca = ['ca.pem']\n[secrets.password]\nenv = 'SHOP_PASSWORD'\n{PLACES}");
    let ended = case("sends-a-secret", &target, &toml).file("ca.pem", authority.pem()).run();
    ended.is(0, "degraded", "soft-check");
    assert_eq!(target.asked()[0].headers["x-api-key"], VALUE, "{ended}");
    assert_eq!(ended.requests()[0]["protocol"], "HTTP/2", "{ended}");
    is_nowhere(&ended);
}

#[test]
fn a_failure_that_quotes_the_target_does_not_quote_the_secret() {
    let target = parrot();
    let ended = with_secret("shows-a-secret", &target, "plaintext = true");
    ended.is(1, "failed", "check").shows("the target said POST /json");
    assert!(String::from_utf8_lossy(&target.asked()[0].body).contains("s3cr3t"), "{ended}");
    is_nowhere(&ended);
}

#[test]
fn a_secret_goes_to_its_own_hosts_only() {
    let target = parrot();
    let ended = with_secret("shows-a-secret", &target, "hosts = ['bank.example']\nplaintext = true");
    let place = target.place();
    ended.is(3, "broken", "denied");
    ended.shows(&format!(
        "secret `password` is not for host `{place}`: add \"{place}\" to secrets.password.hosts"
    ));
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");
    is_nowhere(&ended);
}

#[test]
fn a_secret_goes_over_tls_unless_it_may_go_without() {
    let target = parrot();
    let ended = with_secret("shows-a-secret", &target, "");
    ended.is(3, "broken", "denied").shows("use https, or set secrets.password.plaintext = true");
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");
}

#[test]
fn a_secret_goes_to_declared_places_only() {
    let target = parrot();
    let toml = "[secrets.password]\nenv = 'SHOP_PASSWORD'\nplaintext = true\n";
    let ended = case("sends-a-secret", &target, toml).run();
    ended.is(3, "broken", "denied");
    ended.shows("secret `password` may not stand in the header `x-api-key`: add header = \"x-api-key\" to secrets.password");
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");
    is_nowhere(&ended);
}

#[test]
fn an_entry_may_let_the_journey_have_the_value_and_the_log_says_so() {
    let ended = with_secret("reveals-a-secret", &parrot(), "reveal = true");
    ended.is(3, "broken", "no-answer").shows("it is [secret password]");
    ended.shows("the journey had the value of the secret `password` revealed");
    is_nowhere(&ended);
}

#[test]
fn a_sealed_secret_is_not_revealed() {
    let ended = with_secret("reveals-a-secret", &parrot(), "plaintext = true");
    ended.is(3, "broken", "parameter").shows("secret `password` is sealed");
    is_nowhere(&ended);
}

#[test]
fn a_secret_without_a_source_is_a_mistake_in_the_configuration() {
    let target = parrot();
    let ended = Case::odd("shows-a-secret").target(&target).run();
    ended.exits(2).complains("the secret `password` is not configured").complains("[secrets.password]");
    let toml = "[secrets.password]\nenv = 'SHOP_PASSWORD'\n";
    let ended = Case::odd("shows-a-secret").target(&target).toml(toml).run();
    ended.exits(2).complains("`SHOP_PASSWORD`, which is not set: set it");
}
