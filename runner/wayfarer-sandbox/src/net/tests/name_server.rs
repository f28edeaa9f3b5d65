//! A small name server on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// What the server answers for a name.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    Address(Ipv4Addr),
    Nothing,
    NoSuchName,
    Failure,
    Refusal,
    /// A domain with servers of its own: it has an `NS` and an `SOA`, and no address.
    Zone,
    Silence,
    /// An IPv4 address, and silence when asked for IPv6 ones.
    OneFamily(Ipv4Addr),
    /// A failure for IPv4 addresses; there are no IPv6 ones.
    HalfFailure,
    /// Another address each time, 127.0.1.1 first.
    Rotating,
}

pub(crate) struct NameServer {
    pub(crate) address: SocketAddr,
    /// Questions for IPv4 addresses so far.
    pub(crate) asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl NameServer {
    pub(crate) async fn start(know: fn(&str) -> Word) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked: Arc<AtomicUsize> = Arc::default();
        let count = Arc::clone(&asked);
        let task = tokio::spawn(async move {
            let mut question = [0; 1_500];
            while let Ok((length, peer)) = socket.recv_from(&mut question).await {
                if let Some(answer) = answer(&question[..length], know, &count) {
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        Self { address, asked, task }
    }
}

/// The header, the question as it came, and one address at most (RFC 1035).
fn answer(question: &[u8], know: fn(&str) -> Word, asked: &AtomicUsize) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8(question[at + 1..=at + length].to_vec()).unwrap().to_lowercase());
        at += length + 1;
    }
    let end = at + 5;
    let kind = question[at + 2];
    let is_a = kind == 1;
    let zone = match kind {
        2 => Some(vec![2, b'n', b's', 0]),
        6 => Some([&[2, b'n', b's', 0, 2, b'n', b's', 0][..], &[0; 20]].concat()),
        _ => None,
    };
    let word = know(&labels.join("."));
    let turn = if is_a { asked.fetch_add(1, Ordering::SeqCst) as u8 } else { 0 };
    let (code, addresses) = match word {
        Word::Address(address) | Word::OneFamily(address) if is_a => (0, vec![address]),
        Word::Rotating if is_a => (0, vec![Ipv4Addr::new(127, 0, 1, turn + 1)]),
        Word::HalfFailure if is_a => (2, vec![]),
        Word::Address(_) | Word::Nothing | Word::HalfFailure | Word::Rotating => (0, vec![]),
        Word::NoSuchName => (3, vec![]),
        Word::Failure => (2, vec![]),
        Word::Refusal => (5, vec![]),
        Word::Zone => {
            let records = zone.into_iter().map(|data| (kind, data)).collect::<Vec<_>>();
            return Some(message(question, end, 0, &records));
        }
        Word::Silence | Word::OneFamily(_) => return None,
    };
    let records: Vec<_> = addresses.iter().map(|address| (1, address.octets().to_vec())).collect();
    Some(message(question, end, code, &records))
}

/// A whole answer to a question that ends there: its code, and records of the name that was asked for.
fn message(question: &[u8], end: usize, code: u8, records: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = question[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1, 0, records.len() as u8, 0, 0, 0, 0]);
    out.extend(&question[12..end]);
    for (kind, data) in records {
        out.extend([0xc0, 12, 0, *kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        out.extend(data);
    }
    out
}

/// One name of each sort.
pub(crate) fn book(name: &str) -> Word {
    match name {
        "a.example" | "my_app.example" => Word::Address(Ipv4Addr::LOCALHOST),
        "inside.example" => Word::Address(Ipv4Addr::new(10, 0, 0, 1)),
        "empty.example" | "" => Word::Nothing,
        "com" | "org" => Word::Zone,
        "failing.example" => Word::Failure,
        "slow.example" => Word::Silence,
        "one-family.example" => Word::OneFamily(Ipv4Addr::LOCALHOST),
        "half-failing.example" => Word::HalfFailure,
        "rotating.example" => Word::Rotating,
        _ => Word::NoSuchName,
    }
}
