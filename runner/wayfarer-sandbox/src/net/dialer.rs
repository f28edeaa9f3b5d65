//! Makes connections: checks the host, looks its name up, checks every address, dials, and makes the TLS handshake.
//!
//! Invariant: the address that is dialled is the very one that was checked. A name is looked up once in an attempt,
//! however many requests ask for it at the same time, and never again between the check and the dial. How a host is
//! reached (its own addresses, one family, the operator's proxy) is configuration: [`HostOptions`], [`EgressProxy`].

use std::fmt;
use std::future::ready;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::{Phase, TrafficError, TrafficErrorKind};
use wayfarer_model::units::UnixMillis;

use super::budget::{Budget, Timeouts};
use super::fault::{self, denied, malformed};
use super::host_options::HostOptions;
use super::names::{Families, Found, Late, Unresolved, no_address, without_asking};
use super::network::Network;
use super::proxy::EgressProxy;
use super::race::{Addresses, connect};
use super::review::{About, Doubtful, Review};
use super::said_date;
use super::stream::{Peer, Stream};
use super::tls_fault;
use super::trace::Trace;
use super::trust::{Checks, is_about_dates};
use super::wire::Wire;
use crate::tape::Tape;

/// How long a target may take to say what time it is.
const DATE: Duration = Duration::from_secs(2);

/// Whom to dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint<'a> {
    /// In lower case; an IPv6 address without brackets.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// What protects a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security<'a> {
    Plaintext,
    Tls {
        /// The application protocols to offer, the preferred one first; none means no offer.
        alpn: &'a [&'a [u8]],
    },
}

/// A name's addresses once they are known. Whoever looks them up holds the lock.
type Lookup = tokio::sync::Mutex<Option<Arc<[IpAddr]>>>;

/// Dials for one attempt and remembers for as long which addresses a name has.
pub(crate) struct Dialer {
    pub(super) network: Arc<Network>,
    known: Mutex<Vec<(String, Arc<Lookup>)>>,
    /// None for the beacons themselves.
    pub(super) review: Option<Review>,
}

impl Dialer {
    pub(crate) fn new(network: Arc<Network>) -> Self {
        let review = Some(Review::new(network.controls()));
        Self { network, known: Mutex::default(), review }
    }

