//! Reads all of a server's configuration as a start does, and opens nothing: for `wayfarer serve --check`.

use wayfarer_model::ids::NameError;
use wayfarer_model::units::UnixMillis;

use crate::config::RunnerFile;
use crate::server::access::{OidcSettings, OidcSettingsError};
use crate::server::alert::{AlertErrors, Alerting};
use crate::server::otlp::{OtlpError, OtlpSettings};
use crate::server::tenants::{TenantErrors, Tenants};
use crate::server::tls::{PairError, PairFiles, Tls};

/// Why a server would not start with it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    #[error(transparent)]
    Tenants(#[from] TenantErrors),
    #[error(transparent)]
    Alerting(#[from] AlertErrors),
    #[error(transparent)]
    Tls(#[from] PairError),
    #[error(transparent)]
    Oidc(#[from] OidcSettingsError),
    #[error(transparent)]
    Otlp(#[from] OtlpError),
    /// The name of the location.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// A configuration with which a server would start.
#[derive(Debug)]
pub(crate) struct CheckedConfiguration {
    pub(crate) tenants: usize,
    pub(crate) channels: usize,
    /// A sentence for each secret that has no value here.
    pub(crate) without_value: Vec<String>,
}

/// TLS of the server, if the configuration asks for it.
///
/// # Errors
/// See [`PairError`].
pub(crate) fn tls(file: &RunnerFile) -> Result<Option<Tls>, PairError> {
    let table = file.toml.server.tls.as_ref();
    let files = table
        .map(|table| PairFiles { certificate: file.path(&table.certificate), key: file.path(&table.key) });
    files.map(Tls::new).transpose()
}

/// Reads the tables of tenants, channels, routes and locations, and what they name.
///
/// # Errors
/// Everything that is wrong with the first of them that is.
pub(crate) fn check_configuration(
    file: &RunnerFile,
    now: UnixMillis,
) -> Result<CheckedConfiguration, ConfigurationError> {
    let tenants = Tenants::read(file)?;
    Alerting::read(file, &tenants)?;
    file.location()?;
    if let Some(tls) = tls(file)? {
        tls.check_dates(now)?;
    }
    OidcSettings::read(file)?;
    OtlpSettings::read(file)?;
    let of_tenants = file.toml.tenants.values().map(|table| table.channels.len());
    Ok(CheckedConfiguration {
        tenants: tenants.iter().count(),
        channels: file.toml.channels.len() + of_tenants.sum::<usize>(),
        without_value: tenants.iter().flat_map(|tenant| tenant.secrets_without_value()).collect(),
    })
}
