//! Redirects: followed, refused, and what travels along.

use bytes::Bytes;
use http::Response;
use wayfarer_model::traffic::{Blame, TrafficErrorKind};

use super::rig::{Setup, get, http, post, text};
use super::servers::{Seen, Server};
use crate::http::{HttpRequest, RedirectPolicy};
use crate::net::tests::authority::Authority;

/// `/STATUS/REST` redirects with that status to what follows `to=`; all else answers with what it got.
async fn roundabout(seen: Seen) -> Response<Bytes> {
    let status = seen.path.split('/').nth(1).and_then(|part| part.parse::<u16>().ok());
    if let (Some(status), Some((_, to))) = (status, seen.path.split_once("to=")) {
        let moved = Response::builder().status(status).header("location", to);
        return moved.body(Bytes::from_static(b"moved")).unwrap();
    }
    let credentials = ["authorization", "cookie", "x-other", "content-type"].map(|name| seen.header(name));
    Response::new(format!("{} {} {:?} {}", seen.method, seen.path, credentials, seen.text()).into())
}

fn following(request: HttpRequest, redirects: RedirectPolicy) -> HttpRequest {
    let headers = [("Authorization", "me"), ("Cookie", "c=1"), ("x-other", "kept")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    HttpRequest { headers: request.headers.iter().cloned().chain(headers).collect(), redirects, ..request }
}

#[tokio::test]
async fn methods_change_as_in_a_browser() {
    let server = Server::plain(roundabout).await;
    for (method, status, expected) in [
        ("POST", 301, "GET /end [\"me\", \"c=1\", \"kept\", \"\"] "),
        ("POST", 302, "GET /end [\"me\", \"c=1\", \"kept\", \"\"] "),
        ("POST", 303, "GET /end [\"me\", \"c=1\", \"kept\", \"\"] "),
        ("PUT", 302, "PUT /end [\"me\", \"c=1\", \"kept\", \"text/plain\"] body"),
        ("PUT", 303, "GET /end [\"me\", \"c=1\", \"kept\", \"\"] "),
        ("POST", 307, "POST /end [\"me\", \"c=1\", \"kept\", \"text/plain\"] body"),
        ("POST", 308, "POST /end [\"me\", \"c=1\", \"kept\", \"text/plain\"] body"),
    ] {
        let rig = Setup::new().start();
        let request = post(&server.url(&format!("/{status}/?to=/end")), "text/plain", "body");
        let request = HttpRequest { method: method.into(), ..following(request, RedirectPolicy::Follow(1)) };
        let response = rig.send(request).await.unwrap();
        assert_eq!(text(&response), expected, "{method} {status}");
        assert_eq!((response.redirects, response.url), (1, server.url("/end")));
        let records = rig.records();
        let shown: Vec<_> = records
            .iter()
            .map(|record| (http(record).status, http(record).redirected, record.reused))
            .collect();
        assert_eq!(shown, [(Some(status), true, false), (Some(200), false, true)]);
    }
}

#[tokio::test]
async fn the_record_of_a_hop_keeps_no_credential_that_a_target_put_into_its_url() {
    let server = Server::plain(roundabout).await;
    let rig = Setup::new().start();
    for (to, shown) in [
        ("/end?code=hunter2&state=hunter2&page=2", "/end?code=[withheld]&state=[withheld]&page=2"),
        ("/end?ticket=hunter2", "/end?ticket=[withheld]"),
        ("/end?next=%2Fcb%3Ftoken%3Dhunter2", "/end?next=[withheld]"),
        ("/end;jsessionid=hunter2", "/end;jsessionid=[withheld]"),
        ("/end?page=2", "/end?page=2"),
    ] {
        let request = get(&server.url(&format!("/302/?to={to}")));
        let response = rig.send(following(request, RedirectPolicy::Follow(1))).await.unwrap();
        assert_eq!(response.url, server.url(to), "the guest sees it");
        let record = rig.records().pop().unwrap();
        assert_eq!(http(&record).url, server.url(shown));
    }
    // What the journey's author wrote is the author's to keep.
    rig.get(&server.url("/end?code=1")).await.unwrap();
    assert_eq!(http(&rig.records().pop().unwrap()).url, server.url("/end?code=1"));
}

#[tokio::test]
async fn credentials_stay_at_their_origin() {
    let server = Server::plain(roundabout).await;
    let elsewhere = format!("http://localhost:{}/end", server.address.port());
    let rig = Setup::new().start();
    let request = following(get(&server.url(&format!("/302/?to={elsewhere}"))), RedirectPolicy::Follow(1));
    let response = rig.send(request).await.unwrap();
    assert_eq!(text(&response), "GET /end [\"\", \"\", \"kept\", \"\"] ");
}

#[tokio::test]
async fn a_user_and_password_of_a_location_become_basic_authentication() {
    let server = Server::plain(roundabout).await;
    for host in ["127.0.0.1", "localhost"] {
        let to = format!("http://me:p%40w@{host}:{}/end", server.address.port());
        let rig = Setup::new().start();
        let request = following(get(&server.url(&format!("/302/?to={to}"))), RedirectPolicy::Follow(1));
        let response = rig.send(request).await.unwrap();
        assert!(text(&response).starts_with("GET /end [\"Basic bWU6cEB3\", "), "{}", text(&response));
        assert_eq!(response.url, format!("http://{host}:{}/end", server.address.port()));
        assert!(!http(&rig.records()[1]).url.contains('@'));
    }
}

#[tokio::test]
async fn a_location_cannot_send_a_secret_as_its_password() {
    let server = Server::plain(|seen: Seen| async move {
        // It got the placeholder from the guest, in a place where no value is put in.
        let to = format!("http://me:{}@localhost:1/end", seen.header("x-told"));
        Response::builder().status(302).header("location", to).body(Bytes::new()).unwrap()
    })
    .await;
    let rig = Setup::new().secret("password", "long-secret-value", &["127.0.0.1:*", "localhost:*"]).start();
    let placeholder = rig.secrets.placeholder("password").unwrap().to_owned();
    let request = HttpRequest {
        headers: vec![("x-told".to_owned(), placeholder)],
        redirects: RedirectPolicy::Follow(1),
        ..get(&server.url("/"))
    };
    let error = rig.send(request).await.unwrap_err();
    assert!(!error.message.contains("long-secret-value"), "{}", error.message);
    assert_ne!(error.kind, TrafficErrorKind::Connect, "nobody was dialled: {}", error.message);
}

#[tokio::test]
async fn a_step_down_from_https_is_another_origin() {
    let authority = Authority::new();
    let plain = Server::plain(roundabout).await;
    let secure = Server::tls(authority.server(&authority.leaf(&["localhost"]), &[]), roundabout).await;
    let rig = Setup::new().trust(&authority.pem).start();
    let to = format!("/302/?to=http://localhost:{}/end", plain.address.port());
    let request = following(get(&secure.https("localhost", &to)), RedirectPolicy::Follow(1));
    let response = rig.send(request).await.unwrap();
    assert_eq!(text(&response), "GET /end [\"\", \"\", \"kept\", \"\"] ");
    assert_eq!(response.tls_version, None);
}

#[tokio::test]
async fn each_policy_keeps_its_word() {
    let server = Server::plain(roundabout).await;
    let here = server.url("/302/?to=/302/?to=/end");
    let away = server.url(&format!("/302/?to=/302/?to=http://localhost:{}/end", server.address.port()));
    let rig = Setup::new().start();
    let response = rig.send(following(get(&here), RedirectPolicy::Manual)).await.unwrap();
    assert_eq!((response.status, response.redirects, text(&response)), (302, 0, "moved"));
    let response = rig.send(following(get(&here), RedirectPolicy::SameOrigin(2))).await.unwrap();
    assert_eq!((response.status, response.redirects), (200, 2));
    let response = rig.send(following(get(&away), RedirectPolicy::SameOrigin(2))).await.unwrap();
    assert_eq!((response.status, response.redirects), (302, 1), "the first that leads elsewhere");
    let (kind, blame, message) = rig.fails(following(get(&here), RedirectPolicy::SameOrigin(1))).await;
    assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target));
    assert!(
        message.starts_with("more than 1 redirects: the next would lead to http://127.0.0.1:"),
        "{message}"
    );
}

