//! A tenant's status page: what everybody may know of its services.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a service is, the worst first
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ServiceState {
    /// It does not work, as an incident says
    Down,
    /// It works, but more slowly than it should, or in part
    Impaired,
    /// Somebody works on it, as planned
    Maintenance,
    /// Nobody knows: it is not measured now
    Unknown,
    /// It works
    Working,
}

/// A UTC day of a service
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ServiceDayInfo {
    /// When it began, in unix milliseconds
    pub(crate) from_ms: u64,
    /// Runs that rates count
    pub(crate) counted: u64,
    /// How many of them were good
    pub(crate) good: u64,
}

/// A service of a status page
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ServiceInfo {
    /// What people call it
    pub(crate) name: String,
    /// What it is; may be empty
    pub(crate) about: String,
    /// How it is: the worst of its journeys
    pub(crate) state: ServiceState,
    /// Its last 90 UTC days, the oldest first; a day without a counted run has zeros
    pub(crate) days: Vec<ServiceDayInfo>,
}

/// Words for the public
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PublishedInfo {
    /// When they were published, in unix milliseconds
    pub(crate) at_ms: u64,
    /// The words
    pub(crate) text: String,
}

/// An incident of a status page
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusIncidentInfo {
    /// Its number; the page does not show it
    pub(crate) incident: i64,
    /// The services that it is of
    pub(crate) services: Vec<String>,
    /// `down` or `impaired`
    pub(crate) state: ServiceState,
    /// When it began, in unix milliseconds
    pub(crate) began_ms: u64,
    /// When it was over, in unix milliseconds; none while it is open
    pub(crate) resolved_ms: Option<u64>,
    /// What people published about it, the oldest first
    pub(crate) words: Vec<PublishedInfo>,
}

/// Maintenance that a status page tells of: in force, or planned
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusMaintenanceInfo {
    /// The services that it is of
    pub(crate) services: Vec<String>,
    /// Whether it is in force
    pub(crate) in_force: bool,
    /// When it begins, in unix milliseconds; now, if it is in force
    pub(crate) from_ms: u64,
    /// When it ends, in unix milliseconds
    pub(crate) until_ms: u64,
}

/// A status page
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusPageInfo {
    /// The page is at `/status/PATH`
    pub(crate) path: String,
    /// Its heading
    pub(crate) title: String,
    /// A sentence or two; may be empty
    pub(crate) about: String,
    /// The worst of its services
    pub(crate) state: ServiceState,
    /// When this was so, in unix milliseconds
    pub(crate) at_ms: u64,
    /// Its services, as they were written down
    pub(crate) services: Vec<ServiceInfo>,
    /// Incidents that are open, or were within the last 90 days, the newest first
    pub(crate) incidents: Vec<StatusIncidentInfo>,
    /// Maintenance that is in force or begins within two weeks, the next one first
    pub(crate) maintenance: Vec<StatusMaintenanceInfo>,
}
