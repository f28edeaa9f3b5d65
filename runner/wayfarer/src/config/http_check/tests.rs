//! Whole tables: what is read, what is refused and with which words, and what a deployment carries.

use std::path::Path;

use wayfarer_sandbox::http_check::{CheckBody, HttpCheck};

use super::{HttpCheckTable, StoredCheck, needs};
use crate::config::JourneyToml;
use crate::config::checks_toml::ChecksToml;
use crate::config::http_check::completed;
use crate::config::parse::parse;

fn tables(text: &str, folder: &Path) -> Result<Vec<HttpCheckTable>, String> {
    let toml: ChecksToml = parse(Path::new("checks.toml"), text).map_err(|error| error.to_string())?;
    let toml = JourneyToml::from(toml);
    Ok(completed(&toml.http_checks, &toml.http_check_defaults, folder)?.into_values().collect())
}

fn table(text: &str) -> HttpCheckTable {
    tables(text, Path::new(".")).unwrap().remove(0)
}

fn check(text: &str) -> HttpCheck {
    table(text).check().unwrap()
}

/// What a check of one request is refused with.
fn error(keys: &str) -> String {
    tables(&format!("[http-check.a]\n{keys}"), Path::new(".")).unwrap_err()
}

#[test]
fn a_wrong_value_names_its_line_and_its_mend() {
    insta::assert_snapshot!(error("url = \"https://a.example\"\nheaders.authorization = \"Bearer ${TO KEN}\""), @"checks.toml:3:25: `${TO KEN}` stands for nothing: write `${param.NAME}`, `${secret.NAME}`, `${run.id}` or the name of a capture, or `$${TO KEN}` for the text itself");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nstatus = \"ok\""), @"checks.toml:3:10: `ok` is not a list of statuses: write `200`, `200-299, 304` or `2xx`, between 100 and 599");
    insta::assert_snapshot!(error("url = \"https://a.example\"\njson_path = [\"$.a exists\", \"$.b=1\"]"), @"checks.toml:3:28: `$.b=1` has one `=`: write `==` to compare");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nfamily = \"ipv5\""), @"checks.toml:3:10: `ipv5` is not a family of addresses: write `ipv4` or `ipv6`");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nhedaers.a = \"b\""), @"checks.toml:3:1: unknown key `hedaers`: did you mean `headers`?");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nbasic = { user = \"ana\" }"), @"checks.toml:3:9: missing key `password`");
    insta::assert_snapshot!(tables("[journeys.a]\ntimeout = \"1s\"", Path::new(".")).unwrap_err(), @"checks.toml:1:2: unknown key `journeys`: expected one of `params`, `profiles`, `secrets`, `network`, `limits`, `alert`, `http-check-defaults`, `http-check`");
}

#[test]
fn rules_about_several_keys_name_the_check() {
    insta::assert_snapshot!(error("status = 200"), @r#"[http-check.a]: it has no `url`: write what to call, such as `url = "https://shop.example.com/"`"#);
    insta::assert_snapshot!(error("url = \"https://a.example\"\nbody = \"x\"\nbody_json = 1"), @"[http-check.a]: it has both `body` and `body_json`: leave all but one of them out");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nbearer = \"x\"\nheaders.Authorization = \"y\""), @"[http-check.a]: it has both `bearer` and `headers.authorization`: leave all but one of them out");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nheaders.authorization = \"Bearer ${TOKEN}\""), @"[http-check.a]: `${TOKEN}` stands for nothing: no earlier request captures a value; write `${secret.TOKEN}` or `${param.TOKEN}` for a secret or a parameter, or `$${TOKEN}` for the text itself");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nheaders.host = \"${secret.a}\""), @"[http-check.a]: its header `host` has a secret, which no host can be called by: write its name");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nbody_base64 = \"?\""), @"[http-check.a]: its `body_base64` is not base64: invalid length at 0");
    insta::assert_snapshot!(error("url = \"https://a.example\"\nbody_file = \"no-such-file\""), @"[http-check.a]: its `body_file` ./no-such-file cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(error("status = 200\n[[http-check.a.request]]\nurl = \"https://a.example\""), @"[http-check.a]: `status` stands beside its list `request`: write it in the requests that it is for, or under [http-check-defaults] for all");
    insta::assert_snapshot!(error("request = []"), @"[http-check.a]: its list `request` is empty: write a request, or `url` at the check itself");
    let two = "[[http-check.a.request]]\nurl = \"https://a.example\"\ncapture.token = \"$.token\"\n[[http-check.a.request]]\nurl = \"https://a.example/${tokn}\"";
    insta::assert_snapshot!(error(two), @"[http-check.a]: request 2: `${tokn}` stands for nothing: earlier requests capture `token`, did you mean `${token}`?; write `${secret.tokn}` or `${param.tokn}` for a secret or a parameter, or `$${tokn}` for the text itself");
    let own = "url = \"https://a.example\"\ncapture.token = \"$.token\"\ncontains = \"${token}\"";
    assert!(error(own).contains("no earlier request"), "a request's own captures come after its rules");
    insta::assert_snapshot!(tables("[http-check-defaults]\nurl = \"https://a.example\"", Path::new(".")).unwrap_err(), @"[http-check-defaults] has `url`, which each check has for itself: write it there");
}

