//! The shop's most important flow: log in, order, and see the order.
//!
//! The target is the demo shop in `examples/shop`. `journey.toml` has its address.

use serde::Deserialize;
use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Shop {
    /// Address of the shop.
    base_url: Url,
    /// Name of the user who logs in.
    user: String,
    #[secret]
    password: Secret,
}

#[derive(Deserialize)]
struct Order {
    id: String,
}

/// Logs in, orders, and sees the order.
#[journey(schedule = "*/5 * * * *", timeout = "30s", tags = ["tier-1"])]
fn checkout(j: &Journey, shop: Shop) -> Outcome {
    let api = j.http().base_url(&shop.base_url);

    let api = j.step("log in", || {
        let r = api.post("/login").json(&json!({"user": shop.user, "password": shop.password})).send()?;
        Ok(api.bearer(r.expect_status(200)?.json_path::<String>("$.token")?))
    })?;
    let order: Order = j.step("place order", || {
        let r = api.post("/orders").json(&json!({"sku": "A1"})).send()?;
        check!(r.status() == 201, "order accepted for {}", shop.user);
        j.metric("order_total", r.json_path("$.total")?, "EUR");
        r.json()
    })?;
    j.step("order visible", || {
        j.eventually(secs(10), || api.get(format!("/orders/{}", order.id)).send()?.expect_status(200))
    })?;
    Ok(())
}

journeys![checkout];

#[cfg(test)]
mod tests {
    use wayfarer_sdk::prelude::*;
    use wayfarer_sdk::testing::{Fake, json, status};

    use super::checkout;

    fn fake() -> Fake {
        let fake = Fake::new()
            .param("base_url", "http://shop.test")
            .param("user", "ana")
            .secret("password", "correct-horse");
        fake.on("POST", "/login").answer(json(200, &json!({"token": "t0ken"})));
        fake.on("POST", "/orders").answer(json(201, &json!({"id": "7", "total": 24.9})));
        fake
    }

    #[test]
    fn waits_until_the_order_is_visible() {
        let fake = fake();
        fake.on("GET", "/orders/7").answer(status(404)).then(status(200));
        let report = fake.run(checkout);
        assert!(report.passed(), "{report}");
        assert_eq!(report.step_names(), ["log in", "place order", "order visible"]);
        assert_eq!(report.requests[0].json()["password"], "correct-horse");
        assert_eq!(report.requests[1].header("authorization"), Some("Bearer t0ken"));
        assert_eq!((report.metrics[0].name.as_str(), report.metrics[0].value), ("order_total", 24.9));
    }

    #[test]
    fn a_refused_order_ends_the_walk() {
        let fake = fake();
        fake.on("POST", "/orders").answer(json(503, &json!({"error": "inventory"})));
        let report = fake.run(checkout);
        let failure = report.failure().expect("a failure");
        assert_eq!(failure.message(), "order accepted for ana");
        assert_eq!((failure.actual(), failure.expected()), (Some("503"), Some("201")));
        assert_eq!(report.step_names(), ["log in", "place order"]);
    }
}
