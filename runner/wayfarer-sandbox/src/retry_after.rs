//! Says in a failure's words when the target asks to be asked again: a monitor that is rate limited should say so.

use std::collections::BTreeMap;

use wayfarer_model::failure::{Failure, FailureKind};
use wayfarer_model::report::Recording;

/// Adds it to every failure of a request that was answered so. `asked` are the headers, by the place of the request.
pub(crate) fn tell(recording: &mut Recording, failure: Option<&mut Failure>, asked: &BTreeMap<u32, String>) {
    if asked.is_empty() {
        return;
    }
    let last = recording.traffic.len().checked_sub(1).and_then(|place| u32::try_from(place).ok());
    let steps = recording.steps.iter_mut().filter_map(|step| step.failure.as_mut());
    for failure in failure.into_iter().chain(steps) {
        let is_of_target = matches!(failure.kind, FailureKind::Check | FailureKind::Error);
        let place = failure.request.or(last.filter(|_| is_of_target));
        let words = place.and_then(|place| asked.get(&place)).and_then(|header| words(header));
        if let Some(words) = words {
            failure.message = format!("{}; {words}", failure.message);
        }
    }
}

/// None if the header is neither seconds nor an HTTP date (RFC 9110, 10.2.3).
fn words(header: &str) -> Option<String> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("the target asks to wait {header} s (Retry-After)"));
    }
    let is_date = header.ends_with("GMT") && !header.contains(char::is_control);
    is_date.then(|| format!("the target asks to wait until {header} (Retry-After)"))
}

#[cfg(test)]
mod tests {
    use wayfarer_model::traffic::{HttpFacts, TrafficRecord};
    use wayfarer_model::units::Micros;

    use super::*;

    #[test]
    fn a_failure_of_that_request_says_it() {
        let mut recording = Recording::default();
        for status in [429, 200] {
            let facts = HttpFacts { status: Some(status), ..HttpFacts::request("GET", "http://shop/") };
            recording.traffic.push(TrafficRecord::http(None, Micros(0), facts));
        }
        let asked = BTreeMap::from([(0, "30".to_owned())]);
        let mut told = |request, kind| {
            let mut failure = Failure { request, kind, ..Failure::message("no") };
            tell(&mut recording, Some(&mut failure), &asked);
            failure.message
        };
        let said = "no; the target asks to wait 30 s (Retry-After)";
        assert_eq!(told(Some(0), FailureKind::Check), said);
        assert_eq!(told(Some(1), FailureKind::Check), "no");
        assert_eq!(told(None, FailureKind::Error), "no", "the last one was another");
        let mut failure = Failure { kind: FailureKind::Check, ..Failure::message("no") };
        recording.traffic.pop();
        tell(&mut recording, Some(&mut failure), &asked);
        assert_eq!(failure.message, said);
    }

    #[test]
    fn seconds_and_dates_are_told_and_nothing_else() {
        assert_eq!(words(" 120 ").as_deref(), Some("the target asks to wait 120 s (Retry-After)"));
        let date = "Fri, 31 Dec 2027 23:59:59 GMT";
        assert!(words(date).unwrap().contains(date));
        for odd in ["", "soon", "-1", "1.5", "<b>GMT", "\u{7}GMT"] {
            assert_eq!(words(odd).is_some(), odd == "<b>GMT", "{odd}");
        }
    }
}
