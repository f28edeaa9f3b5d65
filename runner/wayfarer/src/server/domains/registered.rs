//! Which domain of a host somebody registered at a registry.

/// The domain of a host that a registry knows, in lower case: `example.co.uk` of `shop.example.co.uk`. None for an address, for a name below no suffix
/// of a registry's (`localhost`, `db.internal`, `shop.example`), and for a name that somebody gives away below a domain of his own (`shop.github.io`):
/// nobody's registration ends with it. The suffixes are those of the Public Suffix List.
pub(crate) fn registered_domain(host: &str) -> Option<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
        return None;
    }
    let domain = psl::domain(host.as_bytes())?;
    let suffix = domain.suffix();
    if !suffix.is_known() || suffix.typ() != Some(psl::Type::Icann) {
        return None;
    }
    std::str::from_utf8(domain.as_bytes()).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_knows_the_name_below_its_suffix() {
        for (host, domain) in [
            ("shop.com", "shop.com"),
            ("API.eu.Shop.com.", "shop.com"),
            ("shop.example.co.uk", "example.co.uk"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ] {
            assert_eq!(registered_domain(host).as_deref(), Some(domain), "{host}");
        }
    }

    #[test]
    fn nobody_registered_an_address_or_a_name_of_ones_own_network() {
        let hosts = [
            "127.0.0.1",
            "[::1]",
            "localhost",
            "db.internal",
            "shop.example",
            "wiki.corp",
            "com",
            "co.uk",
            "",
            ".",
            "shop.github.io",
            "bucket.s3.amazonaws.com",
        ];
        for host in hosts {
            assert_eq!(registered_domain(host), None, "{host}");
        }
    }
}
