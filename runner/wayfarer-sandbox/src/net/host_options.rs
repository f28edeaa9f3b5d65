//! What is particular about some hosts: where they are, by which name they are called, and whether their certificates
//! are checked. The operator says so in the configuration, never a journey.

use std::net::IpAddr;

use wayfarer_model::egress::HostPattern;

use super::names::Families;

/// What is particular about the hosts that some patterns cover.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostOptions {
    /// Which hosts, as the URL names them.
    pub hosts: Vec<HostPattern>,
    /// Which of their addresses are used.
    pub families: Families,
    /// Their addresses, in place of what a name server says. The policy checks them as any other.
    pub addresses: Vec<IpAddr>,
    /// The name that the TLS handshake asks for (SNI) and that the certificate must be for, in place of the URL's.
    pub server_name: Option<String>,
    /// What the request's `host` header, or `:authority`, says in place of the URL's host and port.
    pub authority: Option<String>,
    /// Whether any certificate is accepted. Each attempt that makes use of it says so in its log.
    pub insecure: bool,
}

static NONE: HostOptions = HostOptions {
    hosts: Vec::new(),
    families: Families::Both,
    addresses: Vec::new(),
    server_name: None,
    authority: None,
    insecure: false,
};

/// The first of the options that covers a host, or none that changes anything.
pub(super) fn for_host<'a>(all: &'a [HostOptions], host: &str, port: u16) -> &'a HostOptions {
    let covers = |options: &&HostOptions| options.hosts.iter().any(|hosts| hosts.covers_host(host, port));
    all.iter().find(covers).unwrap_or(&NONE)
}
