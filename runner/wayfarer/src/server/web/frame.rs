//! What surrounds each page: its title, where one can go from here, and who looks.

use crate::server::assets::{script, style};
use crate::server::use_cases::Caller;

/// The parts of the site that the head of each page leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Journeys,
    Incidents,
    /// None of them, as for a page that says why something is not shown.
    Elsewhere,
}

/// The template `frame.html` reads it.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// The page's own, in front of the product's.
    pub(super) title: String,
    pub(super) part: Part,
    /// None where nobody is known.
    pub(super) who: Option<Who>,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}

/// Who looks.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) name: String,
    /// The role, and the tenant if it is for one.
    pub(super) rights: String,
}

impl Frame {
    pub(super) fn new(title: &str, part: Part, caller: Option<&Caller>) -> Self {
        let who = caller.map(|caller| {
            let tenant = caller.tenant.as_ref();
            let tenant = tenant.map_or_else(|| "all tenants".to_owned(), |tenant| format!("tenant {tenant}"));
            Who { name: caller.name.clone(), rights: format!("{}, {tenant}", caller.role) }
        });
        Self { title: title.to_owned(), part, who, style: style(), script: script() }
    }
}
