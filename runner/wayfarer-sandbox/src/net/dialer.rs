//! Makes connections: checks the host, looks its name up, checks every address, dials, and makes the TLS handshake.
//!
//! Invariant: the address that is dialled is the very one that was checked. A name is never looked up again between the
//! two. Addresses are tried a quarter of a second apart, families in turn (RFC 8305 in small), so that a dead first
//! address costs little.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wayfarer_model::traffic::{Blame, Phase, TrafficError, TrafficErrorKind};

use super::budget::Budget;
use super::fault::{self, denied, malformed, targets};
use super::names::without_asking;
use super::network::Network;
use super::stream::{Peer, Stream};
use super::tls;
use super::trace::Trace;
use super::wire::Wire;

/// How long one dial runs alone before the next address is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);

/// To how many addresses of a name one request dials at most. A name with thousands of them would turn the runner into a
/// flood.
const DIALS: usize = 8;

/// Whom to dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint<'a> {
    /// In lower case; an IPv6 address without brackets.
    pub(crate) host: &'a str,
    pub(crate) port: u16,
}

impl fmt::Display for Endpoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
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

/// Dials for one attempt and remembers for as long which addresses a name has.
pub(crate) struct Dialer {
    network: Arc<Network>,
    known: Mutex<Vec<(String, Arc<[IpAddr]>)>>,
}

impl Dialer {
    pub(crate) fn new(network: Arc<Network>) -> Self {
        Self { network, known: Mutex::default() }
    }

    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Connects to an endpoint, if the policy allows its host and each of its addresses.
    ///
    /// # Errors
    /// [`TrafficErrorKind::Denied`], `Malformed`, `Dns`, `Connect`, `Tls` or `Timeout`; nothing is left open.
    pub(crate) async fn dial(
        &self,
        endpoint: Endpoint<'_>,
        security: Security<'_>,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Stream, TrafficError> {
        let policy = self.network.policy();
        policy.check_host(endpoint.host, endpoint.port).map_err(denied)?;
        let addresses = self.resolve(endpoint.host, budget, trace).await?;
        for address in addresses.iter() {
            policy.check_address(endpoint.host, *address, endpoint.port).map_err(denied)?;
        }
        let since = trace.tape().now();
        let whom = endpoint.to_string();
        let dialled = budget.within(Phase::Connect, &whom, connect(&addresses, endpoint.port)).await;
        trace.end_phase(Phase::Connect, since);
        let (tcp, address) = dialled??;
        let peer = Peer::at(address);
        trace.reach(&peer.address);
        // Small messages go out at once. A socket that refuses the option still works.
        tcp.set_nodelay(true).ok();
        let wire = Wire::new(tcp, trace.tape().clone());
        let Security::Tls { alpn } = security else { return Ok(Stream::plaintext(wire, peer)) };
        let since = trace.tape().now();
        let secured = self.secure(wire, peer, endpoint, alpn, budget).await;
        trace.end_phase(Phase::Tls, since);
        secured
    }

    async fn resolve(
        &self,
        host: &str,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Arc<[IpAddr]>, TrafficError> {
        if let Some((_, addresses)) = self.known.lock().iter().find(|(name, _)| name == host) {
            return Ok(Arc::clone(addresses));
        }
        if let Some(addresses) = without_asking(host) {
            return Ok(addresses.into());
        }
        let since = trace.tape().now();
        let found = self.network.names().lookup(host, budget).await;
        trace.end_phase(Phase::Dns, since);
        let addresses: Arc<[IpAddr]> = in_turn(found?).into();
        self.known.lock().push((host.to_owned(), Arc::clone(&addresses)));
        Ok(addresses)
    }

    async fn secure(
        &self,
        wire: Wire,
        peer: Peer,
        endpoint: Endpoint<'_>,
        alpn: &[&[u8]],
        budget: &Budget<'_>,
    ) -> Result<Stream, TrafficError> {
        let host = endpoint.host;
        let config = self.network.tls_for(host, endpoint.port)?;
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| malformed(format!("`{host}` is not a name that a certificate can be for")))?;
        let offer = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        let connector = TlsConnector::from(config);
        let handshake = connector.with_alpn(offer).connect(name, wire);
        let secured = budget.within(Phase::Tls, &endpoint.to_string(), handshake).await?;
        Ok(Stream::tls(secured.map_err(|error| tls::handshake(&error, host))?, peer))
    }
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

/// The first connection that opens.
async fn connect(addresses: &[IpAddr], port: u16) -> Result<(TcpStream, SocketAddr), TrafficError> {
    let dial = |address: SocketAddr| async move {
        TcpStream::connect(address)
            .await
            .map(|tcp| (tcp, address))
            .map_err(|error| fault::connect(address, &error))
    };
    let mut waiting = addresses.iter().take(DIALS).map(|address| SocketAddr::new(*address, port));
    let mut dials = FuturesUnordered::new();
    let mut failure: Option<TrafficError> = None;
    loop {
        dials.extend(waiting.next().map(dial));
        let ended = if waiting.len() > 0 {
            // After a silence the next address is tried too.
            tokio::time::timeout(STAGGER, dials.next()).await
        } else {
            Ok(dials.next().await)
        };
        match ended {
            Ok(Some(Ok(connected))) => return Ok(connected),
            // What a peer did explains more than what this machine lacks, such as a route for one family.
            Ok(Some(Err(error))) => match &failure {
                Some(known) if known.blame == Blame::Target || error.blame != Blame::Target => {}
                _ => failure = Some(error),
            },
            Ok(None) => {
                let nothing = || targets(TrafficErrorKind::Connect, "no address to dial");
                return Err(failure.unwrap_or_else(nothing));
            }
            Err(_) => {}
        }
    }
}
