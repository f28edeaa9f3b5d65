//! `[channels.NAME]` and `[tenants.TENANT.channels.NAME]` of `wayfarer.toml`.

use schemars::JsonSchema;
use serde::Deserialize;
use wayfarer_model::ids::ChannelName;

use super::alertmanager::AlertmanagerTable;
use super::channel::Channel;
use super::email::EmailTable;
use super::ntfy::NtfyTable;
use super::opsgenie::OpsgenieTable;
use super::pagerduty::PagerdutyTable;
use super::secret::SecretReader;
use super::slack::SlackTable;
use super::teams::TeamsTable;
use super::template::TemplateTable;
use super::webhook::WebhookTable;

/// A channel as the file has it: exactly one of the kinds, and what holds for every kind.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChannelTable {
    webhook: Option<WebhookTable>,
    slack: Option<SlackTable>,
    teams: Option<TeamsTable>,
    pagerduty: Option<PagerdutyTable>,
    opsgenie: Option<OpsgenieTable>,
    alertmanager: Option<AlertmanagerTable>,
    email: Option<EmailTable>,
    ntfy: Option<NtfyTable>,
    template: Option<TemplateTable>,
    /// Where a notice goes that this channel does not take.
    #[schemars(with = "Option<String>")]
    pub(crate) fallback: Option<ChannelName>,
}

/// For the error of a table without a kind, or with several.
const KINDS: &str =
    "`webhook`, `slack`, `teams`, `pagerduty`, `opsgenie`, `alertmanager`, `email`, `ntfy` or `template`";

impl ChannelTable {
    /// Reads the channel with its secrets. An error is the rest of a sentence about the table.
    pub(crate) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Channel, String> {
        let mut found = Vec::new();
        macro_rules! kinds {
            ($($key:ident => $variant:ident),*) => {
                $(if let Some(table) = &self.$key {
                    found.push(table.read(secrets).map(Channel::$variant));
                })*
            };
        }
        kinds! {
            webhook => Webhook, slack => Slack, teams => Teams, pagerduty => Pagerduty, opsgenie => Opsgenie,
            alertmanager => Alertmanager, email => Email, ntfy => Ntfy, template => Template
        }
        match (found.pop(), found.len()) {
            (Some(channel), 0) => channel,
            _ => Err(format!("needs exactly one of {KINDS}")),
        }
    }
}
