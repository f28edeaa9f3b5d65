//! The endpoints without a session (pages, catalogue, search, forms), and logging in and out.

use serde_json::json;

use crate::support::Running;

#[tokio::test]
async fn the_front_page_is_html_and_revalidates() {
    let shop = Running::start().await;
    let page = shop.get("/").send().await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text().contains("<h1>Wayfarer shop</h1>"));
    let etag = page.header("etag");
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    let again = shop.get("/").header("if-none-match", &format!("\"old\", W/{etag}")).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), etag);
    assert_eq!(shop.get("/").header("if-none-match", "\"old\"").send().await.status, 200);
}

#[tokio::test]
async fn health_catalogue_and_search_answer() {
    let shop = Running::start().await;
    assert_eq!(shop.get("/health").send().await.json(), json!({ "status": "ok" }));
    let items = shop.get("/catalogue").send().await.json();
    assert_eq!(items["items"].as_array().unwrap().len(), 12);
    let lamp = json!({ "sku": "A1", "name": "Desk lamp", "price": 24.9, "currency": "EUR", "stock": 100 });
    assert_eq!(items["items"][0], lamp);
    assert_eq!(shop.get("/catalogue/A1").send().await.json(), lamp);
    let unknown = shop.get("/catalogue/Z9").send().await;
    assert_eq!((unknown.status, unknown.error()), (404, "no such item: Z9".to_owned()));
    let found = shop.get("/search?q=LaMp&limit=2").send().await.json();
    assert_eq!((&found["query"], &found["count"]), (&json!("LaMp"), &json!(2)));
    assert_eq!(found["items"][0], lamp);
    let malformed = shop.get("/search?q=lamp&limit=few").send().await;
    assert_eq!(malformed.status, 400);
    assert!(malformed.error().starts_with("malformed request: "), "{}", malformed.error());
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_json() {
    let shop = Running::start().await;
    let nowhere = shop.get("/nowhere").send().await;
    assert_eq!((nowhere.status, nowhere.error().contains("/nowhere")), (404, true));
    let wrong = shop.delete("/catalogue").send().await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET,HEAD"));
    assert_eq!(wrong.error(), "this path does not support the method");
}

#[tokio::test]
async fn a_session_lasts_from_login_to_logout_by_token_and_by_cookie() {
    let shop = Running::start().await;
    let wrong = shop.post("/login").json(json!({ "user": "ana", "password": "guess" })).send().await;
    assert_eq!((wrong.status, wrong.json()), (401, json!({ "error": "bad credentials" })));
    let login = shop.post("/login").json(json!({ "user": "ana", "password": "correct-horse" })).send().await;
    let token = login.json()["token"].as_str().unwrap().to_owned();
    assert_eq!((login.status, login.json()["user"].as_str()), (200, Some("ana")));
    let cookie = login.header("set-cookie");
    assert!(cookie.starts_with(&format!("session={token}; HttpOnly; Path=/")), "{cookie}");

    let by_token = shop.get("/me").bearer(&token);
    let by_cookie = shop.get("/me").header("cookie", &format!("session={token}"));
    assert_eq!(by_token.clone().send().await.json(), json!({ "user": "ana" }));
    assert_eq!(by_cookie.clone().send().await.json(), json!({ "user": "ana" }));
    assert_eq!(shop.post("/logout").bearer(&token).send().await.status, 204);
    for call in [by_token, by_cookie, shop.get("/me")] {
        let refused = call.send().await;
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    }
}

#[tokio::test]
async fn malformed_json_is_refused_in_json() {
    let shop = Running::start().await;
    let broken = shop.post("/login").body("application/json", "{").send().await;
    assert_eq!((broken.status, broken.error().starts_with("malformed request: ")), (400, true));
    assert_eq!(shop.post("/login").json(json!({ "user": "ana" })).send().await.status, 422);
    assert_eq!(shop.post("/login").body("text/plain", "{}").send().await.status, 415);
}

#[tokio::test]
async fn the_contact_form_wants_all_its_fields() {
    let shop = Running::start().await;
    let form = |text: &'static str| shop.post("/contact").body("application/x-www-form-urlencoded", text);
    assert_eq!(form("name=Ana&message=hello+there").send().await.json(), json!({ "received": true }));
    let empty = form("name=Ana&message=+").send().await;
    assert_eq!((empty.status, &empty.json()["fields"]), (422, &json!({ "message": "must not be empty" })));
    assert_eq!(shop.post("/contact").json(json!({})).send().await.status, 415);
}

#[tokio::test]
async fn an_upload_is_counted_when_it_is_whole() {
    let shop = Running::start().await;
    let whole = "--b0\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n\
                 --b0\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhi\r\n--b0--\r\n";
    let send = |kind: &'static str, body: &'static str| shop.post("/upload").body(kind, body).send();
    let counted = send("multipart/form-data; boundary=b0", whole).await;
    assert_eq!(counted.json(), json!({ "bytes": whole.len(), "parts": 2 }));
    assert_eq!(send("multipart/form-data; boundary=\"b0\"", whole).await.status, 200);
    assert_eq!(send("multipart/form-data; boundary=b0", &whole[..60]).await.status, 422);
    assert_eq!(send("multipart/form-data", whole).await.status, 400);
    assert_eq!(send("text/plain", whole).await.status, 415);
    let huge = vec![b'x'; 8 * 1024 * 1024 + 1];
    let huge = shop.post("/upload").body("multipart/form-data; boundary=b0", huge);
    // The shop may answer before it has read everything. The client then sees the answer or an error.
    if let Ok(refused) = huge.try_send().await {
        assert_eq!(refused.status, 413);
    }
}
