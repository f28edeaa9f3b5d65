//! One version of a journey as it travels: the API's own shape of [`JourneySpec`], with its own schema.
//!
//! Durations are whole microseconds in fields that end in `_us`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::deployment::{Code, JourneySpec, Overlap, SecretUse, Timing};
use wayfarer_model::descriptor::{Descriptor, SecretNeed};
use wayfarer_model::ids::{ComponentDigest, GroupName, JourneyName, LocationName};
use wayfarer_model::limits::Limits;
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_model::retry::RetryPolicy;
use wayfarer_model::schedule::{Expression, Spread, Timezone};
use wayfarer_model::units::Micros;

use super::alert_body::AlertBody;
use super::retry_body::RetryBody;

/// A version of a journey: everything that its runs depend on
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct JourneyBody {
    /// What it says of itself, with the overrides of `journey.toml` applied
    pub(crate) descriptor: DescriptorBody,
    pub(crate) code: CodeBody,
    /// When it is due; none if only a person starts it
    #[serde(default)]
    pub(crate) timing: Option<TimingBody>,
    /// Values of parameters by name; presets fill in the rest
    #[serde(default)]
    pub(crate) params: BTreeMap<String, String>,
    /// How it uses its secrets, by name
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, SecretUseBody>,
    /// The hosts that it may call, as far as its tenant allows them
    #[serde(default)]
    pub(crate) allow: Vec<String>,
    pub(crate) limits: LimitsBody,
    /// Attempts beyond the first
    #[serde(default)]
    pub(crate) retries: u32,
    /// How they follow each other
    #[serde(default)]
    pub(crate) retry: RetryBody,
    /// The group whose members never run together
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<GroupName>,
    /// When people are told of it
    #[serde(default)]
    pub(crate) alert: AlertBody,
}

/// What runs
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum CodeBody {
    /// A journey of a component
    Component(ComponentCode),
    /// The journey without code
    HttpCheck(HttpCheckCode),
}

/// A journey of a component
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ComponentCode {
    /// SHA-256 of the component
    #[schema(value_type = String)]
    digest: ComponentDigest,
}

/// The journey without code
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct HttpCheckCode {
    /// Its requests as JSON text, as `examples/checks.toml` explains their keys, and the number of that format
    table: String,
}

/// What a component says of a journey
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DescriptorBody {
    #[schema(value_type = String)]
    pub(crate) name: JourneyName,
    /// One sentence for people; may be empty
    #[serde(default)]
    pub(crate) title: String,
    /// Who is to be told if it fails; may be empty
    #[serde(default)]
    pub(crate) owner: String,
    /// The URL of what to do if it fails; may be empty
    #[serde(default)]
    pub(crate) runbook: String,
    /// A cron expression or an interval
    #[serde(default)]
    pub(crate) schedule: Option<String>,
    /// The IANA timezone of the schedule
    #[serde(default)]
    pub(crate) timezone: Option<String>,
    /// The longest that one attempt may take, in microseconds
    #[serde(default)]
    pub(crate) timeout_us: Option<u64>,
    /// Words to select by
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Names of its steps in order, as far as they are known without running it; a name that ends in `?` is optional
    #[serde(default)]
    pub(crate) steps: Vec<String>,
    #[serde(default)]
    pub(crate) parameters: Vec<ParameterBody>,
    /// The secrets that it uses
    #[serde(default)]
    pub(crate) secrets: Vec<SecretNeedBody>,
    /// The hosts that it means to call
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// The kinds of cleanup that it understands
    #[serde(default)]
    pub(crate) cleanups: Vec<String>,
    /// Attempts beyond the first that its author wants
    #[serde(default)]
    pub(crate) retries: Option<u32>,
}

/// A secret that a journey uses
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SecretNeedBody {
    pub(crate) name: String,
    /// One sentence for people; may be empty
    #[serde(default)]
    pub(crate) title: String,
    /// Whether a run without a value is refused
    pub(crate) required: bool,
    /// Where in a request the journey puts it; the default places if none
    #[serde(default)]
    pub(crate) place: Option<String>,
}

impl From<SecretNeed> for SecretNeedBody {
    fn from(SecretNeed { name, title, required, place }: SecretNeed) -> Self {
        Self { name, title, required, place }
    }
}

