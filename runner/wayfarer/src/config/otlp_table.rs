//! `[otlp]` of `wayfarer.toml`: where the server exports a trace of each run to, and where people look at traces.
//!
//! | key | meaning |
//! |---|---|
//! | `endpoint` | the receiver's base URL; requests go to `/v1/traces` below it |
//! | `headers.NAME` | a header of each request, by `env` or `file` |
//! | `timeout` | how long one request may take |
//! | `tenants` | whose runs are exported; those of all tenants by default |
//! | `passed` | whether runs are exported whose first attempt passed; they are by default |
//! | `ca` | authorities to trust beside the system's |
//! | `trace_link` | a page that shows a trace |

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::ids::TenantName;
use wayfarer_model::trace_context::TraceId;

use super::text::Shape;
use super::{FromText, Text};
use crate::channels::SecretSource;

/// What is put below the endpoint (OpenTelemetry Protocol Specification, "OTLP/HTTP").
const TRACES: &str = "/v1/traces";

/// Headers that the server sets by itself.
const OWN: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "user-agent",
];

/// `[otlp]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OtlpTable {
    /// Nothing is exported without it.
    endpoint: Option<Text<Url>>,
    pub(crate) headers: BTreeMap<String, SecretSource>,
    timeout: Option<Text<Duration>>,
    #[schemars(with = "Option<Vec<String>>")]
    pub(crate) tenants: Option<Vec<TenantName>>,
    passed: Option<bool>,
    pub(crate) ca: Vec<PathBuf>,
    trace_link: Option<Text<TraceLink>>,
}

/// The URL of a page that shows a trace, with `{trace_id}` in the place of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceLink(String);

impl TraceLink {
    const ID: &'static str = "{trace_id}";

    /// The page of one trace.
    pub(crate) fn of(&self, trace: TraceId) -> String {
        self.0.replace(Self::ID, &trace.to_string())
    }
}

impl OtlpTable {
    /// Where traces are sent to.
    pub(crate) fn traces(&self) -> Option<Url> {
        let mut url = self.endpoint.as_ref()?.0.clone();
        let path = format!("{}{TRACES}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Some(url)
    }

    /// How long one request may take, with its answer.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.map_or(Duration::from_secs(10), |text| text.0)
    }

    /// Whether runs are exported whose first attempt passed.
    pub(crate) fn passed(&self) -> bool {
        self.passed.unwrap_or(true)
    }

    /// Where people look at traces.
    pub(crate) fn trace_link(&self) -> Option<&TraceLink> {
        self.trace_link.as_ref().map(|text| &text.0)
    }

    /// What is wrong with it beside these tenants.
    pub(super) fn wrong(&self, has_tenant: impl Fn(&TenantName) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        let Some(endpoint) = self.endpoint.as_ref().map(|text| &text.0) else {
            let is_idle = self.headers.is_empty() && self.tenants.is_none() && self.ca.is_empty();
            if !is_idle || self.timeout.is_some() || self.passed.is_some() {
                wrong.push(
                    "[otlp] needs `endpoint`, the receiver's URL such as `https://otel.example.com:4318`"
                        .to_owned(),
                );
            }
            return wrong;
        };
        if endpoint.query().is_some() || endpoint.fragment().is_some() {
            wrong.push("[otlp] `endpoint` has a query or a fragment: leave it out; a key of the receiver's goes into `headers`".to_owned());
        }
        if endpoint.path().trim_end_matches('/').ends_with(TRACES) {
            wrong.push(format!("[otlp] `endpoint` ends with {TRACES}, which the server adds: leave it out"));
        }
        let allowed = Duration::from_millis(1)..=Duration::from_mins(5);
        if !allowed.contains(&self.timeout()) {
            wrong.push("[otlp] `timeout` is not between 1ms and 5m".to_owned());
        }
        for name in self.headers.keys() {
            let lower = name.to_ascii_lowercase();
            if HeaderName::from_bytes(name.as_bytes()).is_err() {
                wrong.push(format!(
                    "[otlp] `headers` has `{}`, which is no header's name",
                    name.escape_debug()
                ));
            } else if OWN.contains(&lower.as_str()) {
                wrong.push(format!("[otlp] `headers.{name}` is set by the server: leave it out"));
            }
        }
        if self.tenants.as_ref().is_some_and(Vec::is_empty) {
            wrong.push(
                "[otlp] `tenants` names none: leave it out for all of them, or leave `endpoint` out"
                    .to_owned(),
            );
        }
        for tenant in self.tenants.iter().flatten().filter(|tenant| !has_tenant(tenant)) {
            wrong.push(format!("[otlp] `tenants` names `{tenant}`, which has no table"));
        }
        wrong
    }
}

impl FromText for TraceLink {
    const WHAT: &'static str =
        "a URL with `{trace_id}` in it, such as `https://tempo.example/trace/{trace_id}`";
    fn from_text(text: &str) -> Result<Self, String> {
        let is_url = Url::from_text(&text.replace(Self::ID, "0")).is_ok();
        if is_url && text.contains(Self::ID) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "`{text}` is no URL with `{{trace_id}}` in it: write it like `https://tempo.example/trace/{{trace_id}}`"
        ))
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
    fn shape() -> Shape {
        Shape::Like("^ *[Hh][Tt][Tt][Pp][Ss]?:.*\\{trace_id\\}")
    }
}
