//! Journeys that use the standard library of their language.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "they are odd on purpose"
)]

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::Write as _;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wayfarer_sdk::prelude::*;

use crate::Target;

/// Prints to both streams, then fails, so that the report shows the log.
#[journey]
pub(crate) fn prints(j: &Journey, _: Target) -> Outcome {
    j.step("print", || {
        println!("said aloud");
        eprintln!("muttered");
        print!("without an end");
        // Rust buffers an unfinished line, and nothing flushes it when the component ends.
        std::io::stdout().flush()?;
        bail!("that is all")
    })
}

/// Reads clocks, random numbers, arguments and environment.
#[journey]
pub(crate) fn clocks_and_chance(j: &Journey, _: Target) -> Outcome {
    j.step("clocks", || {
        let began = Instant::now();
        j.sleep(millis(20));
        check!(began.elapsed() >= millis(20), "the clock saw the sleep");
        check!(j.elapsed() >= millis(20), "and so did the attempt's");
        let today = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let slot = Duration::from_millis(j.context().slot_ms());
        check!(today.abs_diff(slot) < secs(60), "the wall clock is the slot's");
        Ok(())
    })?;
    j.step("chance", || {
        let seen: HashSet<u64> = (0..8).map(|_| RandomState::new().hash_one(0)).collect();
        check!(seen.len() == 8, "chance does not repeat itself");
        Ok(())
    })?;
    j.step("environment", || {
        check!(std::env::vars_os().count() == 0, "the environment is empty");
        check!(std::env::args_os().count() == 0, "there are no arguments");
        check!(std::fs::read_dir("/").is_err(), "there are no files");
        check!(std::net::TcpStream::connect("127.0.0.1:1").is_err(), "there are no sockets");
        Ok(())
    })
}

/// Exits its process.
#[journey]
pub(crate) fn exits(j: &Journey, _: Target) -> Outcome {
    j.step("leave", || std::process::exit(0))
}
