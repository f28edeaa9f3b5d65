//! Secrets over the wire: every place, every refusal, and the way back. The rules for texts are tested beside
//! [`seal`](crate::http::seal).

use bytes::Bytes;
use data_encoding::BASE64;
use http::Response;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Rig, Setup, get, http, post, text};
use super::servers::{Seen, Server};
use crate::http::{AtLimit, HttpRequest, RedirectPolicy, SecretPlaces};

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
        &server.url(&format!("/a?k={key}&l=1")),
        "application/json; charset=utf-8",
        &format!("{{\"k\":\"{key}\"}}"),
    );
    let headers = [("x-key", format!("Bearer {key}")), ("authorization", basic)];
    let headers = headers.map(|(name, value)| (name.to_owned(), value));
    let json = HttpRequest { headers: json.headers.iter().cloned().chain(headers).collect(), ..json };
    let response = rig.send(json).await.unwrap();
    let seen = server.seen.lock()[0].clone();
    assert_eq!(seen.path, "/a?k=s3cr%26t%20%22%C3%A9%2F%2Bx&l=1");
    assert_eq!(seen.headers["x-key"].as_bytes(), format!("Bearer {VALUE}").as_bytes());
    let basic = seen.header("authorization").strip_prefix("Basic ").unwrap();
    assert_eq!(BASE64.decode(basic.as_bytes()).unwrap(), format!("me:{VALUE}").as_bytes());
    assert_eq!(seen.text(), "{\"k\":\"s3cr&t \\\"é/+x\"}");
    assert_eq!(seen.header("content-length"), seen.body.len().to_string());
    assert_eq!(seen.header("accept-encoding"), "gzip, deflate, br, zstd");

    assert_eq!(
        text(&response),
        format!("/a?k={key}&l=1\n{{\"k\":\"{key}\"}}"),
        "the guest sees what it sent"
    );
    assert_eq!(response.headers["x-echo"], format!("Bearer {key}"));
    let record = &rig.records()[0];
    assert!(http(record).url.ends_with("/a?k=[secret api-key]&l=1"), "{record:?}");

    let rig = setup().start();
    let key = placeholder(&rig);
    let form = post(&server.url("/"), "application/x-www-form-urlencoded", &format!("k={key}"));
    rig.send(form).await.unwrap();
    assert_eq!(server.seen.lock()[1].text(), "k=s3cr%26t+%22%C3%A9%2F%2Bx");
}

/// What a journey sees of an exchange: the body, the bytes that its record says were sent, and of an answer that is cut, how much
/// it gets; then the body's size on the wire, the header that announces it, and the bytes that the record says were received.
async fn seen_of(value: &str) -> ((String, u64, usize), [u64; 3]) {
    let server = Server::plain(|seen| async move {
        if seen.path == "/long" { Response::new(vec![b'x'; 9_000].into()) } else { mirror(seen).await }
    })
    .await;
    let rig = Setup::new().secret("api-key", value, &["127.0.0.1:*"]).start();
    let form = format!("k={}", placeholder(&rig));
    let echoed = rig.send(post(&server.url("/"), "application/x-www-form-urlencoded", &form)).await.unwrap();
    let long = HttpRequest { max_body: Some(8_000), at_limit: AtLimit::Cut, ..get(&server.url("/long")) };
    let cut = rig.send(long).await.unwrap().body.len();
    let announced = echoed.headers["content-length"].to_str().unwrap().parse().unwrap();
    let record = &rig.records()[0];
    let body = text(&echoed).replace(&placeholder(&rig), "[placeholder]");
    ((body, record.sent_bytes, cut), [echoed.wire_size, announced, record.received_bytes])
}

/// SECURITY.md says so, and why: a test that finds less has to change it there.
#[tokio::test]
async fn an_exchange_tells_how_long_a_value_is_and_nothing_else_of_it() {
    let [one, other] = ["9f3ac0e1d27b6458", "0123456789abcdef"];
    let (texts, sizes) = seen_of(one).await;
    assert_eq!(seen_of(other).await, (texts.clone(), sizes), "of the same length");
    let (texts_of_longer, sizes_of_longer) = seen_of(&one.repeat(3)).await;
    assert_eq!(texts_of_longer, texts, "texts, cuts and what the journey sent do not tell it");
    assert_eq!(sizes_of_longer, sizes.map(|size| size + 32), "sizes of an answer do");
}

