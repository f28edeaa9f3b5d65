//! Expectations of a response. Each is a recorded hard check with its actual and expected value.

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
        let held = required(evaluated, format_args!("{} answers {wanted}", self.asked()));
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
        let held = required(evaluated, format_args!("{} has {name}: {value}", self.asked()));
        held.map_err(|failure| failure.about(Some(self.number())))?;
        Ok(self)
    }
}
