//! What ends a command early, and with which exit code.

use crate::app::AppError;
use crate::author::languages::BuildError;
use crate::author::report::{ChoiceError, ReportError};
use crate::author::scaffold::ScaffoldError;
use crate::author::session::ComponentError;
use crate::author::session::{LocalError, TestServerError};
use crate::client::ClientError;
use crate::config::ConfigError;
use crate::exit::Exit;
use crate::runnable::ResolveErrors;

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file of configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Reporters.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// Parameters, secrets and names.
    #[error(transparent)]
    Resolve(#[from] ResolveErrors),
    /// Certificates and the like.
    #[error(transparent)]
    Network(#[from] wayfarer_sandbox::NetworkError),
    /// Arguments that clap cannot judge.
    #[error("{0}")]
    Usage(String),
    /// No project.
    #[error(transparent)]
    Scaffold(#[from] ScaffoldError),
    /// No component.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A component that cannot be used.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// No journey is meant.
    #[error("{0}")]
    Nothing(String),
    /// The product did not start.
    #[error(transparent)]
    Server(#[from] TestServerError),
    /// No report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No sandbox.
    #[error(transparent)]
    App(#[from] AppError),
    /// A server that does not do it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A server that does not start.
    #[error(transparent)]
    Serve(#[from] crate::server::ServeError),
    /// A data directory.
    #[error(transparent)]
    Store(#[from] wayfarer_store::StoreError),
    /// The runner itself.
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

/// What the person who typed the command can mend is usage; all else is the runner's.
fn store_exit(error: &wayfarer_store::StoreError) -> Exit {
    use wayfarer_store::StoreError as E;
    match error {
        E::Sql { .. } | E::Corrupt { .. } | E::Closed => Exit::Inconclusive,
        _ => Exit::Usage,
    }
}

impl CliError {
    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_)
            | Self::Choice(_)
            | Self::Resolve(_)
            | Self::Network(_)
            | Self::Usage(_)
            | Self::Scaffold(_) => Exit::Usage,
            Self::Component(error) if error.is_runners_fault() => Exit::Inconclusive,
            Self::Build(_) | Self::Component(_) => Exit::Broken,
            Self::Nothing(_) => Exit::Nothing,
            Self::Client(error) => error.exit(),
            Self::Serve(error) => error.exit(),
            Self::Store(error) => store_exit(error),
            Self::Server(TestServerError::Interrupted) => Exit::Interrupted,
            Self::Server(_) | Self::Report(_) | Self::App(_) | Self::Runner(_) => Exit::Inconclusive,
        }
    }

    /// Whether each line of its text is an error of its own.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::Resolve(_) | Self::Client(ClientError::Refused(_)))
    }
}
