//! What stands between a version of a journey and its runs, on a laptop and on a server alike.

use wayfarer_model::descriptor::DescriptorError;
use wayfarer_model::egress::PatternError;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::parameter::ParameterError;

use super::Origin;
use super::said_once::said_once;
use crate::config::NoSecret;

/// One thing that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResolveError {
    #[error("journey `{journey}`: {error}; {}", origin.parameter(error))]
    Parameter { journey: JourneyName, error: ParameterError, origin: Origin },
    /// A value that no parameter reads.
    #[error(
        "journey `{journey}` has no parameter `{name}`: take its value out of the project's file{}",
        nearest.as_ref().map(|near| format!(", or did you mean `{near}`?")).unwrap_or_default()
    )]
    UnknownParameter { journey: JourneyName, name: String, nearest: Option<String> },
    #[error("journey `{journey}`: {}", origin.secret(secret, why))]
    Secret { journey: JourneyName, secret: String, why: NoSecret, origin: Origin },
    /// The hosts that the journey wants to send a secret to and those that its tenant lets it travel to do not meet.
    #[error(
        "journey `{journey}`: the secret `{secret}` may be sent to no host: add `{wanted}` to `hosts` under {}",
        origin.secrets_entry(secret)
    )]
    SecretWithoutHost { journey: JourneyName, secret: String, wanted: String, origin: Origin },
    /// The journey's own table of a secret names places or grants that the tenant's entry does not give.
    #[error(
        "journey `{journey}` asks for a use of the secret `{secret}` that it may not make: add `{lines}` under {}, or take \
         that out of the project",
        origin.secrets_entry(secret)
    )]
    SecretNotGranted { journey: JourneyName, secret: String, lines: String, origin: Origin },
    /// An entry of a list of hosts that is none.
    #[error("journey `{journey}`: {error}")]
    Host { journey: JourneyName, error: PatternError },
    /// The tenant allows none of the journey's hosts. The denial names the line to add.
    #[error("journey `{journey}`: {denial}")]
    Denied { journey: JourneyName, denial: String },
    /// A limit above the tenant's.
    #[error(
        "journey `{journey}` asks for a {key} of {asked}, and tenant `{tenant}` may use {most}: ask for less, or \
         raise `{key}` under [tenants.{tenant}{table}] in wayfarer.toml"
    )]
    Above {
        journey: JourneyName,
        tenant: TenantName,
        /// The key in both files.
        key: &'static str,
        asked: String,
        most: String,
        /// What follows the tenant in the name of the table: `.limits` or nothing.
        table: &'static str,
    },
    #[error(
        "tenant `{tenant}` would have {count} journeys and may have {most}: remove some with `wayfarer deploy --prune`, \
         or raise `journeys` under [tenants.{tenant}] in wayfarer.toml"
    )]
    TooMany { tenant: TenantName, count: usize, most: u32 },
    #[error(transparent)]
    Descriptor(#[from] DescriptorError),
    /// A rule that concerns the journey as a whole; the text says the rule and the mend.
    #[error("journey `{journey}`: {rule}")]
    Rule { journey: JourneyName, rule: String },
    /// A name in a file or on the command line that nothing has; a whole sentence.
    #[error("{0}")]
    Unknown(String),
}

/// Everything that stands in the way, because one look should be enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines().join("\n"))]
pub(crate) struct ResolveErrors(pub(crate) Vec<ResolveError>);

impl ResolveErrors {
    /// A line each, and one alone for what stands in the way of several journeys.
    pub(crate) fn lines(&self) -> Vec<String> {
        said_once(self.0.iter().map(ToString::to_string))
    }
}

impl From<ResolveError> for ResolveErrors {
    fn from(error: ResolveError) -> Self {
        Self(vec![error])
    }
}

impl FromIterator<String> for ResolveErrors {
    fn from_iter<I: IntoIterator<Item = String>>(sentences: I) -> Self {
        Self(sentences.into_iter().map(ResolveError::Unknown).collect())
    }
}
