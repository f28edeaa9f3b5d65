//! The calls of `http` and `cookies` over real sockets.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use tokio::sync::Barrier;
use wayfarer_model::traffic::TrafficErrorKind;

use super::{Cookies, Http};
use crate::bindings::wayfarer::journey::cookies::Host as _;
use crate::bindings::wayfarer::journey::http::{self as wit, Host as _};
use crate::http::tests::rig::{Rig, Setup};
use crate::http::tests::servers::Server;

fn client(rig: &Rig) -> Http {
    Http::over(&rig.session, &rig.tape)
}

fn request(url: String) -> wit::Request {
    wit::Request {
        method: "GET".into(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeouts: wit::Timeouts {
            dns_ms: None,
            connect_ms: None,
            tls_ms: None,
            wait_ms: None,
            receive_ms: None,
            total_ms: None,
        },
        redirects: wit::RedirectPolicy::Manual,
        jar: None,
        max_body: None,
        at_limit: wit::AtLimit::Drain,
        extensions: Vec::new(),
    }
}

#[tokio::test]
async fn a_response_stays_with_the_host_until_it_is_released() {
    let server = Server::plain(|_| async {
        Response::builder()
            .header("x-id", "7")
            .body(Bytes::from_static(b"{\"items\":[{\"id\":1.50}]}"))
            .unwrap()
    })
    .await;
    let rig = Setup::new().start();
    let mut http = client(&rig);
    assert_eq!(http.last().unwrap(), None);
    let head = http.fetch("GET".into(), server.url("/"), vec![], vec![]).await.unwrap().unwrap();
    assert_eq!((head.id, head.status, head.body_size, head.is_truncated), (0, 200, 23, false));
    assert_eq!(http.header(0, "X-Id".into()).unwrap().as_deref(), Some("7"));
    assert_eq!(http.body(0, 2, 5).unwrap(), b"items");
    assert_eq!(http.body(0, 22, 9).unwrap(), b"}");
    assert_eq!(http.text(0).unwrap().len(), 23);
    assert_eq!(
        http.json(0, "$.items[0].id".into()).await.unwrap().unwrap(),
        ["1.50"],
        "as the server wrote it"
    );
    assert!(matches!(http.json(0, "items[".into()).await.unwrap(), Err(wit::JsonError::Path(_))));
    let details = http.details(0).unwrap();
    assert_eq!((details.url, details.wire_size, details.decoded), (server.url("/"), 23, None));
    http.release(0).unwrap();
    assert!(http.body(0, 0, 1).unwrap_err().to_string().contains("no response 0"));
    assert!(http.release(0).is_err() && http.header(9, "x".into()).is_err());
}

#[tokio::test]
async fn requests_in_flight_go_on_together_and_are_waited_for_by_number() {
    let together = Arc::new(Barrier::new(3));
    let server = Server::plain(move |seen| {
        let together = Arc::clone(&together);
        async move {
            together.wait().await;
            Response::new(Bytes::from(seen.path))
        }
    })
    .await;
    let rig = Setup::new().start();
    let mut http = client(&rig);
    let numbers: Vec<u32> =
        (0..3).map(|n| http.start(request(server.url(&format!("/{n}")))).unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let mut left = numbers;
    let mut paths = Vec::new();
    while !left.is_empty() {
        let done = http.wait(left.clone(), Some(20_000)).await.unwrap();
        assert!(!done.is_empty(), "nobody answers unless all three are asked at the same time");
        for number in done {
            let head = http.take(number).await.unwrap().unwrap();
            paths.push(http.text(head.id).unwrap());
            left.retain(|other| *other != number);
        }
    }
    paths.sort();
    assert_eq!(paths, ["/0", "/1", "/2"]);
    assert!(http.take(0).await.unwrap_err().to_string().contains("not in flight"), "a result is taken once");
    assert_eq!(http.wait(vec![], None).await.unwrap(), Vec::<u32>::new());
}

#[tokio::test]
async fn a_request_that_is_given_up_is_recorded_and_its_connection_is_closed() {
    let server = Server::scripted(|_, mut tcp| async move {
        use tokio::io::AsyncReadExt as _;
        // Never answers. It reads until the runner hangs up.
        while tcp.read(&mut [0; 1_024]).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    let rig = Setup::new().start();
    let mut http = client(&rig);
    let number = http.start(request(server.url("/slow"))).unwrap();
    assert!(http.wait(vec![number], Some(20)).await.unwrap().is_empty(), "the timeout passed first");
    http.abandon(number).unwrap();
    server.ended.notified().await;
    let records = rig.tape.finish().recording.traffic;
    let error = records[0].error.as_ref().unwrap();
    assert_eq!(error.kind, TrafficErrorKind::Cancelled, "{error:?}");
    assert!(records[0].phases.total_us.0 >= 20_000, "{:?}", records[0]);
    assert!(http.abandon(number).is_err());
}

#[tokio::test]
async fn a_request_belongs_to_the_step_in_which_it_was_started() {
    let server = Server::plain(|_| async { Response::new(Bytes::new()) }).await;
    let rig = Setup::new().start();
    let mut http = client(&rig);
    let step = rig.tape.open_step("ask", None).unwrap();
    let number = http.start(request(server.url("/"))).unwrap();
    rig.tape.close_step(step, None).unwrap();
    http.take(number).await.unwrap().unwrap();
    http.fetch("GET".into(), server.url("/"), vec![], vec![]).await.unwrap().unwrap();
    assert_eq!((rig.tape.record_of_request(0), rig.tape.record_of_request(1)), (Some(0), Some(1)));
    let steps: Vec<_> = rig.tape.finish().recording.traffic.iter().map(|record| record.step).collect();
    assert_eq!(steps, [Some(step), None]);
}

#[tokio::test]
async fn a_guest_reads_cookies_without_the_values_of_secrets() {
    let server = Server::plain(|_| async {
        Response::builder().header("set-cookie", "sid=hunter2-hunter2; Path=/").body(Bytes::new()).unwrap()
    })
    .await;
    let rig = Setup::new().secret("key", "hunter2-hunter2", &["127.0.0.1:*"]).start();
    let (mut http, mut cookies) = (client(&rig), Cookies::over(&rig.session));
    http.fetch("GET".into(), server.url("/"), vec![], vec![]).await.unwrap().unwrap();
    http.fetch("GET".into(), server.url("/"), vec![], vec![]).await.unwrap().unwrap();
    assert_eq!(server.seen.lock()[1].header("cookie"), "sid=hunter2-hunter2", "the target set it");
    let placeholder = rig.secrets.placeholder("key").unwrap().to_owned();
    assert_eq!(cookies.get(0, server.url("/"), "sid".into()).unwrap().as_ref(), Some(&placeholder));
    assert_eq!(cookies.all(0).unwrap()[0].value, placeholder);
    let refused = cookies.set(0, server.url("/"), format!("a={placeholder}")).unwrap().unwrap_err();
    assert!(refused.contains("placeholder"), "{refused}");
    cookies.set(0, server.url("/"), "b=2".into()).unwrap().unwrap();
    assert!(
        cookies.set(0, "nowhere".into(), "b=2".into()).unwrap().unwrap_err().contains("not an absolute URL")
    );
    cookies.clear(0).unwrap();
    assert!(cookies.all(0).unwrap().is_empty());
    assert!(cookies.all(7).unwrap_err().to_string().contains("no cookie jar 7"));
    let unknown = wit::Request { jar: Some(7), ..request(server.url("/")) };
    assert!(http.send(unknown).await.unwrap_err().to_string().contains("no cookie jar 7"));
}
