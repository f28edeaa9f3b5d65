//! Admission: the only place where a slot is refused or kept waiting.
//!
//! - [`Facts`]: what is known about one slot, manual run or confirmation run, as plain data.
//! - [`Stage`]: where the question is asked. [`admit`]: the answer, an [`Admission`].
//!
//! Whoever holds a slot gathers the facts and asks. Nobody else decides: the dispatcher and the backlog ask for each
//! slot, triggers for each manual run, routes for what they show.
//!
//! # Precedence
//!
//! The first row that holds at the stage gives the answer. "yes" means that the stage asks for the fact; an empty cell
//! means that the fact cannot change the answer there.
//!
//! | # | obstacle | a slot's row | arrival | waiting | start | backlog | lanes |
//! |---|---|---|---|---|---|---|---|
//! | 1 | the tenant is disabled | `skipped` `tenant-disabled` | yes | | | yes | all |
//! | 2 | the journey is paused | `skipped` `paused` | yes | | | yes, when due | not manual |
//! | 3 | the runner stops | `missed` `runner-down` | yes | yes | yes | | all |
//! | 4 | a kill switch is thrown | `skipped` `kill-switch` | now | now, once late | now | when due | all |
//! | 5 | maintenance | `skipped` `maintenance` | yes | | | yes | scheduled if it skips, confirm in each mode |
//! | 6 | late, behind its group | `skipped` `group` | | yes | | | not manual |
//! | 7 | late, for want of memory | `skipped` `quota` | | yes | | | not manual |
//! | 8 | late | `missed` `grace-exceeded` | | yes | yes | always | not manual |
//! | 9 | the disk is nearly full | `inconclusive` `disk-full` | yes | | yes | | all |
//! | 10 | the quota is used up | `skipped` `quota` | manual, confirm | | yes | | all; confirmation runs have an account of their own |
//! | 11 | too many manual runs wait | | manual | | | | manual |
//! | 12 | it overlaps | `skipped` `overlap` | yes | | | | not manual |
//!
//! - The stage decides how an obstacle is expressed. A slot is settled with the row above. At its arrival, a manual run is
//!   refused ([`Refusal`]) and a confirmation run is left out without a row. Later, both are settled as a slot is.
//! - In the backlog, row 8 says `runner-down` where no runner was there when the slot was due.
//! - Whoever decides on purpose (1 to 5) outranks what happens by itself (6 to 12). So a slot that would have been late or
//!   refused anyway names the person's decision, during normal operation and after a restart alike.
//! - A waiting slot whose grace is not over keeps waiting, whatever the other facts are, unless the runner stops: rows 4, 9
//!   and 10 are asked again when it has a permit.
//! - A journey's pause, its tenant's standing and the maintenance window are facts of the slot's arrival. A change after
//!   that applies to later slots. A kill switch applies at once.
//!
//! Later obstacles get a row here and an entry in `BY_PRECEDENCE` in `gate.rs`: debt (cleanups that are dead) and the circuit
//! (a target that is down) after row 5, the budget (money or time per day) beside the quota.

mod facts;
mod gate;

pub use facts::{
    Contention, Facts, GracePeriod, MANUAL_RUNS_WAITING, MemoryRoom, RunnerState, Standing, WaitFor,
};
pub use gate::{Admission, Refusal, Stage, admit, runs_slots};
