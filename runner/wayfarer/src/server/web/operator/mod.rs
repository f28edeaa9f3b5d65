//! How the server itself is, who may look, and who did what: for operators. One of a single tenant sees that tenant's part.
//!
//! - [`show`](mod@show): load, tenants and their kill switches. [`load`]: its figures in words. [`switches`]: its forms.
//! - [`access`](mod@access): tokens and sessions, listed and revoked. [`trail`](mod@trail): the audit trail, a page at a time.

mod access;
mod load;
mod show;
mod switches;
mod trail;

pub(super) use access::{access, revoke_session, revoke_token};
pub(super) use show::show;
pub(super) use switches::{start, start_all, stop, stop_all};
pub(super) use trail::trail;
