//! Channels of alerts: what the file says of one, and which request tells it of a notice. No I/O but reading secrets.
//!
//! - [`table`]: `[channels.NAME]` and `[tenants.T.channels.NAME]`. [`secret`]: where a channel's secrets come from.
//! - [`channel`]: a channel that is ready, one variant a kind. [`request`]: what is to be sent.
//!   [`service`]: where an API is.
//! - One file a kind: its table, what is read from it, and a pure `request`. A new kind is a file here, a key of the table and
//!   an arm of the match.
//!
//! Invariant: the same notice at the same instant is the same request. Who sends it is `server/alert/`.

mod alertmanager;
mod channel;
mod email;
mod ntfy;
mod opsgenie;
mod pagerduty;
mod request;
mod secret;
mod service;
mod slack;
mod table;
mod teams;
mod template;
#[cfg(test)]
mod tests;
mod webhook;

pub(crate) use channel::{Channel, ChannelKind};
pub(crate) use request::{ChannelRequest, HttpRequest, MailRequest, MailSecurity};
pub(crate) use secret::{Sealed, SecretReader, SecretSource};
pub(crate) use table::ChannelTable;
