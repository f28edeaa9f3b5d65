//! The way of a result into the file: a [`message`] comes in, [`actor`] gathers, [`batch`] is one transaction, [`projections`]
//! derive from it, and [`checkpoint`] looks after the WAL.

mod actor;
mod batch;
mod checkpoint;
mod completion;
mod health;
mod message;
mod projections;
mod statement;

pub(crate) use actor::Actor;
pub use actor::RunCursor;
pub(crate) use batch::BatchWriter;
pub(crate) use checkpoint::Checkpoint;
pub(crate) use completion::RunCompletion;
pub use health::{COMMIT_BOUNDS_US, WriterHealth};
pub(crate) use health::{Meter, Timer};
pub(crate) use message::{Answer, Then, Work, WriteRequest};
pub(crate) use projections::{Annotation, CompletedRun, Projections, Standing, StepTaken, Usage, fold_days};
pub(crate) use statement::{ManyRows, Value};
