//! The settings of each fault. Parsing checks them, and no other module checks them again.

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::FaultError;
use super::name::Name;
use super::plan::When;

/// The longest wait of a fault.
const MAX_MS: u64 = 600_000;

/// A fault, the path that it covers, and its duration.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) fault: Fault,
    /// A prefix that is neither empty nor `/`. None covers every path.
    pub(crate) path: Option<String>,
    pub(crate) for_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Fault {
    Latency(Latency),
    ErrorRate(ErrorRate),
    BrokenEndpoint(BrokenEndpoint),
    SlowBody(SlowBody),
    Reset(Reset),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Latency {
    pub(crate) ms: u64,
    #[serde(default)]
    pub(crate) jitter_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorRate {
    pub(crate) rate: f64,
    #[serde(default = "unavailable")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) seed: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrokenEndpoint {
    #[serde(default = "unavailable")]
    pub(crate) status: u16,
    #[serde(default = "fault_body")]
    pub(crate) body: Value,
}

/// Exactly one of the two fields is set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlowBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_per_second: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) chunk_delay_ms: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    #[serde(default)]
    pub(crate) when: When,
}

fn unavailable() -> u16 {
    503
}

/// The body of a response that a fault creates.
pub(crate) fn fault_body() -> Value {
    json!({ "error": "fault switched on" })
}

/// The status, if a final response may have it.
pub(crate) fn final_status(code: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(code)
        .ok()
        .filter(|_| (200..600).contains(&code))
        .ok_or_else(|| format!("the status {code} is not between 200 and 599"))
}

impl Settings {
    /// Parses and checks the settings of the fault `name`.
    pub(crate) fn parse(name: Name, mut sent: Map<String, Value>) -> Result<Self, FaultError> {
        let malformed = |why: String| FaultError::Malformed { name, why };
        let for_ms = take(&mut sent, "for_ms").map_err(malformed)?;
        let path: Option<String> = take(&mut sent, "path").map_err(malformed)?;
        let path = path.as_deref().map_or(Ok(None), scope).map_err(malformed)?;
        let fault = Fault::parse(name, sent).map_err(malformed)?;
        fault.check().map_err(malformed)?;
        if name == Name::BrokenEndpoint && path.is_none() {
            return Err(malformed("`path` must name an endpoint, not `/`".to_owned()));
        }
        Ok(Self { fault, path, for_ms })
    }
}

impl Fault {
    fn parse(name: Name, sent: Map<String, Value>) -> Result<Self, String> {
        Ok(match name {
            Name::Latency => Self::Latency(read(sent)?),
            Name::ErrorRate => Self::ErrorRate(read(sent)?),
            Name::BrokenEndpoint => Self::BrokenEndpoint(read(sent)?),
            Name::SlowBody => Self::SlowBody(read(sent)?),
            Name::Reset => Self::Reset(read(sent)?),
        })
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Latency(latency) => wait("ms", latency.ms).and(wait("jitter_ms", latency.jitter_ms)),
            Self::ErrorRate(errors) if !(0.0..=1.0).contains(&errors.rate) => {
                Err(format!("the rate {} is not between 0 and 1", errors.rate))
            }
            Self::ErrorRate(ErrorRate { status, .. })
            | Self::BrokenEndpoint(BrokenEndpoint { status, .. }) => final_status(*status).map(|_| ()),
            Self::SlowBody(SlowBody { bytes_per_second: Some(rate), chunk_delay_ms: None }) => {
                body_rate(*rate)
            }
            Self::SlowBody(SlowBody { bytes_per_second: None, chunk_delay_ms: Some(ms) }) => {
                wait("chunk_delay_ms", *ms)
            }
            Self::SlowBody(_) => Err("it takes either `bytes_per_second` or `chunk_delay_ms`".to_owned()),
            Self::Reset(_) => Ok(()),
        }
    }
}

/// Checks the rate of a body.
pub(crate) fn body_rate(bytes_per_second: u64) -> Result<(), String> {
    if bytes_per_second == 0 { Err("at 0 bytes a second a body never ends".to_owned()) } else { Ok(()) }
}

/// Checks the wait of a fault.
pub(crate) fn wait(field: &str, ms: u64) -> Result<(), String> {
    if ms > MAX_MS { Err(format!("`{field}` is {ms}: expected at most {MAX_MS}")) } else { Ok(()) }
}

/// Removes a field that every fault has, so that the fault's own type can deny unknown fields.
fn take<T: DeserializeOwned>(sent: &mut Map<String, Value>, field: &str) -> Result<Option<T>, String> {
    let Some(value) = sent.remove(field) else { return Ok(None) };
    serde_json::from_value(value).map_err(|why| format!("`{field}`: {why}"))
}

fn read<T: DeserializeOwned>(sent: Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(sent)).map_err(|why| why.to_string())
}

/// Checks the path prefix and returns it in the form of [`Settings::path`].
fn scope(path: &str) -> Result<Option<String>, String> {
    if !path.starts_with('/') {
        return Err(format!("the path `{path}` does not begin with `/`"));
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed == "/faults" || trimmed.starts_with("/faults/") {
        return Err("a fault cannot cover /faults, because nobody could switch it off".to_owned());
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Name, Settings};

    fn refusal(name: Name, sent: Value) -> String {
        let Value::Object(sent) = sent else { panic!("settings are an object") };
        Settings::parse(name, sent).expect_err("malformed").to_string()
    }

    #[test]
    fn a_refusal_says_what_is_wrong_and_what_works() {
        let missing = refusal(Name::Latency, json!({}));
        assert_eq!(
            missing,
            "malformed settings for latency: missing field `ms`; \
             send for example {\"ms\":500,\"jitter_ms\":100}"
        );
        let why = |name, sent, part: &str| {
            let text = refusal(name, sent);
            assert!(text.contains(part), "{text}");
        };
        why(Name::Latency, json!({"ms": 5, "jiter_ms": 5}), "unknown field `jiter_ms`");
        why(Name::Latency, json!({"ms": 5, "for_ms": "soon"}), "`for_ms`: invalid type");
        why(Name::Latency, json!({"ms": 600_001}), "expected at most 600000");
        why(Name::ErrorRate, json!({"rate": 1.5}), "not between 0 and 1");
        why(Name::ErrorRate, json!({"rate": 0.5, "status": 99}), "not between 200 and 599");
        why(Name::BrokenEndpoint, json!({"status": 500}), "`path` must name an endpoint");
        why(Name::Reset, json!({"path": "orders"}), "does not begin with `/`");
        why(Name::Reset, json!({"path": "/faults"}), "a fault cannot cover /faults");
        why(Name::SlowBody, json!({}), "it takes either");
        why(Name::SlowBody, json!({"bytes_per_second": 0}), "never ends");
    }
}
