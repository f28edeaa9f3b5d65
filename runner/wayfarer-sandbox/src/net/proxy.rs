//! The operator's proxy to the outside: a tunnel through it to each host (`CONNECT`, RFC 9110, 9.3.6).
//!
//! The policy has checked the host before. The proxy turns its name into an address, so that only the proxy can check
//! the address; one that stands in the URL itself is checked here too. Whoever configures the proxy answers for where it
//! leads, and for its own address, which no policy checks.
//!
//! The runner is to blame for a proxy that cannot be reached or that refuses; the target is for what the proxy could not
//! reach (502, 503, 504).

use std::fmt;
use std::io;

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wayfarer_model::egress::HostPattern;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::dialer::Endpoint;
use super::fault::{runners, targets};

/// The most of an answer's head that is read, in bytes.
const HEAD: usize = 16 << 10;

/// The way to the outside.
#[derive(Clone, PartialEq, Eq)]
pub struct EgressProxy {
    /// Its name or address.
    pub host: String,
    /// Where it listens.
    pub port: u16,
    /// User and password, if it wants some.
    pub credentials: Option<(String, String)>,
    /// The hosts that are dialled without it.
    pub direct: Vec<HostPattern>,
}

/// Without the credentials.
impl fmt::Debug for EgressProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EgressProxy({}:{})", self.host, self.port)
    }
}

impl EgressProxy {
    pub(super) fn endpoint(&self) -> Endpoint<'_> {
        Endpoint { host: &self.host, port: self.port }
    }

    /// Whether a host is dialled through it.
    pub(super) fn is_for(&self, target: Endpoint<'_>) -> bool {
        !self.direct.iter().any(|hosts| hosts.covers_host(target.host, target.port))
    }

    /// Has the proxy connect to a target. What is read and written from then on is the target's.
    pub(super) async fn open(&self, tcp: &mut TcpStream, target: Endpoint<'_>) -> Result<(), TrafficError> {
        let failed = |error: io::Error| {
            let message = format!("the egress proxy {} did not answer: {error}", self.endpoint());
            runners(TrafficErrorKind::Connect, message)
        };
        tcp.write_all(self.request(target).as_bytes()).await.map_err(failed)?;
        let head = read_head(tcp).await.map_err(failed)?;
        let status = status(&head).ok_or_else(|| {
            let message = format!("{} does not answer as an HTTP proxy does", self.endpoint());
            runners(TrafficErrorKind::Connect, message)
        })?;
        let said = |what: &str| {
            format!("the egress proxy {} {what}: it answered {status} to `CONNECT {target}`", self.endpoint())
        };
        match status {
            200..=299 => Ok(()),
            407 => Err(runners(TrafficErrorKind::Connect, said("wants other credentials"))),
            502..=504 => Err(targets(TrafficErrorKind::Connect, said("cannot reach the host"))),
            _ => Err(runners(TrafficErrorKind::Connect, said("refuses"))),
        }
    }

    fn request(&self, target: Endpoint<'_>) -> String {
        let authorization = match &self.credentials {
            Some((user, password)) => {
                let value = BASE64.encode(format!("{user}:{password}").as_bytes());
                format!("proxy-authorization: Basic {value}\r\n")
            }
            None => String::new(),
        };
        format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n{authorization}\r\n")
    }
}

/// Reads to the end of the head and not a byte further.
async fn read_head(tcp: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= HEAD {
            return Err(io::Error::other("its head is too long"));
        }
        head.push(tcp.read_u8().await?);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head).ok()?.lines().next()?;
    line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_sent_and_never_shown() {
        let proxy = EgressProxy {
            host: "proxy.internal".to_owned(),
            port: 3128,
            credentials: Some(("ana".to_owned(), "secret".to_owned())),
            direct: vec!["*.internal:*".parse().unwrap()],
        };
        let target = Endpoint { host: "2001:db8::1", port: 443 };
        assert_eq!(
            proxy.request(target),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nhost: [2001:db8::1]:443\r\nproxy-authorization: Basic \
             YW5hOnNlY3JldA==\r\n\r\n"
        );
        assert!(!format!("{proxy:?}").contains("secret"));
        assert!(proxy.is_for(target) && !proxy.is_for(Endpoint { host: "db.internal", port: 5432 }));
        assert_eq!((status(b"HTTP/1.1 200 OK\r\n"), status(b"SSH-2.0\r\n")), (Some(200), None));
    }
}
