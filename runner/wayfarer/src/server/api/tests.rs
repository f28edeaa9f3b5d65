//! The document against the routes that are served, and what an answer looks like when something is wrong.

use std::collections::BTreeSet;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wayfarer_model::access::Role;
use wayfarer_model::audit::{Actor, AuditAction, AuditOutcome};
use wayfarer_sandbox::{Sandbox, SandboxSettings};
use wayfarer_store::{AuditEvent, AuditFilter, NewToken, Opened, Store, StoreSettings, TenantSetting};
use wayfarer_testkit::{until, within};

use super::listener::router;
use super::*;
use crate::clock::WallClock;
use crate::config::RunnerFile;
use crate::protocol::{ProblemDetails, Token};
use crate::server::audit::AuditTrail;
use crate::server::background::acknowledgements;
use crate::server::tenants::Tenants;
use crate::server::uploads::UploadQueue;
use crate::server::use_cases::{Uploads, UseCases};
use crate::server::{Control, SandboxedRuns};
use crate::shutdown::Cancellation;

struct Rig {
    _dir: TempDir,
    url: String,
    store: Store,
    token: String,
    router: axum::Router,
    document: utoipa::openapi::OpenApi,
    settings: ApiSettings,
    stop: Cancellation,
}

/// The API over a real store. The server behind it is gone: nothing executes commands or acknowledges writes.
async fn rig() -> Rig {
    crate::client::install_tls();
    let dir = tempfile::tempdir().unwrap();
    let clock = WallClock::system();
    let opening = StoreSettings::new(dir.path().to_owned(), "local".parse().unwrap(), "test");
    let Opened { store, .. } = Store::open(opening, clock.now()).await.unwrap();
    let file = first_token(&store, dir.path(), clock.now()).await.unwrap().unwrap();
    let token = std::fs::read_to_string(file).unwrap().trim().to_owned();
    let tenants = Tenants::read(&RunnerFile::default()).unwrap();
    let (cache_dir, compiler) = (dir.path().join("components"), std::env::current_exe().unwrap());
    let sandbox = Sandbox::start(SandboxSettings {
        cache_dir,
        compiler,
        compile_cpu: SandboxSettings::COMPILE_CPU,
        slots: 1,
    })
    .unwrap();
    let location = ("local".parse().unwrap(), clock.clone());
    let (threads, short) = (wayfarer_sandbox::GuestPool::here(), Duration::from_millis(200));
    let trail = AuditTrail::with_rounds(store.clone(), clock.clone(), threads.least_busy(), (short, short));
    let runs = SandboxedRuns::new((sandbox, threads), (store.clone(), trail.clone()), location, tenants);
    let stop = Cancellation::new();
    let control = Control::new(stop.clone()).0;
    let applied = acknowledgements(&store).1;
    let uploads = Uploads { queue: UploadQueue::new(2), folder: dir.path().to_owned(), largest: 1 << 20 };
    let use_cases = UseCases {
        store: store.clone(),
        control,
        runs,
        clock,
        uploads,
        alerting: crate::server::alert::AlertingHandle::default(),
        board: crate::server::Board::default(),
    };
    let access = crate::server::access::AccessSettings {
        lifetime: Duration::from_hours(1),
        idle: Duration::from_hours(1),
        trusted_proxies: Vec::new(),
        oidc: None,
    };
    let access =
        crate::server::access::Access::new(store.clone(), WallClock::system(), trail.clone(), access)
            .unwrap();
    let settings = ApiSettings { use_cases, applied, trail, access, trace_link: None };
    let (router, document) = router(settings.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let limits = ConnectionLimits { head: Duration::from_secs(2), ..ConnectionLimits::of(64, 32) };
    tokio::spawn(serve(listener, None, settings.clone(), Pages::default(), limits, stop.clone()));
    Rig { _dir: dir, url, store, token, router, document, settings, stop }
}

/// The path of every route, as the router says it. It has no other way to list them than its debug output.
fn served(router: &axum::Router) -> BTreeSet<String> {
    let text = format!("{router:?}");
    let mut paths = BTreeSet::new();
    // What comes after is the answer for all other paths.
    let mut rest = text.split("fallback_router").next().unwrap();
    while let Some(start) = rest.find("\"/") {
        let (path, after) = rest[start + 1..].split_once('"').unwrap();
        paths.insert(path.to_owned());
        rest = after;
    }
    paths
}

#[tokio::test]
async fn every_path_that_is_served_is_documented_and_every_documented_path_is_served() {
    let rig = rig().await;
    let documented: BTreeSet<String> = rig.document.paths.paths.keys().cloned().collect();
    assert!(documented.len() >= 18, "{documented:?}");
    assert_eq!(served(&rig.router), documented);

    let hidden = axum::Router::new().route("/hidden/{name}", axum::routing::get(|| async {}));
    let hidden = served(&rig.router.merge(hidden));
    assert!(hidden.contains("/hidden/{name}"), "the list misses a route: {hidden:?}");
}

/// Every path and method that the document has, its parameters filled in, and with a tenant where its query has one.
fn documented(document: &utoipa::openapi::OpenApi) -> Vec<(reqwest::Method, String)> {
    let value = serde_json::to_value(document).unwrap();
    let mut all = Vec::new();
    for (path, methods) in value["paths"].as_object().unwrap() {
        let path = path
            .replace("{digest}", &"ab".repeat(32))
            .replace("{journey}", "absent")
            .replace("{run}", "01a20f5b-1da6-78a5-9e02-048a7e1fc8f1")
            .replace("{id}", "7");
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let of_tenant = parameters.filter(|one| one["name"] == "tenant" && one["in"] == "query").count();
            let query = if of_tenant == 1 { "?tenant=local" } else { "" };
            all.push((method.to_uppercase().parse().unwrap(), format!("{path}{query}")));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_the_methods_that_are_served_and_no_others() {
    let rig = rig().await;
    let client = reqwest::Client::new();
    let paths = documented(&rig.document);
    for (method, path) in &paths {
        let url = format!("{}{path}", rig.url);
        let answer =
            client.request(method.clone(), url).bearer_auth(&rig.token).body("{}").send().await.unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert_ne!(status, 405, "{method} {path}");
        assert!(!body.contains("there is no such path"), "{method} {path}: {body}");
    }
    // A method that the document does not name is not there either.
    let all = [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE];
    let bare = |path: &str| path.split('?').next().map(str::to_owned);
    for (_, path) in &paths {
        for method in &all {
            if paths.iter().any(|(known, of)| known == method && bare(of) == bare(path)) {
                continue;
            }
            let url = format!("{}{path}", rig.url);
            let answer = client.request(method.clone(), url).bearer_auth(&rig.token).send().await.unwrap();
            assert_eq!(answer.status(), 405, "{method} {path} is served and not documented");
        }
    }
    let served: serde_json::Value =
        client.get(format!("{}/api/v1/openapi.json", rig.url)).send().await.unwrap().json().await.unwrap();
    assert_eq!(served, serde_json::to_value(&rig.document).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_has_a_name_of_its_own_and_says_what_may_go_wrong() {
    let rig = rig().await;
    let document = serde_json::to_value(&rig.document).unwrap();
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(names.insert(name.clone()), "`{name}` is there twice");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let is_of_path = path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
                let place = if is_of_path { "path" } else { "query" };
                assert_eq!(parameter["in"], place, "{method} {path}: {parameter}");
            }
            let responses = operation["responses"].as_object().unwrap();
            if operation.get("security").is_none() {
                for status in ["400", "401", "403", "404", "500", "503"] {
                    assert!(responses.contains_key(status), "{method} {path}: {status}");
                }
            }
            for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
                let content: Vec<_> = response["content"].as_object().unwrap().keys().collect();
                assert_eq!(content, ["application/problem+json"], "{method} {path}: {status}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_a_route_does_not_have_is_refused() {
    let rig = rig().await;
    let client = reqwest::Client::new();
    let ask = async |path: &str| {
        let answer = client.get(format!("{}{path}", rig.url)).bearer_auth(&rig.token).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        (
            status,
            serde_json::from_str::<ProblemDetails>(&text).map(|problem| problem.detail).unwrap_or_default(),
        )
    };
    let said = async |path: &str| {
        let (status, detail) = ask(path).await;
        assert_eq!(status, 400, "{path}");
        detail
    };
    insta::assert_snapshot!(said("/api/v1/runs?tenat=web").await, @"this path has no query parameter `tenat`: did you mean `tenant`?");
    insta::assert_snapshot!(said("/api/v1/clock?x=1").await, @"this path has no query parameter `x`: it takes no query");
    let detail = said("/api/v1/flakes?tenant=local&zzz%1b=").await;
    assert_eq!(detail, "this path has no query parameter `zzz\\u{1b}`: it has `since_ms`, `tenant`");
    assert_eq!(ask("/api/v1/runs?tenant=local&limit=5").await.0, 200);
    assert_eq!(ask("/healthz?from=lb").await.0, 200, "what a balancer adds is nobody's typing mistake");
}

/// Where a schema says only that something is an object.
fn stand_ins(value: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    let is_object = value["type"] == "object";
    let is_described = ["properties", "additionalProperties"].iter().any(|key| value.get(key).is_some());
    if is_object && !is_described {
        found.push(path.to_owned());
    }
    if let Some(fields) = value.as_object() {
        fields.iter().for_each(|(key, value)| stand_ins(value, &format!("{path}/{key}"), found));
    }
    for value in value.as_array().into_iter().flatten() {
        stand_ins(value, path, found);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_describes_everything_that_travels() {
    let rig = rig().await;
    let document = serde_json::to_value(&rig.document).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut found = Vec::new();
    stand_ins(schemas, "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    let items =
        |schema: &str, property: &str| schemas[schema]["properties"][property]["items"]["$ref"].clone();
    assert_eq!(items("DeployRequest", "journeys"), "#/components/schemas/JourneyBody");
    assert_eq!(items("ComponentInfo", "journeys"), "#/components/schemas/DescriptorBody");
    assert_eq!(items("RunInFull", "attempts"), "#/components/schemas/AttemptBody");
    for body in ["JourneyBody", "TimingBody", "LimitsBody", "RecordingBody", "RequestBody"] {
        assert!(schemas[body]["properties"].is_object(), "{body}");
    }
    assert_eq!(schemas["LimitsBody"]["properties"]["wall_us"]["type"], "integer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_a_problem_that_says_the_way_out() {
    let rig = rig().await;
    let client = reqwest::Client::new();
    let ask = async |path: &str, token: Option<&str>| {
        let mut request = client.get(format!("{}{path}", rig.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{path}");
        let problem: ProblemDetails = answer.json().await.unwrap();
        (problem.status, problem.detail)
    };
    let own = Some(rig.token.as_str());
    let (status, detail) = ask("/api/v1/journeys", None).await;
    assert!(status == 401 && detail.contains("wayfarer tokens add"), "{detail}");
    let unknown = Token::new([9; 32]);
    assert_eq!(ask("/api/v1/journeys", Some(unknown.reveal())).await.0, 401);
    let (status, detail) = ask("/api/v1/runs?verdict=fine", own).await;
    assert!(status == 400 && detail.contains("use `passed`"), "{detail}");
    let (status, detail) = ask("/api/v1/runs?limit=many", own).await;
    assert!(status == 400 && detail.contains("limit"), "{detail}");
    assert_eq!(ask("/api/v1/nothing", own).await.0, 404);
    let (status, detail) = ask("/api/v1/journeys/absent", own).await;
    assert!(status == 400 && detail.contains("?tenant=NAME"), "{detail}");
    assert_eq!(ask("/readyz", None).await, (503, "the runner is stopping".to_owned()));
}

/// What the server sends until it closes the connection.
async fn heard(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end too.
    let _ = within("the server hangs up", stream.read_to_end(&mut text)).await;
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_keep_nobody_out_and_are_hung_up_on() {
    let rig = rig().await;
    let address = rig.url.trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        // Some begin a head and do not end it.
        let _ = stream.write_all(if silent.len() % 2 == 0 { b"" } else { b"GET /healthz HT" }).await;
        silent.push(stream);
    }
    let healthy = within("health beside silence", reqwest::get(format!("{}/healthz", rig.url))).await;
    assert_eq!(healthy.unwrap().text().await.unwrap(), "ok\n");
    for stream in silent {
        assert_eq!(heard(stream).await, "", "some gave way to others, the rest was too slow");
    }
    let mut slow = TcpStream::connect(&address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(heard(slow).await.ends_with("ok\n"), "an answer, and then the end of what is idle");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_has_a_listener_of_its_own() {
    let rig = rig().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    serve_health(listener, rig.settings.clone(), rig.stop.clone()).unwrap();
    assert_eq!(reqwest::get(format!("{url}/healthz")).await.unwrap().text().await.unwrap(), "ok\n");
    assert_eq!(reqwest::get(format!("{url}/readyz")).await.unwrap().status(), 503);
    assert_eq!(reqwest::get(format!("{url}/metrics")).await.unwrap().status(), 404);
}

#[tokio::test]
async fn every_route_that_changes_something_has_its_word_in_the_audit_trail() {
    let rig = rig().await;
    let document = serde_json::to_value(&rig.document).unwrap();
    let mut changing = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let methods = methods.as_object().unwrap().keys().filter(|method| *method != "get");
        changing.extend(methods.map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let changes = routes::routes().changes;
    let named: BTreeSet<String> =
        changes.iter().map(|change| format!("{} {}", change.method, change.path)).collect();
    assert_eq!(named, changing);
}

/// The events of these actions, the oldest first.
async fn events(store: &Store, actions: &[AuditAction]) -> Vec<AuditEvent> {
    let rows = store.audit_events(&AuditFilter { limit: 1_000, ..AuditFilter::default() }).await.unwrap();
    let events = rows.into_iter().rev().map(|row| row.event);
    events.filter(|event| actions.contains(&event.action)).collect()
}

/// A token of the tenant `local`.
async fn viewer(rig: &Rig) -> (String, i64) {
    let setting = TenantSetting { name: "local".parse().unwrap(), policy: "{}".to_owned() };
    let now = WallClock::system().now();
    rig.store.configure_tenants(vec![setting], now).await.unwrap();
    let token = Token::new([7; 32]);
    let tenant = Some("local".parse().unwrap());
    let (hash, name) = (token.hash(), "eyes".to_owned());
    let kept = NewToken { hash, name, role: Role::Viewer, tenant, expires: None };
    let key = rig.store.add_token(kept, now).await.unwrap().unwrap();
    (token.reveal().to_owned(), key.number())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_its_token_is_in_the_audit_trail_under_the_name_that_the_server_knows() {
    let rig = rig().await;
    let (token, number) = viewer(&rig).await;
    let client = reqwest::Client::new();
    let ask = async |method: reqwest::Method, path: &str, token: &str| {
        let request = client.request(method, format!("{}{path}", rig.url)).bearer_auth(token);
        request.header("user-agent", "admin").send().await.unwrap().status().as_u16()
    };
    let (get, post) = (reqwest::Method::GET, reqwest::Method::POST);
    assert_eq!(ask(get.clone(), "/api/v1/journeys?tenant=local", "wf_nonsense").await, 401);
    assert_eq!(ask(get.clone(), "/api/v1/tokens", &token).await, 403);
    assert_eq!(ask(post.clone(), "/api/v1/journeys/pay/pause?tenant=globex", &token).await, 403);
    assert_eq!(ask(get.clone(), "/api/v1/journeys", &token).await, 200, "what was read is no event");
    rig.store
        .revoke_token(wayfarer_store::TokenKey::from_number(number), WallClock::system().now())
        .await
        .unwrap();
    assert_eq!(ask(post, "/api/v1/stop", &token).await, 401);

    let eyes = Actor::Token { number, name: "eyes".to_owned() };
    let local = Some("local".parse().unwrap());
    let wanted = [
        (Actor::Nobody, None, AuditAction::Authenticate, "GET /api/v1/journeys"),
        (eyes.clone(), local.clone(), AuditAction::Read, "GET /api/v1/tokens"),
        (eyes.clone(), local.clone(), AuditAction::Pause, "journey pay"),
        (eyes, local, AuditAction::Authenticate, "POST /api/v1/stop"),
    ];
    let actions = wanted.each_ref().map(|(_, _, action, _)| *action);
    let mut found = until(
        "all of them are written",
        async || events(&rig.store, &actions).await,
        |found| found.len() == 4,
    )
    .await;
    found.sort_by_key(|event| event.occurred);
    for (event, (actor, tenant, action, object)) in found.into_iter().zip(wanted) {
        let (occurred, object, outcome) = (event.occurred, object.to_owned(), AuditOutcome::Refused);
        assert_eq!(event, AuditEvent { occurred, tenant, actor, action, object, outcome, count: 1 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_wrong_tokens_is_counted_in_a_few_rows() {
    const FLOOD: u64 = 300;
    let rig = rig().await;
    let client = reqwest::Client::new();
    for number in 0..FLOOD {
        let token = Token::new([(number % 250) as u8 + 1; 32]);
        let request = client.get(format!("{}/api/v1/runs", rig.url)).bearer_auth(token.reveal());
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    let counted = |found: &Vec<AuditEvent>| found.iter().map(|event| event.count).sum::<u64>() == FLOOD;
    let found =
        until("all are counted", async || events(&rig.store, &[AuditAction::Authenticate]).await, counted)
            .await;
    // The rounds of this server last a fifth of a second.
    assert!(found.len() < FLOOD as usize / 4, "{} rows", found.len());
}
