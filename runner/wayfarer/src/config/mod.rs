//! Configuration files. An unknown key is an error that names the line and the most similar key.
//!
//! `journey.toml` and `checks.toml` belong to a project and its author, `wayfarer.toml` to a runner and its operator. No check here
//! needs a component; the code that runs or deploys a project makes those that do.

mod access_tables;
mod alert_keys;
mod alert_tables;
mod checks_toml;
mod domains;
mod env_file;
mod error;
mod evidence;
mod http_check;
mod incidents;
mod journey_toml;
mod network;
mod network_tables;
mod oidc_table;
mod one_or_many;
mod otlp_table;
mod parse;
mod project;
mod project_secrets;
#[cfg(test)]
mod reference_tests;
mod retention;
mod retry_keys;
mod runner_file;
#[cfg(test)]
mod runner_tests;
mod runner_toml;
mod schema;
mod schema_parts;
mod secret_table;
mod secret_value;
mod status_page;
#[cfg(test)]
mod tests;
mod text;
mod timing;
mod user;

pub(crate) use alert_keys::{AlertKeys, RuleChoice, RuleTable};
pub(crate) use alert_tables::AlertTable;
pub(crate) use domains::DomainsTable;
pub(crate) use env_file::read as read_env_file;
pub(crate) use error::{ConfigError, is_for_want};
pub(crate) use evidence::EvidenceTable;
pub(crate) use http_check::{
    BasicTable, HttpCheckTable, MOST_REQUESTS, MethodName, OneOrMany, SecretSites, SentHeader, StatusRule,
    StoredCheck, Texts, UrlText, json_segment, needs,
};
pub(crate) use incidents::IncidentTable;
pub(crate) use journey_toml::{JourneyTable, JourneyToml, ServerTable};
pub(crate) use network::{
    insecure_hosts, network_settings, platform_network_settings, runner_control_settings,
    tenant_network_settings,
};
pub(crate) use network_tables::HostTable;
pub(crate) use oidc_table::{GrantTable, is_private};
pub(crate) use one_or_many::one_or_many;
pub(crate) use otlp_table::{OtlpTable, TraceLink};
pub(crate) use project::Project;
pub(crate) use retention::{Keep, RetentionTable};
pub(crate) use retry_keys::{RetryKeys, RetryWait};
pub(crate) use runner_file::{EVERY_HOST, RunnerFile};
pub(crate) use runner_toml::{RunnerToml, TenantTable};
pub(crate) use schema::{checks_toml_schema, journey_toml_schema, wayfarer_toml_schema};
pub(crate) use schema_parts::one_or_many_schema;
pub(crate) use secret_table::{SecretTable, SecretUses};
pub(crate) use secret_value::{NoSecret, secret_value};
pub(crate) use status_page::{ServiceTable, StatusPageTable};
pub(crate) use text::{Count, FromText, ParamText, Text};
pub(crate) use timing::{Grace, ScheduleChoice, SlotKeys};
pub(crate) use user::{ColorChoice, UserSettings, home_folder};
