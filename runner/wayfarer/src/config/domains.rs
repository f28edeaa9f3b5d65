//! `[domains]` of `wayfarer.toml`: whether the server asks registries when domains expire.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::Text;

/// `[domains]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DomainsTable {
    /// Whether the registries of the domains that journeys call are asked; they are by default.
    lookup: Option<bool>,
    /// Where the list of the registries' servers is, in the form of RFC 9224; IANA's by default.
    registries: Option<Text<Url>>,
}

impl DomainsTable {
    const REGISTRIES: &'static str = "https://data.iana.org/rdap/dns.json";

    pub(crate) fn lookup(&self) -> bool {
        self.lookup.unwrap_or(true)
    }

    /// The URL of the list.
    pub(crate) fn registries(&self) -> String {
        self.registries.as_ref().map_or_else(|| Self::REGISTRIES.to_owned(), |url| url.0.to_string())
    }
}
