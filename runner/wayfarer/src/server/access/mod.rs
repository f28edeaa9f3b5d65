//! Who may look: how a browser is signed in, stays so, and is signed out. Pages ask this wing who their visitor is.
//!
//! - [`Access`]: what all of it has at hand. [`routes`](routes()): `/sign-in` and `/sign-out`.
//! - [`Visitor`], [`Signed`]: the extractors of pages and of their forms. A caller comes from a session's cookie or from a bearer token.
//! - [`checked_token`]: whether a token is one, for the API and for the form. [`TokenUses`]: when it was last used.
//! - [`peer`]: where a request comes from, with what a trusted proxy says. [`Witness`]: who calls, for the log and the audit trail.
//! - [`secret`], [`cookies`], [`origin`]: a session's secret, the cookie that holds it, and what tells a form of ours from another site's.
//! - [`destination`]: where a visitor goes afterwards. [`throttle`]: wrong tokens. [`pages`]: what the visitor sees, and its headers.
//!
//! [`oidc`]: the same by an identity provider's word.
//!
//! The API under `/api/v1` never looks at cookies: another site can make a browser send them. So a session opens pages and their forms
//! alone, and every form carries a token that only our own pages know.

mod bearer;
mod cookies;
mod destination;
mod handle;
mod oidc;
mod origin;
mod pages;
mod peer;
mod provider_sign_in;
mod secret;
mod session;
mod sign_in;
mod sign_out;
#[cfg(test)]
mod tests;
mod throttle;
mod token_uses;
mod visitor;
mod witness;

pub(crate) use bearer::{TokenRefused, checked_token};
pub(crate) use handle::{Access, AccessSettings, routes};
pub(crate) use oidc::{OidcSettings, OidcSettingsError};
pub(crate) use pages::page_headers;
pub(crate) use peer::{Peer, party};
pub(crate) use token_uses::TokenUses;
pub(crate) use visitor::{Signed, Visitor};
pub(crate) use witness::Witness;
