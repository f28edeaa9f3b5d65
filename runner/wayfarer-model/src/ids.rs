//! Names and ids. A value of one of these types is valid: parsing checks it, and nothing checks it again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text is not a name or an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a name of a journey, tenant, location or group.
    #[error("`{0}` is not a name: use 1 to 64 lower-case letters, digits and `-`, beginning with a letter")]
    Name(String),
    /// Not a digest.
    #[error("`{0}` is not a SHA-256 digest: use 64 hexadecimal digits")]
    Digest(String),
    /// Not a run id.
    #[error("`{0}` is not a run id: use a UUID as the runner prints it")]
    Run(String),
    /// Not the beginning of a run id.
    #[error("`{0}` does not begin a run id: write at least four hexadecimal digits")]
    RunPrefix(String),
}

fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// As much of a text as an error shows of it.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                if is_name(text) { Ok(Self(text.to_owned())) } else { Err(NameError::Name(cut(text))) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name! {
    /// The name of a journey, unique in its component and in its tenant.
    JourneyName
}
name! {
    /// The name of a tenant, unique in a runner.
    TenantName
}
name! {
    /// The name of a location, where runs happen.
    LocationName
}

name! {
    /// The name of a group of journeys that never run together, unique in its tenant.
    GroupName
}

name! {
    /// The name of a channel of alerts, unique in its tenant and among the platform's own.
    ChannelName
}

/// The public id of a run: a version 7 UUID, so that ids sort by their slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(Uuid);

impl RunId {
    /// Creates an id from the run's slot and 80 random bits. It uses 74 of them.
    pub fn new(at: crate::units::UnixMillis, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(at.0, &random).into_uuid())
    }

    /// The stored form.
    pub fn into_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// Reads the stored form.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

/// The beginning of a run's public id, as people copy it: hexadecimal digits, with or without the dashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunPrefix {
    /// In lower case, without dashes; from four to 32.
    digits: String,
}

impl RunPrefix {
    /// Ids of one decade share three digits.
    const LEAST: usize = 4;

    /// The first and the last id that begin so.
    pub fn range(&self) -> (RunId, RunId) {
        let filled = |digit: char| {
            let digits: String = self.digits.chars().chain(std::iter::repeat(digit)).take(32).collect();
            RunId(Uuid::from_u128(u128::from_str_radix(&digits, 16).unwrap_or_default()))
        };
        (filled('0'), filled('f'))
    }
}

impl FromStr for RunPrefix {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let digits: String =
            text.chars().filter(|letter| *letter != '-').collect::<String>().to_ascii_lowercase();
        let is_one =
            (Self::LEAST..=32).contains(&digits.len()) && digits.chars().all(|d| d.is_ascii_hexdigit());
        if is_one { Ok(Self { digits }) } else { Err(NameError::RunPrefix(cut(text))) }
    }
}

impl TryFrom<String> for RunPrefix {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl From<RunPrefix> for String {
    fn from(prefix: RunPrefix) -> Self {
        prefix.digits
    }
}

impl FromStr for RunId {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        Uuid::from_str(text).map(Self).map_err(|_| NameError::Run(cut(text)))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// The SHA-256 of a component's bytes, its only name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentDigest(pub [u8; 32]);

impl fmt::Display for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ComponentDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ComponentDigest({self})")
    }
}

impl From<ComponentDigest> for String {
    fn from(digest: ComponentDigest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for ComponentDigest {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        text.parse()
    }
}

impl FromStr for ComponentDigest {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let bad = || NameError::Digest(cut(text));
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0_u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair =
                text.get(index * 2..index * 2 + 2).filter(|pair| !pair.starts_with('+')).ok_or_else(bad)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for good in ["a", "checkout", "sign-up-2"] {
            assert_eq!(good.parse::<JourneyName>().unwrap().as_str(), good);
        }
        for bad in ["", "Checkout", "2nd", "-a", "a_b", "a b", &"a".repeat(65)] {
            assert!(bad.parse::<JourneyName>().is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn digests_survive_text() {
        let digest = ComponentDigest([0xab; 32]);
        assert_eq!(digest.to_string().parse::<ComponentDigest>().unwrap(), digest);
        assert!("ab".parse::<ComponentDigest>().is_err());
        assert!("+b".repeat(32).parse::<ComponentDigest>().is_err());
    }

    #[test]
    fn a_prefix_means_every_id_that_begins_so() {
        let id: RunId = "0199f3a1-2b3c-7d4e-8f50-0123456789ab".parse().unwrap();
        for text in ["0199", "0199f3a1-2b3", "0199F3A12B3C7D4E", &id.to_string()] {
            let (first, last) = text.parse::<RunPrefix>().unwrap().range();
            assert!(first <= id && id <= last, "{text}");
        }
        let (first, last) = "0199f3a2".parse::<RunPrefix>().unwrap().range();
        assert!(id < first && first < last);
        for bad in ["", "019", "sign-up", "0199g", &format!("{id}0")] {
            assert!(bad.parse::<RunPrefix>().is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn run_ids_sort_by_time() {
        let early = RunId::new(crate::units::UnixMillis(1_000), [0xff; 10]);
        let late = RunId::new(crate::units::UnixMillis(1_001), [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse::<RunId>().unwrap(), early);
    }
}
