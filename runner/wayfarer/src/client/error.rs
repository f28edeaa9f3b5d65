//! Why a call of the server failed, and the exit code of each failure.

use std::path::PathBuf;

use url::Url;

use crate::exit::Exit;
use crate::protocol::{ProblemDetails, ProblemKind, TokenError};

/// Why a call of the server failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    #[error(
        "no server answers at {url} ({reason}): start one with `wayfarer serve`, or name another with `--server URL`"
    )]
    Unreachable { url: Url, reason: String },
    #[error("{url} did not answer within {seconds} s: see its log, or try again")]
    Slow { url: Url, seconds: u64 },
    /// The connection broke.
    #[error("the request to {url} failed: {reason}")]
    Broken { url: Url, reason: String },
    #[error(
        "{url} requires a token: name one with `--token-file FILE` or WAYFARER_TOKEN; at its first start the server wrote \
         the operator's token to `{file}` in its data directory",
        file = crate::protocol::ADMIN_TOKEN
    )]
    NoToken { url: Url },
    #[error(
        "the certificate of {url} is refused ({reason}): name the authority that signed it by `--ca-file FILE` or WAYFARER_CA_FILE"
    )]
    Untrusted { url: Url, reason: String },
    #[error("cannot use the certificates in {} ({reason}): `--ca-file` takes PEM with `BEGIN CERTIFICATE`", path.display())]
    Authorities { path: PathBuf, reason: String },
    /// `source_name` is a flag or a file.
    #[error("{source_name}: {error}")]
    Token { source_name: String, error: TokenError },
    #[error("cannot read the token in {}: {source}", path.display())]
    TokenFile { path: PathBuf, source: std::io::Error },
    /// The server does not take the token, or not for this. `source_name` is a flag or a file.
    #[error("{}; the token is that of {source_name}", told(.problem))]
    TokenRefused { problem: Box<ProblemDetails>, source_name: String },
    /// The server's own problem details.
    #[error("{}", told(.0))]
    Refused(Box<ProblemDetails>),
    #[error("{url} answered {status}, but not as a Wayfarer server does: check `--server`")]
    Foreign { url: Url, status: u16 },
    #[error("cannot read the answer of {url} ({reason}): use the same version of wayfarer as the server")]
    Unreadable { url: Url, reason: String },
}

fn told(problem: &ProblemDetails) -> String {
    if problem.errors.is_empty() { problem.detail.clone() } else { problem.errors.join("\n") }
}

impl ClientError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::NoToken { .. }
            | Self::Token { .. }
            | Self::TokenFile { .. }
            | Self::Authorities { .. }
            | Self::TokenRefused { .. } => Exit::Usage,
            Self::Unreachable { .. }
            | Self::Slow { .. }
            | Self::Broken { .. }
            | Self::Untrusted { .. }
            | Self::Foreign { .. }
            | Self::Unreadable { .. } => Exit::Inconclusive,
            Self::Refused(problem) => match problem.kind() {
                Some(ProblemKind::NotFound) => Exit::Nothing,
                Some(ProblemKind::Component) => Exit::Broken,
                Some(ProblemKind::Timeout | ProblemKind::Internal | ProblemKind::Unavailable) | None => {
                    Exit::Inconclusive
                }
                Some(_) => Exit::Usage,
            },
        }
    }

    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.kind() == Some(ProblemKind::NotFound))
    }
}
