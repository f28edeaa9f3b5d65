//! Orders: placing, the lag until they are readable, idempotency, cancelling.

use std::time::Duration;

use serde_json::{Value, json};
use wayfarer_shop::Options;

use crate::support::Running;

async fn place(shop: &Running, token: &str, wanted: Value) -> Value {
    let answer = shop.post("/orders").bearer(token).json(wanted).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn an_order_is_placed_seen_cancelled() {
    let shop = Running::start().await;
    let ana = shop.ana().await;
    let order = place(&shop, &ana, json!({ "sku": "C3", "quantity": 3 })).await;
    let id = order["id"].as_str().unwrap();
    let expected = json!({
        "id": id, "sku": "C3", "quantity": 3, "total": 59.97, "currency": "EUR", "status": "pending"
    });
    assert_eq!(order, expected);
    let path = format!("/orders/{id}");
    let seen = shop.get(&path).bearer(&ana).send_until(|answer| answer.status == 200).await;
    assert_eq!(seen.json(), expected);
    assert_eq!(shop.get("/orders").bearer(&ana).send().await.json(), json!({ "orders": [expected] }));
    let ben = shop.log_in("ben", "battery-staple").await;
    assert_eq!(shop.get(&path).bearer(&ben).send().await.status, 404);
    assert_eq!(shop.get("/orders").bearer(&ben).send().await.json(), json!({ "orders": [] }));
    for _ in 0..2 {
        assert_eq!(shop.delete(&path).bearer(&ana).send().await.status, 204);
    }
    assert_eq!(shop.get(&path).bearer(&ana).send().await.json()["status"], "cancelled");
    assert_eq!(shop.delete("/orders/ord_0").bearer(&ana).send().await.status, 404);
}

#[tokio::test]
async fn an_order_is_not_seen_at_once_but_can_be_cancelled() {
    let shop = Running::with(Options { order_lag: Duration::from_hours(1), ..Options::default() }).await;
    let ana = shop.ana().await;
    let order = place(&shop, &ana, json!({ "sku": "A1" })).await;
    let path = format!("/orders/{}", order["id"].as_str().unwrap());
    assert_eq!(shop.get(&path).bearer(&ana).send().await.status, 404);
    assert_eq!(shop.delete(&path).bearer(&ana).send().await.status, 204);
    assert_eq!(shop.get(&path).bearer(&ana).send().await.json()["status"], "cancelled");
}

#[tokio::test]
async fn an_idempotency_key_places_one_order() {
    let shop = Running::start().await;
    let ana = shop.ana().await;
    let keyed = |wanted| shop.post("/orders").bearer(&ana).header("idempotency-key", "k-1").json(wanted);
    let first = keyed(json!({ "sku": "A1" })).send().await;
    let again = keyed(json!({ "sku": "A1" })).send().await;
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!((again.status, again.json()), (201, first.json()));
    assert_eq!(keyed(json!({ "sku": "A2" })).send().await.status, 422);
    let other = place(&shop, &shop.ana().await, json!({ "sku": "A1" })).await;
    assert_ne!(other["id"], first.json()["id"]);
}

#[tokio::test]
async fn an_order_that_cannot_be_placed_says_why() {
    let shop = Running::start().await;
    let ana = shop.ana().await;
    let refused = |wanted: Value| shop.post("/orders").bearer(&ana).json(wanted).send();
    assert_eq!(refused(json!({ "sku": "Z9" })).await.status, 404);
    assert_eq!(refused(json!({ "sku": "A1", "quantity": 0 })).await.status, 422);
    assert_eq!(refused(json!({ "quantity": 1 })).await.status, 422);
    let sold_out = refused(json!({ "sku": "D2" })).await;
    assert_eq!((sold_out.status, sold_out.error().as_str()), (409, "cannot order 1 of D2: 0 in stock"));
    assert_eq!(shop.post("/orders").json(json!({ "sku": "A1" })).send().await.status, 401);
    let empty_key =
        shop.post("/orders").bearer(&ana).header("idempotency-key", "").json(json!({"sku": "A1"}));
    assert_eq!(empty_key.send().await.status, 422);
}

#[tokio::test]
async fn the_oldest_order_gives_way() {
    let shop = Running::with(Options { max_orders: 2, ..Options::default() }).await;
    let ana = shop.ana().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(place(&shop, &ana, json!({ "sku": "A1" })).await["id"].clone());
    }
    let cancel = |id: &Value| shop.delete(&format!("/orders/{}", id.as_str().unwrap())).bearer(&ana).send();
    assert_eq!(cancel(&ids[0]).await.status, 404);
    assert_eq!(cancel(&ids[1]).await.status, 204);
    assert_eq!(cancel(&ids[2]).await.status, 204);
}