#[test]
fn defaults_fill_in_what_is_not_written() {
    let text = "[http-check-defaults]\nstatus = 204\nheaders.a = \"1\"\nschedule = \"every 1m\"\nbearer = \"${secret.t}\"\ntags = [\"web\"]\ndepends_on = [\"one\"]\n\
                [http-check.one]\nurl = \"https://a.example\"\nheaders.b = \"2\"\nbasic = { user = \"u\", password = \"p\" }\n\
                [http-check.two]\ntags = []\nrequest = [{ url = \"https://a.example\" }, { url = \"https://a.example\", status = 200 }]\n";
    let [one, two] = tables(text, Path::new(".")).unwrap().try_into().unwrap();
    assert!(one.bearer.is_none() && one.basic.is_some(), "credentials of its own");
    assert_eq!(one.headers.as_ref().unwrap().len(), 1, "the whole key is its own");
    assert_eq!((one.depends_on.unwrap().0.len(), two.depends_on.as_ref().unwrap().0.len()), (0, 1));
    assert_eq!((one.tags.unwrap(), two.tags.as_ref().unwrap().len()), (vec!["web".to_owned()], 0));
    let [first, second] = two.check().unwrap().requests.try_into().unwrap();
    assert_eq!(
        (first.rules.status.as_slice(), second.rules.status.as_slice()),
        (&[204..=204][..], &[200..=200][..])
    );
    assert!(first.credentials.is_some() && two.schedule.is_some());
    assert_eq!((first.name.as_str(), second.name.as_str()), ("GET /", "GET / (2)"));
}

#[test]
fn credentials_of_a_check_go_before_those_of_the_defaults() {
    let defaults = "[http-check-defaults]\nheaders = { authorization = \"Token x\", a = \"1\" }\n";
    let own = "[http-check.one]\nurl = \"https://a.example\"\nbasic = { user = \"u\", password = \"p\" }\n";
    let one = tables(&format!("{defaults}{own}"), Path::new(".")).unwrap().remove(0);
    let names: Vec<String> = one.headers.unwrap().into_keys().map(|name| name.0.0).collect();
    assert_eq!(names, ["a"]);
}

#[test]
fn a_parameter_of_a_url_is_named_as_a_target_reads_it() {
    let table = table("[http-check.a]\nurl = \"https://a.example/?a%20b=${secret.k}&c+d=${secret.k}\"");
    let needs = needs(&table.check().unwrap());
    let lines: Vec<String> = needs.secrets["k"].lines().into_iter().collect();
    assert_eq!(lines, ["query = \"a b\"", "query = \"c d\""]);
}

#[test]
fn a_check_has_fifty_requests_at_most() {
    let requests = |count: usize| "[[http-check.a.request]]\nurl = \"https://a.example\"\n".repeat(count);
    assert!(tables(&requests(50), Path::new(".")).is_ok());
    insta::assert_snapshot!(tables(&requests(51), Path::new(".")).unwrap_err(), @"[http-check.a]: it has 51 requests, and 50 are allowed: split it");
}

#[test]
fn a_body_comes_from_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("order.txt"), "for ${param.user}").unwrap();
    std::fs::write(folder.path().join("image"), [0xff, 0, 1]).unwrap();
    std::fs::write(folder.path().join("wrong"), "${}").unwrap();
    let of = |name: &str| {
        let text = format!("[http-check.a]\nurl = \"https://a.example\"\nbody_file = \"{name}\"");
        tables(&text, folder.path()).map(|mut tables| tables.remove(0).check().unwrap())
    };
    let order = of("order.txt").unwrap();
    assert_eq!(order.requests[0].body, CheckBody::Text("for ${param.user}".parse().unwrap()));
    assert_eq!(order.requests[0].method, "POST");
    assert_eq!(of("image").unwrap().requests[0].body, CheckBody::Bytes(vec![0xff, 0, 1].into()));
    assert!(of("wrong").unwrap_err().contains("wrong cannot be used: `${}` stands for nothing"));
    std::fs::write(folder.path().join("large"), vec![b'x'; 512 << 10]).unwrap();
    assert!(of("large").is_ok());
    std::fs::write(folder.path().join("larger"), vec![b'x'; (512 << 10) + 1]).unwrap();
    assert!(
        of("larger")
            .unwrap_err()
            .contains("has more than 512.0 KiB, which is the most that a deployment carries")
    );
    for endless in ["/dev/zero", "."] {
        assert!(of(endless).unwrap_err().contains("is no regular file: write the path of one"), "{endless}");
    }
}

