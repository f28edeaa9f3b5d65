//! `[network]`, in `journey.toml` for journeys that run here, and in `wayfarer.toml` for those of a tenant.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::net::{Beacon, ControlName, Families};

use super::text::{FromText, Shape, Text};

/// `[network]`.
///
/// | keys | meaning |
/// |---|---|
/// | `allow` | the hosts that journeys may call; none if empty |
/// | `resolver` | a name server in place of the system's |
/// | `proxy` | the proxy through which every host is called: `url`, and [`ProxyTable`]'s other keys |
/// | `tls.ca`, `tls.client` | authorities to trust, and client certificates |
/// | `trace` | the hosts whose requests carry `traceparent`; none if empty |
/// | `host` | what is particular about some hosts: [`HostTable`] |
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NetworkTable {
    pub(crate) allow: Vec<Text<HostPattern>>,
    pub(crate) resolver: Option<Text<SocketAddr>>,
    pub(crate) proxy: Option<ProxyTable>,
    pub(crate) tls: TlsTable,
    pub(crate) host: Vec<HostTable>,
    /// The hosts that are told which span of the run's trace each request is (`traceparent`).
    pub(crate) trace: Vec<Text<HostPattern>>,
}

/// `[network.tls]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TlsTable {
    /// PEM files of certificate authorities to trust in addition to the system's.
    pub(crate) ca: Vec<PathBuf>,
    pub(crate) client: Vec<ClientTable>,
}

/// `[[network.tls.client]]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientTable {
    /// The hosts that receive the certificate.
    pub(crate) hosts: Vec<Text<HostPattern>>,
    /// A PEM file with the chain, leaf first.
    pub(crate) certificate: PathBuf,
    /// A PEM file with the key.
    pub(crate) key: PathBuf,
}

/// `[network.proxy]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyTable {
    /// Where it listens, as `http://HOST:PORT`.
    pub(crate) url: Text<Url>,
    /// With `env` or `file`: the user of basic authentication.
    pub(crate) user: Option<String>,
    /// The environment variable with the password.
    pub(crate) env: Option<String>,
    /// The file with the password. One trailing line break is dropped.
    pub(crate) file: Option<PathBuf>,
    /// The hosts that are called without it.
    #[serde(default)]
    pub(crate) direct: Vec<Text<HostPattern>>,
}

/// `[[network.host]]`. The first that covers a host counts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostTable {
    /// The hosts, as URLs name them.
    pub(crate) hosts: Vec<Text<HostPattern>>,
    /// `ipv4` or `ipv6`: only such addresses are used.
    pub(crate) family: Option<Text<Families>>,
    /// Their addresses, in place of what a name server says.
    #[serde(default)]
    pub(crate) resolve: Vec<Text<IpAddr>>,
    /// The name that TLS asks for and that the certificate must be for.
    pub(crate) sni: Option<Text<TlsName>>,
    /// What the `host` header says.
    pub(crate) host: Option<Text<HostHeader>>,
    /// Accepts any certificate.
    #[serde(default)]
    pub(crate) insecure: bool,
}

/// A name that a certificate can be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsName(pub(crate) String);

/// A host, with or without a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostHeader(pub(crate) String);

impl FromText for Families {
    const WHAT: &'static str = "`ipv4` or `ipv6`";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "ipv4" => Ok(Self::Ipv4),
            "ipv6" => Ok(Self::Ipv6),
            _ => Err(format!("`{text}` is not a family of addresses: write `ipv4` or `ipv6`")),
        }
    }
    fn to_text(&self) -> String {
        match self {
            Self::Both => "both",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
        .to_owned()
    }
    fn shape() -> Shape {
        Shape::OneOf(vec!["ipv4", "ipv6"])
    }
}

impl FromText for Beacon {
    const WHAT: &'static str = "a beacon such as `https://example.org` or `tcp://192.0.2.1:443`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for ControlName {
    const WHAT: &'static str = "the name of a host, such as `example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for IpAddr {
    const WHAT: &'static str = "an address such as `10.0.0.7`";
    fn from_text(text: &str) -> Result<Self, String> {
        let rule = |_| format!("`{text}` is not an address: write one such as `10.0.0.7` or `2001:db8::7`");
        text.parse().map_err(rule)
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for TlsName {
    const WHAT: &'static str = "a name such as `shop.example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        match url::Host::parse(text) {
            Ok(host) => Ok(Self(host.to_string().trim_matches(['[', ']']).to_owned())),
            Err(_) => {
                Err(format!("`{text}` is not a name that a certificate can be for: write a host's name"))
            }
        }
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}

impl FromText for HostHeader {
    const WHAT: &'static str = "a host such as `shop.example.com` or `shop.example.com:8080`";
    fn from_text(text: &str) -> Result<Self, String> {
        match text.parse::<http::uri::Authority>() {
            Ok(host) if !text.contains('@') => Ok(Self(host.to_string())),
            _ => Err(format!("`{text}` is not a host: write a name, optionally with `:PORT`")),
        }
    }
    fn to_text(&self) -> String {
        self.0.clone()
    }
}
