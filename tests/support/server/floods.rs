//! Targets that speak HTTP/2 over TLS and send without end what a client has to look at and gets nothing from.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Served;

/// What it repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// Pings, which the client has to answer.
    Pings,
    /// Settings, which it has to acknowledge.
    Settings,
    /// Updates of the window of the request's stream.
    WindowUpdates,
    /// Frames of a body without a byte in them.
    EmptyData,
    /// A head that is never complete.
    Continuations,
    /// Interim answers.
    Hints,
}

impl Frames {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pings, Self::Settings, Self::WindowUpdates, Self::EmptyData, Self::Continuations, Self::Hints];

    /// What comes once, and what comes again and again.
    fn written(self) -> (Vec<u8>, Vec<u8>) {
        const ANSWERED: &[u8] = &[0x88];
        match self {
            Self::Pings => (vec![], frame(6, 0, 0, &[7; 8])),
            Self::Settings => (vec![], frame(4, 0, 0, &[])),
            Self::WindowUpdates => (vec![], frame(8, 0, 1, &[0, 0, 0, 1])),
            Self::EmptyData => (frame(1, 4, 1, ANSWERED), frame(0, 0, 1, &[])),
            Self::Continuations => (frame(1, 0, 1, ANSWERED), frame(9, 0, 1, &[])),
            Self::Hints => (vec![], frame(1, 4, 1, &[0x08, 3, b'1', b'0', b'3'])),
        }
    }
}

/// A frame on a stream: kind, flags, payload.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

/// Serves so with TLS that offers `h2`.
pub fn flood(tls: ServerConfig, frames: Frames) -> Served {
    let tls = TlsAcceptor::from(Arc::new(tls));
    Served::start("https", move |listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let tls = tls.clone();
            // What the client makes of it is the client's to report.
            tokio::spawn(async move { drop(behave(&tls, stream, frames).await) });
        }
    })
}

async fn behave(tls: &TlsAcceptor, stream: TcpStream, frames: Frames) -> std::io::Result<()> {
    let mut stream = tls.accept(stream).await?;
    stream.write_all(&frame(4, 0, 0, &[])).await?;
    read_request(&mut stream).await?;
    let (begin, again) = frames.written();
    stream.write_all(&begin).await?;
    let burst = again.repeat((256 << 10) / again.len());
    let (mut from, mut to) = split(stream);
    let write = async { while to.write_all(&burst).await.is_ok() {} };
    // What is answered is read, so that the client can always write.
    let mut answers = vec![0; 64 << 10];
    let read = async { while from.read(&mut answers).await.is_ok_and(|count| count > 0) {} };
    tokio::join!(write, read);
    Ok(())
}

/// Reads the preface and every frame up to the head of a request.
async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    let mut head = [0; 9];
    while head[3] != 1 {
        stream.read_exact(&mut head).await?;
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).await?;
    }
    Ok(())
}
