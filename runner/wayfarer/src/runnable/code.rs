//! What stands behind a journey.

use wayfarer_model::deployment::{Code, JourneySpec};
use wayfarer_sandbox::Component;
use wayfarer_sandbox::http_check::HttpCheck;

use super::{ResolveError, ResolveErrors};
use crate::config::StoredCheck;

/// What an attempt executes.
pub(crate) enum JourneyCode {
    /// A journey of a component.
    Guest(Component),
    /// The journey without code.
    HttpCheck(Box<HttpCheck>),
}

impl JourneyCode {
    /// What stands behind a journey without code; none if a component has to be loaded.
    ///
    /// # Errors
    /// The table was not written by a deploy of this version.
    pub(crate) fn without_component(spec: &JourneySpec) -> Result<Option<Self>, ResolveErrors> {
        let Code::HttpCheck(text) = &spec.code else { return Ok(None) };
        let check = StoredCheck::from_json(text).and_then(|stored| stored.check());
        let check = check.map_err(|error| ResolveError::Rule {
            journey: spec.name().clone(),
            rule: format!(
                "its [http-check] table cannot be read: {error}; deploy it with this version of wayfarer"
            ),
        })?;
        Ok(Some(Self::HttpCheck(Box::new(check))))
    }
}
