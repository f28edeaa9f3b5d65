//! Uptime Kuma's backup: each monitor of the kinds `http`, `keyword` and `json-query` is a check.

use std::collections::HashMap;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;
use wayfarer_model::secret_names::is_secret_name;

use super::ImportError;
use super::durations;
use super::fields::{Fields, scalar};
use super::gatus::MOST_CONSECUTIVE;
use super::oauth::{self, ClientCredentials};
use crate::author::check_file::{
    DraftCheck, DraftFile, DraftRequest, RawBody, RawRequest, Source, host_of, literal, sealed,
};
use crate::config::json_segment;

/// The first of the days before which Uptime Kuma warns of a certificate's end, unless its settings say otherwise.
const CERTIFICATE_DAYS: u32 = 21;

/// Keys that say nothing about a check of HTTP, or what every backup has.
const AS_IT_IS: [&str; 26] = [
    "id",
    "weight",
    "forceInactive",
    "path",
    "pathName",
    "childrenIDs",
    "parent",
    "hostname",
    "port",
    "packetSize",
    "includeSensitiveData",
    "maintenance",
    "screenshot",
    "resendInterval",
    "notificationIDList",
    "dns_resolve_type",
    "dns_resolve_server",
    "dns_last_result",
    "docker_container",
    "docker_host",
    "expectedValue",
    "jsonPath",
    "jsonPathOperator",
    "keyword",
    "invertKeyword",
    "user_id",
];
/// How keys of other kinds of monitors begin.
const OTHER_KINDS: [&str; 12] = [
    "mqtt",
    "grpc",
    "kafka",
    "radius",
    "database",
    "game",
    "push",
    "snmp",
    "rabbitmq",
    "smtp",
    "ping",
    "remote_browser",
];

/// Taken where the method of authentication says so; without it the application does not use them.
const OAUTH: [&str; 6] = [
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_token_url",
    "oauth_scopes",
    "oauth_auth_method",
    "oauth_audience",
];

pub(super) fn import(text: &str, document: &Value, file: &mut DraftFile) -> Result<(), ImportError> {
    let monitors = document.get("monitorList").unwrap_or(document);
    // The application's own interface states them by their ids.
    let list: Vec<&Value> = match monitors {
        Value::Array(list) => list.iter().collect(),
        Value::Object(by_id) if by_id.values().all(|one| one.get("type").is_some()) && !by_id.is_empty() => {
            by_id.values().collect()
        }
        _ if document.get("monitorList").is_some() => {
            return Err(ImportError::at(text, "monitorList", "`monitorList` is no list of monitors"));
        }
        _ => {
            let what = "it has no `monitorList`: this is no backup of Uptime Kuma";
            return Err(ImportError::Shape { line: None, what: what.to_owned() });
        }
    };
    let names: HashMap<u64, &str> = list
        .iter()
        .filter_map(|one| {
            Some((one.get("id")?.as_u64()?, one.get("name").and_then(Value::as_str).unwrap_or_default()))
        })
        .collect();
    for (at, monitor) in list.into_iter().enumerate() {
        let mut fields = Fields::of(monitor);
        let name = fields.raw_text("name").unwrap_or_else(|| format!("monitor {}", at + 1));
        let parent = monitor.get("parent").and_then(Value::as_u64);
        let group = parent.and_then(|parent| names.get(&parent)).map(|name| (*name).to_owned());
        let mut monitor = Monitor { name: name.clone(), fields, group, document };
        if let Err(why) = monitor.carry(file) {
            file.lose(name, why);
        }
    }
    if document.get("notificationList").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        file.lose(
            "notificationList",
            "channels of alerts are the operator's: [channels.NAME] of wayfarer.toml",
        );
    }
    Ok(())
}

struct Monitor<'v> {
    name: String,
    fields: Fields<'v>,
    group: Option<String>,
    document: &'v Value,
}

