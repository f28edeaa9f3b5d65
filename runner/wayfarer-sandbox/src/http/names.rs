//! From a name to addresses, and whose fault it is when there are none.
//!
//! Nothing is cached here: a session keeps what it looked up, an attempt starts cold. The system's resolver
//! configuration and `/etc/hosts` are read once for a network, at the first name.
//!
//! A name that does not exist is the target's fault. When a name server fails or keeps silent, it is asked
//! for the root once more: if it can answer that, the trouble is with the name, and so with the target; if
//! not, it is with the runner's own resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use wayfarer_model::request::{Phase, RequestError, RequestErrorKind};

use super::budget::Budget;
use super::fault::{runners, targets};

/// A lost packet is sent again within the phase's own limit.
const TRY: Duration = Duration::from_secs(2);

/// How long the second question may take.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// Looks names up.
pub(super) struct Names {
    server: Option<SocketAddr>,
    resolver: OnceLock<Result<TokioResolver, String>>,
}

impl Names {
    pub(super) fn new(server: Option<SocketAddr>) -> Self {
        Self { server, resolver: OnceLock::new() }
    }

    /// All addresses of a host that has to be asked for, at least one.
    pub(super) async fn lookup(&self, host: &str, budget: &Budget<'_>) -> Result<Vec<IpAddr>, RequestError> {
        let resolver = self.resolver.get_or_init(|| build(self.server)).as_ref().map_err(|why| {
            runners(
                RequestErrorKind::Dns,
                format!("the runner's resolver configuration cannot be read: {why}"),
            )
        })?;
        let why = match budget.within(Phase::Dns, host, resolver.lookup_ip(host)).await {
            Ok(Ok(found)) => {
                let addresses: Vec<IpAddr> = found.iter().collect();
                return if addresses.is_empty() { Err(no_address(host)) } else { Ok(addresses) };
            }
            Ok(Err(error)) => error,
            Err(timeout) => {
                let silent = !answers(resolver).await;
                return Err(if silent { no_server(host, "it keeps silent") } else { timeout });
            }
        };
        Err(match why {
            NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => {
                targets(RequestErrorKind::Dns, format!("host `{host}` does not exist"))
            }
            NetError::Dns(DnsError::NoRecordsFound(_)) => no_address(host),
            NetError::Proto(error) => {
                super::fault::malformed(format!("`{host}` is not a host's name: {error}"))
            }
            error if answers(resolver).await => targets(
                RequestErrorKind::Dns,
                format!("host `{host}` could not be resolved: {}", words(&error)),
            ),
            error => no_server(host, &words(&error)),
        })
    }
}

/// An address is its own; `localhost` is by definition (RFC 6761).
pub(super) fn without_asking(host: &str) -> Option<Vec<IpAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(vec![address]);
    }
    let name = host.trim_end_matches('.');
    let local = name == "localhost" || name.ends_with(".localhost");
    local.then(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
}

fn build(server: Option<SocketAddr>) -> Result<TokioResolver, String> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio().map_err(|error| error.to_string())?,
        Some(server) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            let server = NameServerConfig::new(server.ip(), true, connections.into());
            let config = ResolverConfig::from_name_servers(vec![server]);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.cache_size = 0;
    options.timeout = options.timeout.min(TRY);
    if server.is_some() {
        options.use_hosts_file = ResolveHosts::Never;
    }
    builder.build().map_err(|error| error.to_string())
}

/// Whether the name server can answer anything at all.
async fn answers(resolver: &TokioResolver) -> bool {
    let root = resolver.lookup(Name::root(), RecordType::NS);
    match tokio::time::timeout(SECOND_LOOK, root).await {
        Ok(Ok(_) | Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => true,
        Ok(Err(_)) | Err(_) => false,
    }
}

fn words(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::ResponseCode(code)) => format!("the name server says {code}"),
        NetError::Timeout => "the name server keeps silent".to_owned(),
        NetError::NoConnections => "no name server can be reached".to_owned(),
        other => other.to_string(),
    }
}

fn no_address(host: &str) -> RequestError {
    targets(RequestErrorKind::Dns, format!("host `{host}` exists but has no address"))
}

fn no_server(host: &str, why: &str) -> RequestError {
    let message =
        format!("host `{host}` could not be resolved, for the runner has no working name server: {why}");
    runners(RequestErrorKind::Dns, message)
}
