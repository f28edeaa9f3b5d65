//! Where a URL leads. Parsed once for each hop, so that policy, dialer and request line mean the same place.

use url::{Host, Url};
use wayfarer_model::traffic::TrafficError;
use wayfarer_model::userinfo::has_userinfo;

use crate::net::fault::malformed;
use crate::net::{Endpoint, Security};

/// Scheme, host and port: what a connection and a credential belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    /// `https`.
    pub(super) tls: bool,
    /// In lower case; an IPv6 address without brackets.
    pub(super) host: String,
    /// Never 0 in practice; the scheme's own where the URL names none.
    pub(super) port: u16,
}

/// What a client offers in a TLS handshake, the preferred one first.
const ALPN: &[&[u8]] = &[b"h2", b"http/1.1"];

impl Origin {
    pub(super) fn endpoint(&self) -> Endpoint<'_> {
        Endpoint { host: &self.host, port: self.port }
    }

    pub(super) fn security(&self) -> Security<'static> {
        if self.tls { Security::Tls { alpn: ALPN } } else { Security::Plaintext }
    }
}

/// A URL that can be called.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) origin: Origin,
    /// `host` or `host:port`, as a request names it.
    pub(super) authority: String,
}

impl Target {
    /// Reads an absolute URL by the rules for requests.
    pub(super) fn parse(text: &str) -> Result<Self, TrafficError> {
        let url = Url::parse(text)
            .map_err(|error| malformed(format!("the url is not one: {error}: write it in full")))?;
        Self::of(url)
    }

    /// Takes a URL apart.
    pub(super) fn of(url: Url) -> Result<Self, TrafficError> {
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(malformed(format!("the url's scheme is `{other}`: use `http` or `https`"))),
        };
        if has_userinfo(&url) {
            return Err(malformed("the url names a user or password: use basic authentication in a header"));
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(malformed("the url names no host")),
        };
        let authority = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Err(malformed("the url names no host")),
        };
        let port = url.port_or_known_default().unwrap_or(0);
        if port == 0 {
            return Err(malformed("the url names port 0: use 1 to 65535"));
        }
        Ok(Self { origin: Origin { tls, host, port }, authority, url })
    }

    /// What follows the authority: path and query.
    pub(super) fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }
}
