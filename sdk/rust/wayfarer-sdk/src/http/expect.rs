//! Expectations of a response. Each is a recorded hard check with its actual and expected value, about the request of the response. Its
//! name is the same whatever was asked for, so that equal failures are told as one.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use super::Response;
use crate::check::{compared, required};
use crate::failure::Failure;

/// An argument of [`Response::expect_status`]: `200`, `200..300`, `200..=299` or `[200, 404]`.
pub trait StatusPattern {
    /// Whether a status matches.
    fn fits(&self, status: u16) -> bool;
    /// The expected value as the check records it.
    fn shown(&self) -> String;
}

impl StatusPattern for u16 {
    fn fits(&self, status: u16) -> bool {
        *self == status
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl StatusPattern for Range<u16> {
    fn fits(&self, status: u16) -> bool {
        self.contains(&status)
    }

    fn shown(&self) -> String {
        format!("{} to {}", self.start, self.end.saturating_sub(1))
    }
}

impl StatusPattern for RangeInclusive<u16> {
    fn fits(&self, status: u16) -> bool {
        self.contains(&status)
    }

    fn shown(&self) -> String {
        format!("{} to {}", self.start(), self.end())
    }
}

impl<const N: usize> StatusPattern for [u16; N] {
    fn fits(&self, status: u16) -> bool {
        self.contains(&status)
    }

    fn shown(&self) -> String {
        let words: Vec<_> = self.iter().map(ToString::to_string).collect();
        words.join(" or ")
    }
}

/// A value of a check that is written without quotes.
struct Bare<'a>(&'a str);

impl fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Response {
    /// Requires a status, such as `200`, `200..300` or `[200, 404]`, and returns the response.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a number or a range is written as it is")]
    pub fn expect_status(self, pattern: impl StatusPattern) -> Result<Self, Failure> {
        let (status, wanted) = (self.status(), pattern.shown());
        let evaluated = compared(pattern.fits(status), &status, &Bare(&wanted));
        let held = required(evaluated, format_args!("status is {wanted}"));
        held.map_err(|failure| failure.about(Some(self.number())))?;
        Ok(self)
    }

    /// Requires the value of a header, and returns the response. A value without parameters matches every
    /// parameter: `application/json` matches `application/json; charset=utf-8`.
    #[track_caller]
    pub fn expect_header(self, name: &str, value: &str) -> Result<Self, Failure> {
        let is_named = |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
        let seen: Vec<String> = self.headers().into_iter().filter(is_named).map(|(_, value)| value).collect();
        let first = seen.first().map_or("no such header", String::as_str);
        let fits = |seen: &String| seen == value || seen.split(';').next().map(str::trim) == Some(value);
        let evaluated = compared(seen.iter().any(fits), &Bare(first), &Bare(value));
        let held = required(evaluated, format_args!("{name} is {value}"));
        held.map_err(|failure| failure.about(Some(self.number())))?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use crate::failure::{Failure, FailureKind};
    use crate::prelude::*;
    use crate::testing::{Fake, json, status};

    /// The request that a walk's failure names, and what kind it is.
    fn about(walk: impl Fn(&Journey) -> Outcome) -> (Option<u32>, FailureKind) {
        let fake = Fake::new();
        fake.on("GET", "/*").answer(json(200, &serde_json::json!({"items": []})));
        fake.on("GET", "/down").answer(status(500));
        fake.on("GET", "/gone").fail(crate::http::ErrorKind::Dns("no such name".into()));
        let report = fake.run(walk);
        let failure: &Failure = report.failure().expect("a failure");
        (failure.to_wit().request, failure.kind())
    }

    fn get(j: &Journey, path: &str) -> std::result::Result<Response, crate::http::Error> {
        j.http().get(format!("http://shop.test{path}")).send()
    }

    #[test]
    fn a_check_has_one_name_whatever_was_asked_for() {
        let fake = Fake::new();
        fake.on("GET", "/orders/*").answer(json(200, &serde_json::json!({})));
        let report = fake.run(|j: &Journey| -> Outcome {
            for order in 0..3 {
                get(j, &format!("/orders/o-{order}"))?
                    .expect_status(200)?
                    .expect_header("content-type", "application/json")?;
            }
            get(j, "/orders/o-7")?.expect_status(404).map(drop)
        });
        let failure = report.failure().expect("a failure");
        assert_eq!((failure.message(), failure.actual()), ("status is 404", Some("200")));
        let names: std::collections::BTreeSet<String> =
            report.checks.iter().map(|check| check.name.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names, ["content-type is application/json", "status is 200", "status is 404"]);
    }

    #[test]
    fn a_check_is_about_the_response_that_was_read_last() {
        let named = (Some(1), FailureKind::Check);
        let first_and = |j: &Journey| get(j, "/well").and_then(|_| get(j, "/down"));
        assert_eq!(about(|j| first_and(j)?.expect_status(200).map(drop)), named);
        assert_eq!(
            about(|j| {
                let r = first_and(j)?;
                check!(r.status() == 200);
                Ok(())
            }),
            named
        );
        let before = about(|j| {
            let status = first_and(j)?.status();
            check!(status == 200, "it is well");
            Ok(())
        });
        assert_eq!(before, named, "read shortly before the check");
        let reads: [fn(&Response) -> bool; 5] = [
            |r| r.header("x-order").is_some(),
            |r| r.body_size() > 9,
            |r| r.bytes().len() > 9,
            |r| r.text().is_err(),
            |r| r.phases().total > secs(3_600),
        ];
        for read in reads {
            let seen = about(|j| {
                let r = first_and(j)?;
                check!(read(&r));
                Ok(())
            });
            assert_eq!(seen, named);
        }
    }

    #[test]
    fn a_check_after_another_request_or_check_is_about_neither() {
        let unnamed = (None, FailureKind::Check);
        let after_an_error = about(|j| {
            let r = get(j, "/well")?;
            let known = r.status() == 200;
            let extra = get(j, "/gone").is_ok();
            check!(known && extra, "all of it is there");
            Ok(())
        });
        assert_eq!(after_an_error, unnamed);
        let after_a_check = about(|j| {
            let r = get(j, "/well")?;
            soft_check!(r.status() == 404);
            check!(1 + 1 == 3);
            Ok(())
        });
        assert_eq!(after_a_check, unnamed);
        let looked_again = about(|j| {
            let r = get(j, "/well")?;
            drop(get(j, "/gone"));
            check!(r.status() == 404);
            Ok(())
        });
        assert_eq!(looked_again, (Some(0), FailureKind::Check));
    }

    #[test]
    fn what_cannot_be_is_a_misuse() {
        let path = about(|j| get(j, "/well")?.json_path::<String>("$.items[").map(drop));
        assert_eq!(path, (Some(0), FailureKind::Misuse));
        let url = about(|j| {
            get(j, "/well")?;
            j.http().get("no scheme").send()?;
            Ok(())
        });
        assert_eq!(url, (None, FailureKind::Misuse));
        let nothing = about(|j| get(j, "/well")?.json_path::<String>("$.items[0]").map(drop));
        assert_eq!(nothing, (Some(0), FailureKind::Error), "the target did not send it");
    }
}
