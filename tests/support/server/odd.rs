//! Targets that accept a connection and then do not speak HTTP as they should.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use wayfarer_testkit::within;

use super::{Served, runtime};

/// What it does with each connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Reads the request and never answers.
    Silent,
    /// Sends the head and the first bytes of the body, and no more.
    Stalling,
    /// Sends the head and part of the body, and closes.
    CuttingShort,
    /// Reads the request and closes.
    ClosingUnanswered,
    /// Reads the request and resets the connection.
    Resetting,
    /// Resets the connection before it reads anything.
    ResettingAtOnce,
    /// Answers in another protocol.
    Babbling,
    /// Sends a body in chunks of one byte, as fast as it can, and never ends it.
    ChunksWithoutEnd,
    /// Sends a body of 12 MiB but for its last byte, which comes two seconds later.
    Lingering,
    /// Sends one interim answer after another, as fast as it can.
    HintsWithoutEnd,
}

/// A server of that manner, and a way to wait until it was asked.
pub struct Odd {
    served: Served,
    asked: Arc<Notify>,
}

impl Odd {
    /// Returns once a request has come.
    #[track_caller]
    pub fn wait_until_asked(&self) {
        runtime().block_on(within("a request comes", self.asked.notified()));
    }
}

impl std::ops::Deref for Odd {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

/// Serves in that manner.
pub fn odd(manner: Manner) -> Odd {
    let asked = Arc::new(Notify::new());
    let notify = Arc::clone(&asked);
    let served = Served::start("http", move |listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let notify = Arc::clone(&notify);
            // What the client makes of it is the client's to report.
            tokio::spawn(async move { drop(behave(stream, manner, &notify).await) });
        }
    });
    Odd { served, asked }
}

async fn behave(mut stream: TcpStream, manner: Manner, asked: &Notify) -> io::Result<()> {
    if manner == Manner::ResettingAtOnce {
        return stream.set_zero_linger();
    }
    read_head(&mut stream).await?;
    asked.notify_one();
    match manner {
        Manner::Silent => until_closed(&mut stream).await?,
        Manner::Stalling => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nthe first").await?;
            until_closed(&mut stream).await?;
        }
        Manner::CuttingShort => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nthe first").await?;
        }
        Manner::Resetting => stream.set_zero_linger()?,
        Manner::Babbling => stream.write_all(b"220 mail.example.com ESMTP ready\r\n").await?,
        Manner::ChunksWithoutEnd => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
            flood(&mut stream, b"1\r\nx\r\n").await?;
        }
        Manner::Lingering => {
            let body = vec![b'x'; 12 << 20];
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            let (last, most) = body.split_last().unwrap();
            stream.write_all(most).await?;
            tokio::time::sleep(Duration::from_secs(2)).await;
            stream.write_all(&[*last]).await?;
        }
        Manner::HintsWithoutEnd => flood(&mut stream, b"HTTP/1.1 103 Early Hints\r\n\r\n").await?,
        Manner::ClosingUnanswered | Manner::ResettingAtOnce => {}
    }
    Ok(())
}

/// Repeats the words until the client hangs up.
async fn flood(stream: &mut TcpStream, words: &[u8]) -> io::Result<()> {
    let burst = words.repeat(64 << 10);
    loop {
        stream.write_all(&burst).await?;
    }
}

/// Reads up to the blank line that ends a request's head.
async fn read_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(())
}

/// Holds the connection until the client gives up.
async fn until_closed(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
