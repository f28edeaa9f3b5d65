//! What a tenant lays upon each of its journeys.
//!
//! A server makes one from `[tenants.NAME]` of `wayfarer.toml`; `wayfarer test` makes one from the project. The value of
//! a secret is in memory and nowhere else: no `Debug`, no error and no JSON shows it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use wayfarer_model::egress::HostPattern;
use wayfarer_model::exchange::EvidenceBounds;
use wayfarer_sandbox::Network;

use super::guessable::guessable;
use super::{Ceiling, Origin};
use crate::config::{NoSecret, SecretTable, SecretUses, secret_value};

/// A secret of a tenant.
#[derive(Clone)]
pub(crate) struct TenantSecret {
    pub(super) value: String,
    /// The hosts toward which it may travel; empty means every host that the tenant may call.
    pub(super) hosts: Vec<HostPattern>,
    /// Whether it may travel without TLS.
    pub(super) plaintext: bool,
    pub(super) uses: SecretUses,
}

impl fmt::Debug for TenantSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantSecret")
            .field("hosts", &self.hosts)
            .field("plaintext", &self.plaintext)
            .finish_non_exhaustive()
    }
}

impl TenantSecret {
    /// Reads the value from the place that the table names.
    pub(crate) fn read(
        table: &SecretTable,
        path_of: impl Fn(&Path) -> PathBuf,
        variable_of: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, NoSecret> {
        let value = secret_value(table, path_of, variable_of)?;
        let hosts = table.hosts.iter().map(|host| host.0.clone()).collect();
        Ok(Self { value, hosts, plaintext: table.plaintext, uses: table.into() })
    }

    /// The bits that an attacker has to guess of the value, if they are too few.
    pub(crate) fn guessable(&self) -> Option<u32> {
        guessable(&self.value)
    }

    /// Whether it may travel without TLS.
    pub(crate) fn is_plaintext(&self) -> bool {
        self.plaintext
    }
}

/// What a tenant lays upon each of its journeys. Of what both say, the narrower holds.
pub(crate) struct TenantSettings {
    /// Where all this is written down.
    pub(crate) origin: Origin,
    /// Trust, client certificates, name server, and the tenant's own list of hosts.
    pub(crate) network: Network,
    /// The hosts toward which its secrets may travel that name none.
    pub(crate) allow: Vec<HostPattern>,
    /// By name. One without a value matters only to journeys that use it.
    pub(crate) secrets: BTreeMap<String, Result<TenantSecret, NoSecret>>,
    /// How much of heads and bodies is kept of its attempts.
    pub(crate) evidence: EvidenceBounds,
    /// The most that a journey may use.
    pub(crate) ceiling: Ceiling,
}
