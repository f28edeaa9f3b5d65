use wayfarer_sdk::prelude::*;

#[journey]
fn check_out(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(name = "check-out")]
fn another(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

journeys![check_out, another];

fn main() {}
