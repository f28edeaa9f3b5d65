//! The hosts that a check without code may call because a person named them on the spot; private ones too.
//!
//! Only the addresses behind the name at this moment are allowed, not the whole private network: neither a redirect nor a
//! changed DNS record can lead elsewhere. If the check uses a name server of its own, its answers are not known here;
//! then every address is allowed on the URL's port.

use url::{Host, Url};
use wayfarer_model::egress::HostPattern;

/// The entries to allow.
pub(crate) async fn named_hosts(url: &str, own_resolver: bool) -> Vec<HostPattern> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let Some(port) = url.port_or_known_default() else { return Vec::new() };
    let mut entries = match url.host() {
        Some(Host::Domain(name)) if own_resolver => {
            vec![format!("{name}:{port}"), format!("0.0.0.0/0:{port}"), format!("[::/0]:{port}")]
        }
        Some(Host::Domain(name)) => {
            let found = tokio::net::lookup_host((name, port)).await;
            let addresses = found.into_iter().flatten().map(|address| address.to_string());
            std::iter::once(format!("{name}:{port}")).chain(addresses).collect()
        }
        Some(Host::Ipv4(address)) => vec![format!("{address}:{port}")],
        Some(Host::Ipv6(address)) => vec![format!("[{address}]:{port}")],
        None => Vec::new(),
    };
    entries.dedup();
    entries.iter().filter_map(|entry| entry.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::named_hosts;

    #[tokio::test]
    async fn the_named_host_and_its_addresses_are_allowed_and_no_others() {
        let allowed = named_hosts("http://localhost:8080/x", false).await;
        let covers = |host: &str, port| allowed.iter().any(|entry| entry.covers_host(host, port));
        let grants = |address: &str| allowed.iter().any(|e| e.grants_address(address.parse().unwrap(), 8080));
        assert!(covers("localhost", 8080) && !covers("localhost", 80) && !covers("other", 8080));
        assert!(grants("127.0.0.1") && !grants("10.0.0.1"));
        let open = named_hosts("http://inner.example/", true).await;
        assert_eq!(open.len(), 3, "{open:?}");
        assert!(open.iter().any(|entry| entry.grants_address("10.0.0.1".parse().unwrap(), 80)));
    }
}
