//! The runner's configuration: the `wayfarer.toml` in the working directory or named by a flag, or the defaults.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use wayfarer_model::ids::{LocationName, NameError, TenantName};

use super::project_secrets::ProjectSecrets;
use super::runner_toml::{RunnerToml, TenantTable};
use super::{ConfigError, FromText as _, Text, home_folder, parse};

const FILE_NAME: &str = "wayfarer.toml";

/// The tenant of a runner without configured tenants.
const ONLY_TENANT: &str = "local";

/// The allow-list of that tenant. It allows every host, so that the journey's `network.allow` alone decides.
pub(crate) const EVERY_HOST: [&str; 5] = ["*:*", "0.0.0.0/0", "::/0", "127.0.0.0/8", "[::1]:*"];

/// A directory and its file, or the defaults without a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunnerFile {
    /// Paths in the file are relative to this directory.
    dir: PathBuf,
    file: Option<PathBuf>,
    /// The sockets of the server that runs with it, once it listens.
    own: Vec<SocketAddr>,
    /// Of the only tenant; none where there is a file.
    secrets: ProjectSecrets,
    pub(crate) toml: RunnerToml,
}

impl RunnerFile {
    /// Reads the named file, which must exist, or the file in `here`, if it exists.
    pub(crate) fn find(named: Option<&Path>, here: &Path) -> Result<Self, ConfigError> {
        let usual = here.join(FILE_NAME);
        match named {
            Some(file) => Self::read(file.to_owned()),
            None if usual.is_file() => Self::read(usual),
            None => Ok(Self { dir: here.to_owned(), ..Self::default() }),
        }
    }

    /// The same for a server that listens at these sockets.
    pub(crate) fn listening_at(self, own: Vec<SocketAddr>) -> Self {
        Self { own, ..self }
    }

    pub(super) fn taking(self, secrets: ProjectSecrets) -> Self {
        Self { secrets, ..self }
    }

    /// The names of the secrets that the only tenant takes from projects.
    pub(crate) fn project_secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.keys().map(String::as_str)
    }

    pub(super) fn own_sockets(&self) -> &[SocketAddr] {
        &self.own
    }

    fn read(file: PathBuf) -> Result<Self, ConfigError> {
        let toml = parse::file(&file)?;
        let dir = file.parent().unwrap_or(Path::new("")).to_owned();
        let read = Self { dir, file: Some(file), toml, ..Self::default() };
        read.check()?;
        Ok(read)
    }

    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub(crate) fn path(&self, written: &Path) -> PathBuf {
        self.dir.join(written)
    }

    /// The data directory: from the flag or variable, this file, the user's settings, or the user's data directory,
    /// in this order.
    pub(crate) fn data_dir(&self, flag: Option<&Path>, user: Option<&Path>) -> PathBuf {
        let own = || self.toml.storage.data_dir.as_deref().map(|written| self.path(written));
        let usual = || {
            home_folder("XDG_DATA_HOME", ".local/share")
                .unwrap_or_else(|| self.path(Path::new("wayfarer-data")))
        };
        flag.map(Path::to_owned).or_else(own).or_else(|| user.map(Path::to_owned)).unwrap_or_else(usual)
    }

    pub(crate) fn location(&self) -> Result<LocationName, NameError> {
        self.toml.server.location().map_or_else(|| ONLY_TENANT.parse(), |location| Ok(location.clone()))
    }

    /// Whether the file configures no tenant, so that `local` is the only one.
    pub(crate) fn has_only_tenant(&self) -> bool {
        self.toml.tenants.is_empty()
    }

    pub(crate) fn tenants(&self) -> Result<BTreeMap<TenantName, TenantTable>, ConfigError> {
        if !self.has_only_tenant() {
            return Ok(self.toml.tenants.clone());
        }
        let rule = |message: String| self.rule(message);
        let name = ONLY_TENANT.parse().map_err(|error: NameError| rule(error.to_string()))?;
        let mut table = TenantTable::default();
        for entry in EVERY_HOST {
            table
                .network
                .allow
                .push(Text(wayfarer_model::egress::HostPattern::from_text(entry).map_err(rule)?));
        }
        table.secrets.clone_from(&self.secrets);
        Ok([(name, table)].into())
    }

    pub(crate) fn rule(&self, message: String) -> ConfigError {
        let path = self.file.clone().unwrap_or_else(|| self.dir.join(FILE_NAME));
        ConfigError::Rule { path, message }
    }

    /// Checks the rules that concern several keys, and reports all violations together.
    fn check(&self) -> Result<(), ConfigError> {
        let mut wrong = self.toml.evidence.wrong();
        let server = &self.toml.server;
        wrong.extend(server.sessions.wrong());
        let has = |tenant: &TenantName| {
            if self.has_only_tenant() {
                tenant.as_str() == ONLY_TENANT
            } else {
                self.toml.tenants.contains_key(tenant)
            }
        };
        if let Some(oidc) = &server.oidc {
            wrong.extend(oidc.wrong(server.url(), has));
        }
        wrong.extend(self.toml.otlp.wrong(has));
        let mut paths = BTreeMap::new();
        for (tenant, table) in &self.toml.tenants {
            if let Some(page) = &table.status_page {
                wrong.extend(page.wrong(tenant));
                if let Some(other) = paths.insert(page.path.as_str(), tenant) {
                    wrong.push(format!(
                        "the status pages of the tenants `{other}` and `{tenant}` have one `path`: give one of them another"
                    ));
                }
            }
            if table.retention.sets_audit() {
                wrong.push(format!(
                    "[tenants.{tenant}.retention] cannot set `audit`, because all tenants share one audit trail: set it in [retention]"
                ));
            }
            for (name, secret) in &table.secrets {
                if secret.env.is_some() == secret.file.is_some() {
                    wrong.push(format!(
                        "[tenants.{tenant}.secrets.{name}] needs either `env = \"VARIABLE\"` or `file = \"PATH\"`"
                    ));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(self.rule(wrong.join("; "))) }
    }
}