impl Monitor<'_> {
    fn carry(&mut self, file: &mut DraftFile) -> Result<(), String> {
        let kind = self.fields.raw_text("type").unwrap_or_default();
        match kind.as_str() {
            "http" | "keyword" | "json-query" => {}
            "group" => return Err("a group is a tag of its members".to_owned()),
            other => return Err(format!("it is of the type `{other}`, and a check sends HTTP requests")),
        }
        if self.fields.flag("upsideDown") {
            return Err("it is upside down: no check passes by failing".to_owned());
        }
        let credentials = self.credentials()?;
        let raw = self.raw_request()?;
        let item = self.name.clone();
        let mut request = sealed(file, &item, &raw)?;
        self.expectations(&kind, &mut request)?;
        self.network(&request, file);
        let check = self.timing(file);
        self.fields.ignore(&AS_IT_IS);
        let left: Vec<&str> = self.fields.left().collect();
        for key in left.into_iter().filter(|key| !OTHER_KINDS.iter().any(|kind| key.starts_with(kind))) {
            // Zero is how Uptime Kuma says that a number is not used.
            if self.fields.number(key) != Some(0) {
                file.lose(&item, format!("`{key}` is not carried over"));
            }
        }
        let requests = match credentials {
            Some(credentials) => oauth::before(file, &item, credentials, vec![request])?,
            None => vec![request],
        };
        let name = file.names.next(&item);
        file.add(DraftCheck { name, title: item, requests, ..check })
    }

    fn raw_request(&mut self) -> Result<RawRequest, String> {
        let fields = &mut self.fields;
        let url = fields.text("url").ok_or("it has no `url`")?;
        let mut raw = RawRequest { method: fields.text("method"), url, ..RawRequest::default() };
        let headers = match fields.value("headers") {
            Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
            Some(Value::String(text)) => {
                serde_json::from_str(text).map_err(|_| "its `headers` are no JSON")?
            }
            Some(other) => other.clone(),
            None => Value::Null,
        };
        if !headers.is_null() && !headers.is_object() {
            return Err("its `headers` are no table of names and values".to_owned());
        }
        for (name, value) in headers.as_object().into_iter().flatten() {
            let value = scalar(value).ok_or_else(|| format!("its header `{name}` is no text"))?;
            raw.headers.push((name.clone(), literal(&value)));
        }
        let encoding = fields.raw_text("httpBodyEncoding").unwrap_or_else(|| "json".to_owned());
        if let Some(body) = fields.text("body").filter(|body| !body.trim().is_empty()) {
            let kind = match encoding.as_str() {
                "form" => "application/x-www-form-urlencoded",
                "xml" => "text/xml; charset=utf-8",
                _ => "application/json",
            };
            if raw.header("content-type").is_none() {
                raw.headers.push(("content-type".to_owned(), kind.to_owned()));
            }
            raw.body = Some(RawBody::Text(body));
        }
        self.authentication(&mut raw)?;
        Ok(raw)
    }

    /// Old backups have a user without a method.
    fn authentication(&mut self, raw: &mut RawRequest) -> Result<(), String> {
        let fields = &mut self.fields;
        let password = fields.raw_text("basic_auth_pass").unwrap_or_default();
        let user = fields.text("basic_auth_user").unwrap_or_default();
        let token = fields.raw_text("bearer_token").filter(|token| !token.is_empty());
        fields.ignore(&OAUTH);
        let method = self.method_of_auth().filter(|method| !method.is_empty());
        match method.as_deref() {
            None if user.is_empty() && password.is_empty() => {}
            None | Some("basic") => raw.basic = Some((user, Source::Value(password))),
            Some("none" | "oauth2-cc") => {}
            Some("bearer") => {
                raw.bearer =
                    Some(Source::Value(token.ok_or("its authentication by `bearer` has no `bearer_token`")?));
            }
            Some(other) => return Err(format!("authentication by `{other}` is not carried over")),
        }
        Ok(())
    }

    fn method_of_auth(&mut self) -> Option<String> {
        self.fields.raw_text("authMethod").or_else(|| self.fields.raw_text("auth_method"))
    }

    fn credentials(&mut self) -> Result<Option<ClientCredentials>, String> {
        if self.method_of_auth().as_deref() != Some("oauth2-cc") {
            return Ok(None);
        }
        let scopes = self.fields.text("oauth_scopes").unwrap_or_default();
        let audience = self.fields.filled("oauth_audience").map(|audience| ("audience".to_owned(), audience));
        let is_in_form = match self.fields.raw_text("oauth_auth_method").as_deref() {
            None | Some("" | "client_secret_basic") => false,
            Some("client_secret_post") => true,
            Some(other) => {
                return Err(format!("its `oauth_auth_method` is `{other}`, which no check can do"));
            }
        };
        let token_url = self.fields.filled("oauth_token_url");
        Ok(Some(ClientCredentials {
            token_url: token_url.ok_or("its authentication by `oauth2-cc` has no `oauth_token_url`")?,
            client_id: self.fields.text("oauth_client_id").unwrap_or_default(),
            client_secret: self.fields.raw_text("oauth_client_secret").map(Source::Value),
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            more: audience.into_iter().collect(),
            is_in_form,
        }))
    }

    fn expectations(&mut self, kind: &str, request: &mut DraftRequest) -> Result<(), String> {
        let fields = &mut self.fields;
        let statuses = match fields.value("accepted_statuscodes") {
            Some(_) => fields.texts("accepted_statuscodes"),
            None => vec!["200-299".to_owned()],
        };
        fields.ignore(&["accepted_statuscodes_json"]);
        request.status = Some(statuses.join(", "));
        request.follow = fields.number("maxredirects").and_then(|most| u32::try_from(most).ok());
        if fields.flag("expiryNotification") && request.url.starts_with("https://") {
            request.certificate_days = Some(CERTIFICATE_DAYS);
        }
        match kind {
            "keyword" => {
                let keyword = fields.filled("keyword").ok_or("it has no `keyword`")?;
                let rules = if fields.flag("invertKeyword") {
                    &mut request.not_contains
                } else {
                    &mut request.contains
                };
                rules.push(keyword);
            }
            "json-query" => request.json_path.push(json_rule(fields)?),
            _ => {}
        }
        Ok(())
    }

    fn network(&mut self, request: &DraftRequest, file: &mut DraftFile) {
        let host = Url::parse(&request.url).ok().as_ref().and_then(host_of);
        if self.fields.flag("ignoreTls")
            && let Some(host) = host
        {
            file.host(&host).insecure = true;
        }
        let Some(id) = self.fields.number("proxyId") else { return };
        let list = self.document.get("proxyList").and_then(Value::as_array);
        let proxy =
            list.into_iter().flatten().find(|proxy| proxy.get("id").and_then(Value::as_u64) == Some(id));
        let mut proxy = proxy.map(Fields::of);
        let mut text = |name: &str| proxy.as_mut().and_then(|proxy| proxy.raw_text(name));
        let written = match (text("protocol"), text("host"), text("port")) {
            (Some(protocol), Some(host), Some(port)) => {
                let user = text("username").filter(|user| !user.is_empty());
                let password = text("password").unwrap_or_default();
                let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let user = user.map(|user| match password.as_str() {
                    "" => format!("{}@", encoded(&user)),
                    password => format!("{}:{}@", encoded(&user), encoded(password)),
                });
                let user = user.unwrap_or_default();
                format!("{protocol}://{user}{host}:{port}")
            }
            _ => String::new(),
        };
        file.use_proxy(&self.name, &written);
    }

    /// Uptime Kuma tries again before it tells people; a runner has confirmation runs for that, and a count of bad ones.
    fn timing(&mut self, file: &mut DraftFile) -> DraftCheck {
        let fields = &mut self.fields;
        let seconds = |number: u64| Duration::from_secs(number.clamp(1, 366 * 86_400));
        let interval = seconds(fields.number("interval").unwrap_or(60));
        let again = fields.number("retryInterval").map(seconds).filter(|again| *again != interval);
        let retries = fields.number("maxretries").unwrap_or(0);
        if retries >= MOST_CONSECUTIVE {
            file.lose(
                &self.name,
                format!("`maxretries` of {retries}: `alert.consecutive` is at most {MOST_CONSECUTIVE}"),
            );
        }
        let tags = fields.list("tags").iter().filter_map(|tag| {
            if let Value::String(tag) = tag {
                return Some(tag.clone());
            }
            let mut tag = Fields::of(tag);
            let name = tag.raw_text("name").filter(|name| !is_secret_name(name))?;
            Some(
                tag.raw_text("value")
                    .filter(|value| !value.is_empty())
                    .map_or(name.clone(), |value| format!("{name}:{value}")),
            )
        });
        let tags: Vec<String> = self.group.clone().into_iter().chain(tags).collect();
        let timeout =
            fields.value("timeout").and_then(Value::as_f64).filter(|seconds| (0.001..1e6).contains(seconds));
        fields.ignore(&["description"]);
        DraftCheck {
            schedule: Some(durations::every(interval)),
            timeout: timeout.map(|seconds| durations::written(Duration::from_secs_f64(seconds))),
            tags,
            confirm_every: again.filter(|_| retries > 0).map(durations::every),
            consecutive: (retries > 0).then(|| (retries + 1).min(MOST_CONSECUTIVE)),
            enabled: (fields
                .value("active")
                .is_some_and(|active| matches!(active, Value::Bool(false)) || active.as_u64() == Some(0)))
            .then_some(false),
            ..DraftCheck::default()
        }
    }
}

