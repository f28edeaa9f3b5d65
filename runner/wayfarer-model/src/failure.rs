//! How something failed, in the words of the journey's author. Mirrors the WIT's `failures`.

use serde::{Deserialize, Serialize};

/// A place in the journey's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLocation {
    /// Path as the author knows it.
    pub file: String,
    /// From 1; 0 where unknown.
    pub line: u32,
    /// From 1; 0 where unknown.
    pub column: u32,
}

impl std::fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// What kind of failure the guest says it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// An expectation did not hold.
    Check,
    /// The guest panicked, or its language's like of it.
    Panic,
    /// A condition that the journey needs did not hold: it says nothing about the target.
    Unmet,
    /// The guest's own code asked for what cannot be: a URL that is none, a malformed JSON path.
    Misuse,
    /// The guest cannot read a parameter or a secret.
    Parameter,
    /// Anything else.
    #[default]
    Error,
}

impl FailureKind {
    /// Its word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Panic => "panic",
            Self::Unmet => "unmet",
            Self::Misuse => "misuse",
            Self::Parameter => "parameter",
            Self::Error => "error",
        }
    }
}

/// Why a step or a journey did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// One line; a few at the most.
    pub message: String,
    /// What kind of failure.
    pub kind: FailureKind,
    /// Whether it ended a wait for something to become true.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub eventually: bool,
    /// The request that it is about, from 0: the place of its last hop among the attempt's requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<u32>,
    /// The number of the check that did not hold, from 0: its place among the attempt's checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<u32>,
    /// Where in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceLocation>,
    /// The actual value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// The expected value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

impl Failure {
    /// A failure that has a message and nothing else.
    pub fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}
