//! `wayfarer.toml`, the configuration of `wayfarer serve`.
//!
//! | table | keys |
//! |---|---|
//! | `[server]` | `listen`, `grace`, `location`, `connections`, `connections_per_peer`, `health`, `url`, `trusted_proxies` |
//! | `[server.tls]` | `certificate`, `key` |
//! | `[server.sessions]` | `lifetime`, `idle` |
//! | `[server.oidc]`, `[[server.oidc.grants]]` | with which people sign in: see [`OidcTable`] |
//! | `[storage]` | `data_dir`, `reserve` |
//! | `[limits]` | `runs`, `component`, `memory` |
//! | `[retention]` | `bodies`, `logs`, `artifacts`, `deliveries`, `incidents`, `runs`, `rollups`, `audit` |
//! | `[tenants.NAME]` | `title`, `runs`, `runs_per_day`, `confirm_runs_per_day`, `memory`, `components`, `stored_bytes`, `journeys`, `retries` |
//! | `[evidence]` | `head`, `body`, `attempt`, `good_every`: see [`EvidenceTable`] |
//! | `[network]` | `proxy`, for the tenants that name none; `beacons` and `control_names`, for the runner itself |
//! | `[tenants.NAME.network]` | `allow`, `trace`, `resolver`, `proxy`, `tls.ca`, `tls.client`, `host`: see [`NetworkTable`] |
//! | `[tenants.NAME.limits]` | the highest limits of a journey, with the keys of `[limits]` in `journey.toml` |
//! | `[tenants.NAME.retention]` | the keys of `[retention]` but `audit`, for this tenant |
//! | `[tenants.NAME.incidents]` | `false_pages_per_month`, `transient`: see [`IncidentTable`] |
//! | `[tenants.NAME.status_page]` | `path`, `title`, `about`, `services`: see [`StatusPageTable`] |
//! | `[domains]` | `lookup`, `registries` |
//! | `[otlp]` | where traces of runs go to, and where people look at them: see [`OtlpTable`] |
//! | `[alerting]` | `run_url`, `group_within`, `fallback_after`, `give_up_after` |
//! | `[channels.NAME]`, `[tenants.NAME.channels.NAME]` | where notices go: see [`ChannelTable`] |
//! | `[[alerts]]`, `[[tenants.NAME.alerts]]` | who is told of which incidents: see [`AlertTable`] |
//! | `[tenants.NAME.secrets.NAME]` | `env` or `file`, `hosts`, `plaintext`, the places and uses of [`SecretTable`] |
//!
//! `examples/wayfarer.toml` explains each key. Paths are relative to the file. Every table is optional, and so is
//! the file. Without tenants in the file there is one, `local`, and its journeys may call every host that their own
//! `network.allow` names. A tenant in the file may call only the hosts that the file allows it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::ids::{ChannelName, LocationName, TenantName};
use wayfarer_model::units::Bytes;
use wayfarer_sandbox::SandboxSettings;
use wayfarer_sandbox::net::{Beacon, ControlName};

use super::access_tables::{Network, ServerTlsTable, SessionsTable};
use super::alert_tables::{AlertTable, AlertingTable};
use super::journey_toml::LimitsTable;
use super::network_tables::{NetworkTable, ProxyTable};
use super::oidc_table::OidcTable;
use super::secret_table::SecretTable;
use super::{
    Count, DomainsTable, EvidenceTable, IncidentTable, OtlpTable, RetentionTable, StatusPageTable, Text,
};
use crate::channels::ChannelTable;

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunnerToml {
    pub(crate) server: ServeTable,
    pub(crate) storage: StorageTable,
    pub(crate) limits: ProcessTable,
    pub(crate) retention: RetentionTable,
    pub(crate) evidence: EvidenceTable,
    pub(crate) network: RunnerNetworkTable,
    pub(crate) domains: DomainsTable,
    pub(crate) otlp: OtlpTable,
    pub(crate) alerting: AlertingTable,
    /// Channels that every tenant's routes may name.
    #[schemars(with = "BTreeMap<String, ChannelTable>")]
    pub(crate) channels: BTreeMap<ChannelName, ChannelTable>,
    /// Routes for incidents that no route of their tenant covers.
    pub(crate) alerts: Vec<AlertTable>,
    /// If empty, `local` is the only tenant.
    #[schemars(with = "BTreeMap<String, TenantTable>")]
    pub(crate) tenants: BTreeMap<TenantName, TenantTable>,
}

/// `[server]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeTable {
    listen: Option<Text<SocketAddr>>,
    grace: Option<Text<Duration>>,
    location: Option<Text<LocationName>>,
    /// Where health is answered beside the API's own listener; none by default.
    pub(crate) health: Option<Text<SocketAddr>>,
    connections: Option<Text<Count>>,
    connections_per_peer: Option<Text<Count>>,
    trusted_proxies: Vec<Text<Network>>,
    /// Without it the server speaks plain HTTP.
    pub(crate) tls: Option<ServerTlsTable>,
    pub(crate) sessions: SessionsTable,
    /// Where browsers reach the server.
    url: Option<Text<Url>>,
    /// With which people sign in beside tokens.
    pub(crate) oidc: Option<OidcTable>,
}

