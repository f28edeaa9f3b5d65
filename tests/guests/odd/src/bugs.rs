//! Journeys with a bug, which shows before or after an answer, and journeys that read what they are given.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "they are odd on purpose")]

use std::hint::black_box;

use wayfarer_sdk::http::Timeouts;
use wayfarer_sdk::prelude::*;

use crate::Target;
use crate::blame::Two;

/// Reads beyond the end of a list before it has asked anybody.
#[journey]
pub(crate) fn bug_before_any_answer(j: &Journey, _: Target) -> Outcome {
    j.step("read the list", || {
        let empty: Vec<u64> = Vec::new();
        j.info(format!("{}", empty[j.elapsed().subsec_micros() as usize]));
        Ok(())
    })
}

/// Reads beyond the end of a list in the step that got a good answer.
#[journey]
pub(crate) fn bug_after_an_answer(j: &Journey, target: Target) -> Outcome {
    j.step("ask and read", || {
        target.client(j).get("/").send()?.expect_status(200)?;
        let empty: Vec<u64> = Vec::new();
        j.info(format!("{}", empty[j.elapsed().subsec_micros() as usize]));
        Ok(())
    })
}

/// Unwraps nothing in a step of its own, after a good answer.
#[journey]
pub(crate) fn unwraps_nothing(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("look it up", || {
        let found = [1, 2].iter().find(|number| **number == black_box(3));
        j.info(format!("{}", found.unwrap()));
        Ok(())
    })
}

/// Takes the first item for granted, whatever the status.
#[journey]
pub(crate) fn first_item(j: &Journey, target: Target) -> Outcome {
    j.step("take the first", || {
        let items: Vec<String> = target.client(j).get("/").send()?.json_path("$.items[*]")?;
        j.info(items[0].as_str());
        Ok(())
    })
}

/// Reads a list, which has something in it.
#[journey]
pub(crate) fn reads_items(j: &Journey, target: Target) -> Outcome {
    j.step("read", || {
        let r = target.client(j).get("/").send()?.expect_status(200)?;
        let items: Vec<String> = r.json_path("$.items[*]")?;
        check!(!items.is_empty(), "there are items");
        Ok(())
    })
}

/// Calls what it can do without, and then its target.
#[journey]
pub(crate) fn tolerates_and_goes_on(j: &Journey, two: Two) -> Outcome {
    j.step("browse", || {
        drop(j.http().get(&two.other_url).send());
        j.http().get(&two.base_url).send()?.expect_status(200).map(drop)
    })
}

/// Calls its target, and then somebody else.
#[journey]
pub(crate) fn calls_both(j: &Journey, two: Two) -> Outcome {
    j.step("ask", || j.http().get(&two.base_url).send()?.expect_status(200).map(drop))?;
    j.step("ask the other", || j.http().get(&two.other_url).send()?.expect_status(200).map(drop))
}

/// Counts forever after a good answer.
#[journey]
pub(crate) fn spins_after_an_answer(j: &Journey, target: Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("count", || {
        let mut count = 0_u64;
        while black_box(true) {
            count = count.wrapping_add(1);
        }
        j.info(format!("{count}"));
        Ok(())
    })
}

/// Limits the phases up to the request to 400 ms each.
#[journey]
pub(crate) fn hasty(j: &Journey, target: Target) -> Outcome {
    let timeouts = Timeouts::new().dns(millis(400)).connect(millis(400)).tls(millis(400));
    j.step("get", || target.client(j).timeouts(timeouts).get("/").send()?.expect_status(200).map(drop))
}