impl From<SecretNeedBody> for SecretNeed {
    fn from(SecretNeedBody { name, title, required, place }: SecretNeedBody) -> Self {
        Self { name, title, required, place }
    }
}

/// A parameter of a journey
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ParameterBody {
    pub(crate) name: String,
    /// One sentence for people; may be empty
    pub(crate) title: String,
    pub(crate) kind: ParameterKindBody,
    /// Whether a run without a value is refused
    pub(crate) required: bool,
    /// The value if none is given
    pub(crate) preset: Option<String>,
}

/// What values a parameter takes
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ParameterKindBody {
    Text,
    /// A whole number of 64 bits with a sign
    Integer,
    /// A finite decimal number
    Number,
    /// `true` or `false`
    Boolean,
    /// An absolute `http` or `https` URL
    Url,
    /// A duration such as `30s`
    Duration,
    /// One of these words
    Choice(Vec<String>),
}

/// When a journey is due, and how late it may begin
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct TimingBody {
    /// A cron expression or an interval
    #[schema(value_type = String)]
    pub(crate) schedule: Expression,
    /// The IANA timezone of the schedule
    #[schema(value_type = String)]
    pub(crate) timezone: Timezone,
    /// The window over which journeys of the same schedule are spread, such as `30s`
    #[schema(value_type = String)]
    #[serde(default)]
    pub(crate) spread: Spread,
    /// How long after its instant a slot may still begin, in microseconds
    pub(crate) grace_us: u64,
    /// What becomes of a slot that is due during an earlier run: `skip`, `queue` or `allow`
    #[schema(value_type = String)]
    #[serde(default)]
    pub(crate) overlap: Overlap,
    /// How often a confirmation run is made while the journey fails
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confirm_every: Option<Expression>,
    /// The locations at which it is due; empty: every location
    #[schema(value_type = Vec<String>)]
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) locations: BTreeSet<LocationName>,
    /// The edition of the timezone database with which the server took the version, such as `2026f`; the server sets it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tzdata: Option<String>,
}

/// How a journey uses a secret of its tenant
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SecretUseBody {
    /// The hosts toward which it may travel; empty: every host that the journey may call
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Whether it may travel without TLS
    #[serde(default)]
    pub(crate) plaintext: bool,
    /// The places and grants that it asks for by name, each as the line of the tenant's entry that gives it, such as
    /// `totp = true`
    #[serde(default)]
    pub(crate) asks: BTreeSet<String>,
}

/// What one attempt may use
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LimitsBody {
    /// The longest that it may take, in microseconds
    pub(crate) wall_us: u64,
    /// Processor time, in microseconds
    pub(crate) cpu_us: u64,
    /// Bytes of all its memories together
    pub(crate) memory: u64,
    /// Elements of all its tables together
    pub(crate) table_elements: u64,
    pub(crate) steps: u32,
    pub(crate) checks: u32,
    pub(crate) metrics: u32,
    /// Each redirect counts
    pub(crate) requests: u32,
    pub(crate) concurrent_requests: u32,
    /// Bytes sent and received
    pub(crate) traffic: u64,
    /// Bytes of one request's body
    pub(crate) request_body: u64,
    /// Bytes of one response's body
    pub(crate) response_body: u64,
    /// Bytes of log lines
    pub(crate) log: u64,
    /// Bytes of artifacts
    pub(crate) artifacts: u64,
    /// Handles of the component
    pub(crate) handles: u32,
}

pub(super) fn micros(duration: Duration) -> u64 {
    Micros::from_duration(duration).0
}

impl From<JourneySpec> for JourneyBody {
    fn from(spec: JourneySpec) -> Self {
        let JourneySpec { descriptor, code, timing, params, secrets, allow, limits, retry, group, alert } =
            spec;
        Self {
            descriptor: descriptor.into(),
            code: match code {
                Code::Component(digest) => CodeBody::Component(ComponentCode { digest }),
                Code::HttpCheck(table) => CodeBody::HttpCheck(HttpCheckCode { table }),
            },
            timing: timing.map(Into::into),
            params,
            secrets: secrets.into_iter().map(|(name, usage)| (name, usage.into())).collect(),
            allow,
            limits: limits.into(),
            retries: retry.retries,
            retry: retry.into(),
            group,
            alert: alert.into(),
        }
    }
}

