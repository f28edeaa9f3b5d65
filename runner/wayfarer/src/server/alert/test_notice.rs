//! A notice that a person sends to try a channel: at once, past the outbox, with the channel's answer for that person.

use wayfarer_model::ids::TenantName;
use wayfarer_model::notice::Notice;
use wayfarer_model::units::UnixMillis;

use super::alerting::Alerting;
use super::send::{Outcome, send};

/// What a channel said to a test notice, and which kind of channel it is. None if there is no such channel.
pub(crate) async fn test_notice(
    alerting: &Alerting,
    tenant: Option<&TenantName>,
    name: &str,
    now: UnixMillis,
) -> Option<(&'static str, Outcome)> {
    let channel = alerting.channel(tenant, name)?;
    let owner = tenant.map_or("platform", TenantName::as_str);
    let id = format!("wayfarer-{owner}-test-{}", now.0);
    let notice = Notice::test(name, tenant.cloned(), id, now);
    Some((channel.channel.word(), send(channel, &notice, now).await))
}
