//! The result of one check.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rating {
    Good,
    /// Works, but slower than it could, or not in every case.
    Odd,
    /// Does not work.
    Bad,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What was checked, in a few words.
    pub(crate) what: &'static str,
    pub(crate) state: Rating,
    pub(crate) found: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

impl Finding {
    pub(crate) fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, state: Rating::Good, found: found.into(), fix: None }
    }

    pub(crate) fn odd(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: Rating::Odd, found: found.into(), fix: Some(fix.into()) }
    }

    pub(crate) fn bad(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, state: Rating::Bad, found: found.into(), fix: Some(fix.into()) }
    }
}
