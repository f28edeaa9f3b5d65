//! J5, the reference journey of `make bench`. It sends five requests over one connection, and checks the status and
//! one value of each.

use wayfarer_sdk::prelude::*;

#[derive(Params)]
struct Target {
    /// Address of the bench's server.
    base_url: Url,
}

/// Five requests.
#[journey(timeout = "60s")]
fn j5(j: &Journey, target: Target) -> Outcome {
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

journeys![j5];
