//! A channel that is ready: one variant a kind.

use wayfarer_model::notice::Notice;
use wayfarer_model::units::UnixMillis;

use super::alertmanager::Alertmanager;
use super::email::Email;
use super::ntfy::Ntfy;
use super::opsgenie::Opsgenie;
use super::pagerduty::Pagerduty;
use super::request::{ChannelRequest, RequestError};
use super::slack::Slack;
use super::teams::Teams;
use super::template::Template;
use super::webhook::Webhook;

#[derive(Debug)]
pub(crate) enum Channel {
    Webhook(Webhook),
    Slack(Slack),
    Teams(Teams),
    Pagerduty(Pagerduty),
    Opsgenie(Opsgenie),
    Alertmanager(Alertmanager),
    Email(Email),
    Ntfy(Ntfy),
    /// Boxed, for it has an engine.
    Template(Box<Template>),
}

/// What differs by kind for those who route and deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChannelKind {
    /// People read it: each notice is a message, and several may be one.
    Messages,
    /// A machine that keeps the state of an incident by its thread.
    States,
    /// A machine that forgets an incident which it is not told of again.
    Repeated,
}

impl Channel {
    /// The word for people.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Slack(_) => "slack",
            Self::Teams(_) => "teams",
            Self::Pagerduty(_) => "pagerduty",
            Self::Opsgenie(_) => "opsgenie",
            Self::Alertmanager(_) => "alertmanager",
            Self::Email(_) => "email",
            Self::Ntfy(_) => "ntfy",
            Self::Template(_) => "template",
        }
    }

    pub(crate) fn kind(&self) -> ChannelKind {
        match self {
            Self::Slack(_) | Self::Teams(_) | Self::Email(_) | Self::Ntfy(_) => ChannelKind::Messages,
            Self::Webhook(_) | Self::Template(_) | Self::Pagerduty(_) | Self::Opsgenie(_) => {
                ChannelKind::States
            }
            Self::Alertmanager(_) => ChannelKind::Repeated,
        }
    }

    /// What tells it of a notice, sent at that instant.
    pub(crate) fn request(&self, notice: &Notice, at: UnixMillis) -> Result<ChannelRequest, RequestError> {
        match self {
            Self::Webhook(channel) => channel.request(notice, at),
            Self::Slack(channel) => channel.request(notice),
            Self::Teams(channel) => channel.request(notice),
            Self::Pagerduty(channel) => channel.request(notice),
            Self::Opsgenie(channel) => channel.request(notice),
            Self::Alertmanager(channel) => channel.request(notice, at),
            Self::Email(channel) => channel.request(notice),
            Self::Ntfy(channel) => channel.request(notice),
            Self::Template(channel) => channel.request(notice),
        }
    }
}
