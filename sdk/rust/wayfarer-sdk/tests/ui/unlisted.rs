use wayfarer_sdk::prelude::*;

#[journey]
fn walked(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey]
fn forgotten(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

journeys![walked];

fn main() {}
