//! `check!` and `soft_check!`, and the functions that they expand to.
//!
//! The SDK records every check, also those that held. A hard check that does not hold is also the
//! [`Failure`] that the enclosing function returns. It is about the response that the journey looked at last, if it looked at
//! one since the last request or check: the runner blames whom that request blames.

use std::fmt;
use std::panic::Location;

use crate::bindings::wayfarer::journey::checks::Check;
use crate::failure::{Failure, FailureKind, Place};
use crate::host::Strength;
use crate::recorder;

/// Longest text of a compared value, in bytes. A check is a line to read, not an artifact.
const LONGEST_VALUE: usize = 2_000;

/// Records a hard check. If the condition does not hold, returns a [`Failure`] from the enclosing function or
/// closure.
///
/// A comparison (`==`, `!=`, `<`, `<=`, `>`, `>=`) records both values by [`Debug`](std::fmt::Debug).
/// Further arguments are the check's name, as in `format!`; the source text of the condition by default.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn accepted(status: u16, user: &str) -> Outcome {
///     check!(status < 500);
///     check!(status == 201, "order accepted for {user}");
///     Ok(())
/// }
///
/// assert!(accepted(201, "ana").is_ok());
/// let failure = accepted(404, "ana").unwrap_err();
/// assert_eq!(failure.message(), "order accepted for ana");
/// assert_eq!((failure.actual(), failure.expected()), (Some("404"), Some("201")));
/// ```
#[macro_export]
macro_rules! check {
    ($condition:expr $(,)?) => {
        if let ::core::result::Result::Err(failure) = $crate::__private::required(
            $crate::__private::evaluate!($crate, $condition),
            ::core::format_args!("{}", ::core::stringify!($condition)),
        ) {
            return ::core::result::Result::Err(failure);
        }
    };
    ($condition:expr, $($message:tt)+) => {
        if let ::core::result::Result::Err(failure) = $crate::__private::required(
            $crate::__private::evaluate!($crate, $condition),
            ::core::format_args!($($message)+),
        ) {
            return ::core::result::Result::Err(failure);
        }
    };
}

/// Records a soft check. If the condition does not hold, the journey continues and the run is `degraded`.
///
/// Takes the arguments of [`check!`], and returns whether the condition held.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// let waited = 740;
/// assert!(!soft_check!(waited < 300, "answered within 300 ms"));
/// ```
#[macro_export]
macro_rules! soft_check {
    ($condition:expr $(,)?) => {
        $crate::__private::hoped_for(
            &$crate::__private::evaluate!($crate, $condition),
            ::core::format_args!("{}", ::core::stringify!($condition)),
        )
    };
    ($condition:expr, $($message:tt)+) => {
        $crate::__private::hoped_for(
            &$crate::__private::evaluate!($crate, $condition),
            ::core::format_args!($($message)+),
        )
    };
}

/// Creates a [`Failure`] from a message as in `format!`.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn first(items: &[u32]) -> Result<u32> {
///     items.first().copied().ok_or_else(|| fail!("an empty list"))
/// }
/// assert_eq!(first(&[]).unwrap_err().message(), "an empty list");
/// ```
#[macro_export]
macro_rules! fail {
    ($($message:tt)+) => {
        $crate::Failure::new(::std::format!($($message)+))
    };
}

/// Returns a [`Failure`] with a message as in `format!` from the enclosing function or closure.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn in_stock(count: u32) -> Outcome {
///     if count == 0 {
///         bail!("out of stock");
///     }
///     Ok(())
/// }
/// assert_eq!(in_stock(0).unwrap_err().message(), "out of stock");
/// ```
#[macro_export]
macro_rules! bail {
    ($($message:tt)+) => {
        return ::core::result::Result::Err($crate::fail!($($message)+))
    };
}

/// The result of a condition: whether it held, and both values of a comparison.
#[derive(Debug)]
pub struct Evaluated {
    is_passed: bool,
    actual: Option<String>,
    expected: Option<String>,
}

#[doc(hidden)]
pub fn plain(is_passed: bool) -> Evaluated {
    Evaluated { is_passed, actual: None, expected: None }
}

#[doc(hidden)]
pub fn compared(is_passed: bool, actual: &dyn fmt::Debug, expected: &dyn fmt::Debug) -> Evaluated {
    Evaluated { is_passed, actual: Some(shown(actual)), expected: Some(shown(expected)) }
}

#[doc(hidden)]
#[track_caller]
pub fn required(evaluated: Evaluated, name: fmt::Arguments<'_>) -> Result<(), Failure> {
    let place = Place::from(Location::caller());
    let (name, about) = (name.to_string(), recorder::take_read());
    record(Strength::Hard, &evaluated, name.clone(), &place);
    if evaluated.is_passed {
        return Ok(());
    }
    let failure = Failure::at(FailureKind::Check, name, Some(place)).about(about);
    Err(failure.with_values(evaluated.actual, evaluated.expected))
}

#[doc(hidden)]
#[track_caller]
pub fn hoped_for(evaluated: &Evaluated, name: fmt::Arguments<'_>) -> bool {
    recorder::take_read();
    record(Strength::Soft, evaluated, name.to_string(), &Place::from(Location::caller()));
    evaluated.is_passed
}

fn record(strength: Strength, evaluated: &Evaluated, name: String, place: &Place) {
    let check = Check {
        name,
        is_passed: evaluated.is_passed,
        actual: evaluated.actual.clone(),
        expected: evaluated.expected.clone(),
        source: Some(place.to_wit()),
    };
    recorder::check(strength, check);
}

fn shown(value: &dyn fmt::Debug) -> String {
    let mut text = format!("{value:?}");
    if text.len() > LONGEST_VALUE {
        let cut = text.floor_char_boundary(LONGEST_VALUE);
        text.truncate(cut);
        text.push('…');
    }
    text
}
