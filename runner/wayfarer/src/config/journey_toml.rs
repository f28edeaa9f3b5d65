//! `journey.toml`: what stands beside a journey's source.
//!
//! | table | keys |
//! |---|---|
//! | `[build]` | `language`, `package`, `profile`, or `command` with `output` |
//! | `[params]`, `[profiles.NAME.params]` | values of parameters by name |
//! | `[secrets.NAME]` | `env` or `file`, `hosts`, `plaintext` |
//! | `[network]` | `allow`, `resolver`, `tls.ca`, `tls.client` |
//! | `[limits]` | what one attempt may use |
//! | `[journeys.NAME]` | what is different from what the code says |
//! | `[test]`, `[test.server]` | how `wayfarer test` runs here |
//! | `[http-check.NAME]` | a journey without code |
//!
//! Paths are relative to the file.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use wayfarer_model::deployment::Overlap;
use wayfarer_model::egress::HostPattern;
use wayfarer_model::ids::GroupName;
use wayfarer_model::limits::Limits;
use wayfarer_model::schedule::{Expression, Spread, Timezone};
use wayfarer_model::units::Bytes;

use super::{Grace, HttpCheckTable, ParamText, ScheduleChoice, SlotKeys, Text};

/// Values of parameters by name.
pub(crate) type Params = BTreeMap<String, ParamText>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JourneyToml {
    /// How to make the component.
    pub(crate) build: BuildTable,
    /// Values for every journey.
    pub(crate) params: Params,
    /// Sets of values, chosen by `--profile`.
    pub(crate) profiles: BTreeMap<String, ProfileTable>,
    /// Where secrets come from.
    pub(crate) secrets: BTreeMap<String, SecretTable>,
    /// Which hosts may be called, and how.
    pub(crate) network: NetworkTable,
    /// What one attempt may use.
    pub(crate) limits: LimitsTable,
    /// Overrides by journey.
    pub(crate) journeys: BTreeMap<String, JourneyTable>,
    /// How `wayfarer test` runs here.
    pub(crate) test: TestTable,
    /// Journeys without code.
    #[serde(rename = "http-check")]
    pub(crate) http_checks: BTreeMap<String, HttpCheckTable>,
}

/// `[build]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BuildTable {
    /// `rust`; found out from the files there where absent.
    pub(crate) language: Option<String>,
    /// The cargo package; the folder's own where absent.
    pub(crate) package: Option<String>,
    /// The cargo profile; `release` where absent.
    pub(crate) profile: Option<String>,
    /// A command that makes the component, program first.
    pub(crate) command: Vec<String>,
    /// The file that the command makes.
    pub(crate) output: Option<PathBuf>,
}

impl BuildTable {
    /// Whether anything of it was written.
    pub(crate) fn is_given(&self) -> bool {
        self.language.is_some() || self.package.is_some() || !self.command.is_empty() || self.output.is_some()
    }
}

/// `[profiles.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProfileTable {
    /// Values that go before those of `[params]`.
    pub(crate) params: Params,
}

/// `[secrets.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SecretTable {
    /// The environment variable that holds it.
    pub(crate) env: Option<String>,
    /// The file that holds it; one trailing line break is dropped.
    pub(crate) file: Option<PathBuf>,
    /// The hosts toward which it may travel; `network.allow` where empty.
    pub(crate) hosts: Vec<Text<HostPattern>>,
    /// Whether it may travel without TLS.
    pub(crate) plaintext: bool,
}

/// `[network]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NetworkTable {
    /// The hosts that may be called; empty means none.
    pub(crate) allow: Vec<Text<HostPattern>>,
    /// A name server to ask instead of the system's.
    pub(crate) resolver: Option<Text<SocketAddr>>,
    /// Private trust.
    pub(crate) tls: TlsTable,
}

/// `[network.tls]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsTable {
    /// PEM files of certificate authorities, beside the system's.
    pub(crate) ca: Vec<PathBuf>,
    /// Client certificates.
    pub(crate) client: Vec<ClientTable>,
}

