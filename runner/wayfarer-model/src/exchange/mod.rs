//! Heads and bodies of requests and their answers: the evidence that is kept of an attempt which did not pass, and of some that did.
//!
//! - [`record`]: what is kept of one exchange. [`bounds`]: how much of it, and of how many good runs.
//! - [`mod@kept`]: which exchanges of an attempt are kept.

mod bounds;
mod kept;
mod record;

pub use bounds::{EvidenceBounds, GoodSample};
pub use kept::kept;
pub use record::{BodyRecord, ExchangeRecord, MessageRecord};
