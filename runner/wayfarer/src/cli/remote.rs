//! The flags that choose a server, and the client that they lead to.

use std::path::PathBuf;

use clap::Args;
use url::Url;
use wayfarer_model::ids::TenantName;

use super::CliError;
use super::global::Global;
use crate::client::{Client, Query, Target, TargetOptions, own_server, server_url};
use crate::config::UserSettings;

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Remote {
    /// The server's URL; by default the server of this machine
    #[arg(long, global = true, env = "WAYFARER_SERVER", hide_env = true, value_name = "URL", value_parser = server_url,
        help_heading = "Global options")]
    pub(crate) server: Option<Url>,
    /// The API token; others on this machine can see it: prefer --token-file
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TOKEN",
        hide_env = true,
        hide_env_values = true,
        value_name = "TOKEN",
        help_heading = "Global options"
    )]
    pub(crate) token: Option<String>,
    /// The file with the API token; by default this machine's admin.token
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TOKEN_FILE",
        hide_env = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) token_file: Option<PathBuf>,
    /// Certificates of authorities to trust beside the system's
    #[arg(
        long,
        global = true,
        env = "WAYFARER_CA_FILE",
        hide_env = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) ca_file: Option<PathBuf>,
    /// The tenant; by default the token's
    #[arg(
        long,
        global = true,
        env = "WAYFARER_TENANT",
        hide_env = true,
        value_name = "NAME",
        help_heading = "Global options"
    )]
    pub(crate) tenant: Option<TenantName>,
    /// Whether `--server` and `--tenant` stand on the command line, and not in a variable.
    #[arg(skip)]
    pub(crate) written: [bool; 2],
}

impl Global {
    /// The data directory of a server of this machine, by the flags and files that are visible from here.
    pub(super) fn data_dir(&self, user: &UserSettings) -> Result<PathBuf, CliError> {
        Ok(self.runner()?.data_dir(self.data_dir.as_deref(), user.data_dir.as_deref()))
    }

    /// The chosen server and its token.
    pub(super) fn target(&self, user: &UserSettings) -> Result<Target, CliError> {
        let remote = &self.remote;
        let named = match &user.server {
            Some(text) if remote.server.is_none() => Some(server_url(text).map_err(CliError::Usage)?),
            _ => remote.server.clone(),
        };
        let runner = self.runner()?;
        let server = match named {
            Some(server) => server,
            None => own_server(runner.toml.server.listen(), runner.toml.server.tls.is_some())
                .map_err(CliError::Usage)?,
        };
        Ok(Target::find(&TargetOptions {
            server,
            token: remote.token.clone(),
            token_file: remote.token_file.clone().or_else(|| user.token_file.clone()),
            ca_file: remote.ca_file.clone().or_else(|| user.ca_file.clone()),
            data_dir: runner.data_dir(self.data_dir.as_deref(), user.data_dir.as_deref()),
        })?)
    }

    pub(super) fn client(&self, user: &UserSettings) -> Result<Client, CliError> {
        Ok(Client::new(self.target(user)?)?)
    }

    /// The tenant that the flags or the user's settings name.
    pub(super) fn tenant(&self, user: &UserSettings) -> Option<TenantName> {
        self.remote.tenant.clone().or_else(|| user.tenant.clone())
    }

    /// That tenant as a query.
    pub(super) fn tenant_query(&self, user: &UserSettings) -> Query {
        self.tenant(user).map(|tenant| ("tenant", tenant.to_string())).into_iter().collect()
    }
}
