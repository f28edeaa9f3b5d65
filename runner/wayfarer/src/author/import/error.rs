//! Why nothing of a file can be imported.

/// The line is of the file that was read, from 1, where it is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImportError {
    /// Not YAML, not JSON, no shell words.
    #[error("{what}")]
    Malformed { line: Option<usize>, what: String },
    /// It can be read, and is not what the format wants.
    #[error("{what}")]
    Shape { line: Option<usize>, what: String },
    #[error(
        "this is no file that `wayfarer import` knows by its content: name its format before it, one of {known}"
    )]
    Unknown { known: String },
    #[error("it has {size} bytes, and `wayfarer import` reads at most {most}: split it")]
    TooLarge { size: u64, most: u64 },
}

impl ImportError {
    pub(crate) fn line(&self) -> Option<usize> {
        match self {
            Self::Malformed { line, .. } | Self::Shape { line, .. } => *line,
            Self::Unknown { .. } | Self::TooLarge { .. } => None,
        }
    }

    /// What is wrong at the first line that has this text.
    pub(super) fn at(text: &str, needle: &str, what: impl Into<String>) -> Self {
        let found = text.lines().position(|line| line.contains(needle));
        Self::Shape { line: found.map(|at| at + 1), what: what.into() }
    }
}
