//! Turns a name into addresses, and says who is to blame if there are none.
//!
//! Nothing is cached here: the dialer of an attempt keeps what it looked up, and every attempt starts cold. The
//! system's resolver configuration and `/etc/hosts` are read once for each network, at the first name.
//!
//! Both families are asked at the same time, as RFC 8305 (section 3) says: once one has an address, the other has 50 ms
//! more. What comes later is handed over as [`Late`], for a dial that finds nobody at the first addresses.
//!
//! A name that does not exist is the target's fault. If a name server fails or does not answer, the lookup asks it for
//! the root. If it answers that, the target is to blame for the name; otherwise the runner is, for its resolver.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::{Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};

use super::budget::Budget;
use super::fault::{malformed, runners, targets};

/// A lost packet is sent again within the phase's own limit.
const TRY: Duration = Duration::from_secs(2);

/// How long one family may still take once the other has an address.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

/// How long the question for the root may take.
const ROOT_LOOKUP: Duration = Duration::from_secs(1);

/// Which addresses of a host are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Families {
    /// Both, IPv6 first.
    #[default]
    Both,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

impl Families {
    /// Whether an address is of a family that is used.
    pub(super) fn has(self, address: &IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::Ipv4 => address.is_ipv4(),
            Self::Ipv6 => address.is_ipv6(),
        }
    }
}

/// Addresses that a name server still owes; none if it never answers.
pub(super) type Late = BoxFuture<'static, Vec<IpAddr>>;

/// What a name leads to.
pub(super) struct Found {
    /// At least one.
    pub(super) addresses: Vec<IpAddr>,
    /// The other family's, if its answer has not come yet.
    pub(super) late: Option<Late>,
}

pub(super) struct Names {
    server: Option<SocketAddr>,
    resolver: OnceLock<Result<TokioResolver, String>>,
}

impl Names {
    pub(super) fn new(server: Option<SocketAddr>) -> Self {
        Self { server, resolver: OnceLock::new() }
    }

    /// The addresses of a host, at least one.
    pub(super) async fn lookup(
        &self,
        host: &str,
        families: Families,
        budget: &Budget<'_>,
    ) -> Result<Found, TrafficError> {
        let resolver = self.resolver.get_or_init(|| build(self.server)).as_ref().map_err(|why| {
            runners(
                TrafficErrorKind::Dns,
                format!("the runner's resolver configuration cannot be read: {why}"),
            )
        })?;
        // As it is, without the rules for the names of new hosts: an underscore is good enough for a name server.
        let mut name = Name::from_ascii(host)
            .map_err(|error| malformed(format!("`{host}` is not a host's name: {error}")))?;
        name.set_fqdn(true);
        let why = match budget.within(Phase::Dns, host, ask(resolver, &name, families)).await {
            Ok(Ok(found)) => return Ok(found),
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
            NetError::Dns(DnsError::NoRecordsFound(_)) => no_address(host, families),
            error if answers(resolver).await => targets(
                TrafficErrorKind::Dns,
                format!("host `{host}` could not be resolved: {}", words(&error)),
            ),
            error => no_server(host, &words(&error)),
        })
    }
}

/// Asks for the families that are wanted.
async fn ask(resolver: &TokioResolver, name: &Name, families: Families) -> Result<Found, NetError> {
    let one = |kind| addresses_of(resolver.clone(), name.clone(), kind).boxed();
    let only = |found: Vec<IpAddr>| Found { addresses: found, late: None };
    match families {
        Families::Ipv4 => return one(RecordType::A).await.map(only),
        Families::Ipv6 => return one(RecordType::AAAA).await.map(only),
        Families::Both => {}
    }
    let (first, mut other) = match select(one(RecordType::AAAA), one(RecordType::A)).await {
        Either::Left(ended) | Either::Right(ended) => ended,
    };
    let mut addresses = match first {
        Ok(addresses) => addresses,
        Err(error) => return other.await.map(only).map_err(|second| telling(error, second)),
    };
    let Ok(more) = tokio::time::timeout(RESOLUTION_DELAY, &mut other).await else {
        let late = async { other.await.unwrap_or_default() }.boxed();
        return Ok(Found { addresses, late: Some(late) });
    };
    addresses.extend(more.unwrap_or_default());
    // Whichever came first, IPv6 goes before.
    addresses.sort_by_key(IpAddr::is_ipv4);
    Ok(only(addresses))
}

/// The addresses of one family, at least one.
async fn addresses_of(
    resolver: TokioResolver,
    name: Name,
    kind: RecordType,
) -> Result<Vec<IpAddr>, NetError> {
    let found = resolver.lookup(name.clone(), kind).await?;
    let addresses: Vec<IpAddr> = found.answers().iter().filter_map(|record| record.data.ip_addr()).collect();
    if addresses.is_empty() {
        let none = NoRecords::new(Query::query(name, kind), ResponseCode::NoError);
        return Err(DnsError::NoRecordsFound(none).into());
    }
    Ok(addresses)
}

/// Which of two families' errors says why there is no address. That a family has none says nothing of the other.
fn telling(first: NetError, second: NetError) -> NetError {
    let weight = |error: &NetError| match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => 2,
        NetError::Dns(DnsError::NoRecordsFound(_)) => 0,
        _ => 1,
    };
    if weight(&second) > weight(&first) { second } else { first }
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
        NetError::Io(error) => format!("it cannot be asked: {error}"),
        NetError::Proto(error) => format!("its answer cannot be read: {error}"),
        other => other.to_string(),
    }
}

pub(super) fn no_address(host: &str, families: Families) -> TrafficError {
    let which = match families {
        Families::Both => "no address",
        Families::Ipv4 => "no IPv4 address, and the runner is told to use no other",
        Families::Ipv6 => "no IPv6 address, and the runner is told to use no other",
    };
    targets(TrafficErrorKind::Dns, format!("host `{host}` exists but has {which}"))
}

fn no_server(host: &str, why: &str) -> TrafficError {
    let message =
        format!("host `{host}` could not be resolved because the runner has no working name server: {why}");
    runners(TrafficErrorKind::Dns, message)
}
