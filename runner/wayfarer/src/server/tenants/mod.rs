//! Tenants as the server knows them: from `wayfarer.toml` to everything that an attempt of a journey needs.
//!
//! - [`Tenants`]: all of them, read at once, secrets' values included; cheap to read anew and to swap.
//! - [`Tenant::ready`]: one version of a journey, ready to be walked.
//! - [`Tenant::admit`]: whether versions may be deployed: every problem at once, or what their author should know.
//!
//! A value of a secret is in memory and nowhere else: no `Debug`, no error and no JSON made here holds one.

mod admit;
mod ceiling;
mod error;
mod policy;
mod ready;
mod tenant;
#[cfg(test)]
mod tests;

pub(crate) use admit::Described;
pub(crate) use error::{ReadyError, ReadyErrors, TenantError, TenantErrors};
pub(crate) use ready::route_without_code;
pub(crate) use tenant::{Tenant, Tenants};
