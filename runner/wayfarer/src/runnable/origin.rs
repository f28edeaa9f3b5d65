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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_names_the_file_and_the_key_that_mend_it() {
        let project = Origin::Project { file: Some("checks.toml".to_owned()) };
        let command_line = Origin::Project { file: None };
        let tenant: TenantName = "acme".parse().unwrap();
        let runner = Origin::Runner { tenant: tenant.clone(), is_implied: false };
        let implied = Origin::Runner { tenant, is_implied: true };
        let all = [&project, &command_line, &runner, &implied];
        let each = |say: &dyn Fn(&Origin) -> String| all.map(say).join("\n");
        insta::assert_snapshot!(each(&Origin::journeys_hosts), @r"
        network.allow in checks.toml
        the command line with --allow
        network.allow of the project, and deploy again
        network.allow of the project, and deploy again
        ");
        insta::assert_snapshot!(each(&|origin| origin.secrets_entry("shop-key")), @r"
        [secrets.shop-key] in checks.toml
        [secrets.shop-key] in journey.toml
        [tenants.acme.secrets.shop-key] in wayfarer.toml
        [secrets.shop-key] in the journey.toml that the server read at its start
        ");
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &NoSecret::Unconfigured)), @r#"
        the secret `shop-key` is not configured: add to checks.toml [secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`
        the secret `shop-key` is not configured: add to journey.toml [secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`
        the secret `shop-key` is not configured for tenant `acme`: add to wayfarer.toml [tenants.acme.secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`
        the secret `shop-key` is not configured for tenant `acme`: start the server, without a wayfarer.toml, in the folder of a project whose journey.toml has [secrets.shop-key], or with `--project DIR`; or add to wayfarer.toml [tenants.acme.secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`, and [tenants.acme.network] with `allow = ["*:*", "0.0.0.0/0", "::/0", "127.0.0.0/8", "[::1]:*"]`, which holds while no tenant is written down
        "#);
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &NoSecret::Nowhere)), @r#"
        the secret `shop-key` is not configured: add to checks.toml [secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`
        the secret `shop-key` is not configured: add to journey.toml [secrets.shop-key] with `env = "SHOP_KEY"` or `file = "PATH"`
        the secret `shop-key` comes from nowhere: write `env = "VARIABLE"` or `file = "PATH"`
        the secret `shop-key` comes from nowhere: write `env = "VARIABLE"` or `file = "PATH"`
        "#);
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &NoSecret::Unset("KEY".to_owned()))), @r#"
        the secret `shop-key` comes from the environment variable `KEY`, which is not set: set it, or write it into a file for `--env-file`
        the secret `shop-key` comes from the environment variable `KEY`, which is not set: set it, or write it into a file for `--env-file`
        the secret `shop-key` comes from the environment variable `KEY`, which is not set: set it before the runner starts, or use `file = "PATH"`
        the secret `shop-key` comes from the environment variable `KEY`, which is not set: set it before the runner starts, or use `file = "PATH"`
        "#);
        let unreadable =
            NoSecret::Unreadable { path: "/run/key".into(), reason: "Permission denied".to_owned() };
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &unreadable)), @r"
        the secret `shop-key` comes from the file /run/key, which cannot be read: Permission denied
        the secret `shop-key` comes from the file /run/key, which cannot be read: Permission denied
        the secret `shop-key` comes from the file /run/key, which cannot be read: Permission denied
        the secret `shop-key` comes from the file /run/key, which cannot be read: Permission denied
        ");
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &NoSecret::TooLong)), @r"
        the secret `shop-key` is longer than 16 KiB: give a journey the part that it needs
        the secret `shop-key` is longer than 16 KiB: give a journey the part that it needs
        the secret `shop-key` is longer than 16 KiB: give a journey the part that it needs
        the secret `shop-key` is longer than 16 KiB: give a journey the part that it needs
        ");
        insta::assert_snapshot!(each(&|origin| origin.secret("shop-key", &NoSecret::Empty)), @r"
        the secret `shop-key` is empty: write its value into its variable or file
        the secret `shop-key` is empty: write its value into its variable or file
        the secret `shop-key` is empty: write its value into its variable or file
        the secret `shop-key` is empty: write its value into its variable or file
        ");
    }
}
