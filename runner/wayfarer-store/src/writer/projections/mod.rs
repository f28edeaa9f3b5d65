//! What the writer derives from runs, in the transaction that writes them. [`projection`] has the trait and the list; each
//! projection is a file; [`run_rows`] has what those share whose rows follow from one run each. A new one is a file, a line in
//! [`Projections::new`] and its tables in the catalogue.

mod annotations;
mod completed_run;
mod figure_table;
mod last_failures;
mod projection;
mod run_periods;
mod run_rows;
mod step_hours;
mod step_names;
mod stored_days;
mod usage_days;

pub(crate) use completed_run::{Annotation, CompletedRun, Standing, StepTaken, Usage};
pub(crate) use projection::Projections;
pub(crate) use run_periods::fold_days;
