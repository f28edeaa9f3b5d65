//! How a component describes its journeys, and the rules for it. Mirrors the WIT's `descriptor`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::JourneyName;
use crate::parameter::Parameter;
use crate::schedule::{Expression, ScheduleError, Timezone, TimezoneError};

/// One journey of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// Unique in its component.
    pub name: JourneyName,
    /// One sentence for people; may be empty.
    pub title: String,
    /// The default schedule, as its author wrote it.
    pub schedule: Option<String>,
    /// The IANA timezone of the schedule.
    pub timezone: Option<String>,
    /// The longest duration of one attempt.
    pub timeout: Option<Duration>,
    /// Words to select journeys by.
    pub tags: Vec<String>,
    /// The names of its steps in order, as far as they are known without running it.
    pub steps: Vec<String>,
    /// The parameters that it reads.
    pub parameters: Vec<Parameter>,
    /// The names of the secrets that it uses.
    pub secrets: Vec<String>,
    /// The hosts that it calls. This requests access and does not grant it.
    pub hosts: Vec<String>,
    /// The kinds of cleanup that it understands.
    pub cleanups: Vec<String>,
    /// The author's number of attempts beyond the first (extension `retries`).
    pub retries: Option<u32>,
}

/// Why the runner refuses a component's journeys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// There are no journeys.
    #[error("the component describes no journey: export at least one from `describe`")]
    Empty,
    /// Two journeys have the same name.
    #[error("the component describes the journey `{0}` twice: give each journey its own name")]
    DuplicateJourney(JourneyName),
    /// A journey's name is invalid.
    #[error("journey: {0}")]
    Name(#[from] crate::ids::NameError),
    /// Two parameters, secrets or kinds of cleanup have the same name.
    #[error("journey `{journey}` names the {what} `{name}` twice: remove one")]
    DuplicateEntry {
        /// The journey.
        journey: JourneyName,
        /// `parameter`, `secret` or `cleanup`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name or a tag is invalid.
    #[error(
        "journey `{journey}` has the invalid {what} `{name}`: use 1 to 64 letters, digits and `_ - . : /`"
    )]
    Word {
        /// The journey.
        journey: JourneyName,
        /// `parameter`, `secret`, `tag` or `cleanup`.
        what: &'static str,
        /// The word.
        name: String,
    },
    /// A preset does not match its kind.
    #[error("journey `{journey}`: the preset of {error}")]
    Preset {
        /// The journey.
        journey: JourneyName,
        /// The error of its preset.
        error: crate::parameter::ParameterError,
    },
    /// Not a schedule.
    #[error("journey `{journey}`: {error}")]
    Schedule {
        /// The journey.
        journey: JourneyName,
        /// The error of its schedule.
        error: ScheduleError,
    },
    /// Not a timezone.
    #[error("journey `{journey}`: {error}")]
    Timezone {
        /// The journey.
        journey: JourneyName,
        /// The error of its timezone.
        error: TimezoneError,
    },
    /// A timeout is zero.
    #[error("journey `{0}` has a timeout of 0: remove it or make it longer")]
    Timeout(JourneyName),
}

/// Checks all journeys of one component together.
///
/// # Errors
/// The first rule that a journey breaks.
pub fn check(journeys: &[Descriptor]) -> Result<(), DescriptorError> {
    if journeys.is_empty() {
        return Err(DescriptorError::Empty);
    }
    let mut names = BTreeSet::new();
    for descriptor in journeys {
        if !names.insert(&descriptor.name) {
            return Err(DescriptorError::DuplicateJourney(descriptor.name.clone()));
        }
        check_one(descriptor)?;
    }
    Ok(())
}

fn check_one(descriptor: &Descriptor) -> Result<(), DescriptorError> {
    let journey = &descriptor.name;
    if descriptor.timeout == Some(Duration::ZERO) {
        return Err(DescriptorError::Timeout(journey.clone()));
    }
    if let Some(Err(error)) = descriptor.schedule.as_deref().map(str::parse::<Expression>) {
        return Err(DescriptorError::Schedule { journey: journey.clone(), error });
    }
    if let Some(Err(error)) = descriptor.timezone.as_deref().map(str::parse::<Timezone>) {
        return Err(DescriptorError::Timezone { journey: journey.clone(), error });
    }
    let parameters: Vec<String> =
        descriptor.parameters.iter().map(|parameter| parameter.name.clone()).collect();
    let entries =
        [("parameter", &parameters), ("secret", &descriptor.secrets), ("cleanup", &descriptor.cleanups)];
    for (what, names) in entries {
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(DescriptorError::DuplicateEntry {
                journey: journey.clone(),
                what,
                name: name.clone(),
            });
        }
    }
    for (what, names) in entries.into_iter().chain([("tag", &descriptor.tags)]) {
        if let Some(name) = names.iter().find(|name| !is_word(name)) {
            return Err(DescriptorError::Word { journey: journey.clone(), what, name: name.clone() });
        }
    }
    let presets = descriptor.parameters.iter().filter_map(|p| p.preset.clone().map(|v| (p.name.clone(), v)));
    let optional: Vec<Parameter> =
        descriptor.parameters.iter().map(|p| Parameter { required: false, ..p.clone() }).collect();
    match crate::parameter::resolve(&optional, &presets.collect()) {
        Ok(_) => Ok(()),
        Err(errors) => errors
            .into_iter()
            .next()
            .map_or(Ok(()), |error| Err(DescriptorError::Preset { journey: journey.clone(), error })),
    }
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::ParameterKind;

    fn journey(name: &str) -> Descriptor {
        Descriptor {
            name: name.parse().unwrap(),
            title: String::new(),
            schedule: None,
            timezone: None,
            timeout: None,
            tags: vec!["tier-1".into()],
            steps: vec![],
            parameters: vec![],
            secrets: vec![],
            hosts: vec![],
            cleanups: vec![],
            retries: None,
        }
    }

    #[test]
    fn names_are_unique_and_needed() {
        assert_eq!(check(&[]), Err(DescriptorError::Empty));
        assert_eq!(check(&[journey("a"), journey("b")]), Ok(()));
        let twice = check(&[journey("a"), journey("a")]).unwrap_err();
        assert!(twice.to_string().contains("the journey `a` twice"), "{twice}");
    }

    #[test]
    fn words_and_presets_follow_their_rules() {
        let mut tagged = journey("a");
        tagged.tags = vec!["two words".into()];
        assert!(matches!(check(&[tagged]), Err(DescriptorError::Word { what: "tag", .. })));
        let mut preset = journey("a");
        preset.parameters = vec![Parameter {
            name: "tries".into(),
            title: String::new(),
            kind: ParameterKind::Integer,
            required: true,
            preset: Some("many".into()),
        }];
        assert!(
            check(&[preset]).unwrap_err().to_string().contains("the preset of parameter `tries` is `many`")
        );
        let mut scheduled = journey("a");
        scheduled.schedule = Some("*/5 * * *".into());
        assert!(matches!(check(&[scheduled]), Err(DescriptorError::Schedule { .. })));
        let mut zoned = journey("a");
        zoned.timezone = Some("Europe/Brelin".into());
        assert!(check(&[zoned]).unwrap_err().to_string().contains("Europe/Berlin"));
        let mut secrets = journey("a");
        secrets.secrets = vec!["s".into(), "s".into()];
        assert!(matches!(check(&[secrets]), Err(DescriptorError::DuplicateEntry { what: "secret", .. })));
    }
}
