//! What the operator chose of an identity provider, read and checked at the server's start.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::config::{GrantTable, RunnerFile};

/// Why the settings do not do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcSettingsError {
    #[error("[server.oidc] in wayfarer.toml: {0}")]
    Secret(String),
    #[error("cannot use the certificates in {}, which `ca` of [server.oidc] names: {reason}", path.display())]
    Authorities { path: PathBuf, reason: String },
    #[error("[server.oidc] in wayfarer.toml: no client for HTTP: {0}")]
    Http(String),
}

/// One provider.
#[derive(Debug, Clone)]
pub(crate) struct OidcSettings {
    pub(in super::super) issuer: String,
    pub(in super::super) client_id: String,
    pub(in super::super) scopes: Vec<String>,
    pub(in super::super) name_claim: String,
    pub(in super::super) clock_skew: Duration,
    pub(in super::super) grants: Vec<GrantTable>,
    /// Where the provider sends browsers.
    pub(in super::super) callback: Url,
    /// Authorities to trust beside the system's, each file with its content.
    pub(in super::super) authorities: Vec<(PathBuf, Vec<u8>)>,
    /// Where the client's secret is.
    file: RunnerFile,
}

impl OidcSettings {
    /// None if the configuration names no provider.
    ///
    /// # Errors
    /// A secret or a file that cannot be read.
    pub(crate) fn read(file: &RunnerFile) -> Result<Option<Self>, OidcSettingsError> {
        let server = &file.toml.server;
        let (Some(table), Some(url)) = (&server.oidc, server.url()) else { return Ok(None) };
        let authorities = table.ca.iter().map(|written| {
            let path = file.path(written);
            let read = std::fs::read(&path);
            let unusable = |error: std::io::Error| OidcSettingsError::Authorities {
                path: path.clone(),
                reason: error.to_string(),
            };
            read.map_err(unusable).map(|pem| (path.clone(), pem))
        });
        let callback = url.join("/sign-in/provider/callback").unwrap_or_else(|_| url.clone());
        let settings = Self {
            issuer: table.issuer.0.0.clone(),
            client_id: table.client_id.clone(),
            scopes: table.scopes(),
            name_claim: table.name_claim().to_owned(),
            clock_skew: table.clock_skew(),
            grants: table.grants.clone(),
            callback,
            authorities: authorities.collect::<Result<_, _>>()?,
            file: file.clone(),
        };
        settings.secret().map_err(OidcSettingsError::Secret)?;
        Ok(Some(settings))
    }

    /// The client's secret as it is now; none for a client without one.
    pub(in super::super) fn secret(&self) -> Result<Option<String>, String> {
        let source = self.file.toml.server.oidc.as_ref().and_then(|table| table.client_secret.as_ref());
        let path_of = |path: &std::path::Path| self.file.path(path);
        let variable_of = |name: &str| std::env::var(name).ok();
        let read = source.map(|source| source.value("client_secret", &path_of, &variable_of)).transpose()?;
        Ok(read.map(|value| value.reveal().to_owned()))
    }
}
