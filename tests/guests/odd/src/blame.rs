//! Journeys whose failures could be blamed on the wrong one: calls that they tolerate, bugs of their own, waits.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "they are odd on purpose")]

use wayfarer_sdk::prelude::*;

#[derive(Params)]
pub(crate) struct Two {
    /// Address of the target.
    pub(crate) base_url: Url,
    /// Address of something that the journey can do without.
    #[param(preset = "http://127.0.0.1:1/")]
    pub(crate) other_url: Url,
}

/// Calls what it can do without, and then has a bug of its own.
#[journey]
pub(crate) fn bug_after_a_tolerated_call(j: &Journey, two: Two) -> Outcome {
    j.step("browse", || {
        drop(j.http().get(&two.other_url).send());
        let empty: Vec<u64> = Vec::new();
        j.step("read the list", || Ok(empty[j.elapsed().subsec_micros() as usize]))?;
        Ok(())
    })
}

/// Compares an answer after a further call, which it tolerates.
#[journey]
pub(crate) fn tolerates_and_compares(j: &Journey, two: Two) -> Outcome {
    j.step("order", || {
        let r = j.http().get(&two.base_url).send()?;
        drop(j.http().get(&two.other_url).send());
        check!(r.status() == 200, "order accepted");
        Ok(())
    })
}

/// As `tolerates_and_compares`, and returns `Ok` all the same.
#[journey]
pub(crate) fn compares_and_goes_on(j: &Journey, two: Two) -> Outcome {
    j.step("order", || {
        let r = j.http().get(&two.base_url).send()?;
        drop(j.http().get(&two.other_url).send());
        let compared = || {
            check!(r.status() == 200, "order accepted");
            Ok(())
        };
        drop::<Outcome>(j.step("compare", compared));
        Ok(())
    })
}

/// Tolerates that a call fails, and requires its result all the same.
#[journey]
pub(crate) fn requires_what_failed(j: &Journey, two: Two) -> Outcome {
    j.step("greet", || j.http().get(&two.base_url).send()?.expect_status(200).map(drop))?;
    j.step("order", || {
        let is_there = j.http().get(&two.other_url).send().is_ok();
        check!(is_there, "the order is there");
        Ok(())
    })
}

/// Passes over a step that failed.
#[journey]
pub(crate) fn passes_over_a_failed_call(j: &Journey, two: Two) -> Outcome {
    j.step("greet", || j.http().get(&two.base_url).send()?.expect_status(200).map(drop))?;
    drop::<Outcome>(j.step("extra", || j.http().get(&two.other_url).send()?.expect_status(200).map(drop)));
    Ok(())
}

/// Reads a JSON body by a path that is none.
#[journey]
pub(crate) fn malformed_path(j: &Journey, target: crate::Target) -> Outcome {
    j.step("read", || {
        let r = target.client(j).get("/").send()?.expect_status(200)?;
        let _: String = r.json_path("$.items[")?;
        Ok(())
    })
}

/// As `malformed_path`, and panics.
#[journey]
pub(crate) fn unwraps_a_malformed_path(j: &Journey, target: crate::Target) -> Outcome {
    j.step("read", || {
        let r = target.client(j).get("/").send()?.expect_status(200)?;
        j.info(r.json_path::<String>("$.items[").unwrap());
        Ok(())
    })
}

/// Asks for what is no URL, after a good answer.
#[journey]
pub(crate) fn no_url(j: &Journey, target: crate::Target) -> Outcome {
    j.step("ask", || target.client(j).get("/").send()?.expect_status(200).map(drop))?;
    j.step("ask again", || j.http().get("shop without a scheme").send()?.expect_status(200).map(drop))
}

/// Looks again and again until its time is up.
#[journey]
pub(crate) fn polls_by_itself(j: &Journey, target: crate::Target) -> Outcome {
    let api = target.client(j);
    j.step("wait for it", || {
        while api.get("/").send()?.status() != 418 {
            j.sleep(millis(150));
        }
        Ok(())
    })
}

/// Requires a quick answer.
#[journey]
pub(crate) fn quick(j: &Journey, target: crate::Target) -> Outcome {
    j.step("ask", || {
        let r = target.client(j).get("/").send()?.expect_status(200)?;
        check!(r.phases().total < millis(300), "it is quick");
        Ok(())
    })
}
