//! Checks whether something answers at a URL. Any HTTP status will do.
//!
//! Over TLS an open connection is enough: the journey itself judges the certificate.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

/// How long one probe may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether it answers now.
pub(super) async fn answers(url: &Url) -> bool {
    timeout(PATIENCE, probe(url)).await.is_ok_and(|answer| answer.unwrap_or(false))
}

async fn probe(url: &Url) -> std::io::Result<bool> {
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return Ok(false) };
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    if url.scheme() == "https" {
        return Ok(true);
    }
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nuser-agent: wayfarer\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = [0; 5];
    stream.read_exact(&mut head).await?;
    Ok(&head == b"HTTP/")
}
