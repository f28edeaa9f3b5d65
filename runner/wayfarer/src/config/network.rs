//! From `[network]` and the flags to the settings of the sandbox's network.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::net::RootStore;
use wayfarer_sandbox::{ClientCertificate, NetworkSettings};

use super::journey_toml::{ClientTable, NetworkTable};
use super::{ConfigError, EVERY_HOST, Project, RunnerFile};

/// The network of one project, on which every host is allowed: the journeys' own lists are laid upon it. `resolver` is
/// what the command line says, and goes before the file's.
pub(crate) fn network_settings(
    project: &Project,
    resolver: Option<SocketAddr>,
) -> Result<NetworkSettings, ConfigError> {
    let policy = EgressPolicy::parse("", EVERY_HOST).map_err(|error| project.rule(error.to_string()))?;
    let read = settings(&project.toml.network, policy, |path| project.path(path))?;
    Ok(NetworkSettings { resolver: resolver.or(read.resolver), ..read })
}

/// The network of one tenant. A host must be in its list and in the journey's own.
pub(crate) fn tenant_network_settings(
    runner: &RunnerFile,
    tenant: &TenantName,
    table: &NetworkTable,
) -> Result<NetworkSettings, ConfigError> {
    let place = format!("[tenants.{tenant}.network] allow in wayfarer.toml");
    let entries: Vec<String> = table.allow.iter().map(|host| host.0.to_string()).collect();
    let policy = EgressPolicy::parse(&place, entries.iter().map(String::as_str))
        .map_err(|error| runner.rule(error.to_string()))?;
    let policy = policy.guarding(runner.own_sockets().iter().copied());
    settings(table, policy, |path| runner.path(path))
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
