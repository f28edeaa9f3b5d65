use wayfarer_sdk::prelude::*;

struct Bare { user: String }

#[journey]
fn no_params(j: &Journey, _: Bare) -> Outcome { j.step("a", || Ok(())) }

journeys![no_params];

fn main() {}
