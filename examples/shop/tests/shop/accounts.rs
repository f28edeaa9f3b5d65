//! An account from signing up to deletion, and who may read and delete it.

use std::time::Duration;

use serde_json::{Value, json};
use wayfarer_shop::Options;

use crate::support::Running;

fn cy() -> Value {
    json!({ "email": "cy@shop.test", "password": "open-sesame", "name": "Cy" })
}

async fn sign_up(shop: &Running, wanted: Value) -> String {
    let answer = shop.post("/accounts").json(wanted).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sign_up_log_in_verify_read_delete() {
    let shop = Running::start().await;
    let created = shop.post("/accounts").json(cy()).send().await;
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let unverified = json!({ "id": id, "email": "cy@shop.test", "name": "Cy", "verified": false });
    assert_eq!((created.status, created.json()), (201, unverified));
    let path = format!("/accounts/{id}");
    assert_eq!(created.header("location"), path);

    let token = shop.log_in("cy@shop.test", "open-sesame").await;
    assert_eq!(shop.post(&format!("{path}/verify")).send().await.status, 200);
    let profile = shop.get(&path).bearer(&token);
    profile.clone().send_until(|answer| answer.json()["verified"] == true).await;
    let me = shop.get("/me").bearer(&token).send().await.json();
    assert_eq!((&me["user"], &me["account"]["verified"]), (&json!("cy@shop.test"), &json!(true)));

    assert_eq!(shop.delete(&path).bearer(&token).send().await.status, 204);
    assert_eq!(profile.send().await.status, 401, "the session went with the account");
    let ana = shop.ana().await;
    assert_eq!(shop.get(&path).bearer(&ana).send().await.status, 404);
    assert_eq!(shop.delete(&path).bearer(&ana).send().await.status, 404);
    assert_eq!(shop.post(&format!("{path}/verify")).send().await.status, 404);
    sign_up(&shop, cy()).await;
}

#[tokio::test]
async fn a_verification_is_not_seen_at_once() {
    let shop = Running::with(Options { account_lag: Duration::from_hours(1), ..Options::default() }).await;
    let id = sign_up(&shop, cy()).await;
    let ana = shop.ana().await;
    assert_eq!(shop.post(&format!("/accounts/{id}/verify")).send().await.status, 200);
    let seen = shop.get(&format!("/accounts/{id}")).bearer(&ana).send().await.json();
    assert_eq!(seen["verified"], false);
}

#[tokio::test]
async fn an_email_signs_up_once_and_malformed_fields_are_named() {
    let shop = Running::start().await;
    sign_up(&shop, cy()).await;
    let taken = shop.post("/accounts").json(cy()).send().await;
    assert_eq!((taken.status, taken.error().contains("cy@shop.test exists")), (409, true));
    let malformed = shop.post("/accounts").json(json!({ "email": "nobody", "password": 7 })).send().await;
    assert_eq!(malformed.status, 422);
    assert_eq!(
        malformed.json()["fields"],
        json!({
            "email": "must look like name@host",
            "password": "must be a string",
            "name": "must be a string",
        })
    );
}

#[tokio::test]
async fn an_account_is_for_itself_and_the_preset_users() {
    let shop = Running::start().await;
    let path = format!("/accounts/{}", sign_up(&shop, cy()).await);
    sign_up(&shop, json!({ "email": "di@shop.test", "password": "open-sesame", "name": "Di" })).await;
    let di = shop.log_in("di@shop.test", "open-sesame").await;
    for method in [shop.get(&path), shop.delete(&path)] {
        assert_eq!(method.clone().send().await.status, 401);
        assert_eq!(method.bearer(&di).send().await.status, 403);
    }
    let ben = shop.log_in("ben", "battery-staple").await;
    assert_eq!(shop.get(&path).bearer(&ben).send().await.status, 200);
    assert_eq!(shop.delete(&path).bearer(&ben).send().await.status, 204);
}
