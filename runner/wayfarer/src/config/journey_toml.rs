//! `journey.toml`, the configuration of a project.
//!
//! | table | keys |
//! |---|---|
//! | `[build]` | `language`, `package`, `profile`, or `command` with `output` |
//! | `[params]`, `[profiles.NAME.params]` | values of parameters by name |
//! | `[secrets.NAME]` | `env` or `file`, `hosts`, `plaintext`, the places and uses of [`SecretTable`] |
//! | `[network]` | `allow`, `resolver`, `proxy`, `tls.ca`, `tls.client`, `host`: see [`NetworkTable`] |
//! | `[limits]` | limits of one attempt |
//! | `[journeys.NAME]` | overrides of the journey's code |
//! | `[alert]`, `[journeys.NAME.alert]` | a plain rule for incidents: see [`RuleTable`] |
//! | `[test]`, `[test.server]` | settings of `wayfarer test` |
//! | `[http-check.NAME]` | a journey without code: see [`HttpCheckTable`] |
//! | `[http-check-defaults]` | keys of every check that does not write them itself |
//!
//! Paths are relative to the file.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::deployment::Overlap;
use wayfarer_model::ids::{GroupName, JourneyName, LocationName};
use wayfarer_model::limits::Limits;
use wayfarer_model::retry::RetryReason;
use wayfarer_model::schedule::{Expression, Spread, Timezone};
use wayfarer_model::units::Bytes;

use super::network_tables::NetworkTable;
use super::one_or_many::one_or_many;
use super::schema_parts::one_or_many_schema;
use super::{
    AlertKeys, Grace, HttpCheckTable, ParamText, RetryKeys, RetryWait, RuleTable, ScheduleChoice,
    SecretTable, SlotKeys, Text,
};

/// Values of parameters by name.
pub(crate) type Params = BTreeMap<String, ParamText>;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JourneyToml {
    pub(crate) build: BuildTable,
    /// Values for every journey of the project.
    pub(crate) params: Params,
    /// Sets of values. `--profile` chooses one.
    pub(crate) profiles: BTreeMap<String, ProfileTable>,
    pub(crate) secrets: BTreeMap<String, SecretTable>,
    pub(crate) network: NetworkTable,
    pub(crate) limits: LimitsTable,
    pub(crate) alert: RuleTable,
    pub(crate) journeys: BTreeMap<String, JourneyTable>,
    pub(crate) test: TestTable,
    /// Keys of every check that does not write them itself.
    #[serde(rename = "http-check-defaults")]
    pub(crate) http_check_defaults: HttpCheckTable,
    #[serde(rename = "http-check")]
    pub(crate) http_checks: BTreeMap<String, HttpCheckTable>,
}

/// `[build]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BuildTable {
    /// `rust`; detected from the project's files by default.
    pub(crate) language: Option<String>,
    /// The cargo package; the package of the directory by default.
    pub(crate) package: Option<String>,
    /// The cargo profile; `release` by default.
    pub(crate) profile: Option<String>,
    /// A command that builds the component: the program, then its arguments.
    pub(crate) command: Vec<String>,
    /// The file that `command` creates.
    pub(crate) output: Option<PathBuf>,
}

impl BuildTable {
    /// Whether the file has the table.
    pub(crate) fn is_given(&self) -> bool {
        self.language.is_some() || self.package.is_some() || !self.command.is_empty() || self.output.is_some()
    }
}

/// `[profiles.NAME]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProfileTable {
    /// Override `[params]`.
    pub(crate) params: Params,
}

