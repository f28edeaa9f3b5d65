//! The TLS configurations of a [`Network`](super::Network).
//!
//! There is one configuration without a client certificate and one for each. They are made at the first handshake,
//! because reading the system's authorities takes milliseconds. The crypto provider is named here and is never the
//! process's default. Sessions are not resumed: every attempt pays for its handshake as a first visitor would. Each
//! handshake has a copy of its own, with the ALPN names that its protocol offers and with a [`Verifier`] that remembers
//! what it found.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use wayfarer_model::egress::HostPattern;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::fault::runners;
use super::network::{NetworkError, RootStore};
use super::trust::{Trust, Verifier};

/// A client certificate, read and checked.
struct ClientIdentity {
    hosts: Vec<HostPattern>,
    key: Arc<SingleCertAndKey>,
}

/// The configured authorities and client certificates, read and checked. The system's own authorities are not read yet.
pub(super) struct TlsSettings {
    provider: Arc<CryptoProvider>,
    system: bool,
    extra: Vec<CertificateDer<'static>>,
    identities: Vec<ClientIdentity>,
}

/// Ready for handshakes.
pub(super) struct TlsConfigs {
    trust: Arc<Trust>,
    anonymous: Arc<ClientConfig>,
    identified: Vec<(Vec<HostPattern>, Arc<ClientConfig>)>,
}

impl TlsSettings {
    /// Reads the authorities that are configured.
    pub(super) fn new(roots: RootStore) -> Result<Self, NetworkError> {
        let (system, pems) = match roots {
            RootStore::System => (true, Vec::new()),
            RootStore::SystemAndExtra(pems) => (true, pems),
            RootStore::Only(pems) => (false, pems),
        };
        let mut extra = Vec::new();
        for pem in pems {
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                extra.push(certificate.map_err(|error| NetworkError::Authority(error.to_string()))?);
            }
            if extra.len() == before {
                return Err(NetworkError::Authority("no `BEGIN CERTIFICATE` in it".to_owned()));
            }
        }
        for certificate in &extra {
            // Reported at the start rather than at the first handshake.
            RootCertStore::empty()
                .add(certificate.clone())
                .map_err(|error| NetworkError::Authority(error.to_string()))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        Ok(Self { provider, system, extra, identities: Vec::new() })
    }

    /// Reads a client certificate.
    pub(super) fn identify(
        &mut self,
        hosts: Vec<HostPattern>,
        chain_pem: &[u8],
        key_pem: &[u8],
    ) -> Result<(), NetworkError> {
        let odd = |error: &dyn std::fmt::Display| NetworkError::ClientCertificate(error.to_string());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| odd(&error))?;
        if chain.is_empty() {
            return Err(odd(&"no `BEGIN CERTIFICATE` in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| odd(&error))?;
        let key = CertifiedKey::from_der(chain, key, &self.provider).map_err(|error| odd(&error))?;
        self.identities.push(ClientIdentity { hosts, key: Arc::new(SingleCertAndKey::from(key)) });
        Ok(())
    }

    /// Reads the system's authorities and builds every configuration.
    pub(super) fn build(&self) -> Result<TlsConfigs, TrafficError> {
        let mut trust = Trust::new(self.provider.signature_verification_algorithms);
        for certificate in &self.extra {
            trust.add(certificate.clone());
        }
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!("an authority of the system could not be read: {error}");
            }
            for certificate in found.certs {
                trust.add(certificate);
            }
        }
        if trust.is_empty() {
            let message =
                "the runner trusts no certificate authority: install ca-certificates or set network.tls.ca";
            return Err(runners(TrafficErrorKind::Tls, message));
        }
        let anonymous = Arc::new(self.config(None)?);
        let identified = self.identities.iter().map(|identity| {
            let config = self.config(Some(&identity.key))?;
            Ok((identity.hosts.clone(), Arc::new(config)))
        });
        let identified = identified.collect::<Result<_, TrafficError>>()?;
        Ok(TlsConfigs { trust: Arc::new(trust), anonymous, identified })
    }

    /// A configuration that trusts nobody yet.
    fn config(&self, identity: Option<&Arc<SingleCertAndKey>>) -> Result<ClientConfig, TrafficError> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| runners(TrafficErrorKind::Tls, format!("no TLS in this build: {error}")))?
            .with_root_certificates(RootCertStore::empty());
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(key) => builder.with_client_cert_resolver(Arc::clone(key) as _),
        };
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

impl TlsConfigs {
    /// The configuration of one handshake, with the first client certificate that covers the host, if one does.
    pub(super) fn for_host(
        &self,
        host: &str,
        port: u16,
        alpn: &[&[u8]],
        is_insecure: bool,
    ) -> (ClientConfig, Arc<Verifier>) {
        let covers =
            |(hosts, _): &&(Vec<HostPattern>, _)| hosts.iter().any(|hosts| hosts.covers_host(host, port));
        let config = self.identified.iter().find(covers).map_or(&self.anonymous, |(_, config)| config);
        let mut config = ClientConfig::clone(config);
        let verifier = Arc::new(Verifier::new(Arc::clone(&self.trust), is_insecure));
        config.dangerous().set_certificate_verifier(Arc::clone(&verifier) as _);
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        (config, verifier)
    }
}
