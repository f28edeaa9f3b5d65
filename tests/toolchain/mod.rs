//! Builds the guests of `tests/guests`, with one file for each language.
//!
//! The builds install pinned tools from the package registries into a cache directory outside the checkout. They
//! write components to `guests/<name>/component.wasm` in cargo's target directory, and again when the source, the WIT, a
//! tool's version or this module has changed. Several processes may build at the same time.
//! `tests/guests/README.md` has the commands.

mod assemblyscript;
mod built;
mod c;
mod debian;
mod error;
pub(crate) mod folder;
mod go;
mod inspect;
mod install;
mod java;
mod npm;
mod oidc_provider;
mod program;
mod python;
mod quickjs;
mod rust;
mod wit;

pub use assemblyscript::assemblyscript;
pub use c::{c, c_j5};
pub use debian::{alertmanager, chromium, promtool, systemd_analyze};
pub use error::BuildError;
pub use go::{go, go_j5, go_net_http, go_recovered};
pub use inspect::{Surface, surface};
pub use java::{java, java_runtime};
pub use npm::{artillery, axe_core, playwright_core, vnu_jar};
pub use oidc_provider::oidc_provider;
pub use python::{
    aiosmtpd, datasette, httpx, openapi_python_client, openapi_spec_validator, opentelemetry_proto, python,
    python_j5, schemathesis, standardwebhooks,
};
pub use quickjs::{quickjs, quickjs_async, quickjs_j5, quickjs_values};
pub use rust::{waki, wasi_http, wstd};
