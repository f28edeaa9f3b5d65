//! Incidents in simulated time: the schedule, the rule and its confirmation runs as the server has them, beside plain policies.
//!
//! # Layout
//!
//! - `random`: seeded numbers. `world`: what fails, and when. `policy`: the rules that are compared.
//! - `simulate`: one journey over a time. `fleet`: many journeys that share hosts, a runner and a common mode.
//! - `measure`: false pages and times to detect. `contest`: the figures and their goals.

mod contest;
mod fleet;
mod measure;
mod policy;
mod random;
mod simulate;
mod world;

pub(crate) use contest::run;
