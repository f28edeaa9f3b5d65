//! Journeys that exceed a limit.

use std::hint::black_box;

use wayfarer_sdk::prelude::*;

use crate::Target;

/// Counts forever.
#[journey]
pub(crate) fn endless_loop(j: &Journey, _: Target) -> Outcome {
    j.step("count", || {
        let mut count = 0_u64;
        while black_box(true) {
            count = count.wrapping_add(1);
        }
        j.info(format!("{count}"));
        Ok(())
    })
}

/// Allocates too much memory after a response, so that only the limit can explain the trap.
#[journey]
pub(crate) fn memory_growth(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("hoard", || {
        let mut hoard = Vec::new();
        while black_box(true) {
            hoard.push(vec![7_u8; 1 << 20]);
        }
        j.info(format!("{}", hoard.len()));
        Ok(())
    })
}

/// Asks for too much memory, and handles the error.
#[journey]
pub(crate) fn survives_refused_memory(j: &Journey, _: Target) -> Outcome {
    j.step("ask for too much", || {
        let mut hoard: Vec<u8> = Vec::new();
        check!(hoard.try_reserve_exact(1 << 30).is_err(), "a gigabyte is refused");
        Ok(())
    })
}

/// Recurses forever with small stack frames.
#[journey]
pub(crate) fn recursion(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("turn", || {
        j.info(format!("{}", turn(black_box(1))));
        Ok(())
    })
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "it is odd on purpose")]
fn turn(depth: u64) -> u64 {
    black_box(turn(black_box(depth) + 1)) + depth
}

/// Recurses forever with large stack frames.
#[journey]
pub(crate) fn recursion_with_arrays(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("turn", || {
        j.info(format!("{}", turn_loaded(black_box(1))));
        Ok(())
    })
}

#[inline(never)]
#[expect(unconditional_recursion, reason = "it is odd on purpose")]
fn turn_loaded(depth: u64) -> u64 {
    let load = black_box([depth; 512]);
    black_box(turn_loaded(depth + 1)) + load.iter().sum::<u64>()
}

/// Sleeps past its deadline before any request.
#[journey]
pub(crate) fn sleeps(j: &Journey, _: Target) -> Outcome {
    j.step("sleep", || {
        j.sleep(secs(3_600));
        Ok(())
    })
}

/// Sleeps past its deadline between two requests.
#[journey]
pub(crate) fn sleeps_after_an_answer(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("sleep", || {
        j.sleep(secs(3_600));
        Ok(())
    })
}

/// Opens a hundred steps.
#[journey]
pub(crate) fn many_steps(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    (0..100).try_for_each(|number| j.step(format!("step {number}"), || Ok(())))
}

/// Sends a hundred requests.
#[journey]
pub(crate) fn many_requests(j: &Journey, target: Target) -> Outcome {
    let api = target.client(j);
    j.step("ask again and again", || {
        (0..100).try_for_each(|_| api.get("/").send()?.expect_status(200).map(drop))
    })
}

/// Writes many log lines, and passes.
#[journey]
pub(crate) fn many_log_lines(j: &Journey, _: Target) -> Outcome {
    j.step("talk", || {
        for number in 0..1_000 {
            j.info(format!("line {number}: {}", "blah ".repeat(20)));
        }
        Ok(())
    })
}

/// Attaches an artifact that is too large, learns that it was refused, and attaches a small one.
#[journey]
pub(crate) fn large_artifact(j: &Journey, _: Target) -> Outcome {
    j.step("attach", || {
        check!(!j.attach("large", "text/plain", vec![b'x'; 16 << 20]), "the large one is refused");
        check!(j.attach("small", "text/plain", "hello"), "the small one is kept");
        Ok(())
    })
}
