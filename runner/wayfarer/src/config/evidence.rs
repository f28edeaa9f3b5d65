//! `[evidence]`: how much of heads and bodies of requests and answers the server keeps, and of which runs.
//!
//! | key | holds | default |
//! |---|---|---|
//! | `head` | bytes of one head | `4KiB` |
//! | `body` | bytes of one body; `0B` keeps heads alone | `16KiB` |
//! | `attempt` | bytes of all that one attempt keeps; `0B` keeps nothing | `256KiB` |
//! | `good_every` | how far apart the good runs of a journey and location are of which it is kept | `1h` |
//!
//! `good_every` is a duration or `never`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use wayfarer_model::exchange::{EvidenceBounds, GoodSample};
use wayfarer_model::units::{Bytes, parse_duration};

use super::{FromText, Text};

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EvidenceTable {
    head: Option<Text<Bytes>>,
    body: Option<Text<Bytes>>,
    attempt: Option<Text<Bytes>>,
    good_every: Option<Text<GoodSample>>,
}

impl FromText for GoodSample {
    const WHAT: &'static str = "a duration such as `1h`, or `never`";
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        parse_duration(text).map(Self::Every).map_err(|_| {
            format!("`{text}` is not a duration: write how far apart good runs are whose evidence is kept, such as `1h`, or `never`")
        })
    }
    fn to_text(&self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::Every(time) => Duration::to_text(time),
        }
    }
}

impl EvidenceTable {
    /// The bounds, with defaults where the table is silent.
    pub(crate) fn bounds(self) -> EvidenceBounds {
        let usual = EvidenceBounds::default();
        let size = |own: Option<Text<Bytes>>, usual| own.map_or(usual, |text| text.0.0);
        EvidenceBounds {
            head: size(self.head, usual.head),
            body: size(self.body, usual.body),
            attempt: size(self.attempt, usual.attempt),
            good: self.good_every.map_or(usual.good, |text| text.0),
        }
    }

    /// What is wrong with it. Each run that is in flight holds its evidence in memory, so the bounds have bounds.
    pub(super) fn wrong(self) -> Vec<String> {
        let bounds = self.bounds();
        let most = [
            ("body", bounds.body, EvidenceBounds::MOST_BODY),
            ("head", bounds.head, EvidenceBounds::MOST_BODY),
            ("attempt", bounds.attempt, EvidenceBounds::MOST_ATTEMPT),
        ];
        let beyond = most.into_iter().filter(|(_, asked, most)| asked > most);
        let larger = (bounds.attempt > 0 && bounds.body > bounds.attempt / 2).then(|| {
            format!(
                "[evidence] `body` is {}, and `attempt` is {}: set `attempt` to twice as much at least, or no body of that size is kept beside its heads",
                Bytes(bounds.body),
                Bytes(bounds.attempt)
            )
        });
        beyond
            .map(|(key, asked, most)| {
                format!(
                    "[evidence] `{key}` is {}, and {} is the most: each run in flight holds that much in memory",
                    Bytes(asked),
                    Bytes(most)
                )
            })
            .chain(larger)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_has_a_default_and_what_is_too_much_is_refused() {
        let read = |text: &str| toml::from_str::<EvidenceTable>(text);
        assert_eq!(read("").unwrap().bounds(), EvidenceBounds::default());
        let own = read("body = \"0B\"\nattempt = \"1MiB\"\ngood_every = \"never\"").unwrap().bounds();
        assert_eq!((own.body, own.head, own.attempt, own.good), (0, 4 << 10, 1 << 20, GoodSample::Never));
        assert!(read("good_every = \"sometimes\"").unwrap_err().to_string().contains("or `never`"));
        assert!(read("bodies = \"1MiB\"").unwrap_err().to_string().contains("unknown field"));
        let wrong = read("body = \"1MiB\"").unwrap().wrong();
        assert_eq!(
            wrong,
            [
                "[evidence] `body` is 1.0 MiB, and `attempt` is 256.0 KiB: set `attempt` to twice as much at least, or no body of that size is kept beside its heads"
            ]
        );
        let wrong = read("body = \"2MiB\"\nattempt = \"8MiB\"").unwrap().wrong();
        assert_eq!(
            wrong,
            [
                "[evidence] `body` is 2.0 MiB, and 1.0 MiB is the most: each run in flight holds that much in memory"
            ]
        );
    }
}
