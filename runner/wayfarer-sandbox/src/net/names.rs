//! Turns a name into addresses, and says who is to blame if there are none.
//!
//! Nothing is cached here: the dialer of an attempt keeps what it looked up, and every attempt starts cold. The
//! system's resolver configuration and `/etc/hosts` are read once for each network, at the first name.
//!
//! A name that does not exist is the target's fault. If a name server fails or does not answer, the lookup asks it for
//! the root. If it answers that, the target is to blame for the name; otherwise the runner is, for its resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};

use super::budget::Budget;
use super::fault::{malformed, runners, targets};

/// A lost packet is sent again within the phase's own limit.
const TRY: Duration = Duration::from_secs(2);

/// How long the question for the root may take.
const ROOT_LOOKUP: Duration = Duration::from_secs(1);

pub(super) struct Names {
    server: Option<SocketAddr>,
    resolver: OnceLock<Result<TokioResolver, String>>,
}

impl Names {
    pub(super) fn new(server: Option<SocketAddr>) -> Self {
        Self { server, resolver: OnceLock::new() }
    }

    /// All addresses of a host, at least one.
    pub(super) async fn lookup(&self, host: &str, budget: &Budget<'_>) -> Result<Vec<IpAddr>, TrafficError> {
        let resolver = self.resolver.get_or_init(|| build(self.server)).as_ref().map_err(|why| {
            runners(
                TrafficErrorKind::Dns,
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
                let is_silent = !answers(resolver).await;
                return Err(if is_silent { no_server(host, "it does not answer") } else { timeout });
            }
        };
        Err(match why {
            NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => {
                targets(TrafficErrorKind::Dns, format!("host `{host}` does not exist"))
            }
            NetError::Dns(DnsError::NoRecordsFound(_)) => no_address(host),
            NetError::Proto(error) => malformed(format!("`{host}` is not a host's name: {error}")),
            error if answers(resolver).await => targets(
                TrafficErrorKind::Dns,
                format!("host `{host}` could not be resolved: {}", words(&error)),
            ),
            error => no_server(host, &words(&error)),
        })
    }
}

/// The addresses of a host that needs no name server: an address itself, and `localhost` by definition (RFC 6761).
pub(super) fn without_asking(host: &str) -> Option<Vec<IpAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some(vec![address]);
    }
    let name = host.trim_end_matches('.');
    let local = name == "localhost" || name.ends_with(".localhost");
    local.then(|| vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
}

fn build(server: Option<SocketAddr>) -> Result<TokioResolver, String> {
    let (servers, mut options) = match server {
        None => {
            let (config, options) = read_system_conf().map_err(|error| error.to_string())?;
            (config.name_servers().to_vec(), options)
        }
        Some(server) => {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            let mut options = ResolverOpts::default();
            options.use_hosts_file = ResolveHosts::Never;
            (vec![NameServerConfig::new(server.ip(), true, connections.into())], options)
        }
    };
    options.cache_size = 0;
    options.timeout = options.timeout.min(TRY);
    // Names are whole: with the system's `search` list a name that does not exist could become one of the runner's own
    // network.
    let config = ResolverConfig::from_parts(None, Vec::new(), servers);
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.with_options(options).build().map_err(|error| error.to_string())
}

/// Whether the name server can answer anything at all.
async fn answers(resolver: &TokioResolver) -> bool {
    let root = resolver.lookup(Name::root(), RecordType::NS);
    match tokio::time::timeout(ROOT_LOOKUP, root).await {
        Ok(Ok(_) | Err(NetError::Dns(DnsError::NoRecordsFound(_)))) => true,
        Ok(Err(_)) | Err(_) => false,
    }
}

fn words(error: &NetError) -> String {
    match error {
        NetError::Dns(DnsError::ResponseCode(code)) => format!("the name server says {code}"),
        NetError::Timeout => "the name server does not answer".to_owned(),
        NetError::NoConnections => "no name server can be reached".to_owned(),
        other => other.to_string(),
    }
}

fn no_address(host: &str) -> TrafficError {
    targets(TrafficErrorKind::Dns, format!("host `{host}` exists but has no address"))
}

fn no_server(host: &str, why: &str) -> TrafficError {
    let message =
        format!("host `{host}` could not be resolved because the runner has no working name server: {why}");
    runners(TrafficErrorKind::Dns, message)
}
