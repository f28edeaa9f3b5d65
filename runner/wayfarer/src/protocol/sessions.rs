//! Sessions of browsers as the API lists them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;

/// A browser that is or was signed in
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct SessionInfo {
    /// The number by which it is revoked
    pub(crate) id: i64,
    /// The name of the token or the person
    pub(crate) name: String,
    /// The number of the token with which it began; none if an identity provider vouched for the person
    pub(crate) token: Option<i64>,
    /// The identity provider
    pub(crate) issuer: Option<String>,
    /// The identity provider's own name for the person
    pub(crate) subject: Option<String>,
    /// What it allows
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// The only tenant that it is for; none: every tenant
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// When it began, in unix milliseconds
    pub(crate) created_ms: u64,
    /// The minute in which it was last used, in unix milliseconds
    pub(crate) used_ms: u64,
    /// When it ends by itself, also if it is used, in unix milliseconds
    pub(crate) expires_ms: u64,
    /// When somebody ended it, or revoked its token, in unix milliseconds
    pub(crate) ended_ms: Option<u64>,
    /// Whether it opens a page now
    pub(crate) is_open: bool,
}

/// The sessions that are wanted
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// The tenant; the token's own by default
    #[param(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<TenantName>,
    /// Those that are over, too
    #[serde(default)]
    pub(crate) past: bool,
    /// Sessions with a smaller number than this one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) before: Option<i64>,
    /// How many at most; 50 by default, never more than 1,000
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}
