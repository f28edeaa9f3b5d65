//! Heads as real servers send them.

use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, text};
use super::servers::{Server, hello, says, says_and_closes};
use crate::net::tests::authority::Authority;

#[tokio::test]
async fn what_browsers_take_is_taken() {
    let odd = says(concat!(
        "HTTP/1.1 200 OK\r\n",
        "x-folded: one\r\n  two\r\n\tthree\r\n",
        "content-length : 2\r\n",
        "set-cookie: good=1\r\n",
        "set-cookie: bad=\u{1}\r\n",
        "<br /><b>Warning</b>: Undefined index in /var/www/index.php on line 3\r\n",
        "a line without a colon\r\n",
        "x-last: kept\r\n",
        "\r\nok"
    ))
    .await;
    let response = Setup::new().start().get(&odd.url("/")).await.unwrap();
    assert_eq!(text(&response), "ok");
    let header = |name: &str| response.headers.get_all(name).iter().collect::<Vec<_>>();
    let folded = header("x-folded")[0].to_str().unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(folded, ["one", "two", "three"]);
    assert!(!header("x-folded")[0].as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n')));
    assert_eq!(header("set-cookie"), ["good=1"]);
    assert_eq!(header("x-last"), ["kept"]);
}

#[tokio::test]
async fn many_headers_are_taken() {
    let lines: Vec<String> = (0..900).map(|n| format!("set-cookie: c{n}=1\r\n")).collect();
    let lines = lines.concat();
    let many = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{lines}\r\nok");
    let server = says(Box::leak(many.into_boxed_str())).await;
    let response = Setup::new().start().get(&server.url("/")).await.unwrap();
    assert_eq!((text(&response), response.headers.get_all("set-cookie").iter().count()), ("ok", 900));
}

#[tokio::test]
async fn what_is_refused_is_refused_by_its_line() {
    for (head, words) in [
        ("HTTP/1.1 200 OK\r\na: b\r\nc: d\0e\r\n\r\n", "line 3 of its head has a zero byte: `c: d\\0e`"),
        ("HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n", "line 2 of its head has a carriage return"),
        ("HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\nHTTP", "invalid content-length"),
        ("ICY 200 OK\r\n\r\n", "its first line is `ICY 200 OK`, not a status line"),
    ] {
        let server = says_and_closes(head).await;
        let (kind, blame, message) = Setup::new().start().fails(get(&server.url("/"))).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target), "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn tls_on_the_port_is_recognised() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(&authority.leaf(&["localhost"]), &[]), hello).await;
    let (kind, _, message) = Setup::new().start().fails(get(&server.url("/"))).await;
    assert_eq!(
        (kind, message.as_str()),
        (TrafficErrorKind::Protocol, "127.0.0.1 speaks TLS on this port: use `https://`")
    );
}
