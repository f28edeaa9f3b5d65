//! Compares the shop with a latency budget. A slow page makes the run `degraded`, a wrong one `failed`.
//!
//! The first page opens the connection, and the other pages use it. At the end the journey loads the front page
//! like a browser, with several requests at once. The target is the demo shop in `examples/shop`. `journey.toml`
//! has its address.

use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Budget {
    /// Address of the shop.
    base_url: Url,
    /// Longest time between the request and the head of the response.
    #[param(preset = "300ms")]
    wait: Duration,
    /// Longest time to open a connection.
    #[param(preset = "100ms")]
    connect: Duration,
    /// Longest time for a whole request.
    #[param(preset = "500ms")]
    total: Duration,
}

/// Answers within its latency budget.
#[journey(schedule = "* * * * *", timeout = "15s", tags = ["tier-1", "latency"])]
fn latency_budget(j: &Journey, budget: Budget) -> Outcome {
    let api = j.http().base_url(&budget.base_url);
    j.step("health", || ask(j, &api, &budget, "/health"))?;
    j.step("catalogue", || ask(j, &api, &budget, "/catalogue"))?;
    j.step("search", || ask(j, &api, &budget, "/search?q=lamp"))?;
    j.step("front page, all at once", || {
        let began = j.elapsed();
        for answer in api.send_all([api.get("/"), api.get("/catalogue"), api.get("/health")]) {
            answer?.expect_status(200)?;
        }
        let took = j.elapsed().saturating_sub(began);
        j.metric("front_page", took.as_secs_f64() * 1_000.0, "ms");
        soft_check!(took <= budget.total, "the front page loads within {:?}", budget.total);
        Ok(())
    })
}

fn ask(j: &Journey, api: &Client, budget: &Budget, path: &str) -> Outcome {
    let phases = api.get(path).send()?.expect_status(200)?.phases();
    soft_check!(phases.connect <= budget.connect, "{path} connects within {:?}", budget.connect);
    soft_check!(phases.wait <= budget.wait, "{path} answers within {:?}", budget.wait);
    soft_check!(phases.total <= budget.total, "{path} is done within {:?}", budget.total);
    j.metric("wait", phases.wait.as_secs_f64() * 1_000.0, "ms");
    Ok(())
}

journeys![latency_budget];

#[cfg(test)]
mod tests {
    use wayfarer_sdk::prelude::*;
    use wayfarer_sdk::testing::{Fake, status};

    use super::latency_budget;

    fn fake() -> Fake {
        let fake = Fake::new().param("base_url", "http://shop.test");
        fake.on("GET", "/*").answer(status(200).after(millis(40)));
        fake
    }

    #[test]
    fn within_the_budget_is_passed() {
        let report = fake().run(latency_budget);
        assert!(report.passed(), "{report}");
        assert_eq!(report.metrics.len(), 4);
        // Three requests one after another, then three at once.
        assert_eq!(report.elapsed, millis(160));
    }

    #[test]
    fn slow_is_degraded_and_wrong_is_failed() {
        let fake = fake();
        fake.on("GET", "/catalogue").answer(status(200).after(millis(400)));
        let report = fake.run(latency_budget);
        assert!(report.degraded(), "{report}");
        assert_eq!(report.failed_checks(), ["/catalogue answers within 300ms"]);
        fake.on("GET", "/catalogue").answer(status(500));
        assert_eq!(fake.run(latency_budget).failure().and_then(Failure::actual), Some("500"));
    }
}
