//! Tenants as the server knows them: from `wayfarer.toml` to what is laid upon each of their journeys.
//!
//! - [`Tenants`]: all of them, read at once, secrets' values included; cheap to read anew and to swap.
//! - [`Tenant::admit`]: whether versions may be deployed: every problem at once, or what their author should know.
//! - [`Locations`]: which locations a version may name.
//! - [`Tenant::resolve`]: one version of a journey made ready, by the resolver that `wayfarer test` uses too.
//!
//! The value of a secret is in memory and nowhere else: no `Debug`, no error and no JSON made here shows it.

mod admit;
mod error;
mod locations;
mod policy;
mod tenant;
#[cfg(test)]
mod tests;

pub(crate) use admit::Described;
pub(crate) use error::{TenantError, TenantErrors};
pub(crate) use locations::Locations;
pub(crate) use tenant::{Tenant, Tenants};
