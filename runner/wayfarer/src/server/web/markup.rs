//! Text that is markup already: what a pure function of this folder drew. A drawing holds numbers, ids and words of this program, and
//! never a text of a guest, a target or a person: templates alone show those, and escape them.

use std::fmt;

use askama::filters::HtmlSafe;

/// Goes into a page as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Markup(String);

impl HtmlSafe for Markup {}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Markup {
    /// Only for a text without anything of others in it.
    pub(super) fn drawn(text: String) -> Self {
        Self(text)
    }
}
