//! Why an attempt is ended before its journey has ended.

use crate::verdict::{Reason, Verdict};

/// Who or what ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelCause {
    /// A person, at the terminal.
    Person,
    /// The runner stops, and its grace is over.
    Shutdown,
    /// Somebody threw the kill switch of the tenant, or of the whole runner.
    KillSwitch,
}

impl CancelCause {
    /// What an attempt amounts to that was ended for this cause. A shutdown is the runner's fault; the other two are
    /// somebody's wish.
    pub fn verdict(self) -> (Verdict, Reason) {
        match self {
            Self::Person => (Verdict::Cancelled, Reason::Cancelled),
            Self::Shutdown => (Verdict::Inconclusive, Reason::RunnerStopped),
            Self::KillSwitch => (Verdict::Cancelled, Reason::KillSwitch),
        }
    }
}
