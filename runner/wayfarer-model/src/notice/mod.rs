//! What people are told of an incident, whatever the channel.
//!
//! A [`Notice`] is plain data: composed from rows, rendered by every channel, sent as JSON to webhooks. `words` renders it:
//! a headline, a text for a telephone, and the facts in full. `difference` says what a failed attempt had otherwise than
//! the last good one. `example` is one whole notice, for whoever tries how it is shown. Nothing here knows a channel.

mod difference;
mod evidence;
mod example;
mod facts;
mod text;
mod words;

pub use difference::differences;
pub use facts::{Evidence, Matter, Notice, NoticeKind, Subject, Weight};
pub use text::clip;
pub use words::{Fact, PHONE};
