//! From `[network]` and the flags to the settings of the sandbox's network.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::net::{ControlSettings, Controls, EgressProxy, HostOptions, RootStore};
use wayfarer_sandbox::{ClientCertificate, NetworkSettings};

use super::network_tables::{ClientTable, HostTable, NetworkTable, ProxyTable};
use super::{ConfigError, EVERY_HOST, NoSecret, Project, RunnerFile, SecretTable, secret_value};

/// The file that a table stands in.
struct File<'a> {
    /// A path in it, from where it lies.
    path: &'a dyn Fn(&Path) -> PathBuf,
    /// An error that concerns no single line of it.
    rule: &'a dyn Fn(String) -> ConfigError,
}

/// The network of one project, on which every host is allowed: the journeys' own lists are laid upon it. `resolver` is
/// what the command line says, and goes before the file's.
pub(crate) fn network_settings(
    project: &Project,
    resolver: Option<SocketAddr>,
    controls: Option<Arc<Controls>>,
) -> Result<NetworkSettings, ConfigError> {
    let policy = EgressPolicy::parse("", EVERY_HOST).map_err(|error| project.rule(error.to_string()))?;
    let read = settings(
        &project.toml.network,
        policy,
        &File { path: &|path| project.path(path), rule: &|why| project.rule(why) },
    )?;
    if let Some(hosts) = insecure_hosts(&project.toml.network) {
        tracing::warn!(hosts, "nobody checks the certificates of these hosts, as `insecure` says");
    }
    Ok(NetworkSettings { resolver: resolver.or(read.resolver), controls, ..read })
}

/// The network of one tenant. A host must be in its list and in the journey's own.
pub(crate) fn tenant_network_settings(
    runner: &RunnerFile,
    tenant: &TenantName,
    table: &NetworkTable,
    controls: &Arc<Controls>,
) -> Result<NetworkSettings, ConfigError> {
    let place = format!("[tenants.{tenant}.network] allow in wayfarer.toml");
    let entries: Vec<String> = table.allow.iter().map(|host| host.0.to_string()).collect();
    let policy = EgressPolicy::parse(&place, entries.iter().map(String::as_str))
        .map_err(|error| runner.rule(error.to_string()))?;
    let policy = policy.guarding(runner.own_sockets().iter().copied());
    if let Some(hosts) = insecure_hosts(table) {
        tracing::warn!(%tenant, hosts, "nobody checks the certificates of these hosts, as `insecure` says");
    }
    let file = File { path: &|path| runner.path(path), rule: &|why| runner.rule(why) };
    let read = settings(table, policy, &file)?;
    let general = runner.toml.network.proxy.as_ref().filter(|_| read.proxy.is_none());
    let general = general.map(|table| proxy(table, &file)).transpose()?;
    Ok(NetworkSettings { proxy: read.proxy.or(general), controls: Some(Arc::clone(controls)), ..read })
}

/// What tells a dead target from a dead uplink, as `[network]` of the runner's file says.
pub(crate) fn runner_control_settings(runner: &RunnerFile) -> Result<ControlSettings, ConfigError> {
    let table = &runner.toml.network;
    Ok(ControlSettings {
        beacons: table.beacons.iter().map(|beacon| beacon.0.clone()).collect(),
        names: table.control_names.iter().map(|name| name.0.clone()).collect(),
        // The operator answers for the beacons, so no policy keeps any from being asked.
        network: platform_network_settings(runner)?,
        ..ControlSettings::default()
    })
}

/// The network of what the operator names, such as the platform's own channels. Every host is allowed.
pub(crate) fn platform_network_settings(runner: &RunnerFile) -> Result<NetworkSettings, ConfigError> {
    let policy = EgressPolicy::parse("", EVERY_HOST).map_err(|error| runner.rule(error.to_string()))?;
    let file = File { path: &|path| runner.path(path), rule: &|why| runner.rule(why) };
    let own = runner.toml.network.proxy.as_ref();
    let proxy = own.map(|table| proxy(table, &file)).transpose()?;
    Ok(NetworkSettings { policy, proxy, ..NetworkSettings::default() })
}

