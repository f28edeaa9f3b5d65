//! `[server.tls]`, `[server.sessions]` and the networks of `trusted_proxies`: how a server is reached, and who may look at its pages.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FromText, Text};

/// `[server.tls]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerTlsTable {
    /// The server's certificate first, then those between it and its authority.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// `[server.sessions]`.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SessionsTable {
    lifetime: Option<Text<Duration>>,
    idle: Option<Text<Duration>>,
}

impl SessionsTable {
    /// How long a session lasts at most.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime.map_or(Duration::from_hours(24 * 7), |text| text.0)
    }

    /// How long a session lasts without being used.
    pub(crate) fn idle(&self) -> Duration {
        self.idle.map_or(Duration::from_hours(24), |text| text.0)
    }

    /// What is wrong with it.
    pub(super) fn wrong(self) -> Vec<String> {
        let shortest = Duration::from_mins(1);
        let keys = [("lifetime", self.lifetime()), ("idle", self.idle())];
        let short = keys.into_iter().filter(|(_, lasts)| *lasts < shortest);
        short
            .map(|(key, _)| {
                format!("[server.sessions] `{key}` is shorter than a minute: write `1m` or longer")
            })
            .collect()
    }
}

/// An address, or a block of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network(pub(super) IpNet);

impl FromText for Network {
    const WHAT: &'static str = "an address or a block of them such as `10.0.0.0/8`";
    fn from_text(text: &str) -> Result<Self, String> {
        let block = text.parse::<IpNet>().map(|block| block.trunc());
        let one = || text.parse::<IpAddr>().map(IpNet::from);
        let rule = || format!("`{text}` is no address: write one, or a block such as `10.0.0.0/8`");
        block.or_else(|_| one()).map(Self).map_err(|_| rule())
    }
    fn to_text(&self) -> String {
        self.0.to_string()
    }
}
