//! From `[network]` and the flags to what the sandbox's network is made with.

use std::net::SocketAddr;
use std::path::Path;

use wayfarer_model::egress::{EgressPolicy, HostPattern};
use wayfarer_sandbox::http::RootStore;
use wayfarer_sandbox::{ClientCertificate, NetworkSettings};

use super::{ConfigError, Project};

/// The network of one project. `allowed` and `resolver` are what the command line adds.
pub(crate) fn network_settings(
    project: &Project,
    allowed: &[HostPattern],
    resolver: Option<SocketAddr>,
) -> Result<NetworkSettings, ConfigError> {
    let table = &project.toml.network;
    let entries: Vec<String> =
        table.allow.iter().map(|text| &text.0).chain(allowed).map(ToString::to_string).collect();
    let place = if project.file.is_some() {
        "network.allow in journey.toml"
    } else {
        "the command line with --allow"
    };
    let policy = EgressPolicy::parse(place, entries.iter().map(String::as_str))
        .map_err(|error| project.rule(error.to_string()))?;
    let pem = |path: &Path| {
        let path = project.path(path);
        std::fs::read(&path).map_err(|source| ConfigError::Unreadable { path, source })
    };
    let extra = table.tls.ca.iter().map(|path| pem(path)).collect::<Result<Vec<_>, _>>()?;
    let roots = if extra.is_empty() { RootStore::System } else { RootStore::SystemAndExtra(extra) };
    let client = |client: &super::journey_toml::ClientTable| {
        Ok(ClientCertificate {
            hosts: client.hosts.iter().map(|host| host.0.clone()).collect(),
            chain_pem: pem(&client.certificate)?,
            key_pem: pem(&client.key)?,
        })
    };
    let client_certificates = table.tls.client.iter().map(client).collect::<Result<_, ConfigError>>()?;
    let resolver = resolver.or(table.resolver.map(|text| text.0));
    Ok(NetworkSettings { policy, roots, client_certificates, resolver })
}
