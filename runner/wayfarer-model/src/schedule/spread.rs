//! Spread: a stable delay of each journey, so that a thousand `0 * * * *` do not fire together.
//!
//! The delay depends only on the window and on the text `tenant/journey`: a restart, a deploy or another machine does
//! not change it. It is part of the public contract: the recipe below names every constant, and test vectors hold it.
//!
//! 1. `h` = FNV-1a, 64 bits, over the bytes of `tenant/journey` (offset basis `cbf29ce484222325`, prime
//!    `100000001b3`);
//! 2. the 64-bit finaliser of `MurmurHash3` (shift 33, times `ff51afd7ed558ccd`, shift 33, times
//!    `c4ceb9fe1a85ec53`, shift 33), because names that differ in their last letter leave FNV's high bits alike;
//! 3. delay in milliseconds = high 64 bits of the 128-bit product of `h` and the window in milliseconds.
//!
//! The delay is at least 0 and less than the window. Names cannot contain `/`, so no two journeys share a text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::{JourneyName, TenantName};
use crate::units::{UnitError, parse_duration};

/// The window inside which a journey's slots are delayed, in whole milliseconds, a day at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spread(Duration);

/// Why a text or a duration is no spread.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    /// The text is no duration.
    #[error("spread: {0}")]
    Unit(#[from] UnitError),
    /// The window is longer than a day.
    #[error(
        "a spread of {0:?} is longer than a day: write `24h` or less, or schedule the journey at another hour"
    )]
    TooLong(Duration),
    /// The window has a part of a millisecond.
    #[error("a spread of {0:?} is not a whole number of milliseconds: round it, for example to `1s`")]
    TooFine(Duration),
}

impl Spread {
    /// No delay.
    pub const NONE: Self = Self(Duration::ZERO);

    /// The longest window.
    pub const LONGEST: Duration = Duration::from_hours(24);

    /// # Errors
    /// [`SpreadError::TooLong`], [`SpreadError::TooFine`].
    pub fn new(window: Duration) -> Result<Self, SpreadError> {
        if window > Self::LONGEST {
            Err(SpreadError::TooLong(window))
        } else if !window.subsec_nanos().is_multiple_of(1_000_000) {
            Err(SpreadError::TooFine(window))
        } else {
            Ok(Self(window))
        }
    }

    /// The window's length.
    pub fn window(self) -> Duration {
        self.0
    }

    /// The delay of one journey in a window that is cut to `longest`.
    pub(super) fn delay_ms(self, longest: u64, tenant: &TenantName, journey: &JourneyName) -> u64 {
        let window = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX).min(longest);
        let hash = finalise(fnv1a(&[tenant.as_str().as_bytes(), b"/", journey.as_str().as_bytes()]));
        ((u128::from(hash) * u128::from(window)) >> 64) as u64
    }
}

fn fnv1a(parts: &[&[u8]]) -> u64 {
    parts.iter().copied().flatten().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn finalise(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl FromStr for Spread {
    type Err = SpreadError;
    fn from_str(text: &str) -> Result<Self, SpreadError> {
        Self::new(parse_duration(text)?)
    }
}

/// As it is read: `90s`, or `1500ms` where seconds do not fit.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        if millis.is_multiple_of(1_000) {
            f.pad(&format!("{}s", millis / 1_000))
        } else {
            f.pad(&format!("{millis}ms"))
        }
    }
}

impl TryFrom<String> for Spread {
    type Error = SpreadError;
    fn try_from(text: String) -> Result<Self, SpreadError> {
        text.parse()
    }
}

impl From<Spread> for String {
    fn from(spread: Spread) -> Self {
        spread.to_string()
    }
}
