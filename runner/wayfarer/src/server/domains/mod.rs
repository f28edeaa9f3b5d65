//! When the domains that journeys call expire, by their registries' own word (RDAP). The background task `domains` decides whom to ask and when, and
//! makes tickets of the answers; what an answer means is `domain/` in the model.

mod lookup;
mod registered;

pub(crate) use lookup::{DomainLookup, LookupError, NoAnswer};
pub(crate) use registered::registered_domain;