#[tokio::test]
async fn a_loop_ends() {
    let server = Server::plain(|_| async {
        Response::builder().status(302).header("location", "/again").body(Bytes::new()).unwrap()
    })
    .await;
    let rig = Setup::new().start();
    let (kind, _, message) = rig.fails(following(get(&server.url("/")), RedirectPolicy::Follow(3))).await;
    assert_eq!(kind, TrafficErrorKind::Protocol);
    assert!(message.starts_with("more than 3 redirects"), "{message}");
    let records = rig.records();
    assert_eq!(records.len(), 4);
    assert_eq!(
        (http(&records[3]).status, records[3].error.as_ref().unwrap().kind),
        (Some(302), TrafficErrorKind::Protocol)
    );
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn the_next_hop_is_checked_as_the_first() {
    let server = Server::plain(roundabout).await;
    let rig = Setup::new().start();
    let policy = RedirectPolicy::Follow(5);
    let (kind, blame, message) =
        rig.fails(following(get(&server.url("/302/?to=http://b.example/")), policy)).await;
    // The judge asks whether a run of the version was good before.
    assert_eq!((kind, blame), (TrafficErrorKind::Denied, Blame::Target));
    assert!(message.contains("add \"b.example\" to network.allow"), "{message}");
    for nowhere in ["ftp://127.0.0.1/", "http://[", "http://127.0.0.1:0/"] {
        let (kind, blame, message) =
            rig.fails(following(get(&server.url(&format!("/302/?to={nowhere}"))), policy)).await;
        assert_eq!((kind, blame), (TrafficErrorKind::Protocol, Blame::Target), "{nowhere}");
        assert!(message.starts_with("the redirect leads nowhere"), "{message}");
    }
    let records = rig.records();
    assert_eq!(
        (http(&records[0]).redirected, http(&records[1]).status, http(&records[1]).url.as_str()),
        (true, None, "http://b.example/")
    );
}

#[tokio::test]
async fn a_redirect_without_a_location_is_an_answer() {
    let server =
        Server::plain(|_| async { Response::builder().status(302).body(Bytes::new()).unwrap() }).await;
    let rig = Setup::new().start();
    let response = rig.send(following(get(&server.url("/")), RedirectPolicy::Follow(1))).await.unwrap();
    assert_eq!((response.status, response.redirects), (302, 0));
}
