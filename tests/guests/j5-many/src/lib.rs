//! J5 under many names. `make bench` deploys them to load a runner through its schedules.

#![allow(long_running_const_eval, reason = "every name is compared with every other, while it compiles")]

use std::time::{SystemTime, UNIX_EPOCH};

use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Target {
    /// Address of the bench's server.
    base_url: Url,
}

fn walk(j: &Journey, target: &Target) -> Outcome {
    late(j);
    let api = j.http().base_url(&target.base_url);
    j.step("walk", || {
        let page = api.get("/page").send()?.expect_status(200)?;
        check!(page.json_path::<bool>("$.ok")?);
        let session = api.post("/session").json(&json!({"user": "ana"})).send()?.expect_status(200)?;
        check!(session.json_path::<String>("$.token")? == "t");
        let item = api.post("/items").json(&json!({"sku": "A1"})).send()?.expect_status(201)?;
        check!(item.json_path::<u32>("$.id")? == 7);
        let item = api.get("/items/7").send()?.expect_status(200)?;
        check!(item.json_path::<u32>("$.id")? == 7);
        let gone = api.delete("/items/7").send()?.expect_status(200)?;
        check!(gone.json_path::<bool>("$.deleted")?);
        Ok(())
    })
}

/// The time from the slot's instant to the first instruction, by the wall clock.
#[expect(clippy::disallowed_methods, reason = "what a guest sees of the wall clock is what is measured")]
fn late(j: &Journey) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let slot = Duration::from_millis(j.context().slot_ms());
    j.metric("late", now.saturating_sub(slot).as_micros() as f64, "us");
}

include!(concat!(env!("OUT_DIR"), "/journeys.rs"));
