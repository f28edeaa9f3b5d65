//! The way through the operator's proxy.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::authority::Authority;
use super::rig::{Echo, Rig, exchange};
use crate::net::{EgressProxy, NetworkSettings, RootStore, Security, Timeouts};

/// A proxy that answers with a status and, if that is 200, leads to one place, whatever it was asked for.
struct Proxy {
    address: SocketAddr,
    asked: tokio::sync::mpsc::UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn proxy(status: &'static str, to: SocketAddr) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (told, asked) = tokio::sync::mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            told.send(String::from_utf8(head).unwrap()).unwrap();
            client.write_all(format!("HTTP/1.1 {status}\r\nvia: test\r\n\r\n").as_bytes()).await.unwrap();
            if status.starts_with("200") {
                let mut target = TcpStream::connect(to).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut client, &mut target).await });
            }
        }
    });
    Proxy { address, asked, task }
}

fn settings(proxy: &Proxy) -> NetworkSettings {
    let proxy = EgressProxy {
        host: "127.0.0.1".to_owned(),
        port: proxy.address.port(),
        credentials: Some(("ana".to_owned(), "secret".to_owned())),
        direct: vec!["localhost:*".parse().unwrap()],
    };
    NetworkSettings { proxy: Some(proxy), ..NetworkSettings::default() }
}

#[tokio::test]
async fn every_host_is_called_through_the_proxy_but_those_that_are_direct() {
    let authority = Authority::new();
    let echo = Echo::tls(authority.server(&authority.leaf(&["shop.example", "localhost"]), &[])).await;
    let mut proxy = proxy("200 Connection established", echo.address).await;
    let roots = RootStore::Only(vec![authority.pem.clone().into_bytes()]);
    // Neither name nor address of the proxy is allowed to a journey, and the host's name means nothing here.
    let rig = Rig::new(&["shop.example:443", "localhost:*"], NetworkSettings { roots, ..settings(&proxy) });
    let tls = Security::Tls { alpn: &[] };
    let mut stream = rig.dial("shop.example", 443, tls, Timeouts::default()).await.unwrap();
    assert_eq!(exchange(&mut stream, "EHLO").await, "EHLO");
    let head = proxy.asked.recv().await.unwrap();
    assert_eq!(
        head,
        "CONNECT shop.example:443 HTTP/1.1\r\nhost: shop.example:443\r\nproxy-authorization: Basic \
         YW5hOnNlY3JldA==\r\n\r\n"
    );
    rig.dial("localhost", echo.address.port(), tls, Timeouts::default()).await.unwrap();
    assert!(proxy.asked.try_recv().is_err(), "it was dialled directly");
    let records = rig.records();
    assert_eq!(records[0].remote_address.as_deref(), Some(proxy.address.to_string().as_str()));
}

#[tokio::test]
async fn the_policy_holds_before_the_proxy_is_asked() {
    let mut proxy = proxy("200 OK", SocketAddr::from(([127, 0, 0, 1], 1))).await;
    let rig = Rig::new(&["shop.example:443", "*:80"], settings(&proxy));
    for (host, port) in [("other.example", 443), ("10.0.0.1", 80)] {
        let error = rig.dial(host, port, Security::Plaintext, Timeouts::default()).await.err().unwrap();
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Denied, Blame::Journey), "{error:?}");
    }
    assert!(proxy.asked.try_recv().is_err());
}

#[tokio::test]
async fn what_the_proxy_cannot_do_is_told_apart() {
    for (status, blame, words) in [
        (
            "502 Bad Gateway",
            Blame::Target,
            "cannot reach the host: it answered 502 to `CONNECT shop.example:80`",
        ),
        ("407 Proxy Authentication Required", Blame::Runner, "wants other credentials: it answered 407"),
        ("403 Forbidden", Blame::Runner, "refuses: it answered 403"),
    ] {
        let proxy = proxy(status, SocketAddr::from(([127, 0, 0, 1], 1))).await;
        let rig = Rig::new(&["shop.example"], settings(&proxy));
        let dialled = rig.dial("shop.example", 80, Security::Plaintext, Timeouts::default()).await;
        let error = dialled.err().unwrap();
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Connect, blame), "{error:?}");
        assert!(error.message.contains(words) && !error.message.contains("secret"), "{}", error.message);
    }
    let gone = proxy("200 OK", SocketAddr::from(([127, 0, 0, 1], 1))).await;
    let rig = Rig::new(&["shop.example"], settings(&gone));
    let address = gone.address;
    gone.task.abort();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let dialled = rig.dial("shop.example", 80, Security::Plaintext, Timeouts::default()).await;
    let error = dialled.err().unwrap();
    assert_eq!(error.blame, Blame::Runner);
    assert_eq!(
        error.message,
        format!("no connection to the egress proxy {address}: connection refused: {address}")
    );
}
