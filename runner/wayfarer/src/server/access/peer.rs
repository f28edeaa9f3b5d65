//! Where a request comes from: the peer of its connection, or whoever a proxy names that the operator trusts.
//!
//! `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` are anybody's words. They count only where the peer itself is one of
//! `[server] trusted_proxies`; of a chain of such proxies the last address that is none of them is the client's.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::request::Parts;
use ipnet::IpNet;

/// In a request: the connection that it came by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Whether this server itself speaks TLS with it.
    pub(crate) is_tls: bool,
}

/// The client of a request, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) address: IpAddr,
    /// Whether the browser speaks TLS, with this server or with a proxy before it.
    pub(super) is_secure: bool,
    /// The host and port that the browser asked; empty if it named none.
    pub(super) host: String,
}

/// Peers that one party can have by the thousand are one: an IPv6 network of 64 bits.
pub(crate) fn party(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Client {
    /// The client of a request.
    pub(super) fn of(parts: &Parts, proxies: &[IpNet]) -> Self {
        let nowhere = Peer { address: SocketAddr::from(([0, 0, 0, 0], 0)), is_tls: false };
        let peer = parts.extensions.get::<Peer>().copied().unwrap_or(nowhere);
        // HTTP/2 has the host in the request's target.
        let own = parts.uri.authority().map(|authority| authority.as_str().to_owned());
        let host = own.or_else(|| words(&parts.headers, HOST.as_str()).pop()).unwrap_or_default();
        let address = peer.address.ip().to_canonical();
        let is_proxy = |address: &IpAddr| proxies.iter().any(|network| network.contains(address));
        if !is_proxy(&address) {
            return Self { address, is_secure: peer.is_tls, host };
        }
        let said = |name| words(&parts.headers, name).pop();
        let forwarded = words(&parts.headers, "x-forwarded-for");
        let read = forwarded.iter().rev().map_while(|text| address_of(text));
        let mut named = read.skip_while(is_proxy);
        Self {
            address: named.next().unwrap_or(address),
            is_secure: peer.is_tls
                || said("x-forwarded-proto").is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")),
            host: said("x-forwarded-host").unwrap_or(host),
        }
    }
}

/// The parts of a header's list, over all of its lines.
fn words(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|word| word.trim().to_owned()).collect()
}

/// With or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn client(peer: &str, headers: &[(&str, &str)]) -> Client {
        let mut request = Request::builder().uri("/").header("host", "w.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(Peer { address: peer.parse().unwrap(), is_tls: false });
        Client::of(&parts, &["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()])
    }

    #[test]
    fn a_proxy_s_words_count_only_if_the_operator_trusts_it() {
        let words = [
            ("x-forwarded-for", "1.2.3.4, 192.0.2.7, 10.0.0.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "wayfarer.example.com"),
        ];
        let stranger = client("192.0.2.1:1", &words);
        assert_eq!(
            stranger,
            Client { address: [192, 0, 2, 1].into(), is_secure: false, host: "w.example".into() }
        );
        let trusted = client("10.0.0.1:1", &words);
        let host = "wayfarer.example.com".to_owned();
        let address = IpAddr::from([192, 0, 2, 7]);
        assert_eq!(
            trusted,
            Client { address, is_secure: true, host },
            "what the client itself has put first does not count"
        );
    }

    #[test]
    fn what_cannot_be_read_is_the_proxy_itself() {
        assert_eq!(
            client("10.0.0.1:1", &[("x-forwarded-for", "unknown")]).address,
            IpAddr::from([10, 0, 0, 1])
        );
        assert_eq!(client("10.0.0.1:1", &[]).address, IpAddr::from([10, 0, 0, 1]));
        assert!(
            !client("10.0.0.1:1", &[("x-forwarded-proto", "https, http")]).is_secure,
            "the last proxy's word"
        );
        let v6 = client("[fd00::1]:1", &[("x-forwarded-for", "[2001:db8::5]:99")]);
        assert_eq!(v6.address, "2001:db8::5".parse::<IpAddr>().unwrap());
    }

    #[test]
    fn a_network_of_one_party_is_one_peer() {
        assert_eq!(party("2001:db8::1".parse().unwrap()), party("2001:db8::ffff:1".parse().unwrap()));
        assert_ne!(party("2001:db8::1".parse().unwrap()), party("2001:db8:0:1::1".parse().unwrap()));
        assert_eq!(party("::ffff:10.0.0.1".parse().unwrap()), IpAddr::from([10, 0, 0, 1]));
    }
}
