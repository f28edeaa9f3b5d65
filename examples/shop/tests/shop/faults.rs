//! Faults for all requests and for one request. A test of slowness sets a delay far beyond its own timeout, so that
//! a busy machine does not change the result.

use std::time::Duration;

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Answer, Running};

const SOON: Duration = Duration::from_millis(100);

async fn switch_on(shop: &Running, name: &str, settings: Value) -> Value {
    let answer = shop.put(&format!("/faults/{name}")).json(settings).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

async fn statuses(shop: &Running, path: &str, calls: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..calls {
        statuses.push(shop.get(path).send().await.status);
    }
    statuses
}

#[tokio::test]
async fn faults_are_listed_replaced_and_cleared() {
    let shop = Running::start().await;
    let on = || async { shop.get("/faults").send().await.json()["faults"].clone() };
    assert_eq!(on().await, json!({}));
    switch_on(&shop, "error-rate", json!({ "rate": 1, "path": "/me" })).await;
    switch_on(&shop, "latency", json!({ "ms": 5 })).await;
    switch_on(&shop, "latency", json!({ "ms": 1, "jitter_ms": 2 })).await;
    assert_eq!(
        on().await,
        json!({
            "latency": { "ms": 1, "jitter_ms": 2 },
            "error-rate": { "rate": 1.0, "status": 503, "seed": 0, "path": "/me" },
        })
    );
    for _ in 0..2 {
        assert_eq!(shop.delete("/faults/latency").send().await.status, 204);
    }
    assert_eq!(on().await.as_object().unwrap().len(), 1);
    assert_eq!(shop.delete("/faults").send().await.status, 204);
    assert_eq!(on().await, json!({}));
}

#[tokio::test]
async fn latency_holds_requests_up_until_it_is_switched_off() {
    let shop = Running::start().await;
    switch_on(&shop, "latency", json!({ "ms": 600_000 })).await;
    assert!(timeout(SOON, shop.get("/catalogue").send()).await.is_err());
    assert_eq!(shop.get("/health").send().await.status, 200);
    shop.delete("/faults/latency").send().await;
    switch_on(&shop, "latency", json!({ "ms": 20, "jitter_ms": 5 })).await;
    assert_eq!(shop.get("/catalogue").send().await.status, 200);
}

#[tokio::test]
async fn the_error_rate_repeats_with_its_seed() {
    let shop = Running::start().await;
    let mut rounds = Vec::new();
    for _ in 0..2 {
        switch_on(&shop, "error-rate", json!({ "rate": 0.3, "status": 500, "seed": 7 })).await;
        rounds.push(statuses(&shop, "/catalogue/A1", 40).await);
    }
    assert_eq!(rounds[0], rounds[1]);
    let errors = rounds[0].iter().filter(|status| **status == 500).count();
    assert!((4..=24).contains(&errors), "{errors} of 40 at a rate of 0.3");
    assert!(rounds[0].iter().all(|status| [200, 500].contains(status)));
}

#[tokio::test]
async fn a_broken_endpoint_answers_as_told_and_others_work() {
    let shop = Running::start().await;
    let body = json!({ "error": "inventory" });
    switch_on(&shop, "broken-endpoint", json!({ "path": "/orders", "status": 503, "body": body })).await;
    let broken = |answer: Answer| (answer.status, answer.json());
    let ana = shop.ana().await;
    let place = shop.post("/orders").bearer(&ana).json(json!({ "sku": "A1" }));
    assert_eq!(broken(place.send().await), (503, body.clone()));
    assert_eq!(broken(shop.get("/orders/7").send().await), (503, body));
    assert_eq!(statuses(&shop, "/catalogue", 1).await, [200]);
}

#[tokio::test]
async fn a_fault_ends_by_itself() {
    let shop = Running::start().await;
    let fault = json!({ "path": "/me", "status": 500, "for_ms": 300 });
    let ends_in = switch_on(&shop, "broken-endpoint", fault).await["ends_in_ms"].as_u64().unwrap();
    assert!(ends_in <= 300);
    shop.get("/faults").send_until(|answer| answer.json()["faults"] == json!({})).await;
    assert_eq!(statuses(&shop, "/me", 1).await, [401]);
}

#[tokio::test]
async fn a_slow_body_sends_its_headers_at_once() {
    let shop = Running::start().await;
    switch_on(&shop, "slow-body", json!({ "chunk_delay_ms": 600_000 })).await;
    let slow = shop.get("/catalogue/A1").open().await.unwrap();
    assert_eq!(slow.status(), 200);
    let length: usize = slow.headers()["content-length"].to_str().unwrap().parse().unwrap();
    assert!(timeout(SOON, slow.into_body().collect()).await.is_err());
    switch_on(&shop, "slow-body", json!({ "bytes_per_second": 1_000 })).await;
    let whole = shop.get("/catalogue/A1").send().await;
    assert_eq!((whole.body.len(), &whole.json()["sku"]), (length, &json!("A1")));
}

#[tokio::test]
async fn a_header_disturbs_or_spares_its_own_request_only() {
    let shop = Running::start().await;
    let with = |fault: &str| shop.get("/catalogue").header("x-shop-fault", fault);
    assert_eq!(with("status=503").send().await.status, 503);
    assert_eq!(with("latency=10, status=418").send().await.status, 418);
    assert!(timeout(SOON, with("latency=600000").send()).await.is_err());
    let slow = with("slow-body=1").open().await.unwrap();
    assert!(timeout(SOON, slow.into_body().collect()).await.is_err());
    assert_eq!(statuses(&shop, "/catalogue", 1).await, [200]);
    switch_on(&shop, "error-rate", json!({ "rate": 1 })).await;
    assert_eq!(statuses(&shop, "/catalogue", 1).await, [503]);
    assert_eq!(with("none").send().await.status, 200);
    let malformed = with("latency=soon").send().await;
    assert_eq!(malformed.status, 400);
    assert!(malformed.error().contains("`soon` is not a whole number; use none"), "{}", malformed.error());
}

#[tokio::test]
async fn what_cannot_be_switched_on_is_explained() {
    let shop = Running::start().await;
    let unknown = shop.put("/faults/slow").json(json!({})).send().await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.error().starts_with("there is no fault `slow`: use latency"));
    assert_eq!(shop.delete("/faults/slow").send().await.status, 400);
    let malformed = shop.put("/faults/latency").json(json!({ "ms": -1 })).send().await;
    assert_eq!(malformed.status, 422);
    assert!(malformed.error().contains("send for example {\"ms\":500"), "{}", malformed.error());
    let not_json = shop.put("/faults/latency").body("application/json", "ms=500").send().await;
    assert_eq!(not_json.status, 400);
    assert!(not_json.error().contains("for example {\"ms\":500"), "{}", not_json.error());
}
