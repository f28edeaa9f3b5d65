//! Certificates: an authority of the test's own, and leaves of every sort.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::true_ms;

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate and its key.
pub struct Identity {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

static MADE: AtomicUsize = AtomicUsize::new(1);

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // A name of its own, as two authorities have.
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        params.distinguished_name.push(DnType::CommonName, format!("Wayfarer scenario authority {number}"));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// Its certificate, as a file holds it.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// TLS for a client that trusts it and offers these protocols.
    pub fn client(&self, protocols: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// A certificate for a name or an address.
    pub fn leaf(&self, name: &str) -> Identity {
        self.sign(name, |_| ())
    }

    /// One that expires at the end of that day (UTC), or the day before in some minutes of the day.
    pub fn leaf_until(&self, name: &str, (year, month, day): (i32, u8, u8)) -> Identity {
        self.sign(name, |params| params.not_after = date_time_ymd(year, month, day))
    }

    /// One that expired on 2 January 2020.
    pub fn expired_leaf(&self, name: &str) -> Identity {
        self.sign(name, |params| {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 2);
        })
    }

    /// One that is valid from 2090 on.
    pub fn early_leaf(&self, name: &str) -> Identity {
        self.sign(name, |params| params.not_before = date_time_ymd(2090, 1, 1))
    }

    /// One that is valid from the beginning of this year to the end of the next.
    pub fn passing_leaf(&self, name: &str) -> Identity {
        const YEAR_MS: i64 = 31_556_952_000;
        let year = i32::try_from(1970 + true_ms() / YEAR_MS).unwrap();
        self.sign(name, |params| {
            params.not_before = date_time_ymd(year, 1, 1);
            params.not_after = date_time_ymd(year + 1, 12, 31);
        })
    }

    fn sign(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Identity { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    /// One that nobody vouches for but itself.
    pub fn self_signed(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), key }
    }

    /// The certificate, as a file holds it.
    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// The key, as a file holds it.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// TLS for a server that offers these protocols and asks for nobody's certificate.
    pub fn server(&self, protocols: &[&str]) -> ServerConfig {
        self.config(protocols, None)
    }

    /// TLS for a server that lets nobody in without a certificate of that authority.
    pub fn demanding_server(&self, authority: &Authority) -> ServerConfig {
        self.config(&["http/1.1"], Some(authority))
    }

    fn config(&self, protocols: &[&str], clients: Option<&Authority>) -> ServerConfig {
        let provider: Arc<CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let chain: Vec<CertificateDer<'static>> = vec![self.certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der()));
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}
