//! Whom the engine trusts, who it is, and what it says when there is no trust.

use rcgen::KeyPair;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, text};
use super::servers::{Server, hello, says};
use crate::http::HttpRequest;
use crate::net::tests::authority::Authority;
use crate::net::{ClientCertificate, Network, NetworkError, NetworkSettings, RootStore, Timeouts};

async fn refusal(setup: Setup, config: ServerConfig) -> String {
    let server = Server::tls(config, hello).await;
    let rig = setup.start();
    let (kind, blame, message) = rig.fails(get(&server.https("localhost", "/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Tls, Blame::Target), "{message}");
    let record = &rig.records()[0];
    assert_eq!(record.remote_address, Some(server.address.to_string()), "it came that far");
    message
}

/// What the configuration is told about the client certificate.
async fn unwelcome(setup: Setup, config: ServerConfig) -> String {
    let server = Server::tls(config, hello).await;
    let (kind, blame, message) = setup.start().fails(get(&server.https("localhost", "/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Credentials, Blame::Journey), "{message}");
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
        let message = unwelcome(Setup::new().trust(&authority.pem), identified()).await;
        assert!(message.contains("asks for a client certificate: add one for it"), "{message}");

        let own = authority.leaf(&["runner"]);
        let certificate = |host: &str| ClientCertificate {
            hosts: vec![host.parse().unwrap()],
            file: "runner.pem".to_owned(),
            chain_pem: own.pem.clone().into_bytes(),
            key_pem: own.key.serialize_pem().into_bytes(),
        };
        let mut setup = Setup::new().trust(&authority.pem);
        setup.settings.client_certificates = vec![certificate("a.example"), certificate("localhost:*")];
        let server = Server::tls(identified(), hello).await;
        assert_eq!(text(&setup.start().get(&server.https("localhost", "/")).await.unwrap()), "hello");
        let mut setup = Setup::new().trust(&authority.pem);
        setup.settings.client_certificates = vec![certificate("a.example")];
        unwelcome(setup, identified()).await;
    }
}

#[tokio::test]
async fn a_client_certificate_that_is_not_accepted_is_the_configurations_fault() {
    let (authority, stranger) = (Authority::new(), Authority::named("somebody else"));
    for (own, words) in [
        (
            authority.leaf_until(&["runner"], 2024),
            "the client certificate runner.pem for localhost expired on 2024-02-03: renew it",
        ),
        (
            authority.leaf_until(&["runner"], 2090),
            "is not valid before 2060-01-01: renew it, or is the runner's clock wrong?",
        ),
        (
            stranger.leaf(&["runner"]),
            "does not accept the client certificate runner.pem of network.tls.client",
        ),
    ] {
        for only_tls12 in [false, true] {
            let client = ClientCertificate {
                hosts: vec!["localhost:*".parse().unwrap()],
                file: "runner.pem".to_owned(),
                chain_pem: own.pem.clone().into_bytes(),
                key_pem: own.key.serialize_pem().into_bytes(),
            };
            let mut setup = Setup::new().trust(&authority.pem);
            setup.settings.client_certificates = vec![client];
            let leaf = authority.leaf(&["localhost"]);
            let config = if only_tls12 {
                authority.identified_over_tls12(&leaf)
            } else {
                authority.config(&leaf, &[], true)
            };
            let message = unwelcome(setup, config).await;
            assert!(message.contains(words), "{only_tls12}: {message}");
        }
    }
    let setup = Setup::new().trust(&authority.pem);
    let message = unwelcome(setup, authority.identified_over_tls12(&authority.leaf(&["localhost"]))).await;
    assert!(message.contains("asks for a client certificate: add one for it"), "{message}");
}

#[tokio::test]
async fn a_peer_without_tls_is_told_apart() {
    let authority = Authority::new();
    let server = says("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let rig = Setup::new().trust(&authority.pem).start();
    // Its words come after a head; a handshake has none, so it hears nothing that ends.
    let request = get(&server.https("localhost", "/"));
    let timeouts = Timeouts { tls: Some(std::time::Duration::from_millis(50)), ..request.timeouts };
    let (kind, blame, message) = rig.fails(HttpRequest { timeouts, ..request }).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Timeout, Blame::Target));
    assert!(message.starts_with("no TLS handshake with localhost:"), "{message}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let talk = tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut tcp, b"SSH-2.0-OpenSSH_9\r\n").await.unwrap();
        tcp
    });
    let (kind, _, message) = rig.fails(get(&url)).await;
    assert_eq!(kind, TrafficErrorKind::Tls);
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
        file: "runner.pem".to_owned(),
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
    assert_eq!((kind, blame), (TrafficErrorKind::Tls, Blame::Runner), "{message}");
}
