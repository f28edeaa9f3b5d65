//! What people may do with a server, and the rules of it. The API calls these use cases, and a page can.
//!
//! - [`UseCases`]: one method a use case, one file a noun.
//! - [`Caller`]: who calls, and what that allows.
//!
//! A use case checks the caller's rights first, then the rules, then writes to the store or sends a command. Its error says
//! what is wrong and how to mend it, in the words of whoever called; it knows no status code.
//!
//! What a use case writes is in force once the background tasks have read it. Whoever answers a person waits for that by
//! [`Applied`](super::background::Applied), in one place for all use cases.

mod caller;
mod channels;
mod clock;
mod deployments;
mod difference;
mod handles;
mod history;
mod incidents;
mod journeys;
mod kill_switches;
mod load;
mod maintenance;
mod note;
mod overview;
mod pauses;
mod rows;
mod runs;
mod sessions;
mod status_page;
mod tenants;
mod tokens;
mod uploads;
mod voids;

pub(crate) use caller::{AccessError, Caller, Credential};
pub(crate) use channels::ChannelsError;
pub(crate) use deployments::DeploymentError;
pub(crate) use handles::UseCases;
pub(crate) use incidents::{IncidentError, IncidentsWanted};
pub(crate) use journeys::{JourneyError, NoSuchJourney, StartError};
pub(crate) use kill_switches::KillSwitchError;
pub(crate) use load::LoadError;
pub(crate) use maintenance::MaintenanceError;
pub(crate) use pauses::PauseError;
pub(crate) use runs::RunError;
pub(crate) use sessions::{SessionsError, SessionsWanted};
pub(crate) use tenants::TenantsError;
pub(crate) use tokens::TokensError;
pub(crate) use uploads::{UploadError, Uploads};
pub(crate) use voids::{VoidError, Voided};