impl From<JourneyBody> for JourneySpec {
    fn from(body: JourneyBody) -> Self {
        let JourneyBody {
            descriptor,
            code,
            timing,
            params,
            secrets,
            allow,
            limits,
            retries,
            retry,
            group,
            alert,
        } = body;
        Self {
            descriptor: descriptor.into(),
            code: match code {
                CodeBody::Component(ComponentCode { digest }) => Code::Component(digest),
                CodeBody::HttpCheck(HttpCheckCode { table }) => Code::HttpCheck(table),
            },
            timing: timing.map(Into::into),
            params,
            secrets: secrets.into_iter().map(|(name, usage)| (name, usage.into())).collect(),
            allow,
            limits: limits.into(),
            retry: RetryPolicy::from(retry).with(retries),
            group,
            alert: alert.into(),
        }
    }
}

impl From<Descriptor> for DescriptorBody {
    fn from(descriptor: Descriptor) -> Self {
        let Descriptor {
            name,
            title,
            owner,
            runbook,
            schedule,
            timezone,
            timeout,
            tags,
            steps,
            parameters,
            secrets,
            hosts,
            cleanups,
            retries,
        } = descriptor;
        Self {
            name,
            title,
            owner,
            runbook,
            schedule,
            timezone,
            timeout_us: timeout.map(micros),
            tags,
            steps,
            parameters: parameters.into_iter().map(Into::into).collect(),
            secrets: secrets.into_iter().map(Into::into).collect(),
            hosts,
            cleanups,
            retries,
        }
    }
}

impl From<DescriptorBody> for Descriptor {
    fn from(body: DescriptorBody) -> Self {
        let DescriptorBody {
            name,
            title,
            owner,
            runbook,
            schedule,
            timezone,
            timeout_us,
            tags,
            steps,
            parameters,
            secrets,
            hosts,
            cleanups,
            retries,
        } = body;
        Self {
            name,
            title,
            owner,
            runbook,
            schedule,
            timezone,
            timeout: timeout_us.map(Duration::from_micros),
            tags,
            steps,
            parameters: parameters.into_iter().map(Into::into).collect(),
            secrets: secrets.into_iter().map(Into::into).collect(),
            hosts,
            cleanups,
            retries,
        }
    }
}

impl From<Parameter> for ParameterBody {
    fn from(parameter: Parameter) -> Self {
        let Parameter { name, title, kind, required, preset } = parameter;
        let kind = match kind {
            ParameterKind::Text => ParameterKindBody::Text,
            ParameterKind::Integer => ParameterKindBody::Integer,
            ParameterKind::Number => ParameterKindBody::Number,
            ParameterKind::Boolean => ParameterKindBody::Boolean,
            ParameterKind::Url => ParameterKindBody::Url,
            ParameterKind::Duration => ParameterKindBody::Duration,
            ParameterKind::Choice(words) => ParameterKindBody::Choice(words),
        };
        Self { name, title, kind, required, preset }
    }
}

impl From<ParameterBody> for Parameter {
    fn from(body: ParameterBody) -> Self {
        let ParameterBody { name, title, kind, required, preset } = body;
        let kind = match kind {
            ParameterKindBody::Text => ParameterKind::Text,
            ParameterKindBody::Integer => ParameterKind::Integer,
            ParameterKindBody::Number => ParameterKind::Number,
            ParameterKindBody::Boolean => ParameterKind::Boolean,
            ParameterKindBody::Url => ParameterKind::Url,
            ParameterKindBody::Duration => ParameterKind::Duration,
            ParameterKindBody::Choice(words) => ParameterKind::Choice(words),
        };
        Self { name, title, kind, required, preset }
    }
}

impl From<Timing> for TimingBody {
    fn from(timing: Timing) -> Self {
        let Timing { schedule, timezone, spread, grace, overlap, confirm_every, locations, tzdata } = timing;
        Self {
            schedule,
            timezone,
            spread,
            grace_us: micros(grace),
            overlap,
            confirm_every,
            locations,
            tzdata,
        }
    }
}

