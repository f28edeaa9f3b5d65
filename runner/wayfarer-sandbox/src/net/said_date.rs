//! What time it is by the `Date` of an answer: of a beacon, or of a target whose certificate is refused for its dates.
//!
//! The question is a `HEAD` that carries nothing of a journey.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wayfarer_model::units::UnixMillis;

use super::dialer::Endpoint;
use super::stream::Stream;

/// The most of an answer's head that is read, in bytes.
const HEAD: usize = 8 << 10;

/// The head of what a peer answers; it may be anything.
pub(super) async fn head(stream: &mut Stream, endpoint: Endpoint<'_>, path: &str) -> std::io::Result<String> {
    let request = format!(
        "HEAD {path} HTTP/1.1\r\nhost: {endpoint}\r\nuser-agent: wayfarer\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut head = Vec::new();
    while head.len() < HEAD && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// What the `date` of a head says.
pub(super) fn date(head: &str) -> Option<UnixMillis> {
    let mut lines = head.lines().skip(1).map_while(|line| line.split_once(':'));
    let (_, value) = lines.find(|(name, _)| name.eq_ignore_ascii_case("date"))?;
    let date = httpdate::parse_http_date(value.trim()).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_head_reads_in_any_case() {
        let head = "HTTP/1.1 200 OK\r\nServer: x\r\nDATE: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nDate: none";
        assert_eq!(date(head), Some(UnixMillis(784_111_777_000)));
        assert_eq!(date("HTTP/1.1 200 OK\r\nserver: x\r\n\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT"), None);
    }
}
