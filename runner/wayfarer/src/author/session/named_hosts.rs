//! The hosts that a check without code may call because a person named them on the spot; private ones too.
//!
//! Whatever addresses the name has when it is dialled are allowed: the run looks it up once, so that a name whose answers
//! rotate is no trap. Beside these only `https` and `www.` of the same host are, wherever a redirect leads.

use std::collections::BTreeMap;

use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::http_check::HttpCheck;

use crate::runnable::CheckHosts;

/// The entries to allow.
pub(crate) fn named_hosts(check: &HttpCheck, params: &BTreeMap<String, String>) -> Vec<HostPattern> {
    let entries = CheckHosts::of(check, params);
    let named = entries.all().filter_map(|entry| {
        let (host, port) = entry.rsplit_once(':')?;
        HostPattern::named(host.trim_matches(['[', ']']), port.parse().ok()?).ok()
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use wayfarer_model::egress::EgressPolicy;

    use super::*;

    fn named(url: &str) -> Vec<HostPattern> {
        named_hosts(&HttpCheck::new(url), &BTreeMap::new())
    }

    #[test]
    fn the_named_host_and_its_addresses_are_allowed_and_no_others() {
        let policy = EgressPolicy::of("here", named("http://localhost:8080/x"));
        let host = |host: &str, port| policy.check_host(host, port).is_ok();
        let address =
            |host: &str, address: &str| policy.check_address(host, address.parse().unwrap(), 8080).is_ok();
        assert!(host("localhost", 8080) && !host("localhost", 80) && !host("other", 8080));
        assert!(address("localhost", "127.0.0.1") && !address("127.0.0.1", "10.0.0.1"));
        let inner = EgressPolicy::of("here", named("http://inner.example/"));
        assert!(inner.check_address("inner.example", "10.0.0.1".parse().unwrap(), 80).is_ok());
        assert!(inner.check_address("10.0.0.1", "10.0.0.1".parse().unwrap(), 80).is_err());
    }
}
