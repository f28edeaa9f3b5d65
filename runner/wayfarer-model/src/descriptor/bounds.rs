//! How much a descriptor may say, and in which letters. Whoever lists journeys holds all of this in memory and shows it on a
//! terminal, and an author has written it for somebody else to read.
//!
//! | of a journey | at most | bytes of each |
//! |---|---|---|
//! | title, owner, URL of the runbook | 1 | 200 |
//! | tags, secrets, kinds of cleanup, parameters | 50 each | 64 (by the rule for names) |
//! | steps | 500 | 200 |
//! | hosts | 200 | 300 |
//! | a parameter's or a secret's title, a preset | 1 | 500, 500, 16,384 |
//! | words of a choice | 100 | 200 |
//!
//! Titles, steps, hosts and words take no control characters. A preset may have any.

use crate::descriptor::{Descriptor, SecretNeed};
use crate::parameter::{Parameter, ParameterKind};
use crate::text::{TextError, check_text};

/// The most journeys that one component may hold.
pub const JOURNEYS: usize = 1_000;
const TITLE: usize = 200;
const ENTRIES: usize = 50;
const NAME: usize = 64;
const STEPS: usize = 500;
const STEP: usize = 200;
const HOSTS: usize = 200;
const HOST: usize = 300;
const PARAMETER_TITLE: usize = 500;
const PLACE: usize = 200;
const VALUE: usize = 16 << 10;
const WORDS: usize = 100;
const WORD: usize = 200;

/// A part of a descriptor that is too much.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BoundError {
    /// A text is too long, or has control characters.
    #[error("its {what} {error}")]
    Text {
        /// Which text.
        what: &'static str,
        /// What is wrong with it.
        error: TextError,
    },
    /// There are too many of something.
    #[error("it has {count} {what}, and {most} are allowed: name fewer")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The most.
        most: usize,
    },
    /// A value is too long.
    #[error("a value of {bytes} bytes for a parameter is too long: {VALUE} are allowed")]
    Value {
        /// Its length.
        bytes: usize,
    },
}

/// Checks one descriptor. It looks at lengths before it looks at content, so it is quick whatever was sent.
///
/// # Errors
/// The first bound that it exceeds.
pub fn check_bounds(descriptor: &Descriptor) -> Result<(), BoundError> {
    let Descriptor { title, owner, runbook, tags, steps, parameters, secrets, hosts, cleanups, .. } =
        descriptor;
    text("title", title, TITLE)?;
    text("owner", owner, TITLE)?;
    text("runbook", runbook, TITLE)?;
    texts("tags", "tag", tags, ENTRIES, NAME)?;
    count("secrets", secrets.len(), ENTRIES)?;
    secrets.iter().try_for_each(secret)?;
    texts("kinds of cleanup", "kind of cleanup", cleanups, ENTRIES, NAME)?;
    texts("steps", "step's name", steps, STEPS, STEP)?;
    texts("hosts", "host", hosts, HOSTS, HOST)?;
    count("parameters", parameters.len(), ENTRIES)?;
    parameters.iter().try_for_each(parameter)
}

fn secret(secret: &SecretNeed) -> Result<(), BoundError> {
    text("secret's name", &secret.name, NAME)?;
    text("secret's title", &secret.title, PARAMETER_TITLE)?;
    secret.place.as_ref().map_or(Ok(()), |place| text("secret's place", place, PLACE))
}

fn parameter(parameter: &Parameter) -> Result<(), BoundError> {
    text("parameter's name", &parameter.name, NAME)?;
    text("parameter's title", &parameter.title, PARAMETER_TITLE)?;
    if let ParameterKind::Choice(words) = &parameter.kind {
        texts("words of a choice", "word of a choice", words, WORDS, WORD)?;
    }
    match &parameter.preset {
        Some(preset) if preset.len() > VALUE => Err(BoundError::Value { bytes: preset.len() }),
        _ => Ok(()),
    }
}

/// Checks values that are given for parameters.
///
/// # Errors
/// The first that is too long.
pub fn check_values<'a>(values: impl IntoIterator<Item = &'a String>) -> Result<(), BoundError> {
    let long = values.into_iter().find(|value| value.len() > VALUE);
    long.map_or(Ok(()), |value| Err(BoundError::Value { bytes: value.len() }))
}

fn count(what: &'static str, count: usize, most: usize) -> Result<(), BoundError> {
    if count > most { Err(BoundError::Count { what, count, most }) } else { Ok(()) }
}

fn text(what: &'static str, text: &str, most: usize) -> Result<(), BoundError> {
    check_text(text, most).map_err(|error| BoundError::Text { what, error })
}

fn texts(
    all: &'static str,
    each: &'static str,
    texts: &[String],
    most: usize,
    longest: usize,
) -> Result<(), BoundError> {
    count(all, texts.len(), most)?;
    texts.iter().try_for_each(|entry| text(each, entry, longest))
}
