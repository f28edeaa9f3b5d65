//! What is watched of one journey: from its rows, one after the other, to incidents of several kinds.
//!
//! Between the rows of the store and the table of incidents. [`incident`](crate::incident) decides about looks. Here stands what else a
//! row can mean: nothing counts any more, the journey itself is broken, a new version never worked. Rows come in the order in which
//! they were committed. A [`JourneyWatch`] is a fold over them, so it is stored beside them or computed again.
//!
//! - `row`: what the watch reads. `moves`: what it finds.
//! - `track`: a signal, from its looks to incidents. `streak`: rows that are bad in one way.
//! - `outages`: runs that fail, and an outage behind an open ticket. `watch`: all of it. `daily_looks`: what a budget is shared by.

mod daily_looks;
mod moves;
mod outages;
mod row;
mod streak;
mod track;
mod watch;

pub use daily_looks::DailyLooks;
pub use moves::{IncidentMove, Moved, Opening};
pub use row::WatchedRow;
pub use watch::JourneyWatch;
