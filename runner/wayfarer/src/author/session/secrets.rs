//! Secrets: from the places that `[secrets.NAME]` names to their values, only for journeys that use them.

use std::collections::BTreeMap;

use wayfarer_sandbox::Secret;

use crate::config::{NoValue, Project, SecretTable, secret_value};

/// Why a secret has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SecretError {
    /// Nothing says where it comes from.
    #[error(
        "the secret `{name}` is not configured: add to journey.toml [secrets.{name}] with \
         `env = \"{}\"` or `file = \"PATH\"`",
        name.to_uppercase().replace(['-', '.', ':', '/'], "_")
    )]
    Unconfigured {
        /// The secret.
        name: String,
    },
    /// Its variable is not set.
    #[error(
        "the secret `{name}` comes from the environment variable `{variable}`, which is not set: set it, or \
         write it into a file for `--env-file`"
    )]
    NotSet {
        /// The secret.
        name: String,
        /// The variable.
        variable: String,
    },
    /// Its file cannot be read.
    #[error("the secret `{name}` comes from the file {path}, which cannot be read: {reason}")]
    Unreadable {
        /// The secret.
        name: String,
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}

/// The secret of that name. `env_file` goes before the process's environment.
pub(super) fn resolve(
    project: &Project,
    name: &str,
    env_file: &BTreeMap<String, String>,
) -> Result<Secret, SecretError> {
    let unconfigured = || SecretError::Unconfigured { name: name.to_owned() };
    let table = project.toml.secrets.get(name).ok_or_else(unconfigured)?;
    let variable_of =
        |variable: &str| env_file.get(variable).cloned().or_else(|| std::env::var(variable).ok());
    let value = secret_value(table, |path| project.path(path), variable_of).map_err(|why| match why {
        NoValue::Nowhere => unconfigured(),
        NoValue::Unset(variable) => SecretError::NotSet { name: name.to_owned(), variable },
        NoValue::Unreadable { path, reason } => {
            SecretError::Unreadable { name: name.to_owned(), path, reason }
        }
    })?;
    Ok(Secret { name: name.to_owned(), value, hosts: hosts(project, table), plaintext: table.plaintext })
}

/// Its own hosts, or all that the project may call anyway.
fn hosts(project: &Project, table: &SecretTable) -> Vec<wayfarer_model::egress::HostPattern> {
    let listed = if table.hosts.is_empty() { &project.toml.network.allow } else { &table.hosts };
    listed.iter().map(|host| host.0.clone()).collect()
}
