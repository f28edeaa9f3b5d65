//! Values with a text form. Serde checks them while it reads the file, so that an error names the line.

use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use url::Url;
use wayfarer_model::egress::HostPattern;
use wayfarer_model::ids::{LocationName, NameError};
use wayfarer_model::units::{Bytes, parse_duration};
use wayfarer_model::userinfo::{has_userinfo, without_userinfo};

/// What a JSON schema says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Free,
    /// A whole number, with or without quotes.
    Number,
    /// A text of which a whole number may be the only part.
    FreeOrNumber,
    OneOf(Vec<&'static str>),
    /// A regular expression that the whole text matches.
    Like(&'static str),
}

/// A type with a text form.
pub(crate) trait FromText: Sized {
    /// The type and an example. It continues a message that begins with "expected".
    const WHAT: &'static str;
    /// An error is the rule, and how to mend it.
    fn from_text(text: &str) -> Result<Self, String>;
    /// [`from_text`](Self::from_text) reads the result as the same value.
    fn to_text(&self) -> String;
    /// For editors, which cannot call [`from_text`](Self::from_text). It admits every text that is accepted.
    fn shape() -> Shape {
        Shape::Free
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

impl<T: FromText> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_text())
    }
}

/// As `parse_duration` reads it.
pub(crate) const DURATION: &str = r"^ *[0-9]+(\.[0-9]+)? *(us|ms|s|m|h|d) *$";

impl FromText for Duration {
    const WHAT: &'static str = "a duration such as `30s`";
    fn from_text(text: &str) -> Result<Self, String> {
        parse_duration(text).map_err(|error| error.to_string())
    }
    fn to_text(&self) -> String {
        let units = [("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000)];
        let micros = self.as_micros();
        let fits = |(_, unit): &(&str, u128)| micros >= *unit && micros.is_multiple_of(*unit);
        let (name, unit) = units.into_iter().find(fits).unwrap_or(("us", 1));
        format!("{}{name}", micros / unit)
    }
    fn shape() -> Shape {
        Shape::Like(DURATION)
    }
}

impl FromText for Bytes {
    const WHAT: &'static str = "a size such as `128MiB`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wayfarer_model::units::UnitError| error.to_string())
    }
    fn to_text(&self) -> String {
        format!("{}B", self.0)
    }
    fn shape() -> Shape {
        Shape::Like(r"^ *[0-9]+(\.[0-9]+)? *(B|KB|MB|GB|KiB|MiB|GiB) *$")
    }
}

impl FromText for HostPattern {
    const WHAT: &'static str = "a host such as `api.example.com` or `127.0.0.1:8080`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wayfarer_model::egress::PatternError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for SocketAddr {
    const WHAT: &'static str = "an address with a port such as `127.0.0.1:53`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            format!("`{text}` is not an address with a port: write both, such as `127.0.0.1:53`")
        })
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Url {
    const WHAT: &'static str = "a URL such as `https://shop.example.com`";
    fn from_text(text: &str) -> Result<Self, String> {
        let rule = || {
            format!(
                "`{}` is not an http or https URL: write it in full, such as `https://shop.example.com`",
                without_userinfo(text)
            )
        };
        let url = Self::parse(text).map_err(|_| rule())?;
        if has_userinfo(&url) {
            let shown = without_userinfo(text);
            return Err(format!("`{shown}` names a user or password: leave them out and use a secret"));
        }
        if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(url) } else { Err(rule()) }
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn shape() -> Shape {
        Shape::Like("^ *[Hh][Tt][Tt][Pp][Ss]?:")
    }
}

impl FromText for LocationName {
    const WHAT: &'static str = "a name such as `local`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: NameError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

/// A number of at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u32);

impl FromText for Count {
    const WHAT: &'static str = "a whole number of at least 1";
    fn from_text(text: &str) -> Result<Self, String> {
        match text.parse::<i128>() {
            Ok(..=0) => Err(format!("`{text}` is out of range: expected a whole number of at least 1")),
            Ok(count) => u32::try_from(count).map(Self).map_err(|_| {
                format!("`{text}` is out of range: expected a whole number of at most {}", u32::MAX)
            }),
            Err(_) => Err(format!("`{text}` is not a whole number: expected a number of at least 1")),
        }
    }
    fn to_text(&self) -> String {
        self.0.to_string()
    }
    fn shape() -> Shape {
        Shape::Number
    }
}

/// A parameter's value: text, a number or a boolean, kept in its text form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParamText(pub(crate) String);

impl Serialize for ParamText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in ["0us", "1us", "1500us", "250ms", "90s", "5m", "36h"] {
            let duration = Duration::from_text(text).unwrap();
            assert_eq!(Duration::from_text(&duration.to_text()), Ok(duration), "{text}");
        }
        assert_eq!(Duration::from_secs(90).to_text(), "90s");
        assert_eq!(Duration::from_mins(2).to_text(), "2m");
        assert_eq!(Bytes::from_text(&Bytes(3 << 20).to_text()), Ok(Bytes(3 << 20)));
        assert!(Count::from_text("0").is_err() && Count::from_text("-1").is_err());
        assert_eq!(Count::from_text("8"), Ok(Count(8)));
        let error = |text: &str| Count::from_text(text).unwrap_err();
        assert_eq!(error("0"), "`0` is out of range: expected a whole number of at least 1");
        assert_eq!(
            error("4294967296"),
            "`4294967296` is out of range: expected a whole number of at most 4294967295"
        );
        assert_eq!(error("many"), "`many` is not a whole number: expected a number of at least 1");
    }
}
