//! Targets that say what a test has written down, byte for byte, and then close, reset or hold the connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Served;

/// What a target does with each connection.
#[derive(Debug, Clone)]
pub struct Script {
    hears: Hears,
    pause: Duration,
    says: Vec<u8>,
    drips: Option<Duration>,
    end: End,
}

/// How much it reads first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hears {
    /// Up to the blank line that ends a request's head.
    Head,
    /// Whatever comes first, such as the hello of TLS.
    Something,
}

/// What becomes of the connection after the script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The server closes it: the peer sees a FIN.
    Closes,
    /// The server resets it: the peer sees an RST.
    Resets,
    /// Not before the client gives up.
    Holds,
}

impl Script {
    /// Says this once it has read the head of a request.
    pub fn says(words: impl Into<Vec<u8>>) -> Self {
        Self { hears: Hears::Head, pause: Duration::ZERO, says: words.into(), drips: None, end: End::Closes }
    }

    /// Says nothing once it has read anything.
    pub fn hangs_up() -> Self {
        Self { hears: Hears::Something, ..Self::says("") }
    }

    /// Says it after so long.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Goes on with a byte each time that this has passed.
    #[must_use]
    pub fn and_drips(self, pause: Duration) -> Self {
        Self { drips: Some(pause), ..self }
    }

    /// Ends in that way, if the client does not end it.
    #[must_use]
    pub fn and_then(self, end: End) -> Self {
        Self { end, ..self }
    }
}

/// Serves so, as a target of that scheme.
pub fn scripted(scheme: &'static str, script: Script) -> Served {
    let script = Arc::new(script);
    Served::start(scheme, move |listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = Arc::clone(&script);
            // What the client makes of it is the client's to report.
            tokio::spawn(async move { drop(perform(stream, &script).await) });
        }
    })
}

async fn perform(mut stream: TcpStream, script: &Script) -> io::Result<()> {
    let (mut heard, mut some) = (Vec::new(), [0; 1024]);
    loop {
        let count = stream.read(&mut some).await?;
        heard.extend_from_slice(&some[..count]);
        if count == 0 || script.hears == Hears::Something || heard.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    tokio::time::sleep(script.pause).await;
    stream.write_all(&script.says).await?;
    stream.flush().await?;
    while let Some(pause) = script.drips {
        tokio::time::sleep(pause).await;
        stream.write_all(b"x").await?;
    }
    match script.end {
        End::Closes => {}
        // What was said has to be on its way first: a reset throws away what waits to be sent.
        End::Resets => {
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.set_zero_linger()?;
        }
        End::Holds => while stream.read(&mut some).await? > 0 {},
    }
    Ok(())
}
