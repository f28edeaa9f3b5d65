//! Searches for each case of a table, in a step of its own. A failed case does not hide the cases after it.
//!
//! The target is the demo shop in `examples/shop`. `journey.toml` has its address.

use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Shop {
    /// Address of the shop.
    base_url: Url,
}

struct Case {
    words: &'static str,
    limit: usize,
    finds: &'static [&'static str],
}

const CASES: [Case; 5] = [
    Case { words: "lamp", limit: 10, finds: &["A1", "A2", "A3"] },
    Case { words: "LAMP", limit: 2, finds: &["A1", "A2"] },
    Case { words: "tea pot", limit: 10, finds: &["C2"] },
    Case { words: "goose-down", limit: 10, finds: &["D2"] },
    Case { words: "submarine", limit: 10, finds: &[] },
];

/// Finds the shop's items, and nothing for an item that it does not sell.
#[journey(schedule = "*/10 * * * *", timeout = "20s", tags = ["tier-2"])]
fn search(j: &Journey, shop: Shop) -> Outcome {
    let api = j.http().base_url(&shop.base_url);
    let mut outcome = Ok(());
    for case in &CASES {
        let found = j.step(format!("search {} up to {}", case.words, case.limit), || look_up(&api, case));
        // The journey returns the first failure, but runs the cases after it too.
        outcome = outcome.and(found);
    }
    outcome
}

fn look_up(api: &Client, case: &Case) -> Outcome {
    let r =
        api.get("/search").query("q", case.words).query("limit", case.limit).send()?.expect_status(200)?;
    let found: Vec<String> = r.json_path("$.items[*].sku")?;
    check!(found == case.finds, "`{}` finds {} items", case.words, case.finds.len());
    check!(r.json_path::<usize>("$.count")? == found.len(), "`count` counts the items");
    Ok(())
}

journeys![search];

#[cfg(test)]
mod tests {
    use wayfarer_sdk::prelude::*;
    use wayfarer_sdk::testing::{Fake, json};

    use super::{CASES, search};

    fn fake() -> Fake {
        let fake = Fake::new().param("base_url", "http://shop.test");
        for case in &CASES {
            let query = format!("/search?q={}&limit={}", case.words.replace(' ', "%20"), case.limit);
            let items: Vec<_> = case.finds.iter().map(|sku| json!({"sku": sku})).collect();
            fake.on("GET", &query).answer(json(200, &json!({"count": items.len(), "items": items})));
        }
        fake
    }

    #[test]
    fn walks_a_step_for_each_case() {
        let report = fake().run(search);
        assert!(report.passed(), "{report}");
        assert_eq!(report.steps.len(), CASES.len());
    }

    #[test]
    fn one_wrong_case_does_not_hide_the_others() {
        let fake = fake();
        fake.on("GET", "/search?q=LAMP&limit=2").answer(json(200, &json!({"count": 0, "items": []})));
        let report = fake.run(search);
        assert_eq!(report.failed_checks(), ["`LAMP` finds 2 items"]);
        assert_eq!(report.steps.len(), CASES.len());
        assert_eq!(report.steps.iter().filter(|step| step.failure.is_some()).count(), 1);
    }
}
