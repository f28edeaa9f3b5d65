//! The errors that end a command, and the exit code of each.

use crate::app::{AppError, ServeError};
use crate::author::languages::BuildError;
use crate::author::report::{ChoiceError, ReportError};
use crate::author::scaffold::ScaffoldError;
use crate::author::session::ComponentError;
use crate::author::session::{LocalError, TestServerError};
use crate::client::ClientError;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::runnable::ResolveErrors;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    #[error(transparent)]
    Resolve(#[from] ResolveErrors),
    #[error(transparent)]
    Network(#[from] wayfarer_sandbox::NetworkError),
    /// Arguments that clap accepts and that make no sense together.
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// No journey is selected.
    #[error("{0}")]
    Nothing(String),
    /// The `[test.server]` of a project did not start.
    #[error(transparent)]
    Server(#[from] TestServerError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Client(#[from] ClientError),
    /// `wayfarer serve` did not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Store(#[from] wayfarer_store::StoreError),
    /// A fault of this program or its machine.
    #[error("{0:#}")]
    Runner(#[from] anyhow::Error),
}

impl From<LocalError> for CliError {
    fn from(error: LocalError) -> Self {
        match error {
            LocalError::Config(error) => error.into(),
            LocalError::Network(error) => error.into(),
            LocalError::Resolve(errors) => errors.into(),
        }
    }
}

/// An error that the caller can fix is a usage error; the others are the runner's.
fn store_exit(error: &wayfarer_store::StoreError) -> Exit {
    use wayfarer_store::StoreError as E;
    match error {
        E::Sql { .. } | E::Corrupt { .. } | E::Closed => Exit::Inconclusive,
        _ => Exit::Usage,
    }
}

impl CliError {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(error) if error.is_runners_fault() => Exit::Inconclusive,
            Self::Config(_)
            | Self::Choice(_)
            | Self::Resolve(_)
            | Self::Network(_)
            | Self::Usage(_)
            | Self::Scaffold(_) => Exit::Usage,
            Self::Component(error) if error.is_runners_fault() => Exit::Inconclusive,
            Self::Build(error) if error.is_runners_fault() => Exit::Inconclusive,
            Self::Build(_) | Self::Component(_) => Exit::Broken,
            Self::Nothing(_) => Exit::Nothing,
            Self::Client(error) => error.exit(),
            Self::Serve(error) => error.exit(),
            Self::Store(error) => store_exit(error),
            Self::Server(TestServerError::Interrupted) => Exit::Interrupted,
            Self::Server(_) | Self::Report(_) | Self::App(_) | Self::Runner(_) => Exit::Inconclusive,
        }
    }

    /// Whether each line of the text is a separate error.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::Resolve(_) | Self::Client(ClientError::Refused(_)))
    }
}
