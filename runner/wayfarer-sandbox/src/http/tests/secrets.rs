//! Secrets over the wire: every place, every refusal, and the way back. The rules for texts are tested beside
//! [`seal`](crate::http::seal).

use bytes::Bytes;
use data_encoding::BASE64;
use http::Response;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Rig, Setup, get, http, post, text};
use super::servers::{Seen, Server};
use crate::http::{HttpRequest, RedirectPolicy};

const VALUE: &str = "s3cr&t \"é/+x";

fn setup() -> Setup {
    Setup::new().secret("api-key", VALUE, &["127.0.0.1:*"])
}

fn placeholder(rig: &Rig) -> String {
    rig.secrets.placeholder("api-key").unwrap().to_owned()
}

async fn mirror(seen: Seen) -> Response<Bytes> {
    let key = seen.headers.get("x-key").cloned().unwrap_or_else(|| http::HeaderValue::from_static(""));
    let body = format!("{}\n{}", seen.path, seen.text());
    Response::builder().header("x-echo", key).body(body.into()).unwrap()
}

#[tokio::test]
async fn the_value_reaches_its_host_in_every_place_and_nothing_else() {
    let server = Server::plain(mirror).await;
    let rig = setup().start();
    let key = placeholder(&rig);
    let basic = format!("Basic {}", BASE64.encode(format!("me:{key}").as_bytes()));
    let json = post(
        &server.url(&format!("/{key}?k={key}&l=1")),
        "application/json; charset=utf-8",
        &format!("{{\"k\":\"{key}\"}}"),
    );
    let headers = [("x-key", format!("Bearer {key}")), ("authorization", basic)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    let json = HttpRequest { headers: json.headers.iter().cloned().chain(headers).collect(), ..json };
    let response = rig.send(json).await.unwrap();
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.path, format!("/{key}?k=s3cr%26t%20%22%C3%A9%2F%2Bx&l=1"), "not in the path");
    assert_eq!(seen.headers["x-key"].as_bytes(), format!("Bearer {VALUE}").as_bytes());
    let basic = seen.header("authorization").strip_prefix("Basic ").unwrap();
    assert_eq!(BASE64.decode(basic.as_bytes()).unwrap(), format!("me:{VALUE}").as_bytes());
    assert_eq!(seen.text(), "{\"k\":\"s3cr&t \\\"é/+x\"}");
    assert_eq!(seen.header("content-length"), seen.body.len().to_string());
    assert_eq!(seen.header("accept-encoding"), "identity");

    assert_eq!(
        text(&response),
        format!("/{key}?k={key}&l=1\n{{\"k\":\"{key}\"}}"),
        "the guest sees what it sent"
    );
    assert_eq!(response.headers["x-echo"], format!("Bearer {key}"));
    let record = &rig.records()[0];
    assert!(http(record).url.ends_with("/[secret api-key]?k=[secret api-key]&l=1"), "{record:?}");

    let rig = setup().start();
    let key = placeholder(&rig);
    let form = post(&server.url("/"), "application/x-www-form-urlencoded", &format!("k={key}"));
    rig.send(form).await.unwrap();
    rig.send(post(&server.url("/"), "text/plain", &key)).await.unwrap();
    let seen = server.seen.lock().clone();
    assert_eq!((seen[1].text(), seen[2].text()), ("k=s3cr%26t+%22%C3%A9%2F%2Bx", key.as_str()));
}

