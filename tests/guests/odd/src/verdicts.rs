//! Journeys that succeed, and journeys whose own code makes them fail.
#![expect(clippy::panic, clippy::unnecessary_wraps, reason = "they are odd on purpose")]

use wayfarer_sdk::prelude::*;

use crate::Target;

/// Gets a page and passes.
#[journey(tags = ["well"])]
pub(crate) fn passes(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || {
        let r = target.client(j).get("/").send()?;
        check!(r.status() == 200, "the page is there");
        Ok(())
    })?;
    j.step("look again", || Ok(()))
}

/// Fails a hard check.
#[journey]
pub(crate) fn hard_check(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("compare", || {
        check!(2 + 2 == 5, "arithmetic is elastic");
        Ok(())
    })?;
    j.step("rejoice", || Ok(()))
}

/// Fails a soft check.
#[journey]
pub(crate) fn soft_check(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || {
        let r = target.client(j).get("/").send()?;
        soft_check!(r.bytes().len() > 1_000_000, "the page is long");
        Ok(())
    })
}

/// Fails by `?` on an error of another crate.
#[journey]
pub(crate) fn question_mark(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("count", || {
        let _: u32 = "a dozen".parse()?;
        Ok(())
    })
}

/// Fails before any request.
#[journey]
pub(crate) fn gives_up_unasked(j: &Journey, _: Target) -> Outcome {
    j.step("hesitate", || bail!("not today"))
}

/// Ignores a failed step and returns `Ok`.
#[journey]
pub(crate) fn step_passed_over(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    let _ = j.step("stumble", || -> Outcome { bail!("nobody will know") });
    j.step("walk on", || Ok(()))
}

/// Closes its first step, forgets the second, and returns `Ok`.
#[journey(steps = ["ask", "order", "pay by voucher?"])]
pub(crate) fn forgets_a_step(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))
}

/// Says that a condition of its own does not hold.
#[journey]
pub(crate) fn unmet(j: &Journey, target: Target) -> Outcome {
    j.step("look up the account", || {
        target.client(j).get("/").send()?.expect_status(200)?;
        Err(Failure::unmet("the account `ana` is locked"))
    })
}

/// Passes without having checked anything.
#[journey]
pub(crate) fn checks_nothing(j: &Journey, target: Target) -> Outcome {
    j.annotate("build", "2026.11");
    j.step("ask", || {
        let r = target.client(j).get("/").send()?;
        j.annotate("order", "o-1017");
        j.metric_with("bytes", r.body_size().into(), "bytes", &[("page", "front")]);
        Ok(())
    })
}

/// Does nothing and returns `Ok`.
#[journey]
pub(crate) fn no_step(_: &Journey, _: Target) -> Outcome {
    Ok(())
}

/// Panics after a response.
#[journey]
pub(crate) fn panics_after_an_answer(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || {
        let r = target.client(j).get("/").send()?;
        panic!("cannot make sense of {}", r.status())
    })
}

/// Panics before any request.
#[journey]
pub(crate) fn panics_before_any(j: &Journey, _: Target) -> Outcome {
    j.step("prepare", || panic!("lost my notes"))
}

/// Waits for a condition that never holds.
#[journey]
pub(crate) fn eventually(j: &Journey, target: Target) -> Outcome {
    let api = target.client(j);
    j.step("wait for it", || {
        j.eventually(millis(300), || {
            let r = api.get("/").send()?;
            check!(r.status() == 418, "the teapot is ready");
            Ok(())
        })
    })
}
