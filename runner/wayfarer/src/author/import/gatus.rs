//! Gatus's configuration: each endpoint with an HTTP URL is a check.

use std::time::Duration;

use serde_json::Value;

use super::ImportError;
use super::durations;
use super::fields::{Fields, scalar};
use super::oauth::{self, ClientCredentials};
use super::{gatus_conditions, gatus_variables};
use crate::author::check_file::{
    DraftCheck, DraftFile, DraftRequest, RawBody, RawRequest, host_of, sealed, source,
};

/// What Gatus does unless a file says otherwise.
const INTERVAL: Duration = Duration::from_mins(1);
const TIMEOUT: &str = "10s";
const FAILURES: u64 = 3;

/// The most bad runs in a row that a check waits for before it tells people.
pub(super) const MOST_CONSECUTIVE: u64 = 10;

/// Tables of the file that are not about endpoints.
const ELSEWHERE: [(&str, &str); 11] = [
    ("alerting", "channels of alerts are the operator's: [channels.NAME] of wayfarer.toml"),
    ("storage", "results are in the runner's database"),
    ("security", "who may read results is said by tokens"),
    ("maintenance", "plan it with `wayfarer maintenance`"),
    ("remote", "other instances are not called"),
    ("external-endpoints", "a check that somebody else reports has no URL"),
    ("connectivity", "the runner's own network is told apart by whose fault a failure is"),
    ("metrics", "`/metrics` is the runner's"),
    ("concurrency", "how many checks run at a time is said in wayfarer.toml"),
    ("tunneling", "a check has no SSH tunnel"),
    ("suites", "a suite is not carried over: write its endpoints as requests of one check"),
];

pub(super) fn import(text: &str, document: &Value, file: &mut DraftFile) -> Result<(), ImportError> {
    let mut tables = Fields::of(document);
    let named = if document.get("endpoints").is_some() { "endpoints" } else { "services" };
    for (name, why) in ELSEWHERE {
        if tables.value(name).is_some() {
            file.lose(name, why);
        }
    }
    let list = match tables.value(named) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(_) => return Err(ImportError::at(text, named, format!("`{named}` is no list of endpoints"))),
        None if document.get("suites").is_some() => &[],
        None => {
            return Err(ImportError::Shape {
                line: None,
                what: "it has no `endpoints`: this is no configuration of Gatus".to_owned(),
            });
        }
    };
    // What only Gatus's own page and process are about.
    tables.ignore(&["ui", "web", "debug", "skip-invalid-config-update", "disable-monitoring-lock"]);
    // Tables with `x-` hold what aliases repeat elsewhere.
    for key in tables.left().filter(|key| !key.starts_with("x-")) {
        file.lose(key, "it is not carried over");
    }
    let alerting = document.get("alerting").unwrap_or(&Value::Null);
    for (at, endpoint) in list.iter().enumerate() {
        let name = Fields::of(endpoint).raw_text("name").unwrap_or_else(|| format!("endpoint {}", at + 1));
        let carried = gatus_variables::value(endpoint).map_err(str::to_owned);
        if let Err(why) =
            carried.and_then(|endpoint| endpoint_check(&name, &mut Fields::of(&endpoint), alerting, file))
        {
            file.lose(name, why);
        }
    }
    Ok(())
}

/// Adds the check. The texts of the endpoint have their variables marked already.
fn endpoint_check(
    name: &str,
    fields: &mut Fields<'_>,
    alerting: &Value,
    file: &mut DraftFile,
) -> Result<(), String> {
    let url = fields.raw_text("url").ok_or("it has no `url`")?;
    let is_http = url.starts_with("http://") || url.starts_with("https://") || url.starts_with("${env.");
    if ["dns", "ssh", "grpc", "icmp"].iter().any(|kind| fields.value(kind).is_some()) || !is_http {
        return Err(format!("a check sends HTTP requests, and `{}` is something else", shown(&url)));
    }
    let group = fields.raw_text("group");
    let item = group.as_ref().map_or_else(|| name.to_owned(), |group| format!("{group} {name}"));
    let raw = raw_request(fields, url)?;
    let mut request = sealed(file, &item, &raw)?;
    let conditions = fields.texts("conditions");
    for (condition, why) in gatus_conditions::carry(&conditions, &mut request) {
        file.lose(&item, format!("condition `{condition}`: {why}"));
    }
    file.settle_rules(&item, &mut request);
    if request.max_latency.is_some() || request.certificate_days.is_some() {
        file.note(
            "a slow response, or a certificate near its end, makes an endpoint of Gatus unhealthy; here it makes a run degraded, which \
             counts as good: `wayfarer test --fail-on degraded` fails for it",
        );
    }
    let mut check = DraftCheck {
        name: file.names.next(&item),
        title: item.clone(),
        tags: group.into_iter().collect(),
        enabled: (fields.value("enabled") == Some(&Value::Bool(false))).then_some(false),
        ..DraftCheck::default()
    };
    let interval = match fields.raw_text("interval") {
        None => INTERVAL,
        Some(text) => {
            durations::read(&text).ok_or_else(|| format!("its interval `{text}` is no duration"))?
        }
    };
    check.schedule = Some(durations::every(interval));
    alerts(&item, fields, alerting, &mut check, file);
    let oauth = client(&item, fields, &mut check, &mut request, file);
    let requests = vec![request];
    check.requests = match oauth {
        Some(credentials) => oauth::before(file, &item, credentials, requests)?,
        None => requests,
    };
    fields.ignore(&["name", "ui", "extra-labels"]);
    fields.lose_left(&item, "", file);
    file.add(check)
}

fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().chars().take(100).collect()
}

fn raw_request(fields: &mut Fields<'_>, url: String) -> Result<RawRequest, String> {
    let mut raw = RawRequest { method: fields.raw_text("method"), url, ..RawRequest::default() };
    for (name, value) in fields.value("headers").and_then(Value::as_object).into_iter().flatten() {
        raw.headers
            .push((name.clone(), scalar(value).ok_or_else(|| format!("its header `{name}` is no text"))?));
    }
    let body = fields.raw_text("body").filter(|body| !body.is_empty());
    raw.body = if fields.flag("graphql") {
        Some(RawBody::Json(serde_json::json!({ "query": body.unwrap_or_default() })))
    } else {
        body.map(RawBody::Text)
    };
    Ok(raw)
}

/// The lowest threshold of those that are on. What an alert does not say, the provider's `default-alert` does.
fn alerts(
    item: &str,
    fields: &mut Fields<'_>,
    alerting: &Value,
    check: &mut DraftCheck,
    file: &mut DraftFile,
) {
    let mut lowest: Option<u64> = None;
    for alert in fields.list("alerts") {
        let mut alert = Fields::of(alert);
        let kind = alert.raw_text("type").unwrap_or_default();
        let mut usual =
            alerting.get(&kind).map(Fields::of).map(|mut provider| provider.below("default-alert"));
        let mut usually = |name: &str| usual.as_mut().and_then(|usual| usual.value(name));
        let usual_threshold = usually("failure-threshold").and_then(Value::as_u64);
        let is_off = alert.value("enabled").or_else(|| usually("enabled")) == Some(&Value::Bool(false));
        let threshold = alert.number("failure-threshold").or(usual_threshold).unwrap_or(FAILURES).max(1);
        if is_off {
            continue;
        }
        lowest = Some(lowest.map_or(threshold, |known| known.min(threshold)));
        file.lose(item, format!("its alert by `{kind}`: the operator names channels in wayfarer.toml; only its threshold counts here"));
    }
    if let Some(threshold) = lowest.filter(|threshold| *threshold > MOST_CONSECUTIVE) {
        file.lose(
            item,
            format!(
                "its threshold of {threshold} failures: `alert.consecutive` is at most {MOST_CONSECUTIVE}"
            ),
        );
    }
    check.consecutive = lowest.map(|threshold| threshold.min(MOST_CONSECUTIVE));
}

/// The keys of `client`, and the credentials for a token.
fn client(
    item: &str,
    fields: &mut Fields<'_>,
    check: &mut DraftCheck,
    request: &mut DraftRequest,
    file: &mut DraftFile,
) -> Option<ClientCredentials> {
    let mut client = fields.below("client");
    let written = client.raw_text("timeout");
    let timeout = written.as_ref().and_then(|text| durations::read(text));
    if let Some(written) = written.filter(|_| timeout.is_none()) {
        file.lose(item, format!("`client.timeout`: `{written}` is no duration, and {TIMEOUT} stand instead"));
    }
    check.timeout = Some(timeout.map_or_else(|| TIMEOUT.to_owned(), durations::written));
    if client.flag("ignore-redirect") {
        request.follow = Some(0);
    }
    if client.flag("insecure") {
        match url::Url::parse(&request.url).ok().as_ref().and_then(host_of) {
            Some(host) => file.host(&host).insecure = true,
            None => file.lose(item, "`insecure`: its host is known only to a variable"),
        }
    }
    match client.raw_text("network").as_deref() {
        Some("ip4") => request.family = Some("ipv4"),
        Some("ip6") => request.family = Some("ipv6"),
        None | Some("ip") => {}
        Some(other) => file.lose(item, format!("`client.network`: `{other}` is no family of addresses")),
    }
    if let Some(proxy) = client.raw_text("proxy-url") {
        file.use_proxy(item, &proxy);
    }
    let mut oauth = client.below("oauth2");
    let credentials = oauth.raw_text("token-url").map(|token_url| ClientCredentials {
        token_url,
        client_id: oauth.raw_text("client-id").unwrap_or_default(),
        client_secret: oauth.raw_text("client-secret").map(|secret| source(&secret)),
        scopes: oauth.texts("scopes"),
        more: Vec::new(),
        is_in_form: false,
    });
    client.lose_left(item, "client.", file);
    oauth.lose_left(item, "client.oauth2.", file);
    credentials
}
