//! Bearer tokens as the API lists them. Their text is [`Token`](super::Token).

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;

/// A token, without the token itself
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TokenInfo {
    /// The number by which it is revoked
    pub(crate) id: i64,
    /// What people call it
    pub(crate) name: String,
    /// What its holder may do
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// The only tenant that it is for; none: every tenant
    #[schema(value_type = Option<String>)]
    pub(crate) tenant: Option<TenantName>,
    /// When it was made, in unix milliseconds
    pub(crate) created_ms: u64,
    /// When it was revoked, in unix milliseconds
    pub(crate) revoked_ms: Option<u64>,
    /// When it ends by itself, in unix milliseconds; none: never
    pub(crate) expires_ms: Option<u64>,
    /// The minute in which it was last used, in unix milliseconds
    pub(crate) used_ms: Option<u64>,
}

/// The tokens that are listed
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TokenQuery {
    /// Tokens with a greater number than this one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<i64>,
    /// How many at most; 1,000 by default, and never more
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<u32>,
}

/// A token that is wanted
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct TokenRequest {
    /// What people call it: one name for one token of a tenant
    pub(crate) name: String,
    /// What its holder may do
    #[schema(value_type = String)]
    pub(crate) role: Role,
    /// The only tenant that it is for; none: every tenant, which takes the role `operator`
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(crate) tenant: Option<TenantName>,
    /// After how many milliseconds it ends by itself; none: never
    #[serde(default)]
    pub(crate) expires_in_ms: Option<u64>,
}

/// A token that was made
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct NewTokenInfo {
    /// The number by which it is revoked
    pub(crate) id: i64,
    /// The token itself, which is shown only here
    pub(crate) token: String,
}
