//! The hosts that a check without code may call because a person named them on the spot; private ones too.
//!
//! Whatever addresses the name has when it is dialled are allowed: the run looks it up once, so that a name whose answers
//! rotate is no trap. No other name and no other port is, wherever a redirect leads.

use url::{Host, Url};
use wayfarer_model::egress::HostPattern;

/// The entries to allow.
pub(crate) fn named_hosts(url: &str) -> Vec<HostPattern> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let Some(port) = url.port_or_known_default() else { return Vec::new() };
    let host = match url.host() {
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
        None => return Vec::new(),
    };
    HostPattern::named(&host, port).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use wayfarer_model::egress::EgressPolicy;

    use super::named_hosts;

    #[test]
    fn the_named_host_and_its_addresses_are_allowed_and_no_others() {
        let policy = EgressPolicy::of("here", named_hosts("http://localhost:8080/x"));
        let host = |host: &str, port| policy.check_host(host, port).is_ok();
        let address =
            |host: &str, address: &str| policy.check_address(host, address.parse().unwrap(), 8080).is_ok();
        assert!(host("localhost", 8080) && !host("localhost", 80) && !host("other", 8080));
        assert!(address("localhost", "127.0.0.1") && !address("127.0.0.1", "10.0.0.1"));
        let inner = EgressPolicy::of("here", named_hosts("http://inner.example/"));
        assert!(inner.check_address("inner.example", "10.0.0.1".parse().unwrap(), 80).is_ok());
        assert!(inner.check_address("10.0.0.1", "10.0.0.1".parse().unwrap(), 80).is_err());
    }
}
