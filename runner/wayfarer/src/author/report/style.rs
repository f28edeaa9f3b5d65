//! Colours, and how much is told.

use wayfarer_model::verdict::Verdict;

/// Whether to colour, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether there is colour at all.
    pub(crate) colour: bool,
}

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Detail {
    /// What did not go well.
    Quiet,
    /// And one line for what did.
    #[default]
    Usual,
    /// Everything of every run.
    Full,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What went well.
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What did not.
    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// What went well and is still worth a look.
    pub(crate) fn odd(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// What says nothing about the target.
    pub(crate) fn unknown(self, text: &str) -> String {
        self.paint("35", text)
    }

    /// What matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// Headings.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// In the colour of a verdict.
    pub(crate) fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Passed => self.good(text),
            Verdict::Degraded => self.odd(text),
            Verdict::Failed | Verdict::Broken => self.bad(text),
            Verdict::Inconclusive | Verdict::Missed | Verdict::Skipped | Verdict::Cancelled => {
                self.unknown(text)
            }
        }
    }
}

/// The word at the beginning of a run's line.
pub(super) fn label(verdict: Verdict, flaky: bool) -> &'static str {
    match verdict {
        Verdict::Passed | Verdict::Degraded if flaky => "FLAKY",
        Verdict::Passed => "PASS",
        Verdict::Degraded => "DEGRADED",
        Verdict::Failed => "FAIL",
        Verdict::Broken => "BROKEN",
        Verdict::Inconclusive => "INCONC.",
        Verdict::Missed => "MISSED",
        Verdict::Skipped => "SKIPPED",
        Verdict::Cancelled => "CANCELLED",
    }
}