/// `[journeys.NAME]`: overrides of the journey's code. The keys from `schedule` to `group` apply to deployments.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JourneyTable {
    pub(crate) schedule: Option<Text<ScheduleChoice>>,
    pub(crate) timezone: Option<Text<Timezone>>,
    pub(crate) spread: Option<Text<Spread>>,
    pub(crate) grace: Option<Text<Grace>>,
    pub(crate) overlap: Option<Text<Overlap>>,
    pub(crate) confirm_every: Option<Text<Expression>>,
    pub(crate) locations: Option<Vec<Text<LocationName>>>,
    pub(crate) group: Option<Text<GroupName>>,
    pub(crate) timeout: Option<Text<Duration>>,
    pub(crate) retries: Option<u32>,
    pub(crate) retry_wait: Option<Text<RetryWait>>,
    pub(crate) retry_on: Option<Vec<Text<RetryReason>>>,
    pub(crate) retries_per_hour: Option<u32>,
    pub(crate) tags: Option<Vec<String>>,
    /// Who is to be told.
    pub(crate) owner: Option<String>,
    /// The URL of what to do.
    pub(crate) runbook: Option<String>,
    /// While one of these fails, nobody is told of this one.
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<JourneyName>>")]
    pub(crate) depends_on: Vec<Text<JourneyName>>,
    pub(crate) alert: RuleTable,
    /// Override `[params]`.
    pub(crate) params: Params,
    /// If false, the journey runs only when its full name is given.
    pub(crate) enabled: Option<bool>,
}

impl JourneyTable {
    pub(crate) fn alerts(&self) -> AlertKeys {
        AlertKeys { depends_on: self.depends_on.clone(), alert: self.alert.clone() }
    }

    pub(crate) fn retry(&self) -> RetryKeys {
        RetryKeys { wait: self.retry_wait, on: self.retry_on.clone(), per_hour: self.retries_per_hour }
    }

    pub(crate) fn slots(&self) -> SlotKeys {
        let is_off = matches!(self.schedule, Some(Text(ScheduleChoice::Off)));
        SlotKeys {
            is_off,
            spread: self.spread,
            grace: self.grace,
            overlap: self.overlap,
            confirm_every: self.confirm_every.clone(),
            locations: self.locations.clone(),
            group: self.group.clone(),
        }
    }
}

/// `[test]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestTable {
    /// The same as `-j`.
    pub(crate) jobs: Option<u32>,
    /// The same as `--reporter`.
    pub(crate) reporter: Vec<String>,
    /// A server that `wayfarer test` starts before the journeys.
    pub(crate) server: Option<ServerTable>,
}

/// `[test.server]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerTable {
    /// A shell command, run in the project's directory.
    pub(crate) command: String,
    /// The server is ready once this URL answers, with any status.
    pub(crate) url: Text<Url>,
    /// The longest time until it is ready; 60 s by default.
    pub(crate) timeout: Option<Text<Duration>>,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $key:ident: $kind:ty => $field:ident = $value:expr;)*) => {
        /// `[limits]`.
        #[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct LimitsTable {
            $($(#[$doc])* pub(crate) $key: Option<$kind>,)*
        }

        impl LimitsTable {
            /// Overrides the limits that this table sets.
            pub(crate) fn over(&self, mut limits: Limits) -> Limits {
                $(if let Some(given) = self.$key { limits.$field = $value(given); })*
                limits
            }
        }
    };
}

fn duration(text: Text<Duration>) -> Duration {
    text.0
}

fn bytes(text: Text<Bytes>) -> u64 {
    text.0.0
}

limits! {
    /// The longest duration of an attempt, for a journey without its own timeout.
    timeout: Text<Duration> => wall = duration;
    /// Processor time.
    cpu: Text<Duration> => cpu = duration;
    memory: Text<Bytes> => memory = bytes;
    steps: u32 => steps = u32::from;
    checks: u32 => checks = u32::from;
    metrics: u32 => metrics = u32::from;
    requests: u32 => requests = u32::from;
    /// Requests in flight at a time.
    concurrent_requests: u32 => concurrent_requests = u32::from;
    /// Bytes that an attempt sends and receives.
    traffic: Text<Bytes> => traffic = bytes;
    /// Bytes of one request's body.
    request_body: Text<Bytes> => request_body = bytes;
    /// Bytes of one response's body that the guest gets.
    response_body: Text<Bytes> => response_body = bytes;
    /// Bytes of log lines.
    log: Text<Bytes> => log = bytes;
    artifacts: Text<Bytes> => artifacts = bytes;
}
