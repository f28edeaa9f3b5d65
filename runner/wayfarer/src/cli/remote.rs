//! Flags that say which server is meant, and the way from them to a client.

use std::path::PathBuf;

use clap::Args;
use url::Url;
use wayfarer_model::ids::TenantName;

use super::CliError;
use super::global::Global;
use crate::client::{Client, Place, Query, Wanted, own_server, server_url};
use crate::config::{RunnerFile, UserSettings};

/// Which server, and what it is shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Remote {
    /// The server to ask; the one of this machine by custom
    #[arg(long, global = true, env = "WAYFARER_SERVER", value_name = "URL", value_parser = server_url,
        help_heading = "Global options")]
    pub(crate) server: Option<Url>,
    /// What the server is shown; better in a file, or in the variable
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        help_heading = "Global options"
    )]
    pub(crate) token: Option<String>,
    /// The file that holds the token; for a server of this machine, admin.token in its data directory by custom
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TOKEN_FILE",
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Whose journeys; the token's own tenant by custom
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TENANT",
        value_name = "NAME",
        help_heading = "Global options"
    )]
    pub(crate) tenant: Option<TenantName>,
}

impl Global {
    /// The `wayfarer.toml` here, if there is one.
    fn runner_here() -> Result<RunnerFile, CliError> {
        let here = std::env::current_dir().map_err(anyhow::Error::from)?;
        Ok(RunnerFile::find(None, &here)?)
    }

    /// Where a server of this machine keeps its things, as far as can be told from here.
    pub(super) fn data_dir(&self, user: &UserSettings) -> Result<PathBuf, CliError> {
        Ok(Self::runner_here()?.data_dir(self.data_dir.as_deref(), user.data_dir.as_deref()))
    }

    /// The server that is meant, and the way in.
    pub(super) fn place(&self, user: &UserSettings) -> Result<Place, CliError> {
        let remote = &self.remote;
        let named = match &user.server {
            Some(text) if remote.server.is_none() => Some(server_url(text).map_err(CliError::Usage)?),
            _ => remote.server.clone(),
        };
        let runner = Self::runner_here()?;
        let server = match named {
            Some(server) => server,
            None => own_server(runner.toml.server.listen()).map_err(CliError::Usage)?,
        };
        Ok(Place::find(&Wanted {
            server,
            token: remote.token.clone(),
            token_file: remote.token_file.clone().or_else(|| user.token_file.clone()),
            data_dir: runner.data_dir(self.data_dir.as_deref(), user.data_dir.as_deref()),
        })?)
    }

    /// A client for it.
    pub(super) fn client(&self, user: &UserSettings) -> Result<Client, CliError> {
        Ok(Client::new(self.place(user)?)?)
    }

    /// The tenant that is meant, if one was named.
    pub(super) fn tenant(&self, user: &UserSettings) -> Option<TenantName> {
        self.remote.tenant.clone().or_else(|| user.tenant.clone())
    }

    /// The tenant as a query.
    pub(super) fn tenant_query(&self, user: &UserSettings) -> Query {
        self.tenant(user).map(|tenant| ("tenant", tenant.to_string())).into_iter().collect()
    }
}