#[tokio::test]
async fn a_value_goes_to_its_declared_places_and_to_no_other() {
    let server = Server::plain(mirror).await;
    let rig = setup().start();
    let key = placeholder(&rig);
    let with = |name: &str, value: String| HttpRequest {
        headers: vec![(name.to_owned(), value)],
        ..get(&server.url("/"))
    };
    let json = |body: &str| post(&server.url("/"), "application/json", &body.replace('@', &key));
    let form =
        |body: &str| post(&server.url("/"), "application/x-www-form-urlencoded", &body.replace('@', &key));
    for (request, place) in [
        (with("x-echo", key.clone()), "in the header `x-echo`: add header = \"x-echo\" to secrets.api-key"),
        (get(&server.url(&format!("/{key}"))), "cannot stand in the path of a url: send it in a header"),
        (
            get(&server.url(&format!("/?k={key}&name={key}"))),
            "in the query parameter `name`: add query = \"name\"",
        ),
        (get(&server.url(&format!("/?{key}=1"))), "cannot stand in the name of a query parameter"),
        (form("k=@&note=a+@"), "in the form field `note`: add form = \"note\" to secrets.api-key"),
        (
            json("{\"k\": \"@\", \"user\": {\"notes\": [\"of @\"]}}"),
            "at `$.user.notes[0]` of a JSON body: add json = '$.user.notes[0]'",
        ),
        (json("{\"@\": 1}"), "cannot stand in the name of a JSON member"),
        (json("{\"note\": \"@\", \"note\": 1, \"k\": 1}"), "a member comes twice"),
        (json("{\"k\": @}"), "the body is not JSON"),
        (
            post(&server.url("/"), "text/plain", &key),
            "cannot stand in a body of this type: send JSON or a form",
        ),
        (
            HttpRequest {
                headers: vec![("x-key".into(), format!("Basic {}", BASE64.encode(key.as_bytes())))],
                ..get(&server.url("/"))
            },
            "",
        ),
    ] {
        if place.is_empty() {
            rig.send(request).await.unwrap();
            continue;
        }
        let (kind, blame, message) = rig.fails(request).await;
        assert_eq!(blame, Blame::Journey, "{message}");
        assert!(
            [TrafficErrorKind::Denied, TrafficErrorKind::Malformed].contains(&kind),
            "{kind:?}: {message}"
        );
        assert!(message.contains(place), "{message}");
        assert!(!message.contains(&key) && !message.contains(VALUE), "{message}");
    }
    assert_eq!(
        server.accepted(),
        1,
        "the last is base64 that is not basic authentication, which nobody fills"
    );
    let seen = server.seen.lock()[0].header("x-key").to_owned();
    assert_eq!(seen, format!("Basic {}", BASE64.encode(key.as_bytes())));
}

