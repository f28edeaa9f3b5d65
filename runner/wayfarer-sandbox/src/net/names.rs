//! Turns a name into addresses, and says who is to blame if there are none.
//!
//! Nothing is cached here: the dialer of an attempt keeps what it looked up, and every attempt starts cold. The
//! system's resolver configuration and `/etc/hosts` are read once for each network, at the first name.
//!
//! Both families are asked at the same time, as RFC 8305 (section 3) says: once one has an address, the other has 50 ms
//! more. What comes later is handed over as [`Late`], for a dial that finds nobody at the first addresses.
//!
//! A name that does not exist is the target's fault, and so is one for which the name server fails, as long as the server can
//! be believed: [`Names::review`] asks it for control names ([`NameControls`]) once a lookup has found nothing. What this
//! machine lacks, such as a socket, is the runner's.

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
use super::controls::ControlName;
use super::fault::{is_of_this_machine, malformed, runners, targets};
use super::name_controls::{Doubt, NameControls};

/// A lost packet is sent again within the phase's own limit.
const TRY: Duration = Duration::from_secs(2);

/// How long one family may still take once the other has an address.
const RESOLUTION_DELAY: Duration = Duration::from_millis(50);

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

/// Why a name has no address, and what that leaves open.
pub(super) struct Unresolved {
    pub(super) error: TrafficError,
    /// What the name server did, in words too.
    doubt: Option<(Doubt, String)>,
}

impl Unresolved {
    /// The name server has not answered.
    pub(super) fn silent(error: TrafficError) -> Self {
        Self { error, doubt: Some((Doubt::Failed, "it does not answer".to_owned())) }
    }
}

/// As it is.
impl From<TrafficError> for Unresolved {
    fn from(error: TrafficError) -> Self {
        Self { error, doubt: None }
    }
}

pub(super) struct Names {
    server: Option<SocketAddr>,
    controls: NameControls,
    resolver: OnceLock<TokioResolver>,
}

impl Names {
    pub(super) fn new(server: Option<SocketAddr>, controls: &[ControlName]) -> Self {
        Self { server, controls: NameControls::new(controls), resolver: OnceLock::new() }
    }

    /// The addresses of a host, at least one.
    pub(super) async fn lookup(
        &self,
        host: &str,
        families: Families,
        budget: &Budget<'_>,
    ) -> Result<Found, Unresolved> {
        let resolver = self.resolver()?;
        let name = whole(host)?;
        match budget.within(Phase::Dns, host, ask(resolver, &name, families)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(why)) => Err(unresolved(host, families, &why)),
            Err(error) => Err(Unresolved::silent(error)),
        }
    }

    /// What it means that a host was not resolved, after questions to the name server if they can tell more. Takes a few
    /// seconds at most.
    pub(super) async fn review(&self, host: &str, unresolved: Unresolved) -> TrafficError {
        let Unresolved { error, doubt } = unresolved;
        let Some((doubt, why)) = doubt else { return error };
        let (Ok(resolver), Ok(name)) = (self.resolver(), whole(host)) else { return error };
        if self.controls.vouch(resolver, &name, doubt).await {
            return error;
        }
        let controls = self.controls.described();
        let message = format!(
            "host `{host}` could not be resolved because the runner has no working name server: {why}, and it does not \
             know {controls} either; the runner's operator can name others by `control_names` in [network]"
        );
        runners(TrafficErrorKind::Dns, message)
    }

    /// Whether the name server knows its control names.
    pub(super) async fn works(&self) -> Result<bool, TrafficError> {
        Ok(self.controls.are_known(self.resolver()?).await)
    }

    /// Made at the first name. One that could not be made, for want of a file descriptor for instance, is tried again.
    fn resolver(&self) -> Result<&TokioResolver, TrafficError> {
        if let Some(resolver) = self.resolver.get() {
            return Ok(resolver);
        }
        let built = build(self.server).map_err(|why| {
            runners(
                TrafficErrorKind::Dns,
                format!("the runner's resolver configuration cannot be read: {why}"),
            )
        })?;
        Ok(self.resolver.get_or_init(|| built))
    }
}

/// As it is, without the rules for the names of new hosts: an underscore is good enough for a name server.
fn whole(host: &str) -> Result<Name, TrafficError> {
    let mut name = Name::from_ascii(host)
        .map_err(|error| malformed(format!("`{host}` is not a host's name: {error}")))?;
    name.set_fqdn(true);
    Ok(name)
}

/// What the resolver's error means.
fn unresolved(host: &str, families: Families, why: &NetError) -> Unresolved {
    match why {
        // By definition (RFC 6761), and no server is asked.
        NetError::Dns(DnsError::NoRecordsFound(none))
            if none.response_code == ResponseCode::NXDomain && is_never_there(host) =>
        {
            no_name(host).into()
        }
        NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => {
            let why = "it says that the host does not exist".to_owned();
            Unresolved { error: no_name(host), doubt: Some((Doubt::Denied, why)) }
        }
        NetError::Dns(DnsError::NoRecordsFound(_)) => {
            let why = "it says that the host has no such address".to_owned();
            Unresolved { error: no_address(host, families), doubt: Some((Doubt::Denied, why)) }
        }
        NetError::Io(error) if is_of_this_machine(error) => {
            let message = format!("host `{host}` could not be resolved by this machine: {error}");
            runners(TrafficErrorKind::Dns, message).into()
        }
        error => {
            let why = words(error);
            let message = format!("host `{host}` could not be resolved: {why}");
            Unresolved { error: targets(TrafficErrorKind::Dns, message), doubt: Some((Doubt::Failed, why)) }
        }
    }
}

fn no_name(host: &str) -> TrafficError {
    targets(TrafficErrorKind::Dns, format!("host `{host}` does not exist"))
}

fn is_never_there(host: &str) -> bool {
    host.trim_end_matches('.').rsplit('.').next() == Some("invalid")
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
        NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => 3,
        NetError::Io(error) if is_of_this_machine(error) => 2,
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
