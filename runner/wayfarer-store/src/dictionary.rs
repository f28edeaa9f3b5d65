//! Verdicts, reasons and lanes as small integers: the table `dictionary`.
//!
//! The table makes the numbers part of the file and not of the binary. A new reason gets the next free number, wherever it
//! stands in the source.

use std::collections::HashMap;

use sqlx::{Row as _, SqliteConnection};
use wayfarer_model::context::Lane;
use wayfarer_model::verdict::{Reason, Verdict};

use crate::error::StoreError;

/// The dictionary of one file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    verdicts: Vec<(i64, Verdict)>,
    reasons: Vec<(i64, Reason)>,
    lanes: Vec<(i64, Lane)>,
}

const LANES: [Lane; 3] = [Lane::Scheduled, Lane::Confirm, Lane::Manual];

fn wanted() -> impl Iterator<Item = (&'static str, &'static str)> {
    let verdicts = Verdict::ALL.iter().map(|word| ("verdict", word.as_str()));
    let reasons = Reason::ALL.iter().map(|word| ("reason", word.as_str()));
    verdicts.chain(reasons).chain(LANES.iter().map(|word| ("lane", word.as_str())))
}

impl Dictionary {
    /// Adds the words that are missing. Only the writer calls it.
    pub(crate) async fn complete(connection: &mut SqliteConnection) -> Result<(), StoreError> {
        for (kind, word) in wanted() {
            sqlx::query("INSERT INTO dictionary (kind, word) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .bind(kind)
                .bind(word)
                .execute(&mut *connection)
                .await
                .map_err(StoreError::sql("adding to the table dictionary"))?;
        }
        Ok(())
    }

    pub(crate) async fn load(connection: &mut SqliteConnection) -> Result<Self, StoreError> {
        let rows = sqlx::query("SELECT id, kind, word FROM dictionary")
            .fetch_all(connection)
            .await
            .map_err(StoreError::sql("reading the table dictionary"))?;
        let known: HashMap<(String, String), i64> =
            rows.iter().map(|row| ((row.get(1), row.get(2)), row.get(0))).collect();
        let number = |kind: &str, word: &str| known.get(&(kind.to_owned(), word.to_owned())).copied();
        Ok(Self {
            verdicts: all(&Verdict::ALL, Verdict::as_str, |word| number("verdict", word)),
            reasons: all(Reason::ALL, Reason::as_str, |word| number("reason", word)),
            lanes: all(&LANES, Lane::as_str, |word| number("lane", word)),
        })
    }

    pub(crate) fn verdict(&self, verdict: Verdict) -> i64 {
        number_of(&self.verdicts, verdict)
    }

    pub(crate) fn reason(&self, reason: Reason) -> i64 {
        number_of(&self.reasons, reason)
    }

    pub(crate) fn lane(&self, lane: Lane) -> i64 {
        number_of(&self.lanes, lane)
    }

    pub(crate) fn to_verdict(&self, number: i64) -> Option<Verdict> {
        value_of(&self.verdicts, number)
    }

    pub(crate) fn to_reason(&self, number: i64) -> Option<Reason> {
        value_of(&self.reasons, number)
    }

    pub(crate) fn to_lane(&self, number: i64) -> Option<Lane> {
        value_of(&self.lanes, number)
    }
}

fn all<T: Copy>(
    values: &[T],
    word: impl Fn(T) -> &'static str,
    number: impl Fn(&str) -> Option<i64>,
) -> Vec<(i64, T)> {
    values.iter().filter_map(|value| Some((number(word(*value))?, *value))).collect()
}

/// 0 for a word that is not in the table, which cannot be after [`Dictionary::complete`].
fn number_of<T: PartialEq + Copy>(words: &[(i64, T)], value: T) -> i64 {
    words.iter().find(|(_, known)| *known == value).map_or(0, |(number, _)| *number)
}

fn value_of<T: Copy>(words: &[(i64, T)], number: i64) -> Option<T> {
    words.iter().find(|(known, _)| *known == number).map(|(_, value)| *value)
}
