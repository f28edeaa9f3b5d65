//! What happens on the way to an answer: connections, handshakes, and peers that speak something else.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use wayfarer_tests::support::server::{End, Manner, Script, Served, Web, http, https, odd, scripted, text};
use wayfarer_tests::support::{Authority, Case, Ended, Identity};

use super::rows::{Row, all_hold, row};

const HOST: &str = "127.0.0.1";
const NOBODY: &str = "127.0.0.1:1";

#[test]
fn on_the_wire_the_peer_is_to_blame() {
    all_hold("net", 21, [connections(), handshakes()].into_iter().flatten().collect());
}

fn toward(manner: Manner, journey: &'static str) -> impl FnOnce() -> Ended + Send {
    move || Case::odd(journey).target(&odd(manner)).run()
}

fn told(journey: &'static str, script: Script) -> impl FnOnce() -> Ended + Send {
    move || Case::odd(journey).target(&scripted("http", script)).run()
}

fn connections() -> Vec<Row> {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nthe first";
    let drips = Script::says("HTTP/1.1 200 OK\r\nx-drip: ").and_drips(Duration::from_millis(100));
    vec![
        row("connection refused", "failed/connect", || {
            Case::odd("get").url(&format!("http://{NOBODY}")).arguments(["--allow", NOBODY]).run()
        }),
        row("accepts, never answers (wait)", "failed/timeout", toward(Manner::Silent, "impatient")),
        row(
            "accepts, RST at once",
            "failed/protocol or failed/connect",
            toward(Manner::ResettingAtOnce, "get"),
        ),
        row("RST after the request", "failed/protocol", toward(Manner::Resetting, "get")),
        row("FIN after the request", "failed/protocol", toward(Manner::ClosingUnanswered, "get")),
        row(
            "SSH banner on the port",
            "failed/protocol",
            told("get", Script::says("SSH-2.0-OpenSSH_9.2\r\n")),
        ),
        row("RST inside the body", "failed/protocol", told("get", Script::says(head).and_then(End::Resets))),
        row("FIN inside the body", "failed/protocol", told("get", Script::says(head))),
        row("SYN dropped (backlog full)", "failed/timeout", || {
            let full = Full::new();
            let place = full.address.to_string();
            Case::odd("hasty").url(&format!("http://{place}")).arguments(["--allow", &*place]).run()
        }),
        row("head drips one byte every 2 s", "failed/timeout", told("impatient", drips)),
        row("http to a TLS port", "failed/protocol", || {
            let target = https(Authority::new().leaf(HOST).server(&["http/1.1"]), |_| text("hello"));
            Case::odd("get").target(&target).url(&target.url().replace("https:", "http:")).run()
        }),
    ]
}

/// A listener that has as many connections waiting as it takes: the kernel drops every further SYN.
struct Full {
    address: SocketAddr,
    _listener: OwnedFd,
    _waiting: Vec<OwnedFd>,
}

impl Full {
    fn new() -> Self {
        let socket = || {
            let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
            rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).unwrap()
        };
        let listener = socket();
        rustix::net::bind(&listener, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = SocketAddr::try_from(rustix::net::getsockname(&listener).unwrap()).unwrap();
        let connect = || {
            let client = socket();
            // It is under way, or will never be answered.
            let _ = rustix::net::connect(&client, &address);
            client
        };
        let waiting = (0..4).map(|_| connect()).collect();
        Self { address, _listener: listener, _waiting: waiting }
    }
}

/// `get` toward a target, with the authority's certificate trusted.
fn trusting(authority: &Authority, target: &Served) -> Ended {
    let toml = format!("[network]\nallow = ['{}']\ntls.ca = ['ca.pem']\n", target.place());
    Case::odd("hasty").url(&target.url()).toml(&toml).file("ca.pem", authority.pem()).run()
}

fn serving(identity: &Identity) -> Web {
    https(identity.server(&["http/1.1"]), |_| text("hello"))
}

/// A row of a target whose certificate is this one, with the authority trusted.
fn certified(situation: &'static str, wanted: &'static str, make: fn(&Authority) -> Identity) -> Row {
    row(situation, wanted, move || {
        let authority = Authority::new();
        trusting(&authority, &serving(&make(&authority)))
    })
}

fn handshakes() -> Vec<Row> {
    let broken_off = |end| {
        move || {
            let target = scripted("https", Script::hangs_up().and_then(end));
            trusting(&Authority::new(), &target)
        }
    };
    vec![
        certified("TLS own CA, good", "passed/none", |authority| authority.leaf(HOST)),
        row("TLS own CA, not told to trust it", "failed/tls", || {
            trusting(&Authority::new(), &serving(&Authority::new().leaf(HOST)))
        }),
        certified("TLS expired", "failed/tls", |authority| authority.expired_leaf(HOST)),
        certified("TLS wrong host", "failed/tls", |authority| authority.leaf("shop.test")),
        certified("TLS self-signed", "failed/tls", |_| Identity::self_signed(HOST)),
        certified("TLS not yet valid", "failed/tls", |authority| authority.early_leaf(HOST)),
        row("TLS hello never answered", "failed/timeout", broken_off(End::Holds)),
        row("TLS FIN after hello", "failed/tls", broken_off(End::Closes)),
        row("TLS RST after hello", "failed/tls", broken_off(End::Resets)),
        row("https to a plain port", "failed/tls", || {
            let plain = http(|_| text("hello"));
            let url = plain.url().replace("http:", "https:");
            Case::odd("hasty").url(&url).arguments(["--allow".to_owned(), plain.place()]).run()
        }),
    ]
}
