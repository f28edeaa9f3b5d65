//! A name server on loopback (RFC 1035, as little of it as a resolver needs).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::runtime;

/// What it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Every name is this address.
    All(Ipv4Addr),
    /// Every name is both addresses.
    Two(Ipv4Addr, Ipv4Addr),
    /// Every name is this address, which it says after a while.
    Slow(Ipv4Addr, Duration),
    /// No name exists but those of the top-level domains.
    Nothing,
    /// It fails for every name but those of the top-level domains `com.` and `org.` and what is asked for below them.
    Failing,
    /// As `Failing`, but it refuses.
    Refusing,
    /// As `Failing`, but it says that the name has no address.
    Empty,
    /// As `Failing`, but it says nothing.
    SilentAboutIt,
    /// No name exists, not even those of the top-level domains.
    Denying,
    /// It fails for every name.
    FailingAll,
    /// It refuses every name.
    RefusingAll,
    /// It reads a question and never answers it.
    Silent,
    /// It still knows the names of the top-level domains, and fails for everything else.
    CutOff,
    /// As `CutOff`, but it says nothing about everything else.
    CutOffAndSilent,
}

/// A name server. Dropping it closes its port.
pub struct NameServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

const TYPE_A: [u8; 2] = [0, 1];
const TYPE_NS: [u8; 2] = [0, 2];
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

impl NameServer {
    /// Starts one.
    pub fn start(names: Names) -> Self {
        let socket = Arc::new(runtime().block_on(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))).unwrap());
        let address = socket.local_addr().unwrap();
        let task = runtime().spawn(async move {
            let mut packet = [0; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut packet).await {
                let Some(answer) = answer(&packet[..length], names) else { continue };
                let socket = Arc::clone(&socket);
                tokio::spawn(async move {
                    if let Names::Slow(_, pause) = names {
                        tokio::time::sleep(pause).await;
                    }
                    let _ = socket.send_to(&answer, asker).await;
                });
            }
        });
        Self { address, task }
    }

    /// Where it is, for `network.resolver`.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The answer to a query of one question.
fn answer(query: &[u8], names: Names) -> Option<Vec<u8>> {
    let id = query.get(..2)?;
    let question = question(query.get(12..)?)?;
    let kind = &question[question.len() - 4..question.len() - 2];
    let name = &question[..question.len() - 4];
    let is_root = name.len() == 1;
    let is_top = name.len() == 5 && kind == TYPE_NS;
    let is_below = [b"\x03com\0", b"\x03org\0"].iter().any(|top| name.to_ascii_lowercase().ends_with(*top));
    let of = |addresses: &[Ipv4Addr]| -> Vec<Vec<u8>> {
        addresses.iter().filter(|_| kind == TYPE_A).map(|address| address.octets().to_vec()).collect()
    };
    let (code, data) = match names {
        Names::All(address) | Names::Slow(address, _) => (0, of(&[address])),
        Names::Two(one, other) => (0, of(&[one, other])),
        Names::Denying => (NXDOMAIN, vec![]),
        Names::FailingAll => (SERVFAIL, vec![]),
        Names::RefusingAll => (REFUSED, vec![]),
        Names::Silent => return None,
        _ if is_root => (0, vec![]),
        // A server by the name `ns.`.
        _ if is_top => (0, vec![vec![2, b'n', b's', 0]]),
        Names::Nothing => (NXDOMAIN, vec![]),
        Names::CutOff => (SERVFAIL, vec![]),
        Names::CutOffAndSilent => return None,
        _ if is_below => (NXDOMAIN, vec![]),
        Names::Failing => (SERVFAIL, vec![]),
        Names::Refusing => (REFUSED, vec![]),
        Names::Empty => (0, vec![]),
        Names::SilentAboutIt => return None,
    };
    let mut answer = id.to_vec();
    // An authoritative response; one question, the answers, nothing further.
    answer.extend([0x84, code, 0, 1, 0, data.len() as u8, 0, 0, 0, 0]);
    answer.extend(question);
    for data in data {
        // The name and the type of the question, class IN, for a minute.
        answer.extend([0xc0, 12, 0, kind[1], 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        answer.extend(data);
    }
    Some(answer)
}

/// The first question of what follows a header: labels up to an empty one, type, class.
fn question(rest: &[u8]) -> Option<&[u8]> {
    let mut end = 0;
    loop {
        let length = usize::from(*rest.get(end)?);
        end += 1 + length;
        if length == 0 {
            return rest.get(..end + 4);
        }
    }
}
