//! Faults for one request, from its `x-shop-fault` header: `latency=500, status=503`. They replace the faults that
//! are on for all requests, so that tests do not disturb each other. `none` turns every fault off for the request.

use std::time::Duration;

use axum::http::HeaderMap;

use super::FaultError;
use super::plan::{Canned, Pace, Plan, When};
use super::settings::{body_rate, fault_body, final_status, wait};

const HEADER: &str = "x-shop-fault";

/// The plan in the headers; none without the header.
pub(super) fn plan(headers: &HeaderMap) -> Result<Option<Plan>, FaultError> {
    let mut values = headers.get_all(HEADER).iter().peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    let mut plan = Plan::default();
    for value in values {
        let text = String::from_utf8_lossy(value.as_bytes());
        for part in text.split(',').map(str::trim) {
            add(&mut plan, part).map_err(|why| FaultError::BadHeader { part: part.to_owned(), why })?;
        }
    }
    Ok(Some(plan))
}

fn add(plan: &mut Plan, part: &str) -> Result<(), String> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (part, None),
    };
    match (name, value) {
        ("none", None) => {}
        ("latency", Some(ms)) => {
            let ms = number(ms)?;
            wait("latency", ms)?;
            plan.delay += Duration::from_millis(ms);
        }
        ("status", Some(code)) => {
            let code = u16::try_from(number(code)?).map_err(|_| format!("{code} is not a status"))?;
            plan.answer = Some(Canned { status: final_status(code)?, body: fault_body() });
        }
        ("slow-body", Some(rate)) => {
            let rate = number(rate)?;
            body_rate(rate)?;
            plan.pace = Some(Pace::bytes_per_second(rate));
        }
        ("reset", None | Some("before")) => plan.reset = Some(When::Before),
        ("reset", Some("after")) => plan.reset = Some(When::After),
        ("latency" | "status" | "slow-body", None) => return Err("it has no `=` and no value".to_owned()),
        _ => return Err("there is no such fault".to_owned()),
    }
    Ok(())
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderValue};

    use super::super::plan::{Plan, When};
    use super::plan;

    fn parse(text: &'static str) -> Result<Option<Plan>, String> {
        let headers =
            HeaderMap::from_iter([("x-shop-fault".parse().unwrap(), HeaderValue::from_static(text))]);
        plan(&headers).map_err(|error| error.to_string())
    }

    #[test]
    fn parts_add_up() {
        let plan = parse("latency=20, slow-body=100,reset=after").expect("well-formed").expect("a plan");
        assert_eq!(plan.delay, Duration::from_millis(20));
        assert_eq!(plan.pace.expect("a pace").chunk, 10);
        assert_eq!(plan.reset, Some(When::After));
        assert_eq!(parse("none"), Ok(Some(Plan::default())));
        assert_eq!(super::plan(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_malformed_part_is_named_with_the_forms_that_work() {
        for (sent, why) in [
            ("latency=soon", "part `latency=soon`: `soon` is not a whole number"),
            ("none, latency", "part `latency`: it has no `=`"),
            ("status=99", "the status 99 is not between"),
            ("status=99999", "99999 is not a status"),
            ("error-rate=0.5", "there is no such fault"),
            ("", "part ``: there is no such fault"),
        ] {
            let text = parse(sent).expect_err("malformed");
            assert!(text.contains(why) && text.contains("use none, latency=MS"), "{text}");
        }
    }
}
