//! Colours, and how much is shown.

use anstyle::{AnsiColor, Style as Paint};
use wayfarer_model::text::printable_lines;
use wayfarer_model::verdict::Verdict;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) colour: bool,
}

/// How much is shown; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Detail {
    /// Runs that did not pass.
    Quiet,
    /// One line for each run that passed.
    #[default]
    Usual,
    /// Every step, request and metric of every run.
    Full,
}

impl Style {
    /// The text may be somebody else's; the only escape sequences of the answer are this style's own.
    fn paint(self, paint: Paint, text: &str) -> String {
        let text = printable_lines(text);
        if self.colour && !text.is_empty() { format!("{paint}{text}{paint:#}") } else { text.into_owned() }
    }

    fn coloured(self, colour: AnsiColor, text: &str) -> String {
        self.paint(colour.on_default(), text)
    }

    /// Green.
    pub(crate) fn good(self, text: &str) -> String {
        self.coloured(AnsiColor::Green, text)
    }

    /// Red.
    pub(crate) fn bad(self, text: &str) -> String {
        self.coloured(AnsiColor::Red, text)
    }

    /// Yellow: good, and still worth a look.
    pub(crate) fn odd(self, text: &str) -> String {
        self.coloured(AnsiColor::Yellow, text)
    }

    /// Magenta: says nothing about the target.
    pub(crate) fn unknown(self, text: &str) -> String {
        self.coloured(AnsiColor::Magenta, text)
    }

    /// Faint: matters less than what is around it.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    /// For headings.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    /// The colour of a verdict.
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
