//! Peers that send without end what a client has to look at and never gets anything from. Each has a thread of its own, so
//! that it is always ahead of the client.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::net::tests::authority::Authority;

/// How many bytes are written at once.
const BURST: usize = 256 << 10;

/// A frame of HTTP/2 on a stream.
pub(super) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// A peer that reads a request's head, begins an answer and repeats these words.
pub(super) fn repeats(begin: &'static [u8], words: &'static [u8]) -> SocketAddr {
    serve(move |mut tcp| async move {
        super::servers::read_head(&mut tcp).await;
        tcp.write_all(begin).await.unwrap();
        flood(tcp, words).await;
    })
}

/// A peer that speaks HTTP/2 and, once it was asked, repeats this frame. With `begin` before it.
pub(super) fn repeats_frame(authority: &Authority, begin: Vec<u8>, frame: Vec<u8>) -> SocketAddr {
    let config = authority.server(&authority.leaf(&["localhost"]), &[b"h2"]);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |tcp| {
        let (acceptor, begin, frame) = (acceptor.clone(), begin.clone(), frame.clone());
        async move {
            let mut tls = acceptor.accept(tcp).await.unwrap();
            tls.write_all(&super::hostile_servers::frame(4, 0, 0, &[])).await.unwrap();
            read_request(&mut tls).await;
            tls.write_all(&begin).await.unwrap();
            flood(tls, &frame).await;
        }
    })
}

/// Reads the preface and every frame up to the head of a request.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) {
    stream.read_exact(&mut [0; 24]).await.unwrap();
    let mut head = [0; 9];
    while head[3] != 1 {
        stream.read_exact(&mut head).await.unwrap();
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).await.unwrap();
    }
}

/// Writes the words again and again, and reads whatever is answered, until the client hangs up.
async fn flood(stream: impl AsyncRead + AsyncWrite + Unpin, words: &[u8]) {
    let (mut from, mut to) = split(stream);
    let burst = words.repeat(BURST / words.len());
    let write = async { while to.write_all(&burst).await.is_ok() {} };
    let mut answers = vec![0; BURST];
    let read = async { while from.read(&mut answers).await.is_ok_and(|count| count > 0) {} };
    tokio::join!(write, read);
}

fn serve<F, R>(scene: F) -> SocketAddr
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()>,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    // It ends with the process of the test.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((tcp, _)) = listener.accept().await {
                scene(tcp).await;
            }
        });
    });
    address
}
