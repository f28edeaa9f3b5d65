//! Incidents: from the looks of a journey to the moments at which an incident opens and closes.
//!
//! # Layout
//!
//! - `look`: which runs are looks, and their canonical order.
//! - `beta`: the Beta distribution. `wilson`: the interval of a success rate.
//! - `noise`: how often the journey fails by chance, learned from its looks.
//! - `detector`: the evidence that it fails more often than that. `plain`: rules that count instead.
//! - `budget`: the threshold that a budget of false pages means. `settings`: what a person chooses.
//! - `recovery`: when an incident is over.
//! - `phase`, `step`: the transition over one look. `replay`: the same over many rows.
//! - `confirmation`: when the next confirmation run is due.
//! - `group`: which incidents share one notice. `dependency`: which notices hang on another. `common_mode`: which are held because the
//!   runner may be at fault.
//! - `expiry`: what people are told of what expires.
//!
//! All of this is a fold over rows. Times come with the rows, and the state is stored or computed again.

mod beta;
mod budget;
mod common_mode;
mod confirmation;
mod dependency;
mod detector;
mod expiry;
mod group;
mod kind;
mod look;
mod noise;
mod phase;
mod plain;
mod recovery;
mod replay;
mod run_health;
mod settings;
mod step;
mod wilson;

pub use budget::{Budget, SMALLEST_THRESHOLD};
pub use common_mode::{Beacons, CommonMode, Held, Hold, HostLook};
pub use confirmation::Confirmations;
pub use dependency::{Dependencies, DependencyError};
pub use detector::{BadBefore, Detector, chance_of_failure};
pub use expiry::expires_soon;
pub use group::{Group, Opening, Shared, group};
pub use kind::{IncidentKind, Severity};
pub use look::{Look, LookKey, Signal};
pub use noise::{BaseRate, Gap, Noise};
pub use phase::Phase;
pub use plain::{Outcomes, Plain, PlainError};
pub use recovery::Recovery;
pub use replay::{Moved, replay};
pub use run_health::{InconclusiveRuns, LatestRun, RunHealth};
pub use settings::{JOIN_WITHIN, Rule, Settings, TRANSIENT, mean_transient};
pub use step::{Evidence, Place, Span, State, Transition, step};
pub use wilson::wilson;