#[tokio::test]
async fn no_spelling_of_a_body_takes_a_value_elsewhere() {
    let server = Server::plain(mirror).await;
    let two = setup().secret("b-key", "other-value", &["127.0.0.1:*"]);
    let rig = two.start();
    let (key, other) = (placeholder(&rig), rig.secrets.placeholder("b-key").unwrap().to_owned());
    let escaped = format!("\\u0077{}", &key[1..]);
    let json = |body: String| post(&server.url("/"), "application/json", &body);
    let form = |body: String| post(&server.url("/"), "application/x-www-form-urlencoded", &body);
    let mut two_types = json(format!("{{\"x\": \"&comment=\", \"k\": \"{key}\"}}"));
    two_types.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    for (request, said) in [
        (
            json(format!("{{\"comment\": \"{key}\", \"comment\": 1, \"k\": \"{escaped}\"}}")),
            "a member comes twice",
        ),
        (json(format!("{{\"k\": \"{escaped}\", \"{key}\": \"{other}\"}}")), "in the name of a JSON member"),
        (json(format!("{{\"k\": \"{key} {escaped}\"}}")), "in a JSON body with escapes"),
        (json(format!("{{\"k\": \"{key}\", \"{other}\": 1}}")), "in the name of a JSON member"),
        (form(format!("k=%{key}")), "behind a percent sign"),
        (form(format!("k=%2{key}")), "behind a percent sign"),
        (form(format!("k=a;comment={key}")), "in a form field with `;`"),
        (form(format!("k={key}&k=%77{}", &key[1..])), "in a form field with escapes"),
        (get(&server.url(&format!("/?k=%{key}"))), "behind a percent sign"),
        (two_types, "with two content types"),
        (
            HttpRequest { headers: vec![("range".into(), "bytes=0-9".into())], ..get(&server.url("/")) },
            "a range could cut its value in two",
        ),
    ] {
        let (_, blame, message) = rig.fails(request).await;
        assert_eq!(blame, Blame::Journey, "{message}");
        assert!(message.contains(said), "{message} and not {said}");
        assert!(!message.contains(VALUE) && !message.contains("other-value"), "{message}");
    }
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn a_redirect_lifts_the_places_only_for_what_the_target_wrote() {
    let to = std::sync::Arc::new(parking_lot::Mutex::new(String::new()));
    let location = std::sync::Arc::clone(&to);
    let server = Server::plain(move |seen: Seen| {
        let location = location.lock().clone();
        async move {
            let head = Response::builder();
            let head = if seen.path == "/" { head.status(302).header("location", location) } else { head };
            head.body(Bytes::new()).unwrap()
        }
    })
    .await;
    let rig = Setup::new().secret("api-key", "secret-value", &["127.0.0.1:*"]).start();
    let key = placeholder(&rig);
    let get = || HttpRequest { redirects: RedirectPolicy::Follow(3), ..get(&server.url("/")) };
    *to.lock() = "/a/secret-value?t=secret-value".to_owned();
    rig.send(get()).await.unwrap();
    assert_eq!(server.seen.lock()[1].path, "/a/secret-value?t=secret-value");
    *to.lock() = format!("/comments?text={key}");
    let (kind, _, message) = rig.fails(get()).await;
    assert_eq!(kind, TrafficErrorKind::Denied);
    assert!(message.contains("in the query parameter `text`"), "the guest had it written there: {message}");
}

#[tokio::test]
async fn a_secret_without_declared_places_has_the_usual_ones() {
    let server = Server::plain(mirror).await;
    let mut setup = setup();
    setup.secrets[0].places = SecretPlaces::usual("api-key");
    let rig = setup.start();
    let key = placeholder(&rig);
    let with =
        |name: &str| HttpRequest { headers: vec![(name.into(), key.clone())], ..get(&server.url("/")) };
    rig.send(with("Authorization")).await.unwrap();
    let json = format!("{{\"a\": [{{\"api-key\": \"{key}\"}}]}}");
    rig.send(post(&server.url("/"), "application/json", &json)).await.unwrap();
    let form = format!("api-key={key}");
    rig.send(post(&server.url("/"), "application/x-www-form-urlencoded", &form)).await.unwrap();
    let (kind, _, message) = rig.fails(with("x-key")).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "{message}");
    let (kind, _, message) = rig.fails(get(&server.url(&format!("/?api-key={key}")))).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "{message}");
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
    let (kind, _, message) =
        rig.fails(hop(format!("http://localhost:{port}/end"), &format!("{{\"k\": \"{key}\"}}"))).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "a body cannot stay behind: {message}");
    let (kind, _, _) = rig.fails(hop(format!("http://localhost:{port}/end?k=plain-value"), "")).await;
    assert_eq!(kind, TrafficErrorKind::Denied, "a host that hands it on by its location");
}

#[tokio::test]
async fn a_cut_through_a_value_shows_no_part_of_it() {
    let server =
        Server::plain(|_| async { Response::new(Bytes::from_static(b"0123456789secret-value!")) }).await;
    let rig = Setup::new().secret("api-key", "secret-value", &["127.0.0.1:*"]).start();
    let key = placeholder(&rig);
    for most in 0..24 {
        let cut = rig.send(HttpRequest { max_body: Some(most), ..get(&server.url("/")) }).await.unwrap();
        let whole = format!("0123456789{key}!");
        assert_eq!(text(&cut), &whole[..most as usize]);
        assert_eq!((cut.truncated, cut.wire_size), (true, 23), "at {most}");
    }
    let whole = rig.send(get(&server.url("/"))).await.unwrap();
    assert_eq!((text(&whole), whole.truncated), (format!("0123456789{key}!").as_str(), false));
}

