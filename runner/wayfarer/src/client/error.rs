//! Why the server did not do what was asked, and how the command ends for it.

use std::path::PathBuf;

use url::Url;

use crate::exit::Exit;
use crate::protocol::{Kind, ProblemDetails, TokenError};

/// Why there is no answer, or none that helps.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// Nobody listens.
    #[error("no server at {url} ({reason}): start one with `wayfarer serve`, or name it with `--server URL`")]
    Unreachable {
        /// Where.
        url: Url,
        /// Why.
        reason: String,
    },
    /// It was too slow.
    #[error("{url} did not answer within {seconds} s: look at its log, or try again")]
    Slow {
        /// Where.
        url: Url,
        /// How long it had.
        seconds: u64,
    },
    /// The connection broke, or no trust came about.
    #[error("asking {url} failed: {reason}")]
    Broken {
        /// Where.
        url: Url,
        /// Why.
        reason: String,
    },
    /// Nothing to get in with.
    #[error(
        "{url} wants a token: give one with `--token-file FILE` or WAYFARER_TOKEN; the server wrote one for its operator \
         to `{file}` in its data directory when it first started",
        file = crate::protocol::ADMIN_TOKEN
    )]
    NoToken {
        /// Where.
        url: Url,
    },
    /// What was given is none.
    #[error("{place}: {error}")]
    Token {
        /// Where it was given.
        place: String,
        /// What is wrong.
        error: TokenError,
    },
    /// Its file cannot be read.
    #[error("cannot read the token in {}: {source}", path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It said no, and why.
    #[error("{}", said(.0))]
    Refused(Box<ProblemDetails>),
    /// Something else answers there.
    #[error("{url} answered {status} and does not speak Wayfarer's API: is `--server` right?")]
    Foreign {
        /// Where.
        url: Url,
        /// What it said.
        status: u16,
    },
    /// It speaks of what this version does not know.
    #[error("the answer of {url} cannot be read ({reason}): use the version of wayfarer that the server has")]
    Unreadable {
        /// Where.
        url: Url,
        /// Why.
        reason: String,
    },
}

fn said(problem: &ProblemDetails) -> String {
    if problem.errors.is_empty() { problem.detail.clone() } else { problem.errors.join("\n") }
}

impl ClientError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoToken { .. } | Self::Token { .. } | Self::TokenFile { .. } => Exit::Usage,
            Self::Unreachable { .. }
            | Self::Slow { .. }
            | Self::Broken { .. }
            | Self::Foreign { .. }
            | Self::Unreadable { .. } => Exit::Inconclusive,
            Self::Refused(problem) => match problem.kind() {
                Some(Kind::NotFound) => Exit::Nothing,
                Some(Kind::Component) => Exit::Broken,
                Some(Kind::Timeout | Kind::Internal | Kind::Unavailable) | None => Exit::Inconclusive,
                Some(_) => Exit::Usage,
            },
        }
    }

    /// Whether the thing asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.kind() == Some(Kind::NotFound))
    }
}
