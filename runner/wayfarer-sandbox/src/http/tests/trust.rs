//! Whom the engine trusts, who it is, and what it says when there is no trust.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use wayfarer_model::request::{Blame, RequestErrorKind};

use super::rig::{Setup, get, text};
use super::servers::{Server, hello, says};
use crate::http::{ClientCertificate, HttpRequest, Network, NetworkError, NetworkSettings, RootStore};

/// A private authority.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(crate) pem: String,
}

/// A certificate that it signed, and its key.
pub(crate) struct Leaf {
    der: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("wayfarer test authority")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { pem: issuer.pem(), issuer }
    }

    pub(crate) fn leaf(&self, names: &[&str]) -> Leaf {
        self.leaf_until(names, 2040)
    }

    fn leaf_until(&self, names: &[&str], year: i32) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(year - 30, 1, 1);
        params.not_after = date_time_ymd(year, 2, 3);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf { der: certificate.der().clone(), pem: certificate.pem(), key }
    }

    pub(crate) fn server(&self, leaf: &Leaf, protocols: &[&[u8]]) -> ServerConfig {
        self.config(leaf, protocols, false)
    }

    fn config(&self, leaf: &Leaf, protocols: &[&[u8]], identified: bool) -> ServerConfig {
        let provider = Arc::new(default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
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
        let mut config = builder.with_single_cert(vec![leaf.der.clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        config
    }
}

async fn refusal(setup: Setup, config: ServerConfig) -> String {
    let server = Server::tls(config, hello).await;
    let rig = setup.start();
    let (kind, blame, message) = rig.fails(get(&server.https("localhost", "/"))).await;
    assert_eq!((kind, blame), (RequestErrorKind::Tls, Blame::Target), "{message}");
    let record = &rig.records()[0];
    assert_eq!(record.remote_address, Some(server.address.to_string()), "it came that far");
    message
}

#[tokio::test]
async fn a_private_authority_is_trusted_where_it_is_named() {
    let authority = Authority::new();
    let server =
        Server::tls(authority.server(&authority.leaf(&["localhost", "127.0.0.1"]), &[]), hello).await;
    let rig = Setup::new().trust(&authority.pem).start();
    for host in ["localhost", "127.0.0.1"] {
        let response = rig.get(&server.https(host, "/")).await.unwrap();
        assert_eq!((text(&response), response.tls_version), ("hello", Some("TLSv1.3")));
        assert_eq!(response.certificate_expires_ms, Some(2_211_840_000_000), "2040-02-03");
    }
    let record = &rig.records()[0];
    assert!(record.phases.tls_us.0 > 0);
    assert_eq!(
        (record.tls_version.as_deref(), record.certificate_expires_ms),
        (Some("TLSv1.3"), Some(2_211_840_000_000))
    );
}

#[tokio::test]
async fn distrust_is_said_in_words() {
    let authority = Authority::new();
    let trusting = || Setup::new().trust(&authority.pem);
    let expired = authority.server(&authority.leaf_until(&["localhost"], 2024), &[]);
    let message = refusal(trusting(), expired).await;
    assert_eq!(message, "the certificate of localhost expired on 2024-02-03: renew it");
    let early = authority.server(&authority.leaf_until(&["localhost"], 2090), &[]);
    let message = refusal(trusting(), early).await;
    assert_eq!(
        message,
        "the certificate of localhost is not valid before 2060-01-01: is the runner's clock right?"
    );
    let other = authority.server(&authority.leaf(&["a.example", "*.b.example"]), &[]);
    let message = refusal(trusting(), other).await;
    assert_eq!(message, "the certificate is for a.example, *.b.example, not for localhost");
    for (stranger, words) in [
        (Authority::named("somebody else"), "authority that is not trusted: add its CA to network.tls.ca"),
        (Authority::new(), "of that name that is trusted: renew it, or add its CA to network.tls.ca"),
    ] {
        let unknown = stranger.server(&stranger.leaf(&["localhost"]), &[]);
        let message = refusal(trusting(), unknown).await;
        assert!(message.ends_with(words), "{message}");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_its_hosts_only() {
    let authority = Authority::new();
    for protocol in [b"h2".as_slice(), b"http/1.1"] {
        let identified = || authority.config(&authority.leaf(&["localhost"]), &[protocol], true);
        let message = refusal(Setup::new().trust(&authority.pem), identified()).await;
        assert!(message.contains("asks for a client certificate"), "{message}");

        let own = authority.leaf(&["runner"]);
        let certificate = |host: &str| ClientCertificate {
            hosts: vec![host.parse().unwrap()],
            chain_pem: own.pem.clone().into_bytes(),
            key_pem: own.key.serialize_pem().into_bytes(),
        };
        let mut setup = Setup::new().trust(&authority.pem);
        setup.settings.client_certificates = vec![certificate("a.example"), certificate("localhost:*")];
        let server = Server::tls(identified(), hello).await;
        assert_eq!(text(&setup.start().get(&server.https("localhost", "/")).await.unwrap()), "hello");
        let mut setup = Setup::new().trust(&authority.pem);
        setup.settings.client_certificates = vec![certificate("a.example")];
        refusal(setup, identified()).await;
    }
}

#[tokio::test]
async fn a_peer_without_tls_is_told_apart() {
    let authority = Authority::new();
    let server = says("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let rig = Setup::new().trust(&authority.pem).start();
    // Its words come after a head; a handshake has none, so it hears nothing that ends.
    let request = get(&server.https("localhost", "/"));
    let timeouts =
        crate::http::Timeouts { tls: Some(std::time::Duration::from_millis(50)), ..request.timeouts };
    let (kind, blame, message) = rig.fails(HttpRequest { timeouts, ..request }).await;
    assert_eq!((kind, blame), (RequestErrorKind::Timeout, Blame::Target));
    assert!(message.starts_with("no TLS handshake with localhost:"), "{message}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let talk = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut tcp, b"SSH-2.0-OpenSSH_9\r\n").await.unwrap();
        tcp
    });
    let (kind, _, message) = rig.fails(get(&url)).await;
    assert_eq!(kind, RequestErrorKind::Tls);
    assert!(message.contains("does not speak TLS on this port"), "{message}");
    talk.await.unwrap();
}

#[tokio::test]
async fn settings_that_cannot_be_read_are_said_at_once() {
    let roots = RootStore::Only(vec![b"not a certificate".to_vec()]);
    let error = Network::new(NetworkSettings { roots, ..NetworkSettings::default() }).err().unwrap();
    assert_eq!(
        error.to_string(),
        "network.tls.ca: not a PEM file of certificates: no `BEGIN CERTIFICATE` in it"
    );
    let authority = Authority::new();
    let leaf = authority.leaf(&["runner"]);
    let client_certificates = vec![ClientCertificate {
        hosts: Vec::new(),
        chain_pem: leaf.pem.into_bytes(),
        key_pem: KeyPair::generate().unwrap().serialize_pem().into_bytes(),
    }];
    let error =
        Network::new(NetworkSettings { client_certificates, ..NetworkSettings::default() }).err().unwrap();
    assert!(matches!(error, NetworkError::ClientCertificate(_)), "key and certificate do not match: {error}");
}

#[tokio::test]
async fn a_runner_that_trusts_nobody_blames_itself() {
    let authority = Authority::new();
    let server = Server::tls(authority.server(&authority.leaf(&["localhost"]), &[]), hello).await;
    let (kind, blame, message) = Setup::new().start().fails(get(&server.https("localhost", "/"))).await;
    assert_eq!((kind, blame), (RequestErrorKind::Tls, Blame::Runner), "{message}");
}
