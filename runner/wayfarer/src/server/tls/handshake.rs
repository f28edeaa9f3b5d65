//! A handshake in a bounded time, and a word to whoever speaks plain HTTP.

use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::Tls;

/// How long a peer may take from its connection to the end of its handshake.
const LONGEST: Duration = Duration::from_secs(10);
/// What every handshake begins with: a record of that kind.
const HANDSHAKE_RECORD: u8 = 0x16;
/// What somebody reads who forgot the `s`.
const PLAIN: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n\
                     this port speaks TLS: write https:// in place of http://\n";

/// What became of a handshake.
pub(crate) enum Handshake {
    Done {
        stream: Box<TlsStream<TcpStream>>,
        is_http2: bool,
    },
    /// The peer was too slow, spoke something else or refused.
    Ended,
}

/// Makes a handshake.
pub(crate) async fn shake(mut stream: TcpStream, tls: &Tls) -> Handshake {
    let handshake = async {
        let mut first = [0];
        let is_tls = stream.peek(&mut first).await.is_ok_and(|read| read == 1) && first == [HANDSHAKE_RECORD];
        if !is_tls {
            if first.first().is_some_and(u8::is_ascii_uppercase) {
                // Whoever does not read it has lost nothing.
                let _ = stream.write_all(PLAIN.as_bytes()).await;
                let _ = stream.shutdown().await;
            }
            return None;
        }
        TlsAcceptor::from(tls.config()).accept(stream).await.ok()
    };
    match timeout(LONGEST, handshake).await {
        Ok(Some(stream)) => {
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            Handshake::Done { stream: Box::new(stream), is_http2 }
        }
        Ok(None) | Err(_) => Handshake::Ended,
    }
}
