//! Channels of alerts: listed, and tried by authors and operators. An operator of all tenants who names none means the platform's.

use wayfarer_model::access::Role;
use wayfarer_model::ids::TenantName;

use super::{AccessError, Caller, UseCases};
use crate::protocol::{ChannelInfo, ChannelTestInfo};
use crate::server::alert::{Outcome, test_notice};

/// Why channels are not listed or tried.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelsError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("there is no channel `{0}`: `wayfarer channels list` lists them")]
    NoSuchChannel(String),
}

impl UseCases {
    /// The channels that a tenant's routes may name, its own before the platform's.
    pub(crate) fn channels(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<Vec<ChannelInfo>, ChannelsError> {
        let tenant = self.owner(caller, tenant)?;
        let alerting = self.alerting.get();
        let channels =
            alerting.channels(tenant.as_ref()).into_iter().map(|(ready, is_platform)| ChannelInfo {
                channel: ready.name.to_string(),
                kind: ready.channel.word().to_owned(),
                is_platform,
                fallback: ready.fallback.as_ref().map(ToString::to_string),
            });
        Ok(channels.collect())
    }

    /// Sends a test notice, now.
    pub(crate) async fn test_channel(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
        name: &str,
    ) -> Result<ChannelTestInfo, ChannelsError> {
        caller.must_be(Role::Author)?;
        let tenant = self.owner(caller, tenant)?;
        let tried = test_notice(&self.alerting.get(), tenant.as_ref(), name, self.clock.now()).await;
        let (kind, outcome) = tried.ok_or_else(|| ChannelsError::NoSuchChannel(name.to_owned()))?;
        let is_delivered = matches!(outcome, Outcome::Delivered { .. });
        let (Outcome::Delivered { answer, .. }
        | Outcome::Later { error: answer, .. }
        | Outcome::Unmade { error: answer }
        | Outcome::Never { error: answer }) = outcome;
        Ok(ChannelTestInfo { channel: name.to_owned(), kind: kind.to_owned(), is_delivered, answer })
    }

    /// Whose channels are meant; none: the platform's.
    fn owner(
        &self,
        caller: &Caller,
        tenant: Option<&TenantName>,
    ) -> Result<Option<TenantName>, ChannelsError> {
        let tenant = caller.scope(tenant)?;
        if let Some(tenant) = &tenant {
            self.tenant(tenant)?;
        }
        Ok(tenant)
    }
}
