//! A journey in its project: what its code says, what `journey.toml` overrides, and what the command line gives.
//!
//! Values of parameters, the strongest first: `-e`, `--env-file`, the profile, `[journeys.NAME.params]`, `[params]`, the
//! code's preset.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::deployment::AlertSettings;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::limits::Limits;
use wayfarer_model::retry::RetryPolicy;

use crate::config::{
    AlertKeys, HttpCheckTable, JourneyTable, ParamText, Project, RetryKeys, RuleChoice, ScheduleChoice,
    SlotKeys, Text,
};
use crate::runnable::Origin;

/// What the command line gives to every journey.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// `-e`.
    pub(crate) params: BTreeMap<String, String>,
    /// `--env-file`: parameters, and variables that secrets come from.
    pub(crate) env_file: BTreeMap<String, String>,
    /// `--profile`.
    pub(crate) profile: Option<String>,
    /// `--timeout`.
    pub(crate) timeout: Option<Duration>,
    /// `--retries`.
    pub(crate) retries: Option<u32>,
}

/// A journey and the project that it is in, with that project's overrides applied.
#[derive(Debug, Clone)]
pub(crate) struct JourneyIn<'a> {
    pub(crate) project: &'a Project,
    pub(crate) journey: Arc<Descriptor>,
    /// Whether it runs without being named in full.
    pub(crate) enabled: bool,
    /// What the project says of its slots, beside schedule and timezone.
    pub(crate) slots: SlotKeys,
    /// What the project says of its alerts, beside owner and runbook.
    pub(crate) alerts: AlertKeys,
    /// What the project says of its retries, beside their number.
    pub(crate) retry: RetryKeys,
}

impl<'a> JourneyIn<'a> {
    /// A component's journey under `[journeys.NAME]`.
    pub(crate) fn new(project: &'a Project, mut journey: Descriptor) -> Self {
        let table = project.toml.journeys.get(journey.name.as_str());
        if let Some(table) = table {
            apply(table, &mut journey);
        }
        let enabled = table.and_then(|table| table.enabled).unwrap_or(true);
        let slots = table.map(JourneyTable::slots).unwrap_or_default();
        let alerts = table.map(JourneyTable::alerts).unwrap_or_default();
        let retry = table.map(JourneyTable::retry).unwrap_or_default();
        Self { project, journey: Arc::new(journey), enabled, slots, alerts, retry }
    }

    /// The journey without code of `[http-check.NAME]`.
    ///
    /// # Errors
    /// A rule of the table that is broken. That of a project that was read is not.
    pub(crate) fn without_code(
        project: &'a Project,
        name: JourneyName,
        table: &HttpCheckTable,
    ) -> Result<Self, String> {
        let enabled = table.enabled.unwrap_or(true);
        let (slots, alerts, retry) = (table.slots(), table.alerts(), table.retry());
        let journey = Arc::new(table.descriptor(name)?);
        Ok(Self { project, journey, enabled, slots, alerts, retry })
    }
}

fn apply(table: &JourneyTable, journey: &mut Descriptor) {
    match &table.schedule {
        Some(Text(ScheduleChoice::On(expression))) => journey.schedule = Some(expression.to_string()),
        Some(Text(ScheduleChoice::Off)) => journey.schedule = None,
        None => {}
    }
    if let Some(Text(timezone)) = table.timezone {
        journey.timezone = Some(timezone.to_string());
    }
    journey.timeout = table.timeout.map(|text| text.0).or(journey.timeout);
    journey.retries = table.retries.or(journey.retries);
    if let Some(tags) = &table.tags {
        journey.tags.clone_from(tags);
    }
    if let Some(owner) = &table.owner {
        journey.owner.clone_from(owner);
    }
    if let Some(runbook) = &table.runbook {
        journey.runbook.clone_from(runbook);
    }
}

impl JourneyIn<'_> {
    /// Where a person edits what the project says.
    pub(crate) fn origin(&self) -> Origin {
        Origin::Project { file: self.project.file.as_ref().map(|_| self.project.file_name().to_owned()) }
    }

    /// What one attempt may use.
    pub(super) fn limits(&self, given: &Given) -> Limits {
        let mut limits = self.project.toml.limits.over(Limits::default());
        limits.wall = given.timeout.or(self.journey.timeout).unwrap_or(limits.wall);
        limits
    }

    /// When people are told of it. The error is a rule that is broken.
    pub(crate) fn alert(&self) -> Result<AlertSettings, String> {
        let own = self
            .alerts
            .alert
            .rule()
            .map_err(|why| format!("its table `alert` in {} {why}", self.project.file_name()))?;
        let all = self
            .project
            .toml
            .alert
            .rule()
            .map_err(|why| format!("the table [alert] in {} {why}", self.project.file_name()))?;
        let rule = match own.or(all) {
            Some(RuleChoice::Plain(plain)) => Some(plain),
            Some(RuleChoice::Bounded) | None => None,
        };
        let depends_on = self.alerts.depends_on.iter().map(|name| name.0.clone()).collect();
        Ok(AlertSettings { depends_on, rule })
    }

    /// Attempts beyond the first.
    pub(super) fn retry(&self, given: &Given) -> RetryPolicy {
        self.retry.policy(given.retries.or(self.journey.retries).unwrap_or(0))
    }

    /// The values that were given for the journey's parameters. Presets stay with the code.
    ///
    /// A variable that a secret comes from is no parameter, even if it stands in the same `--env-file`.
    pub(crate) fn values(&self, given: &Given) -> BTreeMap<String, String> {
        let toml = &self.project.toml;
        let name = self.journey.name.as_str();
        let of_check = || toml.http_checks.get(name)?.params.as_ref();
        let own = toml.journeys.get(name).map(|table| &table.params).or_else(of_check);
        let profile = given.profile.as_deref().and_then(|name| self.project.profile(name));
        let files = [Some(&toml.params), own, profile].into_iter().flatten();
        let mut values: BTreeMap<String, String> =
            files.flatten().map(|(name, ParamText(value))| (name.clone(), value.clone())).collect();
        let is_secret = |name: &str| toml.secrets.values().any(|secret| secret.env.as_deref() == Some(name));
        let env_file = given.env_file.iter().filter(|(name, _)| !is_secret(name));
        values.extend(env_file.chain(&given.params).map(|(name, value)| (name.clone(), value.clone())));
        values.retain(|name, _| self.journey.parameters.iter().any(|parameter| parameter.name == *name));
        values
    }
}
