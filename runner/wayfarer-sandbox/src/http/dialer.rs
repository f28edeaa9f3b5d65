//! Makes connections: name to addresses, every address checked, the checked ones dialled, TLS.
//!
//! The address that is dialled is the very one that was checked: a name is never looked up twice between the
//! two. Addresses are tried a quarter of a second apart, families in turn (RFC 8305 in small), so that a dead
//! first address costs little.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wayfarer_model::request::{Blame, Phase, RequestError, RequestErrorKind};

use super::budget::Budget;
use super::connection::{Connection, Drivers, Line};
use super::fault::{self, malformed, targets};
use super::names::without_asking;
use super::network::Network;
use super::stream::{Stream, TlsFault};
use super::target::{Origin, denied};
use super::tls;
use super::trace::Trace;

/// How long a dial has for itself before the next address is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);

/// Dials for one attempt and remembers, as long, what names led to.
pub(super) struct Dialer {
    network: Arc<Network>,
    known: Mutex<Vec<(String, Arc<[IpAddr]>)>>,
}

impl Dialer {
    pub(super) fn new(network: Arc<Network>) -> Self {
        Self { network, known: Mutex::default() }
    }

    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    /// Makes a connection to an origin whose host has been checked.
    pub(super) async fn dial(
        &self,
        origin: &Origin,
        budget: &Budget<'_>,
        drivers: &Drivers,
        trace: &mut Trace<'_>,
    ) -> Result<Connection, RequestError> {
        let addresses = self.resolve(&origin.host, budget, trace).await?;
        for address in addresses.iter() {
            self.network.policy().check_address(&origin.host, *address, origin.port).map_err(denied)?;
        }
        let since = trace.tape.now();
        let dialled = budget.within(Phase::Connect, &place(origin), connect(&addresses, origin.port)).await;
        trace.ended(Phase::Connect, since);
        let (tcp, remote) = dialled??;
        let remote: Arc<str> = remote.to_string().into();
        trace.reached(&remote);
        // Small requests go out at once; a socket that refuses the option still works.
        tcp.set_nodelay(true).ok();
        let line = Line { remote, tls_version: None, certificate_expires_ms: None };
        if !origin.tls {
            let plain = Connection::one(Stream::Plain(tcp), line).await;
            return plain.map_err(|error| fault::exchange(&error, &origin.host, "at its beginning"));
        }
        let since = trace.tape.now();
        let secured = self.secure(tcp, line, origin, budget, drivers).await;
        trace.ended(Phase::Tls, since);
        secured
    }

    async fn resolve(
        &self,
        host: &str,
        budget: &Budget<'_>,
        trace: &mut Trace<'_>,
    ) -> Result<Arc<[IpAddr]>, RequestError> {
        if let Some((_, addresses)) = self.known.lock().iter().find(|(name, _)| name == host) {
            return Ok(Arc::clone(addresses));
        }
        if let Some(addresses) = without_asking(host) {
            return Ok(addresses.into());
        }
        let since = trace.tape.now();
        let found = self.network.names().lookup(host, budget).await;
        trace.ended(Phase::Dns, since);
        let addresses: Arc<[IpAddr]> = in_turn(found?).into();
        self.known.lock().push((host.to_owned(), Arc::clone(&addresses)));
        Ok(addresses)
    }

    async fn secure(
        &self,
        tcp: TcpStream,
        line: Line,
        origin: &Origin,
        budget: &Budget<'_>,
        drivers: &Drivers,
    ) -> Result<Connection, RequestError> {
        let host = &origin.host;
        let config = self.network.tls_for(host, origin.port)?;
        let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
            .map_err(|_| malformed(format!("`{host}` is not a name that a certificate can be for")))?;
        let handshake = TlsConnector::from(config).connect(name, tcp);
        let stream = budget
            .within(Phase::Tls, &place(origin), handshake)
            .await?
            .map_err(|error| tls::handshake(&error, host))?;
        let (_, session) = stream.get_ref();
        let leaf = session.peer_certificates().and_then(<[_]>::first);
        let line = Line {
            tls_version: session.protocol_version().and_then(|version| match version {
                rustls::ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
                rustls::ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
                _ => None,
            }),
            certificate_expires_ms: leaf.and_then(tls::expiry_ms),
            ..line
        };
        let multiplexed = session.alpn_protocol() == Some(b"h2");
        let stream = Stream::Tls(Box::new(stream), TlsFault::default());
        let begun = if multiplexed {
            budget.within(Phase::Tls, &place(origin), Connection::many(stream, line, drivers)).await?
        } else {
            Connection::one(stream, line).await
        };
        begun.map_err(|error| fault::exchange(&error, host, "at its beginning"))
    }
}

/// An origin as people read it.
fn place(origin: &Origin) -> String {
    format!("{}:{}", origin.host, origin.port)
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
async fn connect(addresses: &[IpAddr], port: u16) -> Result<(TcpStream, SocketAddr), RequestError> {
    let dial = |address: SocketAddr| async move {
        TcpStream::connect(address)
            .await
            .map(|tcp| (tcp, address))
            .map_err(|error| fault::connect(address, &error))
    };
    let mut waiting = addresses.iter().map(|address| SocketAddr::new(*address, port));
    let mut dials = FuturesUnordered::new();
    let mut failure: Option<RequestError> = None;
    loop {
        dials.extend(waiting.next().map(dial));
        let ended = if waiting.len() > 0 {
            // Silence for a while also means: try the next one too.
            tokio::time::timeout(STAGGER, dials.next()).await
        } else {
            Ok(dials.next().await)
        };
        match ended {
            Ok(Some(Ok(connected))) => return Ok(connected),
            // What a peer did tells more than what this machine lacks, such as a route for one family.
            Ok(Some(Err(error))) => match &failure {
                Some(known) if known.blame == Blame::Target || error.blame != Blame::Target => {}
                _ => failure = Some(error),
            },
            Ok(None) => {
                return Err(
                    failure.unwrap_or_else(|| targets(RequestErrorKind::Connect, "no address to dial"))
                );
            }
            Err(_) => {}
        }
    }
}
