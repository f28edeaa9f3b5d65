//! Signs up as a new customer, verifies the account and logs in. Deletes the account, also after a failure.
//!
//! The target is the demo shop in `examples/shop`. `journey.toml` has its address.

use serde::Deserialize;
use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Shop {
    /// Address of the shop.
    base_url: Url,
    /// Longest time until the account shows its verification.
    #[param(preset = "5s")]
    patience: Duration,
}

#[derive(Deserialize)]
struct Account {
    id: String,
}

/// The email and password of this attempt's customer.
struct Credentials {
    email: String,
    password: String,
}

impl Credentials {
    /// Unique to the attempt, so that the email is free in every run and in every retry.
    fn new(j: &Journey) -> Self {
        let unique = format!("{}-{}", j.idempotency_key(), j.context().attempt());
        Self { email: format!("{unique}@shop.test"), password: format!("pass-{unique}") }
    }

    fn log_in(&self, api: &Client) -> Result<Client> {
        let body = json!({"user": self.email, "password": self.password});
        let r = api.post("/login").json(&body).send()?.expect_status(200)?;
        Ok(api.bearer(r.json_path::<String>("$.token")?))
    }
}

/// Signs up, verifies the account, logs in, and deletes the account.
#[journey(schedule = "*/15 * * * *", timeout = "45s", tags = ["tier-2", "accounts"])]
fn sign_up(j: &Journey, shop: Shop) -> Outcome {
    let api = j.http().base_url(&shop.base_url);
    let credentials = Credentials::new(j);

    let account: Account = j.step("sign up", || {
        let body = json!({"email": credentials.email, "password": credentials.password, "name": "Wayfarer"});
        api.post("/accounts").json(&body).send()?.expect_status(201)?.json()
    })?;
    // From here on the account exists, so the journey deletes it before it returns a failure.
    let used = use_account(j, &shop, &api, &credentials, &account);
    let deleted = j.step("delete account", || {
        let api = credentials.log_in(&api)?;
        api.delete(format!("/accounts/{}", account.id)).send()?.expect_status([204, 404])?;
        Ok(())
    });
    used.and(deleted)
}

fn use_account(
    j: &Journey,
    shop: &Shop,
    api: &Client,
    credentials: &Credentials,
    account: &Account,
) -> Outcome {
    let path = format!("/accounts/{}", account.id);
    j.step("verify", || api.post(format!("{path}/verify")).send()?.expect_status(200..300))?;
    let api = j.step("log in", || credentials.log_in(api))?;
    j.step("account is verified", || {
        j.eventually(shop.patience, || {
            let r = api.get(&path).send()?.expect_status(200)?;
            check!(r.json_path::<bool>("$.verified")?, "the account shows as verified");
            Ok(())
        })
    })
}

journeys![sign_up];

#[cfg(test)]
mod tests {
    use wayfarer_sdk::prelude::*;
    use wayfarer_sdk::testing::{Fake, json, status};

    use super::sign_up;

    fn fake() -> Fake {
        let fake = Fake::new().param("base_url", "http://shop.test");
        fake.on("POST", "/accounts").answer(json(201, &json!({"id": "acc-1"})));
        fake.on("POST", "/login").answer(json(200, &json!({"token": "t0ken"})));
        fake.on("POST", "/accounts/acc-1/verify").answer(status(202));
        fake.on("GET", "/accounts/acc-1")
            .answer(json(200, &json!({"verified": false})))
            .then(json(200, &json!({"verified": true})));
        fake.on("DELETE", "/accounts/acc-1").answer(status(204));
        fake
    }

    #[test]
    fn waits_for_the_verification_and_deletes_the_account() {
        let report = fake().run(sign_up);
        assert!(report.passed(), "{report}");
        assert_eq!(
            report.step_names(),
            ["sign up", "verify", "log in", "account is verified", "delete account"]
        );
        assert_eq!(report.requests.last().map(|request| request.method.as_str()), Some("DELETE"));
    }

    #[test]
    fn deletes_the_account_after_a_failure_too() {
        let fake = fake();
        fake.on("POST", "/accounts/acc-1/verify").answer(status(500));
        let report = fake.run(sign_up);
        assert_eq!(report.failure().and_then(Failure::actual), Some("500"));
        assert_eq!(report.step_names(), ["sign up", "verify", "delete account"]);
        assert_eq!(report.requests.last().map(|request| request.method.as_str()), Some("DELETE"));
    }

    #[test]
    fn every_attempt_signs_up_with_an_email_of_its_own() {
        let email = |attempt| fake().attempt(attempt).run(sign_up).requests[0].json()["email"].clone();
        assert_ne!(email(1), email(2));
    }
}
