//! From `[network]` and the flags to what the sandbox's network is made with.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use wayfarer_model::egress::{EgressPolicy, HostPattern};
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::net::RootStore;
use wayfarer_sandbox::{ClientCertificate, NetworkSettings};

use super::journey_toml::{ClientTable, NetworkTable};
use super::{ConfigError, Project, RunnerFile};

/// The network of one project. `allowed` and `resolver` are what the command line adds.
pub(crate) fn network_settings(
    project: &Project,
    allowed: &[HostPattern],
    resolver: Option<SocketAddr>,
) -> Result<NetworkSettings, ConfigError> {
    let table = &project.toml.network;
    let place = if project.file.is_some() {
        "network.allow in journey.toml"
    } else {
        "the command line with --allow"
    };
    let entries = table.allow.iter().map(|text| &text.0).chain(allowed);
    let policy = policy(place, entries).map_err(|error| project.rule(error))?;
    let read = settings(table, policy, |path| project.path(path))?;
    Ok(NetworkSettings { resolver: resolver.or(read.resolver), ..read })
}

/// The network of one tenant: the layer that its journeys' own lists are laid upon.
pub(crate) fn tenant_network_settings(
    runner: &RunnerFile,
    tenant: &TenantName,
    table: &NetworkTable,
) -> Result<NetworkSettings, ConfigError> {
    let place = format!("[tenants.{tenant}.network] allow in wayfarer.toml");
    let policy =
        policy(&place, table.allow.iter().map(|text| &text.0)).map_err(|error| runner.rule(error))?;
    settings(table, policy, |path| runner.path(path))
}

fn policy<'a>(place: &str, entries: impl Iterator<Item = &'a HostPattern>) -> Result<EgressPolicy, String> {
    let entries: Vec<String> = entries.map(ToString::to_string).collect();
    EgressPolicy::parse(place, entries.iter().map(String::as_str)).map_err(|error| error.to_string())
}

fn settings(
    table: &NetworkTable,
    policy: EgressPolicy,
    path_of: impl Fn(&Path) -> PathBuf,
) -> Result<NetworkSettings, ConfigError> {
    let pem = |path: &Path| {
        let path = path_of(path);
        std::fs::read(&path).map_err(|source| ConfigError::Unreadable { path, source })
    };
    let extra = table.tls.ca.iter().map(|path| pem(path)).collect::<Result<Vec<_>, _>>()?;
    let roots = if extra.is_empty() { RootStore::System } else { RootStore::SystemAndExtra(extra) };
    let client = |client: &ClientTable| {
        Ok(ClientCertificate {
            hosts: client.hosts.iter().map(|host| host.0.clone()).collect(),
            chain_pem: pem(&client.certificate)?,
            key_pem: pem(&client.key)?,
        })
    };
    let client_certificates = table.tls.client.iter().map(client).collect::<Result<_, ConfigError>>()?;
    Ok(NetworkSettings { policy, roots, client_certificates, resolver: table.resolver.map(|text| text.0) })
}
