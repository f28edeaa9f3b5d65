//! Trust, in both directions, and HTTP/2.

use wayfarer_tests::support::server::{Web, http, https, text};
use wayfarer_tests::support::{Authority, Case, Identity};

const HOST: &str = "127.0.0.1";

fn target(identity: &Identity) -> Web {
    https(identity.server(&["http/1.1"]), |_| text("hello"))
}

/// `get` toward a target, with the authority's certificate trusted.
fn trusting(authority: &Authority, target: &Web) -> Case {
    let toml = format!("[network]\nallow = ['{}']\ntls.ca = ['ca.pem']\n", target.place());
    Case::odd("get").url(&target.url()).toml(&toml).file("ca.pem", authority.pem())
}

#[test]
fn a_private_authority_is_trusted_once_it_is_named() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let target = target(&authority.leaf(HOST));

    // The system's own authorities are a stranger here, so that no machine's trust store matters.
    let case = Case::odd("get").target(&target).file("system.pem", stranger.pem());
    let system = case.folder().join("system.pem");
    let ended = case.env("SSL_CERT_FILE", system).run();
    ended.is(1, "failed", "tls");
    ended.shows("signed by an authority that is not trusted: add its CA to network.tls.ca");
    assert!(target.asked().is_empty(), "nothing was sent\n{ended}");

    let ended = trusting(&authority, &target).run();
    ended.is(0, "passed", "none");
    let request = &ended.requests()[0];
    assert_eq!(request["tls_version"], "TLSv1.3", "{ended}");
    assert!(request["phases"]["tls_us"].as_u64().unwrap() > 0, "{ended}");
    assert!(request["certificate_expires_ms"].as_i64().unwrap() > 1_800_000_000_000, "{ended}");
}

#[test]
fn an_expired_certificate_is_told_with_its_date() {
    let authority = Authority::new();
    let target = target(&authority.expired_leaf(HOST));
    let ended = trusting(&authority, &target).run();
    ended
        .is(1, "failed", "tls")
        .shows("the certificate of 127.0.0.1 expired on")
        .shows("2020")
        .shows("renew it");
}

#[test]
fn a_certificate_for_another_name_is_told_with_that_name() {
    let authority = Authority::new();
    let target = target(&authority.leaf("shop.test"));
    let ended = trusting(&authority, &target).run();
    ended.is(1, "failed", "tls").shows("the certificate is for shop.test, not for 127.0.0.1");
}

#[test]
fn no_tls_where_tls_is_expected_is_told() {
    let plain = http(|_| text("hello"));
    let url = plain.url().replace("http:", "https:");
    let ended = Case::odd("get").url(&url).arguments(["--allow".to_owned(), plain.place()]).run();
    ended.is(1, "failed", "tls").shows("127.0.0.1 does not speak TLS on this port");
}

#[test]
fn a_client_certificate_opens_the_door() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let identity = authority.leaf(HOST);
    let target = https(identity.demanding_server(&clients), |_| text("hello"));

    let ended = trusting(&authority, &target).run();
    ended
        .is(3, "broken", "credentials")
        .shows("asks for a client certificate: add one for it to network.tls.client");

    let with = |client: &Identity| {
        let table =
            format!("hosts = ['{}']\ncertificate = 'client.pem'\nkey = 'client.key'\n", target.place());
        let toml = format!(
            "[network]\nallow = ['{}']\ntls.ca = ['ca.pem']\n[[network.tls.client]]\n{table}",
            target.place()
        );
        let case = trusting(&authority, &target).toml(&toml);
        case.file("client.pem", client.pem()).file("client.key", client.key_pem()).run()
    };
    with(&clients.leaf("runner.test")).is(0, "passed", "none");
    let ended = with(&Authority::new().leaf("runner.test"));
    ended
        .is(3, "broken", "credentials")
        .shows("does not accept the client certificate")
        .shows("of network.tls.client");
    assert_eq!(target.asked().len(), 1, "{ended}");
}

#[test]
fn http_2_is_spoken_where_the_target_offers_it() {
    let authority = Authority::new();
    let identity = authority.leaf(HOST);
    for (offered, spoken) in [(["h2", "http/1.1"].as_slice(), "HTTP/2"), (&["http/1.1"], "HTTP/1.1")] {
        let target = https(identity.server(offered), |asked| text(asked.target.clone()));
        let ended = trusting(&authority, &target).run();
        ended.is(0, "passed", "none");
        assert_eq!(ended.requests()[0]["protocol"], spoken, "{ended}");
    }
}

#[test]
fn over_http_2_requests_sent_together_share_a_connection() {
    let authority = Authority::new();
    let target = https(authority.leaf(HOST).server(&["h2"]), |asked| text(asked.target.clone()));
    let toml = format!("[network]\nallow = ['{}']\ntls.ca = ['ca.pem']\n", target.place());
    let ended = Case::odd("at-once").url(&target.url()).toml(&toml).file("ca.pem", authority.pem()).run();
    ended.is(0, "passed", "none");
    let dialled = ended.requests().iter().filter(|request| request["phases"]["connect_us"] != 0).count();
    assert_eq!(dialled, 1, "{ended}");
}

#[test]
fn a_file_of_certificates_that_is_none_is_a_mistake_in_the_configuration() {
    let allow = "[network]\ntls.ca = ['ca.pem']\n";
    let ended = Case::odd("get").url("https://127.0.0.1").toml(allow).run();
    ended.exits(2).complains("ca.pem");
    let ended = Case::odd("get").url("https://127.0.0.1").toml(allow).file("ca.pem", "no certificate").run();
    ended.exits(2).complains("network.tls.ca").complains("no `BEGIN CERTIFICATE` in it");
}
