//! The TLS configurations of a [`Network`](super::Network).
//!
//! There is one configuration. It is made at the first handshake,
//! because reading the system's authorities takes milliseconds. The crypto provider is named here and is never the
//! process's default. Sessions are not resumed: every attempt pays for its handshake as a first visitor would. Each
//! handshake has a copy of its own, with the ALPN names that its protocol offers, with a [`Verifier`] that remembers
//! what it found, and with an [`Introduction`] that remembers what it was asked for.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};

use super::fault::runners;
use super::identity::{Identity, Introduction};
use super::network::{ClientCertificate, NetworkError, RootStore};
use super::trust::{Checks, Trust, Verifier};

/// The configured authorities and client certificates, read and checked. The system's own authorities are not read yet.
pub(super) struct TlsSettings {
    provider: Arc<CryptoProvider>,
    system: bool,
    extra: Vec<CertificateDer<'static>>,
    identities: Vec<Arc<Identity>>,
}

/// Ready for handshakes.
pub(super) struct TlsConfigs {
    trust: Arc<Trust>,
    config: ClientConfig,
    /// The first that is for a host is shown to it.
    identities: Vec<Arc<Identity>>,
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
    pub(super) fn identify(&mut self, client: ClientCertificate) -> Result<(), NetworkError> {
        self.identities.push(Arc::new(Identity::read(client, &self.provider)?));
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
        Ok(TlsConfigs { trust: Arc::new(trust), config: self.config()?, identities: self.identities.clone() })
    }

    /// A configuration that trusts nobody yet.
    fn config(&self) -> Result<ClientConfig, TrafficError> {
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| runners(TrafficErrorKind::Tls, format!("no TLS in this build: {error}")))?
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

impl TlsConfigs {
    /// The configuration of one handshake, with the first client certificate that covers the host, if one does.
    pub(super) fn for_host(
        &self,
        (host, port): (&str, u16),
        alpn: &[&[u8]],
        checks: Checks,
    ) -> (ClientConfig, Arc<Verifier>, Arc<Introduction>) {
        let identity = self.identities.iter().find(|identity| identity.is_for(host, port));
        let introduction = Arc::new(Introduction::new(identity.cloned()));
        let mut config = self.config.clone();
        config.client_auth_cert_resolver = Arc::clone(&introduction) as _;
        let verifier = Arc::new(Verifier::new(Arc::clone(&self.trust), checks));
        config.dangerous().set_certificate_verifier(Arc::clone(&verifier) as _);
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        (config, verifier, introduction)
    }
}