    /// One that asks nobody about its own failures, and to which it does not matter when a certificate is valid.
    pub(super) fn of_controls(network: Arc<Network>) -> Self {
        Self { network, known: Mutex::default(), review: None }
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Connects to an endpoint, if the policy allows its host and each of its addresses.
    ///
    /// # Errors
    /// [`TrafficErrorKind::Denied`], `Malformed`, `Dns`, `Connect`, `Tls` or `Timeout`; nothing is left open.
    ///
    /// [`TrafficErrorKind::Denied`]: wayfarer_model::traffic::TrafficErrorKind::Denied
    pub(crate) async fn dial(
        &self,
        endpoint: Endpoint<'_>,
        security: Security<'_>,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Stream, TrafficError> {
        self.network.policy().check_host(endpoint.host, endpoint.port).map_err(denied)?;
        let options = self.network.options_for(endpoint.host, endpoint.port);
        let proxy = self.network.proxy().filter(|proxy| proxy.is_for(endpoint));
        let (tcp, address) = match proxy {
            None => self.open(endpoint, options, budget, trace).await?,
            Some(proxy) => Box::pin(self.tunnel(proxy, endpoint, options, budget, trace)).await?,
        };
        let peer = Peer::at(address);
        trace.reach(&peer.address);
        // Small messages go out at once. A socket that refuses the option still works.
        tcp.set_nodelay(true).ok();
        let wire = Wire::new(tcp, trace.tape().clone());
        let Security::Tls { alpn } = security else { return Ok(Stream::plaintext(wire, peer)) };
        let since = trace.tape().now();
        let checks = self.checks(options);
        let secured = self.secure(wire, peer, (endpoint, options), (alpn, checks), budget).await;
        trace.end_phase(Phase::Tls, since);
        let (stream, unverified) = match secured {
            Ok(secured) => secured,
            Err(doubtful) => {
                let own_date = async {
                    if proxy.is_some() { None } else { self.date_of(address, (endpoint, options)).await }
                };
                return Err(self.reviewed(doubtful, &[address.ip()], trace, own_date).await);
            }
        };
        if let Some(why) = unverified
            && options.insecure
        {
            trace.tape().log_of_host("warn", &unchecked(endpoint, &why));
        }
        Ok(stream)
    }

    /// Makes the TLS handshake on a stream that [`dial`](Self::dial) opened in clear.
    ///
    /// # Errors
    /// [`TrafficErrorKind::Tls`] or `Timeout`; `Malformed` for a stream that has TLS already.
    ///
    /// [`TrafficErrorKind::Tls`]: wayfarer_model::traffic::TrafficErrorKind::Tls
    pub(crate) async fn secure_late(
        &self,
        stream: Stream,
        endpoint: Endpoint<'_>,
        budget: &Budget<'_>,
    ) -> Result<Stream, TrafficError> {
        let Some((wire, peer)) = stream.into_wire() else {
            return Err(malformed(format!("the connection to {endpoint} has TLS already")));
        };
        let options = self.network.options_for(endpoint.host, endpoint.port);
        let checks = self.checks(options);
        let secured = self.secure(wire, peer, (endpoint, options), (&[], checks), budget).await;
        secured.map(|(stream, _)| stream).map_err(|doubtful| doubtful.error)
    }

    /// A connection to the endpoint itself.
    async fn open(
        &self,
        endpoint: Endpoint<'_>,
        options: &HostOptions,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<(TcpStream, SocketAddr), TrafficError> {
        let policy = self.network.policy();
        let (addresses, late) = self.resolve(endpoint.host, options, budget, trace).await?;
        for address in addresses.iter() {
            policy.check_address(endpoint.host, *address, endpoint.port).map_err(denied)?;
        }
        let is_allowed =
            |address: &IpAddr| policy.check_address(endpoint.host, *address, endpoint.port).is_ok();
        let to = Addresses { port: endpoint.port, first: &addresses, late, is_allowed };
        let since = trace.tape().now();
        let dialled = budget.within(Phase::Connect, &endpoint.to_string(), connect(to)).await;
        trace.end_phase(Phase::Connect, since);
        let doubtful = match dialled {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(doubtful)) => doubtful,
            Err(timeout) => timeout.into(),
        };
        Err(self.reviewed(doubtful, &addresses, trace, ready(None)).await)
    }

    /// The error of an exchange that was under way, after a look at whether the runner still has a way to the peer.
    pub(crate) async fn reviewed_silence(&self, error: TrafficError, trace: &Trace<'_>) -> TrafficError {
        let is_waiting = matches!(error.phase, Some(Phase::Wait | Phase::Receive | Phase::Total));
        let is_broken_off = error.kind == TrafficErrorKind::Protocol;
        match trace.peer().filter(|_| is_waiting || is_broken_off) {
            Some(peer) => self.reviewed(error.into(), &[peer], trace, ready(None)).await,
            None => error,
        }
    }

    async fn reviewed(
        &self,
        doubtful: Doubtful,
        addresses: &[IpAddr],
        trace: &Trace<'_>,
        own_date: impl Future<Output = Option<UnixMillis>>,
    ) -> TrafficError {
        match &self.review {
            // Boxed, because most requests do not fail.
            Some(review) => Box::pin(review.failure(doubtful, addresses, trace.tape(), own_date)).await,
            None => doubtful.error,
        }
    }

    /// What time a target says it is whose certificate was refused for its dates: by a question of the runner's own, on a new
    /// connection whose certificate is checked but for its dates.
    async fn date_of(
        &self,
        address: SocketAddr,
        (endpoint, options): (Endpoint<'_>, &HostOptions),
    ) -> Option<UnixMillis> {
        let asking = async {
            // What it costs is not the journey's.
            let tape = Tape::live(Limits::default(), [0; 32], None);
            let budget = Budget::begin(&tape, Timeouts::default());
            let tcp = TcpStream::connect(address).await.ok()?;
            let wire = Wire::new(tcp, tape.clone());
            let alpn: [&[u8]; 1] = [b"http/1.1"];
            let how = (&alpn[..], Checks::ButDates);
            let secured = self.secure(wire, Peer::at(address), (endpoint, options), how, &budget).await;
            let (mut stream, _) = secured.ok()?;
            said_date::date(&said_date::head(&mut stream, endpoint, "/").await.ok()?)
        };
        tokio::time::timeout(DATE, asking).await.ok().flatten()
    }

    /// A connection to the endpoint through the operator's proxy.
    async fn tunnel(
        &self,
        proxy: &EgressProxy,
        endpoint: Endpoint<'_>,
        options: &HostOptions,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<(TcpStream, SocketAddr), TrafficError> {
        let own = options.addresses.first().copied();
        let written = own.or_else(|| endpoint.host.parse().ok());
        if let Some(address) = written {
            let policy = self.network.policy();
            policy.check_address(endpoint.host, address, endpoint.port).map_err(denied)?;
        }
        let text = own.map(|address| address.to_string());
        let target = Endpoint { host: text.as_deref().unwrap_or(endpoint.host), port: endpoint.port };
        let whom = proxy.endpoint();
        let found = self.resolve(whom.host, &HostOptions::default(), budget, trace).await;
        let (addresses, late) = found.map_err(|error| fault::of_proxy(&error, whom))?;
        let to = Addresses { port: whom.port, first: &addresses, late, is_allowed: |_: &IpAddr| true };
        let since = trace.tape().now();
        let mut is_reached = false;
        let opening = async {
            let connected = connect(to).await;
            let (mut tcp, address) = connected.map_err(|doubtful| fault::of_proxy(&doubtful.error, whom))?;
            is_reached = true;
            proxy.open(&mut tcp, target).await?;
            Ok((tcp, address))
        };
        let way = format!("{endpoint} by the egress proxy {whom}");
        let opened = budget.within(Phase::Connect, &way, opening).await;
        trace.end_phase(Phase::Connect, since);
        match opened {
            Ok(opened) => opened,
            Err(timeout) if is_reached => Err(timeout),
            Err(timeout) => Err(fault::of_proxy(&timeout, whom)),
        }
    }

    /// The addresses of a host, and what a name server still owes of them.
    async fn resolve(
        &self,
        host: &str,
        options: &HostOptions,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<(Arc<[IpAddr]>, Option<Late>), TrafficError> {
        let own = Some(options.addresses.clone()).filter(|addresses| !addresses.is_empty());
        let families = self.network.families(options);
        if let Some(mut addresses) = own.or_else(|| without_asking(host)) {
            addresses.retain(|address| families.has(address));
            let none = addresses.is_empty();
            return if none { Err(no_address(host, families)) } else { Ok((addresses.into(), None)) };
        }
        let known = self.entry(host);
        if let Ok(known) = known.try_lock()
            && let Some(addresses) = &*known
        {
            return Ok((Arc::clone(addresses), None));
        }
        let since = trace.tape().now();
        let found = self.look_up(host, &known, families, budget).await;
        trace.end_phase(Phase::Dns, since);
        match (found, &self.review) {
            (Ok(found), _) => Ok(found),
            (Err(unresolved), Some(review)) => {
                let names = self.network.names();
                Err(Box::pin(review.name(host, unresolved, names, trace.tape())).await)
            }
            (Err(unresolved), None) => Err(unresolved.error),
        }
    }

    async fn look_up(
        &self,
        host: &str,
        known: &Lookup,
        families: Families,
        budget: &Budget<'_>,
    ) -> Result<(Arc<[IpAddr]>, Option<Late>), Unresolved> {
        let mut known = budget.within(Phase::Dns, host, known.lock()).await?;
        if let Some(addresses) = &*known {
            return Ok((Arc::clone(addresses), None));
        }
        let Found { addresses, late } = self.network.names().lookup(host, families, budget).await?;
        let addresses: Arc<[IpAddr]> = in_turn(addresses).into();
        *known = Some(Arc::clone(&addresses));
        Ok((addresses, late))
    }

    /// The addresses of a host as far as they are known, without asking anybody.
    pub(super) fn known(&self, Endpoint { host, port }: Endpoint<'_>) -> Option<Vec<IpAddr>> {
        let own = self.network.options_for(host, port).addresses.clone();
        if !own.is_empty() {
            return Some(own);
        }
        without_asking(host).or_else(|| Some(self.entry(host).try_lock().ok()?.as_ref()?.to_vec()))
    }

    /// Where the addresses of a name are kept. Whoever comes first looks them up; the others wait.
    fn entry(&self, host: &str) -> Arc<Lookup> {
        let mut known = self.known.lock();
        if let Some((_, addresses)) = known.iter().find(|(name, _)| name == host) {
            return Arc::clone(addresses);
        }
        let new = Arc::default();
        known.push((host.to_owned(), Arc::clone(&new)));
        new
    }

    /// Makes the handshake. Beside the stream: what is wrong with a certificate that the options accept.
    async fn secure(
        &self,
        wire: Wire,
        peer: Peer,
        (endpoint, options): (Endpoint<'_>, &HostOptions),
        (alpn, checks): (&[&[u8]], Checks),
        budget: &Budget<'_>,
    ) -> Result<(Stream, Option<String>), Doubtful> {
        let host = options.server_name.as_deref().unwrap_or(endpoint.host);
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| malformed(format!("`{host}` is not a name that a certificate can be for")))?;
        let (config, verifier, introduction) =
            self.network.tls_for(endpoint.host, endpoint.port, alpn, checks)?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, wire).into_fallible();
        let secured = budget.within(Phase::Tls, &endpoint.to_string(), handshake).await?;
        let stream = secured.map_err(|(error, wire)| Doubtful {
            about: if is_about_dates(&error) { About::Dates } else { About::Refusal },
            error: tls_fault::handshake(&error, host, wire.first_bytes(), &introduction),
        })?;
        let found = verifier.found();
        let unverified =
            found.unverified.map(|error| tls_fault::error_of(&error, host, &introduction).message);
        Ok((Stream::tls(stream, peer, found.expires_ms, introduction), unverified))
    }

    /// What of a certificate is checked.
    fn checks(&self, options: &HostOptions) -> Checks {
        match &self.review {
            _ if options.insecure => Checks::None,
            Some(_) => Checks::All,
            None => Checks::ButDates,
        }
    }
}

fn unchecked(endpoint: Endpoint<'_>, why: &str) -> String {
    format!("the certificate of {endpoint} was not checked, because the configuration says `insecure`: {why}")
}

/// Families in turn, beginning with the first one named.
fn in_turn(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (one, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|ip| ip.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter(), other.into_iter());
    loop {
        let pair = [one.next(), other.next()];
        if pair == [None, None] {
            return ordered;
        }
        ordered.extend(pair.into_iter().flatten());
    }
}
