//! The types that a parameter can have. Each has a kind and reads its text.

use std::time::Duration;

use crate::bindings::exports::wayfarer::journey::guest::ParameterKind;
use crate::duration;
use crate::url::Url;

/// A type that a parameter can have: text, numbers, `bool`, [`Url`], [`Duration`], an enum with
/// `#[derive(ParamChoice)]`, or an [`Option`] of one of these.
#[diagnostic::on_unimplemented(
    message = "a parameter cannot be a `{Self}`",
    label = "not the type of a parameter",
    note = "use String, bool, an integer, f32, f64, Url, Duration, an enum with `#[derive(ParamChoice)]`, or an Option of these",
    note = "a `Secret` needs `#[secret]` above the field"
)]
pub trait ParamValue: Sized {
    /// Whether the runner refuses a run without a value.
    const REQUIRED: bool = true;

    /// The values that the runner accepts.
    fn kind() -> ParameterKind;

    /// Reads a value. An error is the rule, such as `a whole number`.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value of a parameter that has none; only an [`Option`] has one.
    fn absent() -> Option<Self> {
        None
    }
}

impl ParamValue for String {
    fn kind() -> ParameterKind {
        ParameterKind::Text
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl ParamValue for bool {
    fn kind() -> ParameterKind {
        ParameterKind::Boolean
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("`true` or `false`".to_owned()),
        }
    }
}

impl ParamValue for Url {
    fn kind() -> ParameterKind {
        ParameterKind::Url
    }

    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| format!("an absolute URL: {error}"))
    }
}

impl ParamValue for Duration {
    fn kind() -> ParameterKind {
        ParameterKind::Duration
    }

    fn parse(text: &str) -> Result<Self, String> {
        duration::parse(text).ok_or_else(|| "a duration such as 250ms, 30s, 5m or 1h".to_owned())
    }
}

impl<T: ParamValue> ParamValue for Option<T> {
    const REQUIRED: bool = false;

    fn kind() -> ParameterKind {
        T::kind()
    }

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl ParamValue for $integer {
            fn kind() -> ParameterKind {
                ParameterKind::Integer
            }

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| {
                    format!("a whole number from {} to {}", Self::MIN, Self::MAX)
                })
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl ParamValue for $number {
            fn kind() -> ParameterKind {
                ParameterKind::Number
            }

            fn parse(text: &str) -> Result<Self, String> {
                let number: Option<Self> = text.parse().ok();
                number.filter(|number| number.is_finite()).ok_or_else(|| "a number".to_owned())
            }
        }
    )*};
}

numbers!(f32 f64);
