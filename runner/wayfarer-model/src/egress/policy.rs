//! Layered allow-lists. Every layer must allow a host. Without a layer, or with an empty one, the policy denies
//! every host.

use std::net::{IpAddr, SocketAddr};

use super::{HostPattern, PatternError, is_public};

/// Why the policy denies a host or an address. The text names the line to add.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Denial(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Layer {
    /// Where a person edits the list, for instance `network.allow in journey.toml`.
    place: String,
    patterns: Vec<HostPattern>,
}

/// The hosts and addresses that a journey may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EgressPolicy {
    layers: Vec<Layer>,
    /// Where the runner itself listens.
    own: Vec<SocketAddr>,
    hides_addresses: bool,
}

impl EgressPolicy {
    /// Denies everything.
    pub fn deny_all() -> Self {
        Self::default()
    }

    /// Creates a policy with one layer. `place` is where a person edits the list; denials name it.
    ///
    /// # Errors
    /// The first invalid entry.
    pub fn parse<'a>(place: &str, entries: impl IntoIterator<Item = &'a str>) -> Result<Self, PatternError> {
        let patterns = entries.into_iter().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::of(place, patterns))
    }

    /// Creates a policy with one layer of entries. `place` as for [`parse`](Self::parse).
    pub fn of(place: &str, patterns: Vec<HostPattern>) -> Self {
        Self { layers: vec![Layer { place: place.to_owned(), patterns }], ..Self::default() }
    }

    /// Allows only what both policies allow.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.layers.extend(other.layers);
        self.own.extend(other.own);
        self.hides_addresses |= other.hides_addresses;
        self
    }

    /// For journeys that the runner's operator does not trust: `own` are the sockets at which the runner listens, which
    /// an entry grants only by naming address and port; and denials do not say to which address a name resolves, because
    /// whoever may name hosts could draw a map of the network with them.
    #[must_use]
    pub fn guarding(mut self, own: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.own.extend(own);
        self.hides_addresses = true;
        self
    }

    /// Checks a URL's host, before its name is resolved.
    pub fn check_host(&self, host: &str, port: u16) -> Result<(), Denial> {
        let target = written(host, port);
        let covers = |layer: &&Layer| !layer.patterns.iter().any(|pattern| pattern.covers_host(host, port));
        match self.layers.iter().find(covers) {
            Some(layer) => {
                Err(Denial(format!("host `{target}` is not allowed: add \"{target}\" to {}", layer.place)))
            }
            None if self.layers.is_empty() => {
                Err(Denial(format!("host `{target}` is not allowed: the policy allows no host")))
            }
            None => Ok(()),
        }
    }

    /// Checks before any request whether this policy allows some host of an entry of another list.
    ///
    /// # Errors
    /// The denial of the first layer that allows no host of the entry.
    pub fn check_entry(&self, entry: &HostPattern) -> Result<(), Denial> {
        let leaves_nothing = |layer: &&Layer| {
            let has_some = layer.patterns.iter().any(|pattern| !pattern.meet(entry).is_empty());
            let grants_some = layer.patterns.iter().any(|pattern| pattern.grants_some_of(entry));
            !has_some || (entry.is_private() && !grants_some)
        };
        match self.layers.iter().find(leaves_nothing) {
            Some(layer) => {
                Err(Denial(format!("host `{entry}` is not allowed: add \"{entry}\" to {}", layer.place)))
            }
            None if self.layers.is_empty() => {
                Err(Denial(format!("host `{entry}` is not allowed: the policy allows no host")))
            }
            None => Ok(()),
        }
    }

    /// Checks an address that `host` resolved to, or that `host` is.
    pub fn check_address(&self, host: &str, address: IpAddr, port: u16) -> Result<(), Denial> {
        let address = address.to_canonical();
        let is_own = self.own.contains(&SocketAddr::new(address, port));
        if is_public(address) && !is_own {
            return Ok(());
        }
        let grants = |pattern: &HostPattern| {
            if is_own {
                pattern.names(address, port)
            } else {
                pattern.grants_address(address, port) || pattern.allows_addresses_of(host, port)
            }
        };
        match self.layers.iter().find(|layer| !layer.patterns.iter().any(grants)) {
            Some(layer) => Err(self.denied_address(host, address, port, &layer.place)),
            None => Ok(()),
        }
    }

    fn denied_address(&self, host: &str, address: IpAddr, port: u16, place: &str) -> Denial {
        let entry = written(&address.to_string(), port);
        let is_literal = host.trim_matches(['[', ']']) == address.to_string();
        let (what, line) = match (is_literal, self.hides_addresses) {
            (true, _) => (format!("address `{entry}`"), format!("\"{entry}\"")),
            (false, true) => (format!("host `{host}` resolves to an address that"), "the address".to_owned()),
            (false, false) => {
                (format!("host `{host}` resolves to `{address}`, which"), format!("\"{entry}\""))
            }
        };
        Denial(format!("{what} is not public and is not allowed by address: add {line} to {place}"))
    }
}

