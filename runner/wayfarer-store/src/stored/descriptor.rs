//! What a component says of its journeys, as stored in `component.journeys` and inside of each stored spec.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wayfarer_model::descriptor::{Descriptor, SecretNeed};
use wayfarer_model::parameter::{Parameter, ParameterKind};

use super::format::{FORMAT, StoredError, format, micros, parsed};

/// All journeys of one component.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredDescriptors {
    format: u32,
    journeys: Vec<StoredDescriptor>,
}

impl StoredDescriptors {
    pub(crate) fn of(journeys: &[Descriptor]) -> Self {
        Self { format: FORMAT, journeys: journeys.iter().map(StoredDescriptor::of).collect() }
    }

    pub(crate) fn read(text: &str) -> Result<Vec<Descriptor>, StoredError> {
        let stored: Self = serde_json::from_str(text)?;
        format(stored.format)?;
        stored.journeys.into_iter().map(StoredDescriptor::into_model).collect()
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredDescriptor {
    name: String,
    title: String,
    owner: String,
    runbook: String,
    schedule: Option<String>,
    timezone: Option<String>,
    timeout_us: Option<u64>,
    tags: Vec<String>,
    steps: Vec<String>,
    parameters: Vec<StoredParameter>,
    secrets: Vec<StoredSecretNeed>,
    hosts: Vec<String>,
    cleanups: Vec<String>,
    retries: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct StoredSecretNeed {
    name: String,
    title: String,
    is_required: bool,
    place: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredParameter {
    name: String,
    title: String,
    kind: StoredKind,
    is_required: bool,
    preset: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredKind {
    Text,
    Integer,
    Number,
    Boolean,
    Url,
    Duration,
    Choice(Vec<String>),
}

impl StoredDescriptor {
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn runbook(&self) -> &str {
        &self.runbook
    }

    pub(super) fn tags(&self) -> &[String] {
        &self.tags
    }

    pub(super) fn of(descriptor: &Descriptor) -> Self {
        // By name, so that a field that the model gains does not stay behind.
        let Descriptor {
            name,
            title,
            owner,
            runbook,
            schedule,
            timezone,
            timeout,
            tags,
            steps,
            parameters,
            secrets,
            hosts,
            cleanups,
            retries,
        } = descriptor;
        Self {
            name: name.to_string(),
            title: title.clone(),
            owner: owner.clone(),
            runbook: runbook.clone(),
            schedule: schedule.clone(),
            timezone: timezone.clone(),
            timeout_us: timeout.map(micros),
            tags: tags.clone(),
            steps: steps.clone(),
            parameters: parameters.iter().map(StoredParameter::of).collect(),
            secrets: secrets.iter().map(StoredSecretNeed::of).collect(),
            hosts: hosts.clone(),
            cleanups: cleanups.clone(),
            retries: *retries,
        }
    }

    pub(super) fn into_model(self) -> Result<Descriptor, StoredError> {
        Ok(Descriptor {
            name: parsed("descriptor.name", &self.name)?,
            title: self.title,
            owner: self.owner,
            runbook: self.runbook,
            schedule: self.schedule,
            timezone: self.timezone,
            timeout: self.timeout_us.map(Duration::from_micros),
            tags: self.tags,
            steps: self.steps,
            parameters: self.parameters.into_iter().map(StoredParameter::into_model).collect(),
            secrets: self.secrets.into_iter().map(StoredSecretNeed::into_model).collect(),
            hosts: self.hosts,
            cleanups: self.cleanups,
            retries: self.retries,
        })
    }
}

impl StoredSecretNeed {
    fn of(secret: &SecretNeed) -> Self {
        let SecretNeed { name, title, required, place } = secret;
        Self { name: name.clone(), title: title.clone(), is_required: *required, place: place.clone() }
    }

    fn into_model(self) -> SecretNeed {
        let Self { name, title, is_required, place } = self;
        SecretNeed { name, title, required: is_required, place }
    }
}

impl StoredParameter {
    fn of(parameter: &Parameter) -> Self {
        let Parameter { name, title, kind, required, preset } = parameter;
        let kind = match kind {
            ParameterKind::Text => StoredKind::Text,
            ParameterKind::Integer => StoredKind::Integer,
            ParameterKind::Number => StoredKind::Number,
            ParameterKind::Boolean => StoredKind::Boolean,
            ParameterKind::Url => StoredKind::Url,
            ParameterKind::Duration => StoredKind::Duration,
            ParameterKind::Choice(words) => StoredKind::Choice(words.clone()),
        };
        Self {
            name: name.clone(),
            title: title.clone(),
            kind,
            is_required: *required,
            preset: preset.clone(),
        }
    }

    fn into_model(self) -> Parameter {
        let kind = match self.kind {
            StoredKind::Text => ParameterKind::Text,
            StoredKind::Integer => ParameterKind::Integer,
            StoredKind::Number => ParameterKind::Number,
            StoredKind::Boolean => ParameterKind::Boolean,
            StoredKind::Url => ParameterKind::Url,
            StoredKind::Duration => ParameterKind::Duration,
            StoredKind::Choice(words) => ParameterKind::Choice(words),
        };
        Parameter {
            name: self.name,
            title: self.title,
            kind,
            required: self.is_required,
            preset: self.preset,
        }
    }
}