#[tokio::test]
async fn a_host_without_the_secret_is_no_oracle_for_it() {
    let answer = |seen: Seen| async move {
        let said = seen.path.split_once('?').unwrap().1.to_owned();
        let head = Response::builder().status(404).header("x-echo", said.as_str());
        head.body(Bytes::from(said)).unwrap()
    };
    let server = Server::plain(answer).await;
    let rig = Setup::new().secret("api-key", "secret-value", &["b.example"]).start();
    for guess in ["secret-value", "secret-valuf"] {
        let url = server.url(&format!("/?{guess}"));
        let response = rig.get(&url).await.unwrap();
        assert_eq!(text(&response), guess);
        assert_eq!(response.headers["x-echo"], guess);
        assert_eq!(response.url, url);
    }
    let records = rig.records();
    let shown: Vec<_> = records.iter().map(|record| http(record).excerpt.as_deref().unwrap()).collect();
    assert_eq!(shown, ["[secret api-key]", "secret-valuf"], "the record shows no value, whoever said it");
}

/// `at-limit: cut` with a growing `max-body` would tell a value letter by letter.
#[tokio::test]
async fn an_excerpt_of_a_body_that_was_cut_shows_no_part_of_a_value() {
    let server = Server::plain(|seen| async move {
        let mut answer = mirror(seen).await;
        *answer.status_mut() = http::StatusCode::NOT_FOUND;
        answer
    })
    .await;
    let rig = Setup::new().secret("api-key", "hunter2-hunter2", &["127.0.0.1:*"]).start();
    let form = format!("k={}", placeholder(&rig));
    let asked = |max_body| {
        let post = post(&server.url("/"), "application/x-www-form-urlencoded", &form);
        HttpRequest { max_body: Some(max_body), at_limit: AtLimit::Cut, ..post }
    };
    let whole = "/\nk=hunter2-hunter2".len() as u64;
    for max_body in 1..=whole {
        rig.send(asked(max_body)).await.unwrap();
    }
    let records = rig.records();
    let shown: Vec<_> = records.iter().map(|record| http(record).excerpt.as_deref()).collect();
    assert_eq!(shown.last().unwrap(), &Some("/\nk=[secret api-key]"), "nothing of it was cut");
    assert!(shown[..shown.len() - 1].iter().all(Option::is_none), "{shown:?}");
}

#[tokio::test]
async fn an_excerpt_that_ends_within_a_value_shows_no_part_of_it() {
    let answer = |_| async {
        let body = "-".repeat(2_040) + "secret-value";
        Response::builder().status(500).body(Bytes::from(body)).unwrap()
    };
    let server = Server::plain(answer).await;
    let rig = Setup::new().secret("api-key", "secret-value", &["b.example"]).start();
    rig.get(&server.url("/")).await.unwrap();
    let record = &rig.records()[0];
    assert_eq!(http(record).excerpt.as_deref(), Some(format!("{}[secret ", "-".repeat(2_040)).as_str()));
}

#[tokio::test]
async fn a_url_that_a_redirect_made_of_a_value_shows_the_placeholder() {
    let answer = |seen: Seen| async move {
        let head = Response::builder();
        match seen.path.as_str() {
            "/" => head.status(302).header("location", "/end?t=secret-value").body(Bytes::new()).unwrap(),
            _ => head.body(Bytes::new()).unwrap(),
        }
    };
    let server = Server::plain(answer).await;
    let rig = Setup::new().secret("api-key", "secret-value", &["127.0.0.1:*"]).start();
    let response = rig.get(&server.url("/")).await.unwrap();
    assert_eq!(response.url, server.url(&format!("/end?t={}", placeholder(&rig))));
}

#[tokio::test]
async fn an_answer_that_cannot_be_decoded_is_refused_of_a_host_that_knows_a_secret() {
    let server = Server::plain(|_| async {
        Response::builder().header("content-encoding", "compress").body(Bytes::from_static(b"???")).unwrap()
    })
    .await;
    let (kind, blame, message) = setup().start().fails(get(&server.url("/"))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Denied, Blame::Journey));
    assert!(message.contains("in a way that the runner cannot undo"), "{message}");
    let unrelated = Setup::new().secret("api-key", VALUE, &["b.example"]).start();
    assert_eq!(text(&unrelated.get(&server.url("/")).await.unwrap()), "???");
}
