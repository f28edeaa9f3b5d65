//! `wayfarer.toml`: what `wayfarer serve` is and for whom it works.
//!
//! | table | keys |
//! |---|---|
//! | `[server]` | `listen`, `grace`, `location` |
//! | `[storage]` | `data_dir`, `reserve` |
//! | `[limits]` | `runs`, `component` |
//! | `[retention]` | `bodies`, `logs`, `artifacts`, `runs`, `rollups` |
//! | `[tenants.NAME]` | `title`, `runs`, `runs_per_day`, `journeys`, `retries` |
//! | `[tenants.NAME.network]` | `allow`, `resolver`, `tls.ca`, `tls.client`, as in `journey.toml` |
//! | `[tenants.NAME.limits]` | the most that a journey may ask for, by the keys of `[limits]` in `journey.toml` |
//! | `[tenants.NAME.retention]` | the keys of `[retention]`, for this tenant |
//! | `[tenants.NAME.secrets.NAME]` | `env` or `file`, `hosts`, `plaintext` |
//!
//! `examples/wayfarer.toml` explains each key. Paths are relative to the file. Every table may be left out, the
//! file too: then there is one tenant, `local`, and its journeys may call whatever their own `network.allow`
//! says. A tenant that is written down may call what is written down for it, and nothing where nothing is.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use wayfarer_model::ids::{LocationName, TenantName};
use wayfarer_model::units::Bytes;

use super::journey_toml::{LimitsTable, NetworkTable, SecretTable};
use super::{Count, RetentionTable, Text};

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunnerToml {
    /// Where it listens and how it stops.
    pub(crate) server: ServeTable,
    /// Where everything is kept.
    pub(crate) storage: StorageTable,
    /// What the whole process may use.
    pub(crate) limits: ProcessTable,
    /// How long results are kept.
    pub(crate) retention: RetentionTable,
    /// For whom it works; one tenant `local` where there is none.
    pub(crate) tenants: BTreeMap<TenantName, TenantTable>,
}

/// `[server]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeTable {
    listen: Option<Text<SocketAddr>>,
    grace: Option<Text<Duration>>,
    location: Option<Text<LocationName>>,
}

impl ServeTable {
    /// The port where nothing is said.
    const PORT: u16 = 7300;
    /// Below the 30 seconds after which a container's keeper kills.
    const GRACE: Duration = Duration::from_secs(25);

    /// Where the API listens.
    pub(crate) fn listen(&self) -> SocketAddr {
        self.listen.map_or_else(|| (Ipv4Addr::LOCALHOST, Self::PORT).into(), |text| text.0)
    }

    /// How long runs that are under way may go on once the server is told to stop.
    pub(crate) fn grace(&self) -> Duration {
        self.grace.map_or(Self::GRACE, |text| text.0)
    }

    /// Where runs happen; `local` where nothing is said.
    pub(crate) fn location(&self) -> Option<&LocationName> {
        self.location.as_ref().map(|text| &text.0)
    }
}

/// `[storage]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorageTable {
    /// As `--data-dir`, which goes before it.
    pub(super) data_dir: Option<PathBuf>,
    reserve: Option<Text<Bytes>>,
}

impl StorageTable {
    /// Bytes of the disk that are not for new runs.
    pub(crate) fn reserve(&self) -> u64 {
        self.reserve.map_or(256 << 20, |size| size.0.0)
    }
}

/// `[limits]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProcessTable {
    runs: Option<Text<Count>>,
    component: Option<Text<Bytes>>,
}

impl ProcessTable {
    /// How many runs may be under way at a time, of all tenants together.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.map_or(64, |count| count.0.0)
    }

    /// The largest component that may be uploaded, in bytes.
    pub(crate) fn component(&self) -> u64 {
        self.component.map_or(64 << 20, |size| size.0.0)
    }
}

/// `[tenants.NAME]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TenantTable {
    /// For people.
    pub(crate) title: Option<String>,
    runs: Option<Text<Count>>,
    /// How many runs it has a day (UTC); no limit where absent.
    pub(crate) runs_per_day: Option<Text<Count>>,
    journeys: Option<Text<Count>>,
    retries: Option<u32>,
    /// Which hosts its journeys may call, and how.
    pub(crate) network: NetworkTable,
    /// The most that a journey may ask for.
    pub(crate) limits: LimitsTable,
    /// How long its results are kept, where the general table should not hold.
    pub(crate) retention: RetentionTable,
    /// Values for the secrets of its journeys.
    pub(crate) secrets: BTreeMap<String, SecretTable>,
}

impl TenantTable {
    /// How many runs may be under way at a time.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.map_or(8, |count| count.0.0)
    }

    /// How many journeys may be deployed.
    pub(crate) fn journeys(&self) -> u32 {
        self.journeys.map_or(1_000, |count| count.0.0)
    }

    /// How many retries a journey may ask for.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.unwrap_or(5)
    }
}
