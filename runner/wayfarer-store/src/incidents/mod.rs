//! Incidents: what the fold over runs has found, and what people did about it.
//!
//! - [`abandoned`]: what is over because its journey is not deployed any more, or no server works at its location.
//! - [`fold`]: the rows that the fold reads, what it keeps, and the one transaction in which it moves incidents.
//! - [`matters`]: incidents of what is no journey: of the runner, and of hosts.
//! - [`people`]: acknowledging, muting, noting, resolving by hand.
//! - [`read`]: lists, one incident with its time line, and when confirmation runs are wanted.

mod abandoned;
mod fold;
mod matters;
mod people;
mod read;

pub use fold::{FoldPosition, FoldState, IncidentMoves, JourneyRow, MoveOfJourney, Moves};
pub(crate) use fold::{WATCHED_COLUMNS, milliseconds, watched_row};
pub use matters::{Matter, PlatformIncident, SeenHost};
pub use people::{IncidentChange, PersonsWord};
pub use read::{IncidentEventRow, IncidentFilter, IncidentKey, IncidentRow};
