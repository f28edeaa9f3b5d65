//! The phases of a journey, from the first bad look to recovery.

use serde::{Deserialize, Serialize};

/// What a journey's looks say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Nothing points to an outage.
    #[default]
    Quiet,
    /// A look was bad. Confirmation runs are wanted.
    Suspected,
    /// An incident is open.
    Open,
    /// An incident is open, and the last look was good. Confirmation runs are wanted.
    Recovering,
}
