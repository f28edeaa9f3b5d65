//! Which targets learn of the run's trace: those that are listed, and nobody behind their redirects.

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::ids::RunId;
use wayfarer_model::trace_context::{traceparent, tracestate};
use wayfarer_model::units::UnixMillis;

use super::rig::{Rig, Setup, get};
use super::servers::{Seen, Server};
use crate::http::{HttpRequest, HttpSession, RedirectPolicy};

fn attempt() -> AttemptContext {
    AttemptContext {
        run_id: RunId::new(UnixMillis(1_790_000_000_000), [5; 10]),
        tenant: "shop".parse().unwrap(),
        journey: "checkout".parse().unwrap(),
        slot: UnixMillis(1_790_000_000_000),
        number: 2,
        location: "local".parse().unwrap(),
        lane: Lane::Scheduled,
    }
}

/// `/to/URL` redirects there.
async fn server() -> Server {
    Server::plain(|seen: Seen| async move {
        match seen.path.strip_prefix("/to/") {
            Some(to) => Response::builder().status(302).header("location", to).body(Bytes::new()).unwrap(),
            None => Response::new(Bytes::from_static(b"here")),
        }
    })
    .await
}

/// A session of the attempt, which tells hosts that these patterns cover.
fn rig(traced: &[String]) -> Rig {
    let mut setup = Setup::new();
    setup.settings.traced = traced.iter().map(|host| host.parse().unwrap()).collect();
    let Rig { tape, session, secrets } = setup.start();
    let session =
        Arc::into_inner(session).map(|session: HttpSession| session.of_attempt(Arc::new(attempt())));
    Rig { tape, session: Arc::new(session.unwrap()), secrets }
}

/// What a server saw of the trace, a line for each request.
fn seen(server: &Server) -> Vec<[String; 2]> {
    let of = |seen: &Seen| ["traceparent", "tracestate"].map(|name| seen.header(name).to_owned());
    server.seen.lock().iter().map(of).collect()
}

fn told(record: u32) -> [String; 2] {
    [traceparent(&attempt(), record), tracestate(&attempt())]
}

fn nothing() -> [String; 2] {
    Default::default()
}

#[tokio::test]
async fn a_listed_host_learns_the_span_of_each_hop_and_another_host_nothing() {
    let (listed, other) = (server().await, server().await);
    let rig = rig(&[listed.address.to_string()]);
    rig.get(&listed.url("/a")).await.unwrap();
    rig.get(&other.url("/b")).await.unwrap();
    rig.get(&listed.url("/to//c")).await.unwrap();
    assert_eq!(seen(&listed), [told(0), told(2), told(3)], "each by the place of its record");
    assert_eq!(seen(&other), [nothing()]);
}

#[tokio::test]
async fn a_redirect_leads_no_trace_to_a_host_that_is_not_listed_and_back_to_one_that_is() {
    let (listed, other) = (server().await, server().await);
    let rig = rig(&[listed.address.to_string()]);
    rig.get(&listed.url(&format!("/to/{}", other.url("/end")))).await.unwrap();
    rig.get(&other.url(&format!("/to/{}", listed.url("/end")))).await.unwrap();
    assert_eq!(seen(&listed), [told(0), told(3)]);
    assert_eq!(seen(&other), [nothing(), nothing()]);
}

#[tokio::test]
async fn a_guests_own_trace_stays_as_it_is() {
    let server = server().await;
    let rig = rig(&["*:*".to_owned()]);
    for (name, value) in [("Traceparent", "00-own"), ("tracestate", "own=1")] {
        let headers = vec![(name.to_owned(), value.to_owned())];
        rig.send(HttpRequest { headers, redirects: RedirectPolicy::Manual, ..get(&server.url("/")) })
            .await
            .unwrap();
    }
    assert_eq!(seen(&server), [["00-own".to_owned(), String::new()], [String::new(), "own=1".to_owned()]]);
}

#[tokio::test]
async fn nobody_learns_anything_where_no_host_is_listed() {
    let server = server().await;
    rig(&[]).get(&server.url("/")).await.unwrap();
    // Nor where no attempt is under way.
    let mut setup = Setup::new();
    setup.settings.traced = vec!["*:*".parse().unwrap()];
    setup.start().get(&server.url("/")).await.unwrap();
    assert_eq!(seen(&server), [nothing(), nothing()]);
}
