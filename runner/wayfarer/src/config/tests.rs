//! The errors of a wrong `journey.toml`, and a file with every key.

use std::path::Path;

use super::{JourneyToml, parse};

fn error(text: &str) -> String {
    parse::parse::<JourneyToml>(Path::new("journey.toml"), text).unwrap_err().to_string()
}

#[test]
fn an_unknown_key_names_its_nearest_neighbour_and_its_line() {
    insta::assert_snapshot!(error("[network]\nalow = []"), @"journey.toml:2:1: unknown key `alow`: did you mean `allow`?");
    insta::assert_snapshot!(error("[params]\na = 1\n\n[netwrok]\nallow = []"), @"journey.toml:4:2: unknown key `netwrok`: did you mean `network`?");
    insta::assert_snapshot!(error("[journeys.checkout]\ncolour = 1"), @"journey.toml:2:1: unknown key `colour`: expected one of `schedule`, `timezone`, `spread`, `grace`, `overlap`, `confirm_every`, `locations`, `group`, `timeout`, `retries`, `retry_wait`, `retry_on`, `retries_per_hour`, `tags`, `owner`, `runbook`, `depends_on`, `alert`, `params`, `enabled`");
    insta::assert_snapshot!(error("[alert]\nto = 1"), @"journey.toml:2:1: unknown key `to`: expected one of `consecutive`, `rule`");
    insta::assert_snapshot!(error("test.server = { command = \"x\", url = \"http://a.example\", timout = \"1s\" }"), @"journey.toml:1:58: unknown key `timout`: did you mean `timeout`?");
}

#[test]
fn a_bad_value_names_its_rule_and_its_line() {
    insta::assert_snapshot!(error("[limits]\ncpu = \"10\""), @"journey.toml:2:7: `10` is not a duration: write a number and a unit, such as `250ms`, `30s`, `5m` or `1h`");
    insta::assert_snapshot!(error("[limits]\ncpu = true"), @"journey.toml:2:7: invalid type: boolean `true`, expected a duration such as `30s`");
    insta::assert_snapshot!(error("[network]\nallow = [\"a.example\", \"https://b.example/x\"]"), @"journey.toml:2:23: `https://b.example/x` is a URL, not a host: write `b.example`");
    insta::assert_snapshot!(error("[params]\na = [1]"), @"journey.toml:2:5: invalid type: sequence, expected a parameter's value: text, a number or a boolean");
    insta::assert_snapshot!(error("[params\na = 1"), @"journey.toml:1:8: unclosed table, expected `]`");
    insta::assert_snapshot!(error("[test.server]\ncommand = \"x\""), @"journey.toml:1:1: missing key `url`");
    insta::assert_snapshot!(error("[http-check.shop]\nurl = \"shop.example\""), @"journey.toml:2:7: `shop.example` is not an http or https URL: write it in full, such as `https://shop.example.com`");
}

#[test]
fn a_schedule_is_checked_where_it_is_written() {
    insta::assert_snapshot!(error("[journeys.a]\nschedule = \"*/5 * * *\""), @"journey.toml:2:12: `*/5 * * *` has 4 fields: write five (minute, hour, day of month, month, day of week), six with seconds first, or an interval such as `every 5m`");
    insta::assert_snapshot!(error("[journeys.a]\nschedule = \"of\""), @"journey.toml:2:12: `of` has 1 field: write five (minute, hour, day of month, month, day of week), six with seconds first, or an interval such as `every 5m`");
    insta::assert_snapshot!(error("[journeys.a]\ntimezone = \"Berlin\""), @"journey.toml:2:12: `Berlin` is not an IANA timezone: did you mean `Europe/Berlin`?");
    insta::assert_snapshot!(error("[journeys.a]\nspread = \"2d\""), @"journey.toml:2:10: a spread of 172800s is longer than a day: write `24h` or less, or schedule the journey at another hour");
    insta::assert_snapshot!(error("[journeys.a]\ngrace = \"0s\""), @"journey.toml:2:9: a grace period of `0us` is shorter than a second, and a busy runner would miss slots: write `1s` or longer");
    insta::assert_snapshot!(error("[journeys.a]\noverlap = \"wait\""), @"journey.toml:2:11: `wait` is not a value of `overlap`: write `skip`, `queue` or `allow`");
    insta::assert_snapshot!(error("[http-check.a]\nurl = \"http://a.example\"\nschedule = \"@dayly\""), @"journey.toml:3:12: `@dayly` is no nickname: write `@daily`");
}

#[test]
fn everything_that_may_stand_there_is_read() {
    let text = r#"
        [build]
        language = "rust"
        package = "shop"
        profile = "guest"
        [params]
        base_url = "http://a.example"
        tries = 3
        ratio = 0.5
        fast = true
        [profiles.staging.params]
        base_url = "http://b.example"
        [secrets.password]
        env = "PASSWORD"
        hosts = ["a.example"]
        plaintext = true
        [network]
        allow = ["a.example", "10.0.0.0/8"]
        resolver = "127.0.0.1:53"
        tls.ca = ["ca.pem"]
        [[network.tls.client]]
        hosts = ["a.example"]
        certificate = "me.pem"
        key = "me.key"
        [[network.host]]
        hosts = ["a.example"]
        family = "ipv6"
        resolve = ["10.0.0.7"]
        sni = "b.example"
        host = "b.example:8080"
        insecure = true
        [network.proxy]
        url = "http://proxy.example:3128"
        user = "ana"
        env = "PROXY_PASSWORD"
        direct = ["localhost:*"]
        [limits]
        timeout = "5s"
        cpu = "1s"
        memory = "64MiB"
        requests = 10
        [journeys.checkout]
        schedule = "every 30s"
        timezone = "Europe/Berlin"
        spread = "10s"
        grace = "15s"
        overlap = "queue"
        timeout = "9s"
        retries = 1
        tags = ["a"]
        params.tries = 4
        enabled = false
        [test]
        jobs = 2
        reporter = ["junit=out.xml"]
        [test.server]
        command = "true"
        url = "http://127.0.0.1:1"
        [http-check.front]
        url = "https://a.example/"
        status = "2xx"
        contains = "Welcome"
        not_contains = ["Error", "Sorry"]
        json_path = "$.status == ok"
        headers.accept = "text/html"
        max_latency = "500ms"
        certificate_days = 14
        follow = 0
        schedule = "off"
        timezone = "UTC"
        spread = "1m"
        grace = "2m"
        overlap = "allow"
    "#;
    let toml: JourneyToml = parse::parse(Path::new("journey.toml"), text).unwrap();
    assert_eq!(toml.params["ratio"].0, "0.5");
    assert_eq!(toml.http_checks["front"].not_contains.as_ref().unwrap().0.len(), 2);
    assert_eq!(toml.network.allow.len(), 2);
    assert_eq!(toml.limits.over(wayfarer_model::limits::Limits::default()).memory, 64 << 20);
}
