//! What can be wrong with a tenant, and with a journey that a tenant deploys or runs.

use wayfarer_model::descriptor::DescriptorError;
use wayfarer_model::egress::PatternError;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::parameter::ParameterError;
use wayfarer_sandbox::NetworkError;

use crate::config::{ConfigError, EVERY_HOST, NoValue};

/// Why a tenant cannot be served. The runner does not start with one of these.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantError {
    /// A file that is named, or the names of tenants themselves.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A secret without a value.
    #[error("tenant `{tenant}`: the secret `{secret}` {why}")]
    Secret {
        /// Whose.
        tenant: TenantName,
        /// Which.
        secret: String,
        /// Why.
        why: NoSecret,
    },
    /// Certificates.
    #[error("tenant `{tenant}`: {error}")]
    Network {
        /// Whose.
        tenant: TenantName,
        /// What is wrong.
        error: NetworkError,
    },
}

/// Why a secret has no value, as the rest of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSecret {
    /// The table names no place.
    #[error("comes from nowhere: write `env = \"VARIABLE\"` or `file = \"PATH\"`")]
    Nowhere,
    /// Its variable is not set.
    #[error(
        "comes from the environment variable `{0}`, which is not set: set it before the runner starts, or \
         use `file = \"PATH\"`"
    )]
    Unset(String),
    /// Its file cannot be read.
    #[error("comes from the file {path}, which cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// There is nothing in it.
    #[error("is empty: write its value into its variable or file")]
    Empty,
}

impl From<NoValue> for NoSecret {
    fn from(why: NoValue) -> Self {
        match why {
            NoValue::Nowhere => Self::Nowhere,
            NoValue::Unset(variable) => Self::Unset(variable),
            NoValue::Unreadable { path, reason } => Self::Unreadable { path, reason },
        }
    }
}

/// Everything that is wrong with the tenants, so that one look is enough.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines(.0))]
pub(crate) struct TenantErrors(pub(crate) Vec<TenantError>);

/// One thing that stands between a version of a journey and its runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadyError {
    /// A parameter.
    #[error("journey `{journey}`: {error}; write it under [params] in journey.toml and deploy again")]
    Parameter {
        /// Which.
        journey: JourneyName,
        /// What is wrong.
        error: ParameterError,
    },
    /// A value that nothing reads.
    #[error("journey `{journey}` has no parameter `{name}`: take its value out of journey.toml{}", near(nearest.as_deref()))]
    UnknownParameter {
        /// Which.
        journey: JourneyName,
        /// As given.
        name: String,
        /// What was most likely meant.
        nearest: Option<String>,
    },
    /// A secret that the tenant does not have.
    #[error(
        "journey `{journey}`: the secret `{secret}` is not configured for tenant `{tenant}`: add to wayfarer.toml \
         [tenants.{tenant}.secrets.{secret}] with `env = \"{}\"` or `file = \"PATH\"`{}",
        variable(secret), implied(tenant, *is_implied)
    )]
    NoSecret {
        /// Which.
        journey: JourneyName,
        /// Whose.
        tenant: TenantName,
        /// The secret.
        secret: String,
        /// Whether the tenant is there because none is written down.
        is_implied: bool,
    },
    /// A secret that may be sent nowhere.
    #[error(
        "journey `{journey}`: the secret `{secret}` may be sent to no host: add `{wanted}` to `hosts` under \
         [tenants.{tenant}.secrets.{secret}] in wayfarer.toml"
    )]
    SecretWithoutHost {
        /// Which.
        journey: JourneyName,
        /// Whose.
        tenant: TenantName,
        /// The secret.
        secret: String,
        /// Where the journey would send it.
        wanted: String,
    },
    /// An entry of a list of hosts.
    #[error("journey `{journey}`: {error}")]
    Host {
        /// Which.
        journey: JourneyName,
        /// What is wrong.
        error: PatternError,
    },
    /// None of its hosts may be called.
    #[error("journey `{journey}`: {denial}")]
    Denied {
        /// Which.
        journey: JourneyName,
        /// The line to add.
        denial: String,
    },
    /// A limit above what the tenant may use.
    #[error(
        "journey `{journey}` asks for a {key} of {asked}, and tenant `{tenant}` may use {most}: ask for less, or \
         raise `{key}` under [tenants.{tenant}{table}] in wayfarer.toml"
    )]
    Above {
        /// Which.
        journey: JourneyName,
        /// Whose.
        tenant: TenantName,
        /// The key of both files.
        key: &'static str,
        /// What the journey asks for.
        asked: String,
        /// What the tenant has.
        most: String,
        /// The rest of the table's name.
        table: &'static str,
    },
    /// More journeys than the tenant may have.
    #[error(
        "tenant `{tenant}` would have {count} journeys and may have {most}: remove some with `wayfarer deploy --prune`, \
         or raise `journeys` under [tenants.{tenant}] in wayfarer.toml"
    )]
    TooMany {
        /// Whose.
        tenant: TenantName,
        /// After the deploy.
        count: usize,
        /// By configuration.
        most: u32,
    },
    /// What it says of itself.
    #[error(transparent)]
    Descriptor(#[from] DescriptorError),
    /// A version that breaks a rule of its own.
    #[error("journey `{journey}`: {rule}")]
    Rule {
        /// Which.
        journey: JourneyName,
        /// The rule and the mend.
        rule: String,
    },
}

/// All that stands between versions of journeys and their runs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub(crate) struct ReadyErrors(pub(crate) Vec<ReadyError>);

fn lines<T: ToString>(errors: &[T]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn variable(secret: &str) -> String {
    secret.to_uppercase().replace(['-', '.', ':', '/'], "_")
}

fn near(nearest: Option<&str>) -> String {
    nearest.map(|near| format!(", or did you mean `{near}`?")).unwrap_or_default()
}

/// Writing the implied tenant down takes its freedom: what gives it back.
fn implied(tenant: &TenantName, is_implied: bool) -> String {
    if !is_implied {
        return String::new();
    }
    format!(
        ", and [tenants.{tenant}.network] with `allow = [\"{}\"]`, which holds while no tenant is written down",
        EVERY_HOST.join("\", \"")
    )
}