impl ServeTable {
    const PORT: u16 = 7300;
    /// Below the 30 seconds after which container runtimes kill a process.
    const GRACE: Duration = Duration::from_secs(25);

    pub(crate) fn listen(&self) -> SocketAddr {
        self.listen.map_or_else(|| (Ipv4Addr::LOCALHOST, Self::PORT).into(), |text| text.0)
    }

    /// How long runs in flight may continue after SIGTERM.
    pub(crate) fn grace(&self) -> Duration {
        self.grace.map_or(Self::GRACE, |text| text.0)
    }

    /// The most connections of the API, and the most of one peer.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let most = |count: Option<Text<Count>>, usual: usize| count.map_or(usual, |count| count.0.0 as usize);
        (most(self.connections, 1_024), most(self.connections_per_peer, 256))
    }

    /// Where browsers reach the server.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.url.as_ref().map(|text| &text.0)
    }

    /// Whose word is taken for where a request comes from.
    pub(crate) fn trusted_proxies(&self) -> Vec<IpNet> {
        self.trusted_proxies.iter().map(|text| text.0.0).collect()
    }

    pub(crate) fn location(&self) -> Option<&LocationName> {
        self.location.as_ref().map(|text| &text.0)
    }
}

/// `[storage]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorageTable {
    /// `--data-dir` overrides it.
    pub(super) data_dir: Option<PathBuf>,
    reserve: Option<Text<Bytes>>,
}

impl StorageTable {
    /// Bytes of disk space that new runs may not use.
    pub(crate) fn reserve(&self) -> u64 {
        self.reserve.map_or(256 << 20, |size| size.0.0)
    }
}

/// `[limits]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProcessTable {
    runs: Option<Text<Count>>,
    component: Option<Text<Bytes>>,
    memory: Option<Text<Bytes>>,
    compile_cpu: Option<Text<Duration>>,
}

impl ProcessTable {
    /// The concurrency limit of runs, of all tenants together.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.map_or(64, |count| count.0.0)
    }

    /// What all runs may hold in memory, in bytes; none: as much as the machine suggests.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.memory.map(|size| size.0.0)
    }

    /// The largest component that may be uploaded, in bytes.
    pub(crate) fn component(&self) -> u64 {
        self.component.map_or(64 << 20, |size| size.0.0)
    }

    /// The processor time that compiling a component may take.
    pub(crate) fn compile_cpu(&self) -> Duration {
        self.compile_cpu.map_or(SandboxSettings::COMPILE_CPU, |text| text.0)
    }
}

/// `[network]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunnerNetworkTable {
    /// The proxy of every tenant that has none of its own.
    pub(crate) proxy: Option<ProxyTable>,
    /// Hosts of somebody else's that answer as long as the runner's way out works.
    pub(crate) beacons: Vec<Text<Beacon>>,
    /// Names that the name servers of the runner and its tenants answer for.
    pub(crate) control_names: Vec<Text<ControlName>>,
}

/// `[tenants.NAME]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TenantTable {
    pub(crate) title: Option<String>,
    runs: Option<Text<Count>>,
    /// The quota of runs a day (UTC); none by default.
    pub(crate) runs_per_day: Option<Text<Count>>,
    /// The cap of confirmation runs a day (UTC), beside the quota; as many as that by default.
    pub(crate) confirm_runs_per_day: Option<Text<Count>>,
    journeys: Option<Text<Count>>,
    memory: Option<Text<Bytes>>,
    components: Option<Text<Bytes>>,
    stored_bytes: Option<Text<Bytes>>,
    retries: Option<u32>,
    pub(crate) network: NetworkTable,
    /// The highest limits that a journey may set.
    pub(crate) limits: LimitsTable,
    /// Overrides the general `[retention]`.
    pub(crate) retention: RetentionTable,
    pub(crate) incidents: IncidentTable,
    /// A page for the public; none by default.
    pub(crate) status_page: Option<StatusPageTable>,
    pub(crate) secrets: BTreeMap<String, SecretTable>,
    /// None has the name of one of the platform's.
    #[schemars(with = "BTreeMap<String, ChannelTable>")]
    pub(crate) channels: BTreeMap<ChannelName, ChannelTable>,
    pub(crate) alerts: Vec<AlertTable>,
}

impl TenantTable {
    /// The concurrency limit of the tenant's runs.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.map_or(8, |count| count.0.0)
    }

    /// The most journeys that the tenant may deploy.
    pub(crate) fn journeys(&self) -> u32 {
        self.journeys.map_or(1_000, |count| count.0.0)
    }

    /// What the tenant's runs may hold in memory, in bytes; none: half of what all may.
    pub(crate) fn memory(&self) -> Option<u64> {
        self.memory.map(|size| size.0.0)
    }

    /// What the tenant's components may have together, in bytes.
    pub(crate) fn components(&self) -> u64 {
        self.components.map_or(1 << 30, |size| size.0.0)
    }

    /// What the tenant's recordings may have together in the database, in bytes; none: as many as there are.
    pub(crate) fn stored_bytes(&self) -> Option<u64> {
        self.stored_bytes.map(|size| size.0.0)
    }

    /// The most retries that a journey may have.
    pub(crate) fn retries(&self) -> u32 {
        self.retries.unwrap_or(5)
    }
}
