//! A beacon: a host of somebody else's that the operator names, and that answers as long as the runner's own way out works.
//!
//! An `http` or `https` beacon answers with any status, and its `Date` says what time it is. Its certificate is checked but for
//! its dates, because the dates are what a wrong clock cannot judge. A `tcp` beacon only has to accept a connection.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use url::Url;
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::{HttpFacts, TrafficKind};
use wayfarer_model::units::{Micros, UnixMillis};

use super::budget::{Budget, Timeouts};
use super::dialer::{Dialer, Endpoint, Security};
use super::network::Network;
use super::said_date;
use super::trace::Trace;
use crate::tape::{Tape, TrafficOwner};

/// How long a beacon may take from its name to its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// A host of another domain than any target's, which the operator names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beacon {
    url: Url,
    host: String,
    port: u16,
}

/// What one beacon said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// From the question to the answer, names and handshakes included.
    pub took: Micros,
    /// What time it is by its `Date`, if it has one.
    pub date: Option<UnixMillis>,
}

impl FromStr for Beacon {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || {
            format!(
                "`{text}` is not a beacon: write one such as `https://example.org` or `tcp://192.0.2.1:443`"
            )
        };
        let url = Url::parse(text).map_err(|_| rule())?;
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let is_known = match url.scheme() {
            "http" | "https" => true,
            "tcp" => url.port().is_some() && matches!(url.path(), "" | "/") && url.query().is_none(),
            _ => false,
        };
        let host = url.host_str().filter(|host| is_bare && is_known && !host.is_empty()).ok_or_else(rule)?;
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let port = url.port_or_known_default().ok_or_else(rule)?;
        Ok(Self { url, host, port })
    }
}

/// As it was written.
impl std::fmt::Display for Beacon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.url.as_str().trim_end_matches('/'))
    }
}

impl Beacon {
    /// Asks it, on a network that allows every host.
    ///
    /// # Errors
    /// Why it gave no sign.
    // Boxed, because a dial may lead to it, and it dials.
    pub(super) fn ask<'a>(&'a self, network: &'a Arc<Network>) -> BoxFuture<'a, Result<Sign, String>> {
        let asking = async {
            let tape = Tape::live(Limits::default(), [0; 32], None);
            let asked = tokio::time::timeout(PATIENCE, self.heard(network, &tape)).await;
            let date = asked.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))??;
            Ok(Sign { took: tape.now(), date })
        };
        asking.boxed()
    }

    async fn heard(&self, network: &Arc<Network>, tape: &Tape) -> Result<Option<UnixMillis>, String> {
        let security = match self.url.scheme() {
            "https" => Security::Tls { alpn: &[b"http/1.1"] },
            _ => Security::Plaintext,
        };
        let kind = TrafficKind::Http(HttpFacts::request("HEAD", self.url.as_str()));
        let mut trace = Trace::begin(tape, kind, TrafficOwner::default()).map_err(|stop| stop.to_string())?;
        let budget = Budget::begin(tape, Timeouts::default());
        let dialer = Dialer::of_controls(Arc::clone(network));
        let endpoint = Endpoint { host: &self.host, port: self.port };
        let dialled = dialer.dial(endpoint, security, &budget, &mut trace).await;
        let mut stream = dialled.map_err(|error| error.message)?;
        if self.url.scheme() == "tcp" {
            return Ok(None);
        }
        let query = self.url.query().map_or_else(String::new, |query| format!("?{query}"));
        let path = format!("{}{query}", self.url.path());
        let head = said_date::head(&mut stream, endpoint, &path).await.map_err(|error| error.to_string())?;
        if !head.starts_with("HTTP/1.") {
            return Err("it does not speak HTTP".to_owned());
        }
        Ok(said_date::date(&head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beacon_is_a_url_of_three_schemes() {
        for (text, host, port) in [
            ("https://example.org", "example.org", 443),
            ("http://Example.org:8080/health?full=1", "example.org", 8080),
            ("tcp://192.0.2.1:443", "192.0.2.1", 443),
            ("tcp://[2001:db8::1]:53", "2001:db8::1", 53),
        ] {
            let beacon: Beacon = text.parse().unwrap();
            assert_eq!((beacon.host.as_str(), beacon.port), (host, port));
        }
        for text in [
            "example.org",
            "tcp://192.0.2.1",
            "tcp://192.0.2.1:443/path",
            "udp://192.0.2.1:53",
            "https://ana:secret@example.org",
            "https://example.org/#part",
        ] {
            assert!(text.parse::<Beacon>().unwrap_err().contains("is not a beacon"), "{text}");
        }
        assert_eq!("https://example.org".parse::<Beacon>().unwrap().to_string(), "https://example.org");
    }
}
