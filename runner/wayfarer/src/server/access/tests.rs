//! The door over a real store: in, through a page and a form, and out again; and every way around it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::get;
use hyper_util::service::TowerToHyperService;
use serde::Deserialize;
use tempfile::TempDir;
use wayfarer_model::access::Role;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AuditFilter, NewToken, Opened, Store, StoreSettings, TokenKey};

use super::*;
use crate::clock::WallClock;
use crate::protocol::Token;
use crate::server::audit::AuditTrail;

struct Rig {
    _dir: TempDir,
    store: Store,
    service: Router,
    token: Token,
    key: TokenKey,
    is_tls: bool,
}

#[derive(Deserialize)]
struct Said {
    word: String,
}

async fn page(visitor: Visitor) -> String {
    format!("{}|{}", visitor.caller.name, visitor.form_token)
}

async fn form(signed: Signed<Said>) -> String {
    format!("{} said {}", signed.visitor.caller.name, signed.form.word)
}

async fn rig_with(settings: AccessSettings, is_tls: bool, expires: Option<UnixMillis>) -> Rig {
    let dir = tempfile::tempdir().unwrap();
    let clock = WallClock::system();
    let opening = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "test");
    let Opened { store, .. } = Store::open(opening, clock.now()).await.unwrap();
    let token = Token::new(rand::random());
    let (hash, name) = (token.hash(), "ana".to_owned());
    let kept = NewToken { hash, name, role: Role::Operator, tenant: None, expires };
    let key = store.add_token(kept, clock.now()).await.unwrap().unwrap();
    let trail = AuditTrail::new(store.clone(), clock.clone(), tokio::runtime::Handle::current());
    let access = Access::new(store.clone(), clock, trail, settings).unwrap();
    let pages = Router::new().route("/page", get(page).post(form)).with_state(access.clone());
    let service = routes(access).merge(pages).layer(axum::middleware::map_response(page_headers));
    Rig { _dir: dir, store, service, token, key, is_tls }
}

fn settings() -> AccessSettings {
    let hour = Duration::from_hours(1);
    AccessSettings { lifetime: hour, idle: hour, trusted_proxies: Vec::new(), oidc: None }
}

