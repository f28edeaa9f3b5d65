//! `[server.oidc]`: the identity provider that people sign in with, and what its word allows them.
//!
//! | key | meaning |
//! |---|---|
//! | `issuer`, `client_id`, `client_secret`, `scopes`, `ca` | the provider, and who this server is to it |
//! | `name_claim` | what a person is called by |
//! | `clock_skew` | how far the two clocks may differ |
//! | `[[server.oidc.grants]]` | a claim and a value, and the role and the tenant that whoever has them gets |
//!
//! Whoever no grant fits is not let in: an empty mapping opens nothing.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use url::{Host, Url};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;

use super::{FromText, Text};
use crate::channels::SecretSource;

/// `[server.oidc]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcTable {
    pub(crate) issuer: Text<Issuer>,
    pub(crate) client_id: String,
    /// None for a client that has none: the provider then relies on PKCE alone.
    pub(crate) client_secret: Option<SecretSource>,
    scopes: Option<Vec<String>>,
    name_claim: Option<String>,
    clock_skew: Option<Text<Duration>>,
    /// Authorities to trust beside the system's.
    #[serde(default)]
    pub(crate) ca: Vec<PathBuf>,
    #[serde(default)]
    pub(crate) grants: Vec<GrantTable>,
}

/// `[[server.oidc.grants]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantTable {
    pub(crate) claim: String,
    pub(crate) value: String,
    #[schemars(with = "String")]
    pub(crate) role: Role,
    /// None for all tenants.
    #[schemars(with = "Option<String>")]
    pub(crate) tenant: Option<TenantName>,
}

/// The provider's address exactly as the provider writes it: a slash at its end makes another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issuer(pub(crate) String);

impl OidcTable {
    pub(crate) fn scopes(&self) -> Vec<String> {
        let usual = || ["openid", "profile", "email"].map(str::to_owned).to_vec();
        let mut scopes = self.scopes.clone().unwrap_or_else(usual);
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        scopes
    }

    pub(crate) fn name_claim(&self) -> &str {
        self.name_claim.as_deref().unwrap_or("email")
    }

    pub(crate) fn clock_skew(&self) -> Duration {
        self.clock_skew.map_or(Duration::from_mins(1), |text| text.0)
    }

    /// What is wrong with it beside a server at that URL with these tenants.
    pub(super) fn wrong(&self, url: Option<&Url>, has_tenant: impl Fn(&TenantName) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if url.is_none() {
            wrong.push(
                "[server.oidc] needs `url` under [server]: the address at which browsers reach this server, such as \
                 `https://wayfarer.example.com`, to which the provider sends them back"
                    .to_owned(),
            );
        }
        if self.grants.is_empty() {
            wrong.push(
                "[server.oidc] lets nobody in without a [[server.oidc.grants]] with `claim`, `value` and `role`".to_owned(),
            );
        }
        if self.clock_skew() > Duration::from_mins(10) {
            wrong.push(
                "[server.oidc] `clock_skew` is longer than ten minutes: set the clocks by NTP".to_owned(),
            );
        }
        for GrantTable { claim, value, role, tenant } in &self.grants {
            match tenant {
                Some(tenant) if !has_tenant(tenant) => wrong.push(format!(
                    "the grant of [server.oidc] for {claim} = {value} names the tenant `{tenant}`, which has no table"
                )),
                None if *role != Role::Operator => wrong.push(format!(
                    "the grant of [server.oidc] for {claim} = {value} gives the role `{role}` and names no tenant: name one"
                )),
                _ => {}
            }
        }
        wrong
    }
}

/// Whether what is sent there can be read by nobody on the way.
pub(crate) fn is_private(url: &Url) -> bool {
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    };
    url.scheme() == "https" || is_local
}

impl FromText for Issuer {
    const WHAT: &'static str = "the issuer's URL such as `https://id.example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        let url = Url::from_text(text)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!(
                "`{text}` is no issuer: write it as the provider's discovery document does, without a query"
            ));
        }
        if !is_private(&url) {
            return Err(format!("`{text}` is not encrypted: an identity provider needs https"));
        }
        Ok(Self(text.to_owned()))
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}
