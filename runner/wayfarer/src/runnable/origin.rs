//! Where a tenant's settings are written down, and hence how a person mends what is wrong with a journey.
//!
//! A laptop and a server resolve journeys in the same way. The files and keys to edit differ, and only this type knows
//! them.

use wayfarer_model::ids::TenantName;
use wayfarer_model::parameter::ParameterError;

use crate::config::{EVERY_HOST, NoSecret};

/// Who says what a journey may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A project on its author's machine: its file, the environment and the command line.
    Project {
        /// `journey.toml` or `checks.toml`, or what a file of checks is called; none without a file.
        file: Option<String>,
    },
    /// `[tenants.NAME]` in the runner's `wayfarer.toml`.
    Runner {
        tenant: TenantName,
        /// Whether the tenant exists because the file names none.
        is_implied: bool,
    },
}

impl Origin {
    /// Where a person edits the hosts that the journey itself may call.
    pub(crate) fn journeys_hosts(&self) -> String {
        match self {
            Self::Project { file: Some(file) } => format!("network.allow in {file}"),
            Self::Project { file: None } => "the command line with --allow".to_owned(),
            Self::Runner { .. } => "network.allow of the project, and deploy again".to_owned(),
        }
    }

    /// What a person calls the project's file.
    fn file(&self) -> &str {
        match self {
            Self::Project { file: Some(file) } => file,
            Self::Project { file: None } | Self::Runner { .. } => "journey.toml",
        }
    }

    /// What to do about a parameter.
    pub(super) fn parameter(&self, error: &ParameterError) -> String {
        match self {
            Self::Project { .. } => {
                format!("give it with `-e {}=VALUE` or under [params] in {}", error.name(), self.file())
            }
            Self::Runner { .. } => "write it under [params] of the project and deploy again".to_owned(),
        }
    }

    /// Why a secret has no value, and what to do about it.
    pub(crate) fn secret(&self, secret: &str, why: &NoSecret) -> String {
        let written = format!("`env = \"{}\"` or `file = \"PATH\"`", variable(secret));
        match (self, why) {
            (Self::Project { .. }, NoSecret::Unconfigured | NoSecret::Nowhere) => format!(
                "the secret `{secret}` is not configured: add to {} [secrets.{secret}] with {written}",
                self.file()
            ),
            (Self::Runner { tenant, is_implied: true }, NoSecret::Unconfigured) => format!(
                "the secret `{secret}` is not configured for tenant `{tenant}`: start the server, without a wayfarer.toml, in the folder of a project whose \
                 journey.toml has [secrets.{secret}], or with `--project DIR`; or add to wayfarer.toml \
                 [tenants.{tenant}.secrets.{secret}] with {written}{}",
                freedom_of(tenant)
            ),
            (Self::Runner { tenant, .. }, NoSecret::Unconfigured) => format!(
                "the secret `{secret}` is not configured for tenant `{tenant}`: add to wayfarer.toml \
                 [tenants.{tenant}.secrets.{secret}] with {written}"
            ),
            (Self::Runner { .. }, NoSecret::Nowhere) => format!(
                "the secret `{secret}` comes from nowhere: write `env = \"VARIABLE\"` or `file = \"PATH\"`"
            ),
            (_, NoSecret::Unset(variable)) => format!(
                "the secret `{secret}` comes from the environment variable `{variable}`, which is not set: {}",
                match self {
                    Self::Project { .. } => "set it, or write it into a file for `--env-file`",
                    Self::Runner { .. } => "set it before the runner starts, or use `file = \"PATH\"`",
                }
            ),
            (_, NoSecret::Unreadable { path, reason }) => {
                format!("the secret `{secret}` comes from the file {path}, which cannot be read: {reason}")
            }
            (_, NoSecret::TooLong) => {
                format!("the secret `{secret}` is longer than 16 KiB: give a journey the part that it needs")
            }
            (_, NoSecret::Empty) => {
                format!("the secret `{secret}` is empty: write its value into its variable or file")
            }
        }
    }

    /// Where a person edits what may be done with a secret.
    pub(super) fn secrets_entry(&self, secret: &str) -> String {
        match self {
            Self::Project { .. } => format!("[secrets.{secret}] in {}", self.file()),
            Self::Runner { is_implied: true, .. } => {
                format!("[secrets.{secret}] in the journey.toml that the server read at its start")
            }
            Self::Runner { tenant, .. } => format!("[tenants.{tenant}.secrets.{secret}] in wayfarer.toml"),
        }
    }
}

/// The usual name of the variable that holds a secret.
fn variable(secret: &str) -> String {
    secret.to_uppercase().replace(['-', '.', ':', '/'], "_")
}

/// An implied tenant may call every host. Writing it down takes that away; this gives it back.
fn freedom_of(tenant: &TenantName) -> String {
    format!(
        ", and [tenants.{tenant}.network] with `allow = [\"{}\"]`, which holds while no tenant is written down",
        EVERY_HOST.join("\", \"")
    )
}