/// A query that is a path alone; `JSONata` has much more.
fn json_rule(fields: &mut Fields<'_>) -> Result<String, String> {
    let query = fields.raw_text("jsonPath").unwrap_or_default();
    let expected = fields.text("expectedValue").unwrap_or_default();
    let operator = match fields.raw_text("jsonPathOperator").as_deref() {
        None | Some("==" | "") => "==",
        Some("!=") => "!=",
        Some("<") => "<",
        Some(">") => ">",
        Some("<=") => "<=",
        Some(">=") => ">=",
        Some("contains") => "contains",
        Some(other) => return Err(format!("the operator `{other}` is not carried over")),
    };
    let members = query.trim().trim_start_matches('$');
    let mut path = "$".to_owned();
    for member in members.split('.').filter(|member| !member.is_empty()) {
        let (name, index) = member.split_at(member.find('[').unwrap_or(member.len()));
        let is_index = index.is_empty()
            || index
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                .is_some_and(|n| n.parse::<u32>().is_ok());
        if !is_index
            || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
            || name.contains(' ')
        {
            return Err("its query is more than a path, and a rule has a path".to_owned());
        }
        if !name.is_empty() {
            path.push_str(&json_segment(name));
        }
        path.push_str(index);
    }
    Ok(format!("{path} {operator} {expected}").trim_end().to_owned())
}
