//! One module of `blackbox_exporter` with the prober `http`, toward one target.

use serde_json::Value;
use url::Url;

use super::blackbox_targets::Target;
use super::durations;
use super::fields::Fields;
use super::oauth::{self, ClientCredentials};
use super::patterns::is_regex;
use super::statuses::Statuses;
use crate::author::check_file::{
    DraftCheck, DraftFile, DraftRequest, RawBody, RawRequest, Source, host_of, literal, sealed,
};

/// Keys that make no difference to what a check finds.
const AS_IT_IS: [&str; 3] = ["skip_resolve_phase_with_proxy", "use_proxy_dns", "enable_http2"];

/// Adds the check. The error is the rest of a sentence about the module.
pub(super) fn carry(name: &str, module: &Value, target: &Target, file: &mut DraftFile) -> Result<(), String> {
    let mut fields = Fields::of(module);
    let timeout = match fields.raw_text("timeout") {
        None => target.timeout,
        Some(text) => {
            let own = durations::read(&text).ok_or_else(|| format!("its timeout `{text}` is no duration"))?;
            Some(target.timeout.map_or(own, |known| known.min(own)))
        }
    };
    let mut http = fields.below("http");
    fields.ignore(&["prober"]);
    let host = Url::parse(&target.url).ok();
    let shown = host
        .as_ref()
        .map_or_else(String::new, |url| format!("{}{}", url.host_str().unwrap_or_default(), url.path()));
    let item = format!("{name} {}", shown.trim_end_matches('/'));
    one_way_of_authentication(module)?;
    let credentials = oauth(&item, &mut http, file);
    let raw = raw_request(&item, &mut http, target, file)?;
    let mut request = sealed(file, &item, &raw)?;
    request.status = Some(status(&mut http)?);
    if http.value("follow_redirects") == Some(&Value::Bool(false)) || http.flag("no_follow_redirects") {
        request.follow = Some(0);
    }
    bodies(&item, &mut http, &mut request, file);
    headers(&item, &mut http, &mut request, file);
    family(&item, &mut http, &mut request, file);
    transport(&item, &mut http, host.as_ref(), file);
    http.ignore(&AS_IT_IS);
    http.lose_left(&item, "", file);
    fields.lose_left(&item, "", file);
    let requests = match credentials {
        Some(credentials) => oauth::before(file, &item, credentials, vec![request])?,
        None => vec![request],
    };
    let name_of_check = file.names.next(&item);
    file.add(DraftCheck {
        name: name_of_check,
        title: format!("{name} {}", target.url.split('?').next().unwrap_or_default()),
        requests,
        schedule: Some(durations::every(target.interval)),
        timeout: timeout.map(durations::written),
        tags: target.tags.clone(),
        ..DraftCheck::default()
    })
}

/// The exporter itself refuses most of these.
fn one_way_of_authentication(module: &Value) -> Result<(), String> {
    const WAYS: [&str; 5] = ["basic_auth", "authorization", "bearer_token", "bearer_token_file", "oauth2"];
    let http = module.get("http").unwrap_or(&Value::Null);
    let has = |way: &&str| http.get(*way).is_some_and(|value| !value.is_null());
    let ways: Vec<&str> = WAYS.into_iter().filter(has).collect();
    if ways.len() > 1 {
        return Err(format!(
            "it has `{}`, of which a request has one: leave the others out",
            ways.join("` and `")
        ));
    }
    Ok(())
}

fn raw_request(
    item: &str,
    http: &mut Fields<'_>,
    target: &Target,
    file: &mut DraftFile,
) -> Result<RawRequest, String> {
    if http.raw_text("body_file").is_some() {
        return Err(
            "its body is in a file: write it as `body`, or copy the file and write `body_file`".to_owned()
        );
    }
    let mut raw =
        RawRequest { method: http.text("method"), url: literal(&target.url), ..RawRequest::default() };
    for (name, value) in http.value("headers").and_then(Value::as_object).into_iter().flatten() {
        let value = super::fields::scalar(value).ok_or_else(|| format!("its header `{name}` is no text"))?;
        raw.headers.push((name.clone(), literal(&value)));
    }
    // Newer files have lists of values, and files with values of secrets.
    for (name, values) in http.value("http_headers").and_then(Value::as_object).into_iter().flatten() {
        let mut of = Fields::of(values);
        raw.headers.extend(
            of.texts("values").iter().chain(&of.texts("secrets")).map(|value| (name.clone(), literal(value))),
        );
        if !of.list("secrets").is_empty() {
            raw.secrets.push(name.clone());
        }
        if !of.list("files").is_empty() {
            return Err(format!("its header `{name}` is in a file"));
        }
    }
    raw.body = http.text("body").filter(|body| !body.is_empty()).map(RawBody::Text);
    let mut basic = http.below("basic_auth");
    if !basic.is_empty() {
        let user = basic.text("username").ok_or("`basic_auth` has no `username`")?;
        let password = value_or_file(&mut basic, "password", "password_file");
        raw.basic = Some((user, password.unwrap_or_else(|| Source::Value(String::new()))));
    }
    basic.lose_left(item, "basic_auth.", file);
    let mut authorization = http.below("authorization");
    let kind = authorization.raw_text("type").unwrap_or_else(|| "Bearer".to_owned());
    if !authorization.is_empty() && !kind.eq_ignore_ascii_case("bearer") {
        return Err(format!("`authorization` of the type `{kind}` is not carried over"));
    }
    raw.bearer = value_or_file(http, "bearer_token", "bearer_token_file")
        .or_else(|| value_or_file(&mut authorization, "credentials", "credentials_file"));
    authorization.lose_left(item, "authorization.", file);
    Ok(raw)
}

