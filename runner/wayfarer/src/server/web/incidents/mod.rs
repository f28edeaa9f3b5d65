//! Incidents: open ones first, then those that are over; and one with its time line and its evidence.
//!
//! - [`list`](mod@list): the page of all. [`show`](mod@show): the page of one. [`change`](mod@change): its form. [`rows`]: an incident in a line. [`months`]: how many there were, and how
//!   long they lasted.

mod change;
mod list;
mod months;
mod rows;
mod show;

pub(super) use change::change;
pub(super) use list::list;
pub(super) use rows::{IncidentLine, lines};
pub(super) use show::show;
