//! Each target of `make fuzz` without guidance: its seeds, all beginnings of them, and what chance makes of them.
#![expect(clippy::indexing_slicing, reason = "in tests a panic is the report")]

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use wayfarer_fuzz::{TARGETS, Target};
use wayfarer_testkit::{none_differ, times};

/// How many inputs chance makes for a target in `make verify`; fewer where each takes a connection.
const TRIES: u32 = 4_000;

/// Runs one input; what fails is named on standard error.
fn holds(target: &Target, input: &[u8]) -> bool {
    let run = std::panic::AssertUnwindSafe(|| (target.run)(input));
    let is_well = std::panic::catch_unwind(run).is_ok();
    if !is_well {
        eprintln!("target {}, input b\"{}\"", target.name, input.escape_ascii());
    }
    is_well
}

fn changed(seeds: &[Vec<u8>], random: &mut StdRng) -> Vec<u8> {
    let mut input = seeds[random.random_range(0..seeds.len())].clone();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=input.len());
        match random.random_range(0..5) {
            0 => input.insert(at, random.random()),
            1 if at < input.len() => drop(input.remove(at)),
            2 if at < input.len() => input[at] = random.random(),
            3 if at < input.len() => input[at] ^= 1 << random.random_range(0..8),
            _ => {
                let other = &seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                let most = random.random_range(0..=other.len() - from);
                input.splice(at..at, other[from..from + most].iter().copied());
            }
        }
    }
    input
}

/// Requires of the targets that they hold for their seeds, for beginnings of these, and for what chance makes of them.
fn sampled(what: &str, targets: &[&Target]) {
    let (mut tried, mut failed) = (0, Vec::new());
    for target in targets {
        let (seeds, mut random) = ((target.seeds)(), StdRng::seed_from_u64(0x5eed));
        assert!(!seeds.is_empty(), "{}", target.name);
        let steps = if target.is_slow { 1 } else { 8 };
        let beginnings =
            seeds.iter().flat_map(|seed| (0..=steps).map(|part| seed[..seed.len() * part / steps].to_vec()));
        let changes = times(if target.is_slow { TRIES / 10 } else { TRIES });
        let mutants = (0..changes).map(|_| changed(&seeds, &mut random));
        for input in beginnings.chain(mutants) {
            tried += 1;
            failed.extend((!holds(target, &input)).then_some(target.name));
        }
    }
    let case = format!("{} {what}, {tried} inputs by chance: those that fail", targets.len());
    none_differ(&case, failed.len(), failed.first().copied().unwrap_or_default());
}

#[test]
fn targets_have_names_of_their_own() {
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names.len(), TARGETS.len());
}

#[test]
fn what_speaks_http_holds_by_chance() {
    sampled("protocols", &TARGETS.iter().filter(|target| target.is_slow).collect::<Vec<_>>());
}

#[test]
fn every_parser_holds_by_chance() {
    sampled("parsers", &TARGETS.iter().filter(|target| !target.is_slow).collect::<Vec<_>>());
}