fn written(host: &str, port: u16) -> String {
    let host =
        if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    match port {
        80 | 443 => host,
        port => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(entries: &[&str]) -> EgressPolicy {
        EgressPolicy::parse("network.allow in journey.toml", entries.iter().copied()).unwrap()
    }

    #[test]
    fn empty_means_deny() {
        assert!(EgressPolicy::deny_all().check_host("a.example", 443).is_err());
        let denial = policy(&[]).check_host("a.example", 8080).unwrap_err();
        assert_eq!(
            denial.to_string(),
            "host `a.example:8080` is not allowed: add \"a.example:8080\" to network.allow in journey.toml"
        );
    }

    #[test]
    fn the_line_named_is_the_line_that_helps() {
        for (host, port) in [("a.example", 443), ("a.example", 8080), ("127.0.0.1", 7301), ("::1", 80)] {
            let denial = policy(&[]).check_host(host, port).unwrap_err().to_string();
            let line = denial.split('"').nth(1).unwrap().to_owned();
            assert_eq!(policy(&[&line]).check_host(host, port), Ok(()), "{denial}");
        }
        let inside = "10.1.2.3".parse().unwrap();
        let denial = policy(&["a.example"]).check_address("a.example", inside, 443).unwrap_err().to_string();
        let line = denial.split('"').nth(1).unwrap().to_owned();
        assert_eq!(policy(&["a.example", &line]).check_address("a.example", inside, 443), Ok(()), "{denial}");
    }

    #[test]
    fn a_host_that_a_person_named_may_have_any_address_and_leads_nowhere_else() {
        let named = HostPattern::named("inner.example", 8080).unwrap();
        let policy = EgressPolicy::of("here", vec![named]);
        let inside = "10.1.2.3".parse().unwrap();
        assert_eq!(policy.check_host("inner.example", 8080), Ok(()));
        assert_eq!(policy.check_address("inner.example", inside, 8080), Ok(()));
        assert!(policy.check_address("inner.example", inside, 22).is_err());
        assert!(policy.check_address("other.example", inside, 8080).is_err());
        assert!(policy.check_address("10.1.2.3", inside, 8080).is_err());
        let address = EgressPolicy::of("here", vec![HostPattern::named("::1", 80).unwrap()]);
        assert_eq!(address.check_address("::1", "::1".parse().unwrap(), 80), Ok(()));
        assert!(address.check_address("a.example", inside, 80).is_err());
    }

    #[test]
    fn an_address_in_the_url_needs_its_entry_once() {
        let policy = policy(&["127.0.0.1:7301"]);
        assert_eq!(policy.check_host("127.0.0.1", 7301), Ok(()));
        assert_eq!(policy.check_address("127.0.0.1", "127.0.0.1".parse().unwrap(), 7301), Ok(()));
        assert!(policy.check_address("127.0.0.1", "127.0.0.1".parse().unwrap(), 22).is_err());
        let mapped = "::ffff:127.0.0.1".parse().unwrap();
        assert_eq!(policy.check_address("127.0.0.1", mapped, 7301), Ok(()));
    }

    #[test]
    fn a_guarded_policy_denies_the_runner_itself_and_hides_where_names_lead() {
        let own: SocketAddr = "127.0.0.1:7300".parse().unwrap();
        let check = |entries: &[&str], host: &str, port: u16| {
            policy(entries).guarding([own]).check_address(host, own.ip(), port).map_err(|denial| denial.0)
        };
        assert!(check(&["127.0.0.0/8", "127.0.0.1:*", "a.example"], "127.0.0.1", 7300).is_err());
        assert_eq!(check(&["127.0.0.0/8:*"], "127.0.0.1", 7301), Ok(()));
        assert_eq!(check(&["127.0.0.1:7300"], "127.0.0.1", 7300), Ok(()), "it is named");
        let denial = check(&["a.example:*"], "a.example", 8080).unwrap_err();
        assert!(!denial.contains("127.0.0.1") && denial.contains("a.example"), "{denial}");
        let denial = policy(&["a.example"]).check_address("a.example", own.ip(), 80).unwrap_err().0;
        assert!(denial.contains("127.0.0.1"), "an author learns it: {denial}");
    }

    #[test]
    fn layers_intersect() {
        let both = policy(&["*.example.com", "b.example"])
            .and(EgressPolicy::parse("the tenant's network policy", ["*.example.com"]).unwrap());
        assert_eq!(both.check_host("a.example.com", 443), Ok(()));
        assert!(both.check_host("b.example", 443).unwrap_err().0.ends_with("to the tenant's network policy"));
    }

    #[test]
    fn an_entry_is_judged_before_any_request() {
        let refused = |allowed: &[&str], entry: &str| {
            policy(allowed).check_entry(&entry.parse().unwrap()).err().map(|denial| denial.0)
        };
        for (allowed, entry) in [
            (&["*"][..], "a.example"),
            (&["*.example:*"], "a.example:8080"),
            (&["a.example"], "*"),
            (&["10.0.0.0/8"], "10.1.2.3:8080"),
            (&["10.1.2.3:8080"], "10.0.0.0/8"),
            (&["*"], "8.8.8.8"),
            (&["*:*", "10.0.0.0/8"], "0.0.0.0/0"),
            (&["localhost:3000"], "localhost:3000"),
            (&["*:*", "127.0.0.1:3000"], "localhost:3000"),
        ] {
            assert_eq!(refused(allowed, entry), None, "{allowed:?} leaves some of {entry}");
        }
        for (allowed, entry) in [
            (&[][..], "a.example"),
            (&["a.example"], "a.example:8080"),
            (&["*:*"], "10.1.2.3"),
            (&["*:*"], "localhost:3000"),
            (&["10.0.0.0/8"], "b.example"),
        ] {
            let denial = refused(allowed, entry).unwrap();
            assert!(
                denial.ends_with(&format!("add \"{entry}\" to network.allow in journey.toml")),
                "{denial}"
            );
            let mended: Vec<&str> = allowed.iter().copied().chain([entry]).collect();
            assert_eq!(refused(&mended, entry), None, "{denial}");
        }
        assert!(EgressPolicy::deny_all().check_entry(&"a.example".parse().unwrap()).is_err());
    }
}
