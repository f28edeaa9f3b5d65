//! A private certificate authority, and TLS servers that it vouches for.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// A private authority.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The certificates that a server sends behind its own: none for a root.
    above: Vec<CertificateDer<'static>>,
    pub(crate) pem: String,
}

/// A certificate that it signed, and its key.
pub(crate) struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    pub(crate) pem: String,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("wayfarer test authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { pem: issuer.pem(), issuer, above: Vec::new() }
    }

    /// An authority below this one, valid for thirty years until 3 February of that year.
    pub(crate) fn intermediate_until(&self, year: i32) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "wayfarer test intermediate");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(year - 30, 1, 1);
        params.not_after = date_time_ymd(year, 2, 3);
        let issuer = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.issuer).unwrap();
        Self { pem: issuer.pem(), above: vec![issuer.der().clone()], issuer }
    }

    /// What `openssl req -x509` makes: nobody vouches for it, and it calls itself an authority.
    pub(crate) fn self_signed(names: &[&str]) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_after = date_time_ymd(2040, 2, 3);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Leaf { chain: vec![certificate.der().clone()], pem: certificate.pem(), key }
    }

    pub(crate) fn leaf(&self, names: &[&str]) -> Leaf {
        self.leaf_until(names, 2040)
    }

    pub(crate) fn leaf_until(&self, names: &[&str], year: i32) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(year - 30, 1, 1);
        params.not_after = date_time_ymd(year, 2, 3);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = [certificate.der().clone()].into_iter().chain(self.above.iter().cloned()).collect();
        Leaf { chain, pem: certificate.pem(), key }
    }

    pub(crate) fn server(&self, leaf: &Leaf, protocols: &[&[u8]]) -> ServerConfig {
        self.config(leaf, protocols, false)
    }

    pub(crate) fn config(&self, leaf: &Leaf, protocols: &[&[u8]], identified: bool) -> ServerConfig {
        self.of_versions(leaf, protocols, identified, rustls::DEFAULT_VERSIONS)
    }

    /// One that speaks TLS 1.2 alone and asks for a client certificate.
    pub(crate) fn identified_over_tls12(&self, leaf: &Leaf) -> ServerConfig {
        self.of_versions(leaf, &[], true, &[&rustls::version::TLS12])
    }

    fn of_versions(
        &self,
        leaf: &Leaf,
        protocols: &[&[u8]],
        identified: bool,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let builder = if identified {
            builder.with_client_cert_verifier(verifier)
        } else {
            builder.with_no_client_auth()
        };
        let key = PrivateKeyDer::try_from(leaf.key.serialize_der()).unwrap();
        let mut config = builder.with_single_cert(leaf.chain.clone(), key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config
    }
}