impl From<TimingBody> for Timing {
    fn from(body: TimingBody) -> Self {
        let TimingBody { schedule, timezone, spread, grace_us, overlap, confirm_every, locations, tzdata } =
            body;
        let grace = Duration::from_micros(grace_us);
        Self { schedule, timezone, spread, grace, overlap, confirm_every, locations, tzdata }
    }
}

impl From<SecretUse> for SecretUseBody {
    fn from(SecretUse { hosts, plaintext, asks }: SecretUse) -> Self {
        Self { hosts, plaintext, asks }
    }
}

impl From<SecretUseBody> for SecretUse {
    fn from(SecretUseBody { hosts, plaintext, asks }: SecretUseBody) -> Self {
        Self { hosts, plaintext, asks }
    }
}

/// Both have the same fields but for the two durations.
macro_rules! limits {
    ($($field:ident),*) => {
        impl From<Limits> for LimitsBody {
            fn from(limits: Limits) -> Self {
                let Limits { wall, cpu, $($field),* } = limits;
                Self { wall_us: micros(wall), cpu_us: micros(cpu), $($field),* }
            }
        }

        impl From<LimitsBody> for Limits {
            fn from(body: LimitsBody) -> Self {
                let LimitsBody { wall_us, cpu_us, $($field),* } = body;
                Self { wall: Duration::from_micros(wall_us), cpu: Duration::from_micros(cpu_us), $($field),* }
            }
        }
    };
}

limits!(
    memory,
    table_elements,
    steps,
    checks,
    metrics,
    requests,
    concurrent_requests,
    traffic,
    request_body,
    response_body,
    log,
    artifacts,
    handles
);

#[cfg(test)]
mod tests {
    use wayfarer_model::deployment::AlertSettings;

    use super::*;

    #[test]
    fn a_version_survives_the_way_and_its_durations_are_microseconds() {
        let parameter = Parameter {
            name: "region".into(),
            title: String::new(),
            kind: ParameterKind::Choice(vec!["eu".into()]),
            required: true,
            preset: Some("eu".into()),
        };
        let descriptor = Descriptor {
            name: "checkout".parse().unwrap(),
            title: "Buys".into(),
            schedule: Some("every 30s".into()),
            timezone: Some("Europe/Berlin".into()),
            timeout: Some(Duration::from_secs(7)),
            tags: vec!["tier-1".into()],
            steps: vec!["pay".into()],
            parameters: vec![parameter],
            owner: String::new(),
            runbook: String::new(),
            secrets: vec!["password".into()],
            hosts: vec!["shop.example".into()],
            cleanups: vec![],
            retries: Some(1),
        };
        let timing = Timing {
            timezone: "Europe/Berlin".parse().unwrap(),
            confirm_every: Some("every 10s".parse().unwrap()),
            locations: ["eu-1".parse().unwrap()].into(),
            ..Timing::of("every 30s".parse().unwrap())
        };
        let spec = JourneySpec {
            descriptor,
            code: Code::Component(ComponentDigest([7; 32])),
            timing: Some(timing),
            params: [("region".to_owned(), "eu".to_owned())].into(),
            secrets: [("password".to_owned(), SecretUse { plaintext: true, ..SecretUse::default() })].into(),
            allow: vec!["shop.example".into()],
            limits: Limits::default(),
            retry: RetryPolicy { per_hour: 3, ..RetryPolicy::of(1) },
            group: Some("account-a".parse().unwrap()),
            alert: AlertSettings {
                depends_on: ["log-in".parse().unwrap()].into(),
                rule: Some("2 of 3".parse().unwrap()),
            },
        };
        let sent = serde_json::to_value(JourneyBody::from(spec.clone())).unwrap();
        assert_eq!(sent["descriptor"]["timeout_us"], 7_000_000);
        assert_eq!(sent["descriptor"]["timezone"], "Europe/Berlin");
        assert_eq!(
            (&sent["timing"]["grace_us"], &sent["limits"]["wall_us"]),
            (&60_000_000.into(), &30_000_000.into())
        );
        assert_eq!(sent["timing"]["confirm_every"], "every 10s");
        assert_eq!(sent["timing"]["locations"], serde_json::json!(["eu-1"]));
        let again: JourneyBody = serde_json::from_value(sent).unwrap();
        assert_eq!(JourneySpec::from(again), spec);
    }
}
