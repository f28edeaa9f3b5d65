//! Turns a component's `describe` into the model's descriptors, by the rules.

use std::time::Duration;

use wayfarer_model::descriptor::{Descriptor, DescriptorError, JOURNEYS, SecretNeed, check};
use wayfarer_model::ids::NameError;
use wayfarer_model::parameter::{Parameter, ParameterKind};

use crate::bindings::exports::wayfarer::journey::guest as wit;

/// Why a component's journeys are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescribeError {
    /// `describe` did not return.
    #[error("the component failed to say which journeys it holds: {0}")]
    Failed(String),
    /// The runner could not call it.
    #[error("the runner could not call the component's `describe`: {0}")]
    Runner(String),
    /// The answer breaks a rule.
    #[error(transparent)]
    Rules(#[from] DescriptorError),
}

impl From<NameError> for DescribeError {
    fn from(error: NameError) -> Self {
        Self::Rules(error.into())
    }
}

/// Checks the answer as a whole.
pub(crate) fn descriptors(answer: Vec<wit::Descriptor>) -> Result<Vec<Descriptor>, DescribeError> {
    if answer.len() > JOURNEYS {
        return Err(DescriptorError::TooMany(answer.len()).into());
    }
    let journeys = answer.into_iter().map(descriptor).collect::<Result<Vec<_>, _>>()?;
    check(&journeys)?;
    Ok(journeys)
}

fn descriptor(raw: wit::Descriptor) -> Result<Descriptor, NameError> {
    Ok(Descriptor {
        name: raw.name.parse()?,
        title: raw.title,
        owner: raw.owner,
        runbook: raw.runbook,
        schedule: raw.schedule,
        timezone: raw.timezone,
        timeout: raw.timeout_ms.map(|ms| Duration::from_millis(ms.into())),
        tags: raw.tags,
        steps: raw.steps,
        parameters: raw.parameters.into_iter().map(parameter).collect(),
        secrets: raw.secrets.into_iter().map(secret).collect(),
        hosts: raw.hosts,
        cleanups: raw.cleanups,
        retries: raw.retries,
    })
}

fn secret(raw: wit::Secret) -> SecretNeed {
    SecretNeed { name: raw.name, title: raw.title, required: raw.required, place: raw.place }
}

fn parameter(raw: wit::Parameter) -> Parameter {
    let kind = match raw.kind {
        wit::ParameterKind::Text | wit::ParameterKind::Other(_) => ParameterKind::Text,
        wit::ParameterKind::Integer => ParameterKind::Integer,
        wit::ParameterKind::Number => ParameterKind::Number,
        wit::ParameterKind::Boolean => ParameterKind::Boolean,
        wit::ParameterKind::Url => ParameterKind::Url,
        wit::ParameterKind::Duration => ParameterKind::Duration,
        wit::ParameterKind::Choice(words) => ParameterKind::Choice(words),
    };
    Parameter { name: raw.name, title: raw.title, kind, required: raw.required, preset: raw.preset }
}
