//! A name server on loopback (RFC 1035, as little of it as a resolver needs).

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use super::runtime;

/// What it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Every name is this address.
    All(Ipv4Addr),
    /// No name exists but those of the top-level domains.
    Nothing,
    /// It fails for every name but those of the top-level domains `com.` and `org.` and what is asked for below them.
    Failing,
    /// No name exists, not even those of the top-level domains.
    Denying,
    /// It still knows the names of the top-level domains, and fails for everything else.
    CutOff,
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

impl NameServer {
    /// Starts one.
    pub fn start(names: Names) -> Self {
        let socket = runtime().block_on(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = socket.local_addr().unwrap();
        let task = runtime().spawn(async move {
            let mut packet = [0; 512];
            while let Ok((length, asker)) = socket.recv_from(&mut packet).await {
                if let Some(answer) = answer(&packet[..length], names) {
                    let _ = socket.send_to(&answer, asker).await;
                }
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
    let (code, data) = match names {
        Names::All(address) => (0, (kind == TYPE_A).then(|| address.octets().to_vec())),
        Names::Denying => (NXDOMAIN, None),
        _ if is_root => (0, None),
        // A server by the name `ns.`.
        _ if is_top => (0, Some(vec![2, b'n', b's', 0])),
        Names::Nothing => (NXDOMAIN, None),
        Names::Failing if is_below => (NXDOMAIN, None),
        Names::Failing | Names::CutOff => (SERVFAIL, None),
    };
    let mut answer = id.to_vec();
    // An authoritative response; one question, one answer or none, nothing further.
    answer.extend([0x84, code, 0, 1, 0, u8::from(data.is_some()), 0, 0, 0, 0]);
    answer.extend(question);
    if let Some(data) = data {
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
