//! The `reset` fault, over a bare socket: the kernel must report a reset, not an orderly close.

use std::io::{self, ErrorKind};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Answer, Running};

/// Sends the request and reads until the connection ends.
async fn exchange(shop: &Running, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(shop.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.map(|_| answer)
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: shop.test\r\nconnection: close\r\n{headers}\r\n")
}

#[tokio::test]
async fn a_header_resets_its_connection() {
    let shop = Running::start().await;
    let error = exchange(&shop, &get("/catalogue", "x-shop-fault: reset\r\n")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let fine = exchange(&shop, &get("/catalogue", "")).await.unwrap();
    assert!(fine.starts_with("HTTP/1.1 200 OK"), "{fine}");
}

#[tokio::test]
async fn a_fault_resets_every_connection_under_its_path() {
    let shop = Running::start().await;
    let fault = shop.put("/faults/reset").json(json!({ "path": "/catalogue" })).send().await;
    assert_eq!(fault.json(), json!({ "when": "before", "path": "/catalogue" }));
    for _ in 0..3 {
        let error = exchange(&shop, &get("/catalogue/A1", "")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    assert!(exchange(&shop, &get("/", "")).await.is_ok());
    shop.delete("/faults/reset").send().await;
    assert!(exchange(&shop, &get("/catalogue/A1", "")).await.is_ok());
}

#[tokio::test]
async fn a_reset_before_leaves_nothing_and_a_reset_after_loses_the_answer() {
    let shop = Running::start().await;
    let ana = shop.ana().await;
    let place = |fault| {
        shop.post("/orders")
            .bearer(&ana)
            .header("x-shop-fault", fault)
            .header("idempotency-key", "k-1")
            .json(json!({ "sku": "A1" }))
    };
    let replayed = |answer: Answer| answer.header("idempotent-replayed") == "true";
    assert!(place("reset").try_send().await.is_err());
    assert!(!replayed(place("none").send().await), "the reset came before the order");
    let place = |fault| place(fault).header("idempotency-key", "k-2");
    assert!(place("reset=after").try_send().await.is_err());
    assert!(replayed(place("none").send().await), "the reset came after the order");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_what_never_ends() {
    let shop = Running::start().await;
    let slow = shop.get("/catalogue").header("x-shop-fault", "slow-body=1").open().await.unwrap();
    let idle = TcpStream::connect(shop.address).await.unwrap();
    shop.stop().await;
    drop((slow, idle));
}
