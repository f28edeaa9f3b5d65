//! `checks.toml`: a project of checks without code. It has the tables of `journey.toml` that such checks can use, and no others.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::journey_toml::{LimitsTable, Params, ProfileTable};
use super::network_tables::NetworkTable;
use super::{HttpCheckTable, JourneyToml, RuleTable, SecretTable};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ChecksToml {
    /// Values for every check of the file.
    pub(crate) params: Params,
    /// Sets of values. `--profile` chooses one.
    pub(crate) profiles: BTreeMap<String, ProfileTable>,
    pub(crate) secrets: BTreeMap<String, SecretTable>,
    pub(crate) network: NetworkTable,
    pub(crate) limits: LimitsTable,
    pub(crate) alert: RuleTable,
    /// Keys of every check that does not write them itself.
    #[serde(rename = "http-check-defaults")]
    pub(crate) http_check_defaults: HttpCheckTable,
    #[serde(rename = "http-check")]
    pub(crate) http_checks: BTreeMap<String, HttpCheckTable>,
}

impl From<ChecksToml> for JourneyToml {
    fn from(checks: ChecksToml) -> Self {
        let ChecksToml {
            params,
            profiles,
            secrets,
            network,
            limits,
            alert,
            http_check_defaults,
            http_checks,
        } = checks;
        Self {
            params,
            profiles,
            secrets,
            network,
            limits,
            alert,
            http_check_defaults,
            http_checks,
            ..Self::default()
        }
    }
}
