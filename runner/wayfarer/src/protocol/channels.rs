//! Channels of alerts as the API shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel that a tenant's routes may name
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChannelInfo {
    /// Its name
    pub(crate) channel: String,
    /// Its kind, such as `slack`
    pub(crate) kind: String,
    /// Whether it is the platform's, which every tenant may name
    pub(crate) is_platform: bool,
    /// The channel that stands in for it
    pub(crate) fallback: Option<String>,
}

/// What a channel made of a test notice
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChannelTestInfo {
    /// Its name
    pub(crate) channel: String,
    /// Its kind, such as `slack`
    pub(crate) kind: String,
    /// Whether it has taken the notice
    pub(crate) is_delivered: bool,
    /// What it answered, or why it was not reached
    pub(crate) answer: String,
}
