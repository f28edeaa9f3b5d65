//! Names, against a small name server on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use wayfarer_model::request::{Blame, RequestErrorKind};

use super::rig::{Setup, get, text};
use super::servers::{Server, hello};
use crate::http::{HttpRequest, Timeouts};

/// What to say of a name.
#[derive(Clone, Copy)]
enum Word {
    Address(Ipv4Addr),
    Nothing,
    NoSuchName,
    Failure,
    Silence,
}

struct NameServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl NameServer {
    async fn start(know: fn(&str) -> Word) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut question = [0; 1_500];
            while let Ok((length, peer)) = socket.recv_from(&mut question).await {
                if let Some(answer) = answer(&question[..length], know) {
                    socket.send_to(&answer, peer).await.unwrap();
                }
            }
        });
        Self { address, task }
    }

    fn setup(&self) -> Setup {
        let mut setup = Setup::new().allow(&["127.0.0.0/8", "*:*"]);
        setup.settings.resolver = Some(self.address);
        setup
    }
}

/// By hand: the header, the question as it came, and one address at most (RFC 1035).
fn answer(question: &[u8], know: fn(&str) -> Word) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8(question[at + 1..=at + length].to_vec()).unwrap().to_lowercase());
        at += length + 1;
    }
    let end = at + 5;
    let is_a = question[at + 2] == 1;
    let word = know(&labels.join("."));
    let (code, addresses) = match word {
        Word::Address(address) if is_a => (0, vec![address]),
        Word::Address(_) | Word::Nothing => (0, vec![]),
        Word::NoSuchName => (3, vec![]),
        Word::Failure => (2, vec![]),
        Word::Silence => return None,
    };
    let mut out = question[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1, 0, addresses.len() as u8, 0, 0, 0, 0]);
    out.extend(&question[12..end]);
    for address in addresses {
        out.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        out.extend(address.octets());
    }
    Some(out)
}

fn book(name: &str) -> Word {
    match name {
        "a.example" => Word::Address(Ipv4Addr::LOCALHOST),
        "inside.example" => Word::Address(Ipv4Addr::new(10, 0, 0, 1)),
        "empty.example" | "" => Word::Nothing,
        "failing.example" => Word::Failure,
        "slow.example" => Word::Silence,
        _ => Word::NoSuchName,
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_in_an_attempt() {
    let (names, server) = (NameServer::start(book).await, Server::plain(hello).await);
    let rig = names.setup().start();
    let url = format!("http://A.example:{}/", server.address.port());
    assert_eq!(text(&rig.get(&url).await.unwrap()), "hello");
    drop(names);
    assert_eq!(text(&rig.get(&url).await.unwrap()), "hello");
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.header("host"), format!("a.example:{}", server.address.port()));
    let records = rig.records();
    assert!(records[0].phases.dns_us.0 > 0 && records[1].phases.dns_us.0 == 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_the_targets_fault() {
    let names = NameServer::start(book).await;
    for (host, words) in [
        ("missing.example", "host `missing.example` does not exist"),
        ("empty.example", "host `empty.example` exists but has no address"),
        (
            "failing.example",
            "host `failing.example` could not be resolved: the name server says Server Failure",
        ),
    ] {
        let (kind, blame, message) = names.setup().start().fails(get(&format!("http://{host}/"))).await;
        assert_eq!((kind, blame), (RequestErrorKind::Dns, Blame::Target), "{message}");
        assert_eq!(message, words);
    }
}

#[tokio::test]
async fn a_name_server_that_is_silent_about_one_name_works_otherwise() {
    let names = NameServer::start(book).await;
    let timeouts = Timeouts { dns: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let request = HttpRequest { timeouts, ..get("http://slow.example/") };
    let (kind, blame, message) = names.setup().start().fails(request).await;
    assert_eq!((kind, blame), (RequestErrorKind::Timeout, Blame::Target), "{message}");
}

#[tokio::test]
async fn a_name_server_that_works_for_nobody_is_the_runners_fault() {
    let timeouts = Timeouts { dns: Some(Duration::from_millis(100)), ..Timeouts::default() };
    let silent = NameServer::start(|_| Word::Silence).await;
    let failing = NameServer::start(|_| Word::Failure).await;
    for names in [&silent, &failing] {
        let request = HttpRequest { timeouts, ..get("http://a.example/") };
        let (kind, blame, message) = names.setup().start().fails(request).await;
        assert_eq!((kind, blame), (RequestErrorKind::Dns, Blame::Runner), "{message}");
    }
    // A port that was free a moment ago.
    let gone = NameServer::start(book).await;
    let setup = gone.setup();
    drop(gone);
    let (kind, blame, message) =
        setup.start().fails(HttpRequest { timeouts, ..get("http://a.example/") }).await;
    assert_eq!((kind, blame), (RequestErrorKind::Dns, Blame::Runner), "{message}");
    assert!(message.contains("the runner has no working name server"), "{message}");
}

#[tokio::test]
async fn a_name_that_leads_inside_is_denied() {
    let names = NameServer::start(book).await;
    let mut setup = names.setup().allow(&["inside.example"]);
    setup.settings.resolver = Some(names.address);
    let rig = setup.start();
    let (kind, blame, message) = rig.fails(get("http://inside.example/")).await;
    assert_eq!((kind, blame), (RequestErrorKind::Denied, Blame::Journey));
    assert!(message.contains("add \"10.0.0.1\" to network.allow"), "{message}");
    let record = &rig.records()[0];
    assert_eq!(
        (record.remote_address.as_ref(), record.error.as_ref().unwrap().kind),
        (None, RequestErrorKind::Denied)
    );
}
