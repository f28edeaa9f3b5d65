//! An identity provider that others wrote: `oidc-provider` from npm, a certified implementation of OpenID Connect.

use std::path::PathBuf;

use super::{BuildError, npm};

const VERSION: &str = "9.13.3";

/// The folder in whose `node_modules` it is.
pub fn oidc_provider() -> Result<PathBuf, BuildError> {
    npm::package("oidc-provider", "oidc-provider", VERSION)
}
