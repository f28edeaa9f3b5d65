//! What can be wrong with the tenants of `wayfarer.toml`. The runner does not start with one of these.

use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::NetworkError;

use crate::config::{ConfigError, NoSecret};
use crate::runnable::Origin;

/// Why a tenant cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantError {
    /// A file that is named, or the names of the tenants themselves.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret without a value.
    #[error("tenant `{tenant}`: {}", origin.secret(secret, why))]
    Secret { tenant: TenantName, secret: String, why: NoSecret, origin: Origin },
    /// Certificates.
    #[error("tenant `{tenant}`: {error}")]
    Network { tenant: TenantName, error: NetworkError },
}

/// Everything that is wrong with any tenant, because one look should be enough.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub(crate) struct TenantErrors(pub(crate) Vec<TenantError>);
