//! Exit codes, and which one wins if journeys end differently.
//!
//! | code | means |
//! |---|---|
//! | 0 | every selected journey passed |
//! | 1 | a journey failed, or was degraded with `--fail-on degraded` |
//! | 2 | usage or configuration |
//! | 3 | build failed, component invalid, or journey broken |
//! | 4 | nothing selected |
//! | 5 | inconclusive, or the runner cannot be reached |
//! | 130 | interrupted |
//!
//! Over several runs the first of 130, 3, 1, 5, 0 wins. A broken journey comes before a failed one because it hides what
//! it would have said about the target. A session without a run is never 0.

use std::process::ExitCode;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Passed,
    Failed,
    /// A mistake in arguments or configuration.
    Usage,
    Broken,
    /// No journey was selected.
    Nothing,
    /// No statement about the target: a fault of the runner or of the way to it.
    Inconclusive,
    /// Ended by a signal.
    Interrupted,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Broken => 3,
            Self::Nothing => 4,
            Self::Inconclusive => 5,
            Self::Interrupted => 130,
        }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Nothing => 1,
            Self::Inconclusive => 2,
            Self::Failed => 3,
            Self::Broken => 4,
            Self::Usage => 5,
            Self::Interrupted => 6,
        }
    }

    pub(crate) fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_worst_wins_in_the_documented_order() {
        let order = [Exit::Interrupted, Exit::Broken, Exit::Failed, Exit::Inconclusive, Exit::Passed];
        assert_eq!(order.map(Exit::code), [130, 3, 1, 5, 0]);
        for pair in order.windows(2) {
            assert_eq!(pair[0].worse(pair[1]), pair[0]);
            assert_eq!(pair[1].worse(pair[0]), pair[0]);
        }
    }
}