#[tokio::test]
async fn a_placeholder_for_another_host_is_denied() {
    let server = Server::plain(mirror).await;
    let rig = Setup::new().secret("api-key", VALUE, &["b.example"]).start();
    let key = placeholder(&rig);
    let denied = [
        get(&server.url(&format!("/?k={key}"))),
        HttpRequest { headers: vec![("x".into(), key.clone())], ..get(&server.url("/")) },
        post(&server.url("/"), "application/json", &key),
        post(&server.url("/"), "application/x-www-form-urlencoded", &key),
    ];
    let mend = format!(
        "secret `api-key` is not for host `{0}`: add \"{0}\" to secrets.api-key.hosts",
        server.address
    );
    for request in denied {
        let (kind, blame, message) = rig.fails(request).await;
        assert_eq!((kind, blame, message), (TrafficErrorKind::Denied, Blame::Journey, mend.clone()));
    }
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_value_goes_over_tls_unless_the_policy_says_otherwise() {
    let server = Server::plain(mirror).await;
    let mut setup = setup();
    setup.secrets[0].plaintext = false;
    let rig = setup.start();
    let (kind, _, message) = rig.fails(get(&server.url(&format!("/?k={}", placeholder(&rig))))).await;
    assert_eq!(kind, TrafficErrorKind::Denied);
    assert!(message.ends_with("use https, or set secrets.api-key.plaintext = true"), "{message}");
}

#[tokio::test]
async fn a_redirect_carries_no_value_to_another_host() {
    let server = Server::plain(|seen| async move {
        let to = seen.headers.get("x-to").cloned();
        match to.filter(|_| seen.path != "/end") {
            Some(to) => Response::builder().status(307).header("location", to).body(Bytes::new()).unwrap(),
            None => Response::new(Bytes::from(seen.header("x-key").to_owned())),
        }
    })
    .await;
    let port = server.address.port();
    let rig = Setup::new().secret("api-key", "plain-value", &["127.0.0.1:*"]).start();
    let key = placeholder(&rig);
    let hop = |to: String, body: &str| HttpRequest {
        headers: vec![
            ("x-to".into(), to),
            ("x-key".into(), key.clone()),
            ("content-type".into(), "application/json".into()),
        ],
        body: body.to_owned().into(),
        redirects: RedirectPolicy::Follow(1),
        ..HttpRequest::new("POST", server.url("/"))
    };
    let same = rig.send(hop("/end".into(), "")).await.unwrap();
    assert_eq!(text(&same), key, "put in again toward the same host, and sealed on the way back");
    assert_eq!(server.seen.lock()[1].header("x-key"), "plain-value");
    rig.send(hop(format!("http://localhost:{port}/end"), "")).await.unwrap();
    assert_eq!(server.seen.lock()[3].header("x-key"), "", "the header stays behind");
    let (kind, _, message) = rig.fails(hop(format!("http://localhost:{port}/end"), &key)).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "a body cannot stay behind: {message}");
    let (kind, _, _) = rig.fails(hop(format!("http://localhost:{port}/end?k=plain-value"), "")).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "a host that hands it on by its location");
}

#[tokio::test]
async fn a_value_cut_in_two_does_not_show_its_first_half() {
    let server =
        Server::plain(|_| async { Response::new(Bytes::from_static(b"0123456789secret-value!")) }).await;
    let rig = Setup::new().secret("api-key", "secret-value", &[]).start();
    let cut = rig.send(HttpRequest { max_body: Some(16), ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((text(&cut), cut.truncated, cut.body_size), ("0123456789", true, 23));
    let whole = rig.send(get(&server.url("/"))).await.unwrap();
    assert_eq!(text(&whole), format!("0123456789{}!", placeholder(&rig)));
}

#[tokio::test]
async fn a_compressed_answer_of_a_host_that_knows_a_secret_is_refused() {
    let server = Server::plain(|_| async {
        Response::builder().header("content-encoding", "gzip").body(Bytes::from_static(b"???")).unwrap()
    })
    .await;
    let (kind, blame, message) = setup().start().fails(get(&server.url("/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Denied, Blame::Journey));
    assert!(message.contains("compressed its answer"), "{message}");
    let unrelated = Setup::new().secret("api-key", VALUE, &["b.example"]).start();
    assert_eq!(text(&unrelated.get(&server.url("/")).await.unwrap()), "???");
}
