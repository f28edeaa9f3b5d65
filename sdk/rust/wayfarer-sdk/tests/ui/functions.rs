use wayfarer_sdk::prelude::*;

#[journey]
async fn no_async(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey]
fn nothing_taken() -> Outcome { Ok(()) }

#[journey]
fn Shouted(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey]
struct NoFunction;

fn main() {}
