//! Where a service's API is: at its usual URL or at the table's own, and paths below whatever URL it is served at.

use url::Url;

use crate::config::Text;

/// The table's own URL, or else the service's usual one.
pub(super) fn service(own: Option<&Text<Url>>, usual: &str) -> Result<Url, String> {
    own.map_or_else(|| Url::parse(usual).map_err(|error| error.to_string()), |url| Ok(url.0.clone()))
}

/// A path below a URL, which may have one itself. None for a URL without paths.
pub(super) fn below(url: &Url, path: &[&str]) -> Option<Url> {
    let mut url = url.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(path);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_below_the_one_that_is_there() {
        for (url, expected) in [
            ("https://api.example", "https://api.example/v2/alerts"),
            ("https://api.example/", "https://api.example/v2/alerts"),
            ("https://proxy.example/opsgenie", "https://proxy.example/opsgenie/v2/alerts"),
            ("https://proxy.example/opsgenie/", "https://proxy.example/opsgenie/v2/alerts"),
        ] {
            let found = below(&Url::parse(url).unwrap(), &["v2", "alerts"]).unwrap();
            assert_eq!(found.as_str(), expected);
        }
    }
}
