//! The way of a result into the file: [`message`] in, [`actor`] gathers, [`batch`] is a transaction, [`fold`] its
//! roll-ups, [`failures`] each journey's last failure, [`checkpoint`] what happens to the log afterwards.

mod actor;
mod batch;
mod checkpoint;
mod failures;
mod figures;
mod fold;
mod health;
mod message;
mod statement;
mod steps;

pub(crate) use actor::Actor;
pub use actor::RunCursor;
pub(crate) use batch::Writing;
pub(crate) use checkpoint::Checkpoint;
pub(crate) use fold::Rollups;
pub use health::{COMMIT_BOUNDS_US, WriterHealth};
pub(crate) use health::{Meter, Timer};
pub(crate) use message::{Answer, Counted, Ending, Message, StepTaken, Then, Used, Work};
pub(crate) use statement::{ManyRows, Value};
