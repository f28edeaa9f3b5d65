use wayfarer_sdk::prelude::*;

#[journey(shedule = "@hourly")]
fn unknown_key(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(timeout = "30 seconds")]
fn wrong_duration(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(tags = "tier-1")]
fn not_a_list(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(name = "Check Out")]
fn wrong_name(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(schedule = "hourly")]
fn wrong_schedule(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(hosts = ["https://shop.test"])]
fn a_url_is_no_host(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(timezone = "Europe/Berlin")]
fn timezone_alone(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

#[journey(timeout = "1s", timeout = "2s")]
fn twice(j: &Journey) -> Outcome { j.step("a", || Ok(())) }

fn main() {}
