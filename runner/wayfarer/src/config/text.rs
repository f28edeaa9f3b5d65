//! Values that are written as text and checked while the file is read, so that the error has a line.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use url::Url;
use wayfarer_model::egress::HostPattern;
use wayfarer_model::units::{Bytes, parse_duration};

/// A type with a written form.
pub(crate) trait FromText: Sized {
    /// What it is, with an example, as the rest of "expected …".
    const WHAT: &'static str;
    /// Reads it; the error names the rule.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// A value of such a type in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromText> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written<T>(PhantomData<T>);
        impl<T: FromText> Visitor<'_> for Written<T> {
            type Value = Text<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::WHAT)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
                T::from_text(text).map(Text).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<T>, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Written(PhantomData))
    }
}

impl FromText for Duration {
    const WHAT: &'static str = "a duration such as `30s`";
    fn from_text(text: &str) -> Result<Self, String> {
        parse_duration(text).map_err(|error| error.to_string())
    }
}

impl FromText for Bytes {
    const WHAT: &'static str = "a size such as `128MiB`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wayfarer_model::units::UnitError| error.to_string())
    }
}

impl FromText for HostPattern {
    const WHAT: &'static str = "a host such as `api.example.com` or `127.0.0.1:8080`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wayfarer_model::egress::PatternError| error.to_string())
    }
}

impl FromText for SocketAddr {
    const WHAT: &'static str = "an address with a port such as `127.0.0.1:53`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("`{text}` is no address with a port: write it as `127.0.0.1:53`"))
    }
}

impl FromText for Url {
    const WHAT: &'static str = "a URL such as `https://shop.example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        let rule = || {
            format!(
                "`{text}` is not an http or https URL: write it in full, such as `https://shop.example.com`"
            )
        };
        let url = Self::parse(text).map_err(|_| rule())?;
        if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(url) } else { Err(rule()) }
    }
}

/// A parameter's value: text, a number or a boolean, kept as a person would write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParamText(pub(crate) String);

impl<'de> Deserialize<'de> for ParamText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Value;
        impl Visitor<'_> for Value {
            type Value = ParamText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a parameter's value: text, a number or a boolean")
            }
            fn visit_str<E: Error>(self, value: &str) -> Result<ParamText, E> {
                Ok(ParamText(value.to_owned()))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<ParamText, E> {
                Ok(ParamText(value.to_string()))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<ParamText, E> {
                Ok(ParamText(value.to_string()))
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<ParamText, E> {
                Ok(ParamText(value.to_string()))
            }
        }
        deserializer.deserialize_any(Value)
    }
}