const WHOLE: &str = r#"
    [http-check.a]
    schedule = "every 30s"
    timeout = "9s"
    params.user = "ana"
    alert.consecutive = 2
    [[http-check.a.request]]
    name = "log in"
    url = "${param.base_url}/log-in?k=${secret.k}"
    method = "put"
    headers = { accept = ["a", "b"], X-Key = "${secret.key}" }
    query = { page = 1, who = "${param.user}" }
    body_json = { password = "${secret.password}", n = 1, list = [{ deep = "${secret.key}" }] }
    basic = { user = "ana", password = "${secret.password}" }
    status = "2xx, 404"
    header_rules = "content-type contains json"
    contains = "Welcome ${run.id}"
    not_contains = ["Error", "$${Sorry}"]
    matches = "^a"
    not_matches = ["b", "c"]
    json_path = ["$.status == ok", "$.items[0].count >= 3"]
    max_latency = "1500ms"
    certificate_days = 14
    capture = { token = "$.token" }
    follow = 0
    connect_timeout = "1s"
    response_timeout = "2s"
    family = "ipv6"
    [[http-check.a.request]]
    url = "${param.base_url}/orders/${token}"
    body_form = { a = "1", b = ["2", "${token}"] }
    bearer = "${token}"
"#;

#[test]
fn a_check_survives_its_deployment_and_being_saved() {
    let table = table(WHOLE);
    let json = StoredCheck::of(&table).unwrap().to_json().unwrap();
    insta::assert_snapshot!(json, @r#"{"format":2,"request":[{"name":"log in","url":"${param.base_url}/log-in?k=${secret.k}","method":"PUT","headers":{"X-Key":"${secret.key}","accept":["a","b"]},"query":{"page":"1","who":"${param.user}"},"body_json":{"list":[{"deep":"${secret.key}"}],"n":1,"password":"${secret.password}"},"basic":{"user":"ana","password":"${secret.password}"},"status":"2xx, 404","header_rules":"content-type contains json","contains":"Welcome ${run.id}","not_contains":["Error","$${Sorry}"],"matches":"^a","not_matches":["b","c"],"json_path":["$.status == ok","$.items[0].count >= 3"],"max_latency":"1500ms","certificate_days":14,"capture":{"token":"$.token"},"follow":0,"connect_timeout":"1s","response_timeout":"2s","family":"ipv6"},{"url":"${param.base_url}/orders/${token}","body_form":{"a":"1","b":["2","${token}"]},"bearer":"${token}"}]}"#);
    let again = StoredCheck::from_json(&json).unwrap();
    assert_eq!(again.to_json().unwrap(), json);
    assert_eq!(format!("{:?}", again.check().unwrap()), format!("{:?}", table.check().unwrap()));
    let saved = toml::to_string(&table).unwrap();
    let read: HttpCheckTable = toml::from_str(&saved).unwrap();
    assert_eq!(format!("{read:?}"), format!("{table:?}"), "{saved}");
}

#[test]
fn what_a_check_needs_is_known_before_it_runs() {
    let needs = needs(&check(WHOLE));
    assert_eq!(needs.params, ["base_url", "user"].map(str::to_owned).into());
    let lines: Vec<String> = needs
        .secrets
        .iter()
        .map(|(name, sites)| format!("{name}: {:?} {:?}", sites.need(name).place, sites.lines()))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    k: Some("query:k") {"query = \"k\""}
    key: Some("header:x-key") {"header = \"x-key\"", "json = \"$.list[0].deep\""}
    password: None {"basic = true", "json = \"$.password\""}
    "#);
    let descriptor = table(WHOLE).descriptor("a".parse().unwrap()).unwrap();
    assert_eq!(descriptor.steps, ["log in", "POST /orders/${token}"]);
    assert_eq!(descriptor.secret_names().collect::<Vec<_>>(), ["k", "key", "password"]);
}