/// `[[network.tls.client]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientTable {
    /// The hosts that get to see it.
    pub(crate) hosts: Vec<Text<HostPattern>>,
    /// PEM file of the chain, leaf first.
    pub(crate) certificate: PathBuf,
    /// PEM file of the key.
    pub(crate) key: PathBuf,
}

/// `[journeys.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct JourneyTable {
    /// In place of the code's; `off` for none. Read when the journey is deployed, as are the six below.
    pub(crate) schedule: Option<Text<ScheduleChoice>>,
    /// In place of the code's.
    pub(crate) timezone: Option<Text<Timezone>>,
    /// The window over which journeys of one schedule are spread.
    pub(crate) spread: Option<Text<Spread>>,
    /// How late a slot may still begin.
    pub(crate) grace: Option<Text<Grace>>,
    /// What becomes of a slot while an earlier run is under way.
    pub(crate) overlap: Option<Text<Overlap>>,
    /// How often to look while the last look failed.
    pub(crate) confirm_every: Option<Text<Expression>>,
    /// The group whose members never run together.
    pub(crate) group: Option<Text<GroupName>>,
    /// In place of the code's.
    pub(crate) timeout: Option<Text<Duration>>,
    /// In place of the code's.
    pub(crate) retries: Option<u32>,
    /// In place of the code's.
    pub(crate) tags: Option<Vec<String>>,
    /// Values that go before those of `[params]`.
    pub(crate) params: Params,
    /// Whether it runs at all unless named in full.
    pub(crate) enabled: Option<bool>,
}

impl JourneyTable {
    /// What it says of slots, beside schedule and timezone.
    pub(crate) fn slots(&self) -> SlotKeys {
        let is_off = matches!(self.schedule, Some(Text(ScheduleChoice::Off)));
        SlotKeys {
            is_off,
            spread: self.spread,
            grace: self.grace,
            overlap: self.overlap,
            confirm_every: self.confirm_every.clone(),
            group: self.group.clone(),
        }
    }
}

/// `[test]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TestTable {
    /// How many at a time.
    pub(crate) jobs: Option<u32>,
    /// As `--reporter`.
    pub(crate) reporter: Vec<String>,
    /// What to start first.
    pub(crate) server: Option<ServerTable>,
}

/// `[test.server]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerTable {
    /// For the shell, in the project's folder.
    pub(crate) command: String,
    /// Ready once it answers, whatever the status.
    pub(crate) url: Text<Url>,
    /// How long to wait for that; 60 s where absent.
    pub(crate) timeout: Option<Text<Duration>>,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $key:ident: $kind:ty => $field:ident = $value:expr;)*) => {
        /// `[limits]`.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct LimitsTable {
            $($(#[$doc])* pub(crate) $key: Option<$kind>,)*
        }

        impl LimitsTable {
            /// The limits that result where this table says nothing of a limit.
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
    /// The longest that an attempt of a journey may take that names no timeout of its own.
    timeout: Text<Duration> => wall = duration;
    /// Processor time.
    cpu: Text<Duration> => cpu = duration;
    /// Memory.
    memory: Text<Bytes> => memory = bytes;
    /// Steps begun.
    steps: u32 => steps = u32::from;
    /// Checks recorded.
    checks: u32 => checks = u32::from;
    /// Metrics recorded.
    metrics: u32 => metrics = u32::from;
    /// Requests sent.
    requests: u32 => requests = u32::from;
    /// Requests under way at the same time.
    concurrent_requests: u32 => concurrent_requests = u32::from;
    /// Bytes sent and received.
    traffic: Text<Bytes> => traffic = bytes;
    /// Bytes of one request's body.
    request_body: Text<Bytes> => request_body = bytes;
    /// Bytes of one response's body that the guest is given.
    response_body: Text<Bytes> => response_body = bytes;
    /// Bytes of log lines.
    log: Text<Bytes> => log = bytes;
    /// Bytes of artifacts.
    artifacts: Text<Bytes> => artifacts = bytes;
}
