//! The hosts that a check without code may call because its URLs name them, without an entry in `network.allow`.
//!
//! They are allowed under their names only: unless the addresses behind them are public, `network.allow` and the tenant have to allow
//! these. A deployment lists the called ones, so the tenant has to allow them. Where the tenant allows them too, a redirect may lead to
//! `https` of the same host, and to the same host with or without `www.`: that is where sites send whoever calls them by another name.

use std::collections::{BTreeMap, BTreeSet};

use url::{Host, Url};
use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::http_check::HttpCheck;

/// Entries for a policy.
#[derive(Debug, Default)]
pub(crate) struct CheckHosts {
    /// The hosts that are called.
    pub(crate) called: BTreeSet<String>,
    /// Those that a redirect may lead to.
    led_to: BTreeSet<String>,
}

impl CheckHosts {
    /// Of a check, as far as parameters say its hosts.
    pub(crate) fn of(check: &HttpCheck, params: &BTreeMap<String, String>) -> Self {
        let mut hosts = Self::default();
        let param = |name: &str| params.get(name).cloned();
        for url in check.urls(param) {
            hosts.add(&url);
        }
        hosts.called.extend(check.authorities(param));
        hosts
    }

    /// All of them, the called ones first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &String> {
        self.called.iter().chain(self.led_to.difference(&self.called))
    }

    /// All of them as entries of a policy.
    pub(super) fn patterns(&self) -> Vec<HostPattern> {
        self.all().filter_map(|host| host.parse().ok()).collect()
    }

    fn add(&mut self, url: &Url) {
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else { return };
        self.called.insert(format!("{host}:{port}"));
        self.led_to.insert(format!("{host}:443"));
        if let Host::Domain(name) = host {
            let twin = name.strip_prefix("www.").map_or_else(|| format!("www.{name}"), str::to_owned);
            self.led_to.extend([port, 443].map(|port| format!("{twin}:{port}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wayfarer_sandbox::http_check::RequestCheck;

    use super::*;

    fn hosts(url: &str) -> Vec<String> {
        CheckHosts::of(&HttpCheck::new(url), &BTreeMap::new()).all().cloned().collect()
    }

    #[test]
    fn https_and_www_of_the_same_host_are_allowed() {
        assert_eq!(
            hosts("http://shop.example/"),
            ["shop.example:80", "shop.example:443", "www.shop.example:443", "www.shop.example:80"]
        );
        assert_eq!(hosts("https://www.shop.example/"), ["www.shop.example:443", "shop.example:443"]);
        assert_eq!(hosts("https://[::1]:8443/"), ["[::1]:8443", "[::1]:443"]);
        assert_eq!(hosts("http://127.0.0.1:8080/"), ["127.0.0.1:8080", "127.0.0.1:443"]);
    }

    #[test]
    fn a_host_header_has_the_port_of_its_own_request() {
        let request = |url: &str, host: Option<&str>| {
            let host = host.map(|host| host.parse().unwrap());
            Arc::new(RequestCheck { host, ..RequestCheck::new(url.parse().unwrap()) })
        };
        let requests = vec![
            request("http://127.0.0.1:8080/", Some("a.example")),
            request("https://127.0.0.1:8443/", Some("${param.host}")),
            request("https://127.0.0.1/", Some("b.example:99")),
            request("https://127.0.0.1/", Some("${unknown}")),
        ];
        let params = BTreeMap::from([("host".to_owned(), "c.example".to_owned())]);
        let called = CheckHosts::of(&HttpCheck { requests }, &params).called;
        let named: Vec<&String> = called.iter().filter(|host| host.contains("example")).collect();
        assert_eq!(named, ["a.example:8080", "b.example:99", "c.example:8443"]);
    }
}