async fn rig() -> Rig {
    rig_with(settings(), true, None).await
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get("location").map_or("", |value| value.to_str().unwrap())
    }

    /// The cookies that a browser would send from now on.
    fn cookie(&self) -> String {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        let pairs = set.map(|line| line.split(';').next().unwrap()).filter(|pair| !pair.ends_with('='));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn field(&self, name: &str) -> String {
        let rest = self.text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Rig {
    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        use hyper::service::Service as _;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = Request::builder().method(method).uri(path).header("host", "w.example");
        if method == "POST" {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        let address = "192.0.2.1:5".parse().unwrap();
        request.extensions_mut().insert(Peer { address, is_tls: self.is_tls });
        let answer = TowerToHyperService::new(self.service.clone()).call(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send("GET", path, &[("cookie", cookie)], &[]).await
    }

    /// Through the form of `/sign-in`, with what a browser has already.
    async fn sign_in(&self, had: &str, next: &str, token: &str) -> Answer {
        let page = self.get(&format!("/sign-in?next={next}"), had).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let (own, next) = (page.field("form_token"), page.field("next"));
        let cookies = [had.to_owned(), page.cookie()].join("; ");
        let headers = [("cookie", cookies.as_str()), ("origin", "https://w.example")];
        self.send("POST", "/sign-in", &headers, &[("token", token), ("next", &next), ("form_token", &own)])
            .await
    }

    async fn signed_in(&self) -> String {
        let answer = self.sign_in("", "/page", self.token.reveal()).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/page"), "{}", answer.text);
        answer.cookie()
    }
}

#[tokio::test]
async fn a_visitor_is_led_to_the_form_and_back_and_signs_out() {
    let rig = rig().await;
    let away = rig.get("/page?a=b", "").await;
    assert_eq!((away.status, away.location()), (StatusCode::SEE_OTHER, "/sign-in?next=/page%3Fa%3Db"));
    let cookie = rig.signed_in().await;
    assert!(cookie.starts_with("__Host-wayfarer="), "{cookie}");
    let page = rig.get("/page", &cookie).await;
    let (name, own) = page.text.split_once('|').unwrap();
    assert_eq!((page.status, name), (StatusCode::OK, "ana"));
    let headers = [("cookie", cookie.as_str()), ("origin", "https://w.example")];
    let said = rig.send("POST", "/page", &headers, &[("form_token", own), ("word", "höi & ho")]).await;
    assert_eq!((said.status, said.text.as_str()), (StatusCode::OK, "ana said höi & ho"));

    let out = rig.get("/sign-out", &cookie).await;
    assert!(out.text.contains("You are signed in as ana."), "{}", out.text);
    let gone = rig.send("POST", "/sign-out", &headers, &[("form_token", own)]).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
    let cleared = gone.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cleared.starts_with("__Host-wayfarer=; Path=/; Max-Age=0"), "{cleared}");
    assert_eq!(rig.get("/page", &cookie).await.status, StatusCode::SEE_OTHER, "the server has ended it too");
    let events = rig.store.audit_events(&AuditFilter { limit: 10, ..AuditFilter::default() }).await.unwrap();
    let told: Vec<String> = events
        .iter()
        .map(|row| {
            format!("{} {} {} {}", row.event.actor, row.event.action, row.event.object, row.event.outcome)
        })
        .collect();
    assert_eq!(told, ["ana (token 1) sign-out session 1 done", "ana (token 1) sign-in session 1 done"]);
}

#[tokio::test]
async fn every_page_of_the_door_has_the_headers_that_keep_others_out() {
    let rig = rig().await;
    for path in ["/sign-in", "/sign-out"] {
        let answer = rig.get(path, "").await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["referrer-policy"], "same-origin");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn a_sign_in_makes_a_new_secret_and_ends_the_session_before_it() {
    let rig = rig().await;
    let first = rig.signed_in().await;
    let planted = format!("__Host-wayfarer={}", "A".repeat(43));
    for had in [first.as_str(), planted.as_str()] {
        let answer = rig.sign_in(had, "/page", rig.token.reveal()).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_ne!(answer.cookie(), had);
        assert_eq!(rig.get("/page", &answer.cookie()).await.status, StatusCode::OK);
        assert_eq!(
            rig.get("/page", had).await.status,
            StatusCode::SEE_OTHER,
            "what the browser had is worth nothing"
        );
    }
}

#[tokio::test]
async fn a_form_of_another_site_or_of_another_session_does_nothing() {
    let rig = rig().await;
    let (mine, other) = (rig.signed_in().await, rig.signed_in().await);
    let token_of = async |cookie: &str| {
        let page = rig.get("/page", cookie).await;
        page.text.split_once('|').unwrap().1.to_owned()
    };
    let (own, foreign) = (token_of(&mine).await, token_of(&other).await);
    let ours = ("origin", "https://w.example");
    let cases = [
        ("of another session", ours, foreign.as_str()),
        ("none", ours, ""),
        ("another site", ("origin", "https://evil.example"), &own),
        ("another port", ("origin", "https://w.example:8443"), &own),
        ("a frame without origin", ("origin", "null"), &own),
        ("plain HTTP", ("origin", "http://w.example"), &own),
        ("a neighbour", ("sec-fetch-site", "same-site"), &own),
    ];
    for (what, header, token) in cases {
        let headers = [header, ("cookie", mine.as_str())];
        for path in ["/page", "/sign-out"] {
            let answer = rig.send("POST", path, &headers, &[("form_token", token), ("word", "x")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}: {}", answer.text);
        }
    }
    assert_eq!(rig.get("/page", &mine).await.status, StatusCode::OK, "nobody was signed out");
}

#[tokio::test]
async fn nobody_signs_a_browser_in_by_a_form_that_it_did_not_ask_for() {
    let rig = rig().await;
    let page = rig.get("/sign-in", "").await;
    let (own, token) = (page.field("form_token"), rig.token.reveal());
    let fields = [("token", token), ("form_token", own.as_str())];
    let bound = page.cookie();
    let foreign = rig
        .send("POST", "/sign-in", &[("cookie", &bound), ("origin", "https://evil.example")], &fields)
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let unbound = rig.send("POST", "/sign-in", &[("origin", "https://w.example")], &fields).await;
    assert!(
        unbound.status == StatusCode::FORBIDDEN && unbound.text.contains("try once more"),
        "{}",
        unbound.text
    );
    assert!(!unbound.cookie().contains("__Host-wayfarer="), "no session");
}

#[tokio::test]
async fn a_wrong_token_says_what_is_wrong_is_in_the_trail_and_is_slowed_down() {
    let rig = rig().await;
    let unknown = Token::new([9; 32]);
    let wrong = rig.sign_in("", "/", unknown.reveal()).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.text.contains("The server does not know this token"), "{}", wrong.text);
    assert!(!wrong.text.contains(unknown.reveal()), "the page does not show it");
    let typo = rig.sign_in("", "/", "wf_1").await;
    assert!(typo.text.contains("copy all of it"), "{}", typo.text);
    for _ in 2..10 {
        rig.sign_in("", "/", "hello").await;
    }
    let refused = rig.sign_in("", "/", rig.token.reveal()).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let after: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=6).contains(&after), "{after}");
}

#[tokio::test]
async fn a_session_ends_with_its_token_and_with_its_time() {
    let rig = rig().await;
    let cookie = rig.signed_in().await;
    rig.store.revoke_token(rig.key, WallClock::system().now()).await.unwrap();
    assert_eq!(rig.get("/page", &cookie).await.status, StatusCode::SEE_OTHER, "its token was revoked");

    let soon = UnixMillis(WallClock::system().now().0 + 1_500);
    let short = rig_with(settings(), true, Some(soon)).await;
    let cookie = short.signed_in().await;
    assert_eq!(short.get("/page", &cookie).await.status, StatusCode::OK);
    let answer = async || short.get("/page", &cookie).await.status;
    wayfarer_testkit::until("the session is over", answer, |status| *status == StatusCode::SEE_OTHER).await;
}

#[tokio::test]
async fn a_page_takes_a_bearer_token_and_a_script_is_told_and_not_led_away() {
    let rig = rig().await;
    let bearer = format!("Bearer {}", rig.token.reveal());
    let page = rig.send("GET", "/page", &[("authorization", &bearer)], &[]).await;
    assert_eq!((page.status, page.text.as_str()), (StatusCode::OK, "ana|"));
    let said = rig.send("POST", "/page", &[("authorization", &bearer)], &[("word", "hi")]).await;
    assert_eq!(said.text, "ana said hi");
    let wrong = rig.send("GET", "/page", &[("authorization", "Bearer wf_x")], &[]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let cookie = rig.signed_in().await;
    let both = [("authorization", "Basic eA=="), ("cookie", cookie.as_str())];
    assert_eq!(rig.send("GET", "/page", &both, &[]).await.status, StatusCode::UNAUTHORIZED);
    let script = rig.send("GET", "/page", &[("sec-fetch-dest", "empty")], &[]).await;
    assert_eq!(script.status, StatusCode::UNAUTHORIZED);
    let sent = [("referer", "https://w.example/page?a=b")];
    let form = rig.send("POST", "/page", &sent, &[]).await;
    assert_eq!(form.location(), "/sign-in?next=/page%3Fa%3Db");
    let elsewhere = rig.send("POST", "/page", &[("referer", "https://evil.example/page")], &[]).await;
    assert_eq!(elsewhere.location(), "/sign-in");
}

#[tokio::test]
async fn over_plain_http_the_cookie_is_plain_and_the_form_warns() {
    let rig = rig_with(settings(), false, None).await;
    let page = rig.get("/sign-in", "").await;
    assert!(page.text.contains("This connection is not encrypted"), "{}", page.text);
    assert!(page.cookie().starts_with("wayfarer-sign-in="), "{}", page.cookie());
    let proxies = AccessSettings { trusted_proxies: vec!["192.0.2.0/24".parse().unwrap()], ..settings() };
    let behind = rig_with(proxies, false, None).await;
    let page = behind.send("GET", "/sign-in", &[("x-forwarded-proto", "https")], &[]).await;
    assert!(page.cookie().starts_with("__Host-wayfarer-sign-in="), "{}", page.cookie());
    assert!(!page.text.contains("not encrypted"));
}
