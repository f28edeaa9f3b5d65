//! Journeys for odd targets. The scenario's server decides how each target behaves.

use wayfarer_sdk::http::{ErrorKind, Timeouts};
use wayfarer_sdk::prelude::*;

use crate::Target;

/// Gets one page. The engine follows redirects.
#[journey]
pub(crate) fn get(j: &Journey, target: Target) -> Outcome {
    j.step("get", || target.client(j).no_cookies().get("/").send()?.expect_status(200).map(drop))
}

/// Calls a host that is not allowed, and handles the error.
#[journey]
pub(crate) fn takes_no_for_an_answer(j: &Journey, target: Target) -> Outcome {
    j.step("knock", || match target.client(j).get("/").send() {
        Err(error) if matches!(error.kind(), ErrorKind::Denied(_)) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(r) => bail!("let in with {}", r.status()),
    })
}

/// Limits the phases `wait` and `receive` to a quarter of a second.
#[journey]
pub(crate) fn impatient(j: &Journey, target: Target) -> Outcome {
    let timeouts = Timeouts::new().wait(millis(250)).receive(millis(250));
    j.step("get", || target.client(j).timeouts(timeouts).get("/").send()?.expect_status(200).map(drop))
}

#[derive(Params)]
pub(crate) struct Large {
    /// Address of the target.
    base_url: Url,
    /// The expected size of the body in bytes.
    size: u32,
}

/// Gets a large body and keeps all of it.
#[journey]
pub(crate) fn keeps_the_body(j: &Journey, large: Large) -> Outcome {
    j.step("get", || {
        let r = j.http().get(&large.base_url).send()?.expect_status(200)?;
        check!(r.body_size() == large.size, "it is as large as announced");
        check!(r.bytes().len() == large.size as usize, "all of it is here");
        check!(!r.is_truncated(), "nothing is cut off");
        Ok(())
    })
}

/// Gets a large body and discards it.
#[journey]
pub(crate) fn discards_the_body(j: &Journey, large: Large) -> Outcome {
    j.step("get", || {
        let r = j.http().get(&large.base_url).discard_body().send()?.expect_status(200)?;
        check!(r.wire_size() == large.size, "it is as large as announced");
        check!(r.bytes().is_empty(), "none of it is here");
        Ok(())
    })
}

/// Requests three pages at once and gets them in order.
#[journey]
pub(crate) fn at_once(j: &Journey, target: Target) -> Outcome {
    let api = target.client(j);
    j.step("all three", || {
        let answers = api.send_all(["/one", "/two", "/three"].map(|path| api.get(path)));
        for (answer, path) in answers.into_iter().zip(["/one", "/two", "/three"]) {
            let r = answer?.expect_status(200)?;
            check!(r.text()?.contains(path), "{path} comes in its place");
        }
        Ok(())
    })
}

/// Sends two requests, which one connection can serve.
#[journey]
pub(crate) fn two_in_a_row(j: &Journey, target: Target) -> Outcome {
    let api = target.client(j);
    j.step("first", || api.get("/one").send()?.expect_status(200).map(drop))?;
    j.step("second", || api.get("/two").send()?.expect_status(200).map(drop))
}