fn settings(
    table: &NetworkTable,
    policy: EgressPolicy,
    file: &File<'_>,
) -> Result<NetworkSettings, ConfigError> {
    let pem = |path: &Path| {
        let path = (file.path)(path);
        std::fs::read(&path).map_err(|source| ConfigError::Unreadable { path, source })
    };
    let extra = table.tls.ca.iter().map(|path| pem(path)).collect::<Result<Vec<_>, _>>()?;
    let roots = if extra.is_empty() { RootStore::System } else { RootStore::SystemAndExtra(extra) };
    let client = |client: &ClientTable| {
        Ok(ClientCertificate {
            hosts: client.hosts.iter().map(|host| host.0.clone()).collect(),
            file: client.certificate.display().to_string(),
            chain_pem: pem(&client.certificate)?,
            key_pem: pem(&client.key)?,
        })
    };
    let client_certificates = table.tls.client.iter().map(client).collect::<Result<_, ConfigError>>()?;
    Ok(NetworkSettings {
        policy,
        roots,
        client_certificates,
        resolver: table.resolver.map(|text| text.0),
        hosts: table.host.iter().map(host).collect(),
        traced: table.trace.iter().map(|host| host.0.clone()).collect(),
        proxy: table.proxy.as_ref().map(|table| proxy(table, file)).transpose()?,
        controls: None,
    })
}

fn host(table: &HostTable) -> HostOptions {
    HostOptions {
        hosts: table.hosts.iter().map(|host| host.0.clone()).collect(),
        families: table.family.map(|family| family.0).unwrap_or_default(),
        addresses: table.resolve.iter().map(|address| address.0).collect(),
        server_name: table.sni.as_ref().map(|name| name.0.0.clone()),
        authority: table.host.as_ref().map(|host| host.0.0.clone()),
        insecure: table.insecure,
    }
}

fn proxy(table: &ProxyTable, file: &File<'_>) -> Result<EgressProxy, ConfigError> {
    let rule = |why: &str| (file.rule)(format!("[network.proxy] {why}"));
    let url = &table.url.0;
    let host = url.host_str().filter(|_| url.scheme() == "http" && matches!(url.path(), "" | "/"));
    let host = host.ok_or_else(|| rule("needs a url such as `http://proxy.example:3128`, without a path"))?;
    let credentials = match (&table.user, &table.env, &table.file) {
        (None, None, None) => None,
        (Some(user), env, password) if env.is_some() != password.is_some() => {
            let source = SecretTable { env: env.clone(), file: password.clone(), ..SecretTable::default() };
            let password = secret_value(&source, |path| (file.path)(path), |name| std::env::var(name).ok())
                .map_err(|why| rule(&no_password(&why)))?;
            Some((user.clone(), password))
        }
        _ => {
            let why = "needs for its credentials `user`, and for the password `env = \"VARIABLE\"` or \
                       `file = \"PATH\"`";
            return Err(rule(why));
        }
    };
    Ok(EgressProxy {
        host: host.trim_matches(['[', ']']).to_owned(),
        port: url.port().unwrap_or(80),
        credentials,
        direct: table.direct.iter().map(|host| host.0.clone()).collect(),
    })
}

fn no_password(why: &NoSecret) -> String {
    match why {
        NoSecret::Unset(variable) => {
            format!("takes its password from the environment variable `{variable}`, which is not set")
        }
        NoSecret::Unreadable { path, reason } => {
            format!("takes its password from the file {path}, which cannot be read: {reason}")
        }
        NoSecret::Unconfigured | NoSecret::Nowhere | NoSecret::TooLong | NoSecret::Empty => {
            "has a password that is empty or longer than 16 KiB".to_owned()
        }
    }
}

/// The hosts whose certificates nobody checks, for people; none if there are none.
pub(crate) fn insecure_hosts(table: &NetworkTable) -> Option<String> {
    let hosts = table.host.iter().filter(|host| host.insecure).flat_map(|host| &host.hosts);
    let hosts: Vec<String> = hosts.map(|host| host.0.to_string()).collect();
    (!hosts.is_empty()).then(|| hosts.join(", "))
}