fn value_or_file(fields: &mut Fields<'_>, value: &str, file: &str) -> Option<Source> {
    let file = fields.raw_text(file).map(Source::File);
    fields.raw_text(value).map(Source::Value).or(file)
}

fn oauth(item: &str, http: &mut Fields<'_>, file: &mut DraftFile) -> Option<ClientCredentials> {
    let mut oauth = http.below("oauth2");
    let more = oauth.value("endpoint_params").and_then(Value::as_object).into_iter().flatten();
    let more = more.filter_map(|(name, value)| Some((name.clone(), literal(value.as_str()?)))).collect();
    let credentials = ClientCredentials {
        token_url: oauth.text("token_url").unwrap_or_default(),
        client_id: oauth.text("client_id").unwrap_or_default(),
        client_secret: value_or_file(&mut oauth, "client_secret", "client_secret_file"),
        scopes: oauth.texts("scopes"),
        more,
        is_in_form: false,
    };
    oauth.lose_left(item, "oauth2.", file);
    (!oauth.is_empty()).then_some(credentials)
}

fn status(http: &mut Fields<'_>) -> Result<String, String> {
    let number = |text: &String| {
        text.parse::<u16>().map_err(|_| format!("`valid_status_codes` has `{text}`, which is no status"))
    };
    let valid = http.texts("valid_status_codes").iter().map(number).collect::<Result<Vec<u16>, _>>()?;
    let mut statuses = Statuses::all();
    if !http.flag("accept_any_response") {
        statuses.keep(|status| if valid.is_empty() { status / 100 == 2 } else { valid.contains(&status) });
    }
    statuses.written().ok_or_else(|| "`valid_status_codes` has none between 100 and 599".to_owned())
}

fn bodies(item: &str, http: &mut Fields<'_>, request: &mut DraftRequest, file: &mut DraftFile) {
    for (key, rules) in [
        ("fail_if_body_matches_regexp", &mut request.not_matches),
        ("fail_if_body_not_matches_regexp", &mut request.matches),
    ] {
        for pattern in http.texts(key) {
            if is_regex(&pattern) {
                rules.push(literal(&pattern));
            } else {
                file.lose(
                    item,
                    format!("`{key}`: `{pattern}` is no regular expression that the runner reads"),
                );
            }
        }
    }
}

/// A rule about a header says what its value matches, and only of a whole text what it does not.
fn headers(item: &str, http: &mut Fields<'_>, request: &mut DraftRequest, file: &mut DraftFile) {
    for rule in http.list("fail_if_header_not_matches") {
        let mut rule = Fields::of(rule);
        let (header, pattern) =
            (rule.raw_text("header").unwrap_or_default(), rule.raw_text("regexp").unwrap_or_default());
        if rule.flag("allow_missing") || !is_regex(&pattern) || header.is_empty() {
            file.lose(item, format!("`fail_if_header_not_matches` of `{header}`: no rule says it of a header that may be missing"));
        } else {
            request.header_rules.push(literal(&format!("{} matches {pattern}", header.to_ascii_lowercase())));
        }
    }
    for rule in http.list("fail_if_header_matches") {
        let mut rule = Fields::of(rule);
        let (header, pattern) =
            (rule.raw_text("header").unwrap_or_default(), rule.raw_text("regexp").unwrap_or_default());
        if matches!(pattern.as_str(), ".*" | "" | "^.*$") && !header.is_empty() {
            request.header_rules.push(format!("{} absent", header.to_ascii_lowercase()));
        } else {
            file.lose(
                item,
                format!("`fail_if_header_matches` of `{header}`: no rule says what a header does not match"),
            );
        }
    }
}

fn family(item: &str, http: &mut Fields<'_>, request: &mut DraftRequest, file: &mut DraftFile) {
    let preferred = http.raw_text("preferred_ip_protocol");
    let has_fallback = http.value("ip_protocol_fallback") != Some(&Value::Bool(false));
    let family = match preferred.as_deref() {
        Some("ip4") => "ipv4",
        Some("ip6") => "ipv6",
        _ => return,
    };
    if has_fallback {
        file.lose(item, format!("`preferred_ip_protocol` with a fallback: the runner tries both families; `family = \"{family}\"` would allow one alone"));
    } else {
        request.family = Some(family);
    }
}

/// What concerns a host whatever the request: TLS and the proxy.
fn transport(item: &str, http: &mut Fields<'_>, url: Option<&Url>, file: &mut DraftFile) {
    let is_tls = url.is_some_and(|url| url.scheme() == "https");
    if http.flag("fail_if_not_ssl") && !is_tls {
        file.lose(item, "`fail_if_not_ssl`: its target is no https URL");
    }
    if http.flag("fail_if_ssl") {
        file.lose(item, "`fail_if_ssl`: no rule says that there is no TLS");
    }
    let mut tls = http.below("tls_config");
    if let Some(host) = url.filter(|_| tls.flag("insecure_skip_verify")).and_then(host_of) {
        file.host(&host).insecure = true;
    }
    if let Some(ca) = tls.raw_text("ca_file") {
        if !file.authorities.contains(&ca) {
            file.authorities.push(ca.clone());
        }
        file.note(format!("the authority `{ca}` is trusted for every host of the file"));
    }
    tls.lose_left(item, "tls_config.", file);
    if let Some(proxy) = http.raw_text("proxy_url") {
        file.use_proxy(item, &proxy);
    }
}
