//! What outlives attempts: policy, trust and resolver. It holds configuration only, no connection and no looked-up name.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use wayfarer_model::egress::{EgressPolicy, HostPattern};
use wayfarer_model::traffic::TrafficError;

use super::controls::Controls;
use super::host_options::{self, HostOptions};
use super::identity::Introduction;
use super::names::{Families, Names};
use super::proxy::EgressProxy;
use super::tls::{TlsConfigs, TlsSettings};
use super::trust::{Checks, Verifier};

/// Which certificate authorities the runner trusts.
#[derive(Debug, Clone, Default)]
pub enum RootStore {
    /// Those of the operating system.
    #[default]
    System,
    /// Those of the operating system, and those in these PEM files.
    SystemAndExtra(Vec<Vec<u8>>),
    /// Those in these PEM files and no others.
    Only(Vec<Vec<u8>>),
}

/// A client certificate, and the hosts that it is shown to.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// Toward which hosts.
    pub hosts: Vec<HostPattern>,
    /// Where the certificate comes from, for people.
    pub file: String,
    /// PEM: the certificate, then those between it and its authority.
    pub chain_pem: Vec<u8>,
    /// PEM: its private key.
    pub key_pem: Vec<u8>,
}

/// Everything that a [`Network`] is made of.
#[derive(Debug, Clone, Default)]
pub struct NetworkSettings {
    /// Which hosts and addresses may be called.
    pub policy: EgressPolicy,
    /// Which authorities are trusted.
    pub roots: RootStore,
    /// The first that covers a host is used.
    pub client_certificates: Vec<ClientCertificate>,
    /// The name server to ask instead of the system's; `/etc/hosts` is not read then.
    pub resolver: Option<SocketAddr>,
    /// What is particular about some hosts; the first that covers a host counts.
    pub hosts: Vec<HostOptions>,
    /// The proxy to the outside, if there is one.
    pub proxy: Option<EgressProxy>,
    /// The hosts that are told which span of which trace each request is.
    pub traced: Vec<HostPattern>,
    /// What tells a dead target from a dead uplink; what can be told without anybody's help if there is none.
    pub controls: Option<Arc<Controls>>,
}

/// Why there is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// An authority cannot be read.
    #[error("network.tls.ca: not a PEM file of certificates: {0}")]
    Authority(String),
    /// A client certificate or its key cannot be read, or they do not belong together.
    #[error("network.tls.client: not a PEM certificate and its key: {0}")]
    ClientCertificate(String),
}

/// See the module. [`with_policy`](Self::with_policy) makes another one cheaply.
pub struct Network {
    policy: EgressPolicy,
    /// The only addresses that are called, whatever the hosts' options say.
    families: Families,
    base: Arc<Base>,
}

/// What networks of different policies have in common.
struct Base {
    names: Names,
    hosts: Vec<HostOptions>,
    traced: Vec<HostPattern>,
    proxy: Option<EgressProxy>,
    controls: Arc<Controls>,
    tls_settings: TlsSettings,
    tls: OnceLock<TlsConfigs>,
}

impl Network {
    /// Checks the settings. Files of the system are read when they are first needed.
    ///
    /// # Errors
    /// The first thing that cannot be read.
    pub fn new(settings: NetworkSettings) -> Result<Self, NetworkError> {
        let mut tls_settings = TlsSettings::new(settings.roots)?;
        for client in settings.client_certificates {
            tls_settings.identify(client)?;
        }
        let controls = settings.controls.unwrap_or_default();
        let names = Names::new(settings.resolver, controls.names());
        let NetworkSettings { hosts, traced, proxy, .. } = settings;
        let base =
            Arc::new(Base { names, hosts, traced, proxy, controls, tls_settings, tls: OnceLock::new() });
        Ok(Self { policy: settings.policy, families: Families::Both, base })
    }

    /// The same trust, certificates and resolver under another policy. Nothing is read or built again.
    #[must_use]
    pub fn with_policy(&self, policy: EgressPolicy) -> Self {
        Self { policy, families: self.families, base: Arc::clone(&self.base) }
    }

    /// The same, but only addresses of one family are called.
    #[must_use]
    pub fn with_families(&self, families: Families) -> Self {
        Self { policy: self.policy.clone(), families, base: Arc::clone(&self.base) }
    }

    /// Which addresses of a host are called.
    pub(super) fn families(&self, options: &HostOptions) -> Families {
        if self.families == Families::Both { options.families } else { self.families }
    }

    /// Which hosts and addresses may be called.
    pub fn policy(&self) -> &EgressPolicy {
        &self.policy
    }

    pub(super) fn names(&self) -> &Names {
        &self.base.names
    }

    pub(super) fn controls(&self) -> Arc<Controls> {
        Arc::clone(&self.base.controls)
    }

    /// What is particular about a host.
    pub(crate) fn options_for(&self, host: &str, port: u16) -> &HostOptions {
        host_options::for_host(&self.base.hosts, host, port)
    }

    /// Whether a host is told which span of which trace a request is.
    pub(crate) fn is_traced(&self, host: &str, port: u16) -> bool {
        self.base.traced.iter().any(|hosts| hosts.covers_host(host, port))
    }

    pub(super) fn proxy(&self) -> Option<&EgressProxy> {
        self.base.proxy.as_ref()
    }

    /// The TLS configuration of one handshake with a host, and what will know its outcome. Trust that could not be read, for want
    /// of a file descriptor for instance, is read again.
    pub(super) fn tls_for(
        &self,
        host: &str,
        port: u16,
        alpn: &[&[u8]],
        checks: Checks,
    ) -> Result<(ClientConfig, Arc<Verifier>, Arc<Introduction>), TrafficError> {
        let configs = if let Some(configs) = self.base.tls.get() {
            configs
        } else {
            let built = self.base.tls_settings.build()?;
            self.base.tls.get_or_init(|| built)
        };
        Ok(configs.for_host((host, port), alpn, checks))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_policy_shares_the_trust() {
        let one = Network::new(NetworkSettings::default()).unwrap();
        let other = one.with_policy(EgressPolicy::parse("here", ["a.example"]).unwrap());
        assert!(one.policy().check_host("a.example", 443).is_err());
        assert!(other.policy().check_host("a.example", 443).is_ok());
        assert!(Arc::ptr_eq(&one.base, &other.base), "one set of authorities, read once");
    }
}
