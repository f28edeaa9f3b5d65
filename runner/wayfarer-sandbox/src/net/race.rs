//! Dials the addresses of one host until one answers: a quarter of a second apart, families in turn (RFC 8305), so that
//! a dead first address costs little. Addresses that a name server still owes join in when they come.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::fault::{self, targets};
use super::names::Late;
use super::review::{About, Doubtful};

/// How long one dial runs alone before the next address is tried beside it.
const STAGGER: Duration = Duration::from_millis(250);

/// To how many addresses of a name one request dials at most. A name with thousands of them would turn the runner into a
/// flood.
const DIALS: usize = 8;

/// Where to dial.
pub(super) struct Addresses<'a, F> {
    pub(super) port: u16,
    /// Checked already.
    pub(super) first: &'a [IpAddr],
    /// Checked when they come; those that are not allowed are left out.
    pub(super) late: Option<Late>,
    pub(super) is_allowed: F,
}

enum Event {
    Dialled(Result<(TcpStream, SocketAddr), Doubtful>),
    More(Vec<IpAddr>),
    Silence,
}

/// The first connection that opens. A failure is doubtful if nobody at any address said no.
pub(super) async fn connect<F: Fn(&IpAddr) -> bool>(
    to: Addresses<'_, F>,
) -> Result<(TcpStream, SocketAddr), Doubtful> {
    let Addresses { port, first, mut late, is_allowed } = to;
    let mut waiting: VecDeque<IpAddr> = first.iter().copied().collect();
    let mut dials = FuturesUnordered::new();
    let mut failure: Option<Doubtful> = None;
    let mut left = DIALS;
    loop {
        if left == 0 {
            waiting.clear();
            late = None;
        }
        if let Some(address) = waiting.pop_front() {
            left -= 1;
            dials.push(dial(SocketAddr::new(address, port)));
        }
        if dials.is_empty() && late.is_none() {
            let nothing = || targets(TrafficErrorKind::Connect, "no address to dial").into();
            return Err(failure.unwrap_or_else(nothing));
        }
        // After a silence the next address is tried too; with nobody left to dial, a silence is the end.
        let has_next = !waiting.is_empty() || dials.is_empty();
        let event = tokio::select! {
            biased;
            Some(ended) = dials.next(), if !dials.is_empty() => Event::Dialled(ended),
            more = owed(&mut late) => Event::More(more),
            () = tokio::time::sleep(STAGGER), if has_next => Event::Silence,
        };
        match event {
            Event::Dialled(Ok(connected)) => return Ok(connected),
            Event::Dialled(Err(error)) => match &failure {
                Some(known) if weight(known) >= weight(&error) => {}
                _ => failure = Some(error),
            },
            Event::More(addresses) => {
                late = None;
                waiting.extend(addresses.into_iter().filter(|address| is_allowed(address)));
            }
            Event::Silence if dials.is_empty() && waiting.is_empty() => late = None,
            Event::Silence => {}
        }
    }
}

/// What a peer did explains more than silence, and silence more than what this machine lacks, such as a route for one family.
fn weight(failure: &Doubtful) -> u8 {
    match (failure.error.blame, failure.about) {
        (Blame::Target, About::Refusal) => 2,
        (Blame::Target, _) => 1,
        _ => 0,
    }
}

async fn dial(address: SocketAddr) -> Result<(TcpStream, SocketAddr), Doubtful> {
    let dialled = TcpStream::connect(address).await;
    dialled.map(|tcp| (tcp, address)).map_err(|error| Doubtful {
        about: if fault::is_answer(&error) { About::Refusal } else { About::Silence },
        error: fault::connect(address, &error),
    })
}

/// What a name server still owes, once it comes.
async fn owed(late: &mut Option<Late>) -> Vec<IpAddr> {
    match late {
        Some(late) => late.await,
        None => std::future::pending().await,
    }
}
