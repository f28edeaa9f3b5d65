//! What surrounds each page: its title, where one can go from here, and who looks.

use wayfarer_model::access::Role;

use super::said::Said;
use crate::protocol::ProblemDetails;
use crate::server::assets::{script, style};
use crate::server::use_cases::Caller;

/// The parts of the site that the head of each page leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Journeys,
    Incidents,
    Maintenance,
    Operator,
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
    /// What the page says first of the form that led here.
    said: Option<Said>,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}

/// Who looks.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) name: String,
    /// The role, and the tenant if it is for one.
    pub(super) rights: String,
    pub(super) is_operator: bool,
}

impl Frame {
    pub(super) fn new(title: &str, part: Part, caller: Option<&Caller>) -> Self {
        let who = caller.map(|caller| {
            let tenant = caller.tenant.as_ref();
            let tenant = tenant.map_or_else(|| "all tenants".to_owned(), |tenant| format!("tenant {tenant}"));
            Who {
                name: caller.name.clone(),
                rights: format!("{}, {tenant}", caller.role),
                is_operator: caller.role == Role::Operator,
            }
        });
        Self { title: title.to_owned(), part, who, said: None, style: style(), script: script() }
    }

    /// What the form did that led here.
    pub(super) fn done(&self) -> Option<&'static str> {
        match &self.said {
            Some(Said::Done(words)) => Some(words),
            Some(Said::Refused(_)) | None => None,
        }
    }

    /// Why a form did nothing.
    pub(super) fn refused(&self) -> Option<&ProblemDetails> {
        match &self.said {
            Some(Said::Refused(problem)) => Some(problem),
            Some(Said::Done(_)) | None => None,
        }
    }

    /// With what the page says first.
    pub(super) fn saying(self, said: Option<Said>) -> Self {
        Self { said, ..self }
    }
}
