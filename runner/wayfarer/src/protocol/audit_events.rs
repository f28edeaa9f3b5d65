//! Events of the audit trail as the API shows them, and the query that chooses them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::audit::{AuditAction, AuditOutcome};
use wayfarer_model::ids::TenantName;

/// One thing that somebody did to the server, or was refused
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AuditEventInfo {
    /// Its number; numbers have no gaps
    pub(crate) event: i64,
    /// When it was done, in unix milliseconds
    pub(crate) occurred_ms: u64,
    /// The same as RFC 3339
    pub(crate) occurred_at: String,
    /// The tenant that it concerns; none for the whole runner
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// Who did it, in words such as `ci (token 3)`
    pub(crate) actor: String,
    /// `token`, `person`, `journey`, `server` or `nobody`
    pub(crate) actor_kind: String,
    /// The token's number
    pub(crate) actor_token: Option<i64>,
    /// The name of the token, the person or the journey
    pub(crate) actor_name: Option<String>,
    /// What was done
    #[schema(value_type = String)]
    pub(crate) action: AuditAction,
    /// What it was done to; may be empty
    pub(crate) object: String,
    /// `done`, `refused`, `failed` or `cut-off`
    #[schema(value_type = String)]
    pub(crate) outcome: AuditOutcome,
    /// How many times
    pub(crate) count: u64,
    /// Its link of the chain, in hexadecimal
    pub(crate) hash: String,
}

/// The events that are wanted
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditEventQuery {
    /// The tenant; the token's own by default
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Who did it: a token's number, the name of a token or a journey, `server` or `nobody`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) actor: Option<String>,
    /// What was done, such as `deploy`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<String>,
    /// Events at or after this instant, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since_ms: Option<u64>,
    /// Events before this instant, in unix milliseconds
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
    /// Events with a smaller number than this one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<i64>,
    /// How many at most; 50 by default, never more than 1,000
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}
