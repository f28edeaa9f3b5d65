//! Which registry is asked about which domain: the list that IANA publishes for RDAP (RFC 9224, "Bootstrap Service Registry for Domain Name Space").

use serde::Deserialize;
use url::Url;

/// The registries' servers by the top-level domains that they answer for.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Registries {
    /// Each entry is a list of names and a list of base URLs.
    services: Vec<(Vec<String>, Vec<String>)>,
}

impl Registries {
    /// The URL that tells of a domain, which is in lower case and without a dot at its end. None if no registry in the list answers for it: many
    /// of countries' do not speak RDAP. The longest name counts, and `https` before `http`.
    pub fn question(&self, domain: &str) -> Option<Url> {
        let (_, bases) = self
            .services
            .iter()
            .flat_map(|(names, bases)| names.iter().map(move |name| (name, bases)))
            .filter(|(name, _)| is_within(domain, name))
            .max_by_key(|(name, _)| name.len())?;
        let urls =
            || bases.iter().filter_map(|base| Url::parse(&format!("{}/", base.trim_end_matches('/'))).ok());
        let base = urls()
            .find(|url| url.scheme() == "https")
            .or_else(|| urls().find(|url| url.scheme() == "http"))?;
        base.join(&format!("domain/{domain}")).ok()
    }
}

fn is_within(domain: &str, name: &str) -> bool {
    let (domain, name) = (domain.as_bytes(), name.as_bytes());
    let Some(start) = domain.len().checked_sub(name.len() + 1).filter(|_| !name.is_empty()) else {
        return false;
    };
    let (before, end) = domain.split_at(start);
    !before.is_empty()
        && end.first() == Some(&b'.')
        && end.get(1..).is_some_and(|end| end.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(domain: &str) -> Option<String> {
        let text = r#"{"description": "of a test", "version": "1.0", "services": [
            [["com", "net"], ["https://rdap.registry.example/com/v1/"]],
            [["UK"], ["http://plain.example/rdap", "https://rdap.uk.example/rdap"]],
            [["co.uk"], ["http://only.example"]],
            [["xn--p1ai"], ["ftp://nobody.example/"]]]}"#;
        let registries: Registries = serde_json::from_str(text).unwrap();
        registries.question(domain).map(String::from)
    }

    #[test]
    fn the_longest_name_counts_and_https_before_http() {
        assert_eq!(asked("shop.com").unwrap(), "https://rdap.registry.example/com/v1/domain/shop.com");
        assert_eq!(asked("shop.net").unwrap(), "https://rdap.registry.example/com/v1/domain/shop.net");
        assert_eq!(asked("shop.uk").unwrap(), "https://rdap.uk.example/rdap/domain/shop.uk");
        assert_eq!(asked("shop.co.uk").unwrap(), "http://only.example/domain/shop.co.uk");
    }

    #[test]
    fn nobody_is_asked_of_what_no_registry_answers_for() {
        for domain in ["shop.example", "com", "telecom", "shop.xn--p1ai", "", "."] {
            assert_eq!(asked(domain), None, "{domain}");
        }
        assert!(serde_json::from_str::<Registries>(r#"{"services": {"com": "x"}}"#).is_err());
    }
}
