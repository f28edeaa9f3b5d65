//! The descriptor of a journey, and what must hold for all journeys of a component together.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bounds::{BoundError, JOURNEYS, check_bounds};
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
    /// Who is to be told if it fails; may be empty.
    #[serde(default)]
    pub owner: String,
    /// The URL of what to do if it fails; may be empty.
    #[serde(default)]
    pub runbook: String,
    /// The default schedule, as its author wrote it.
    pub schedule: Option<String>,
    /// The IANA timezone of the schedule.
    pub timezone: Option<String>,
    /// The longest duration of one attempt.
    pub timeout: Option<Duration>,
    /// Words to select journeys by.
    pub tags: Vec<String>,
    /// The names of its steps in order, as far as they are known without running it. A run that returns without having
    /// opened each of them is `broken`. A name that ends in `?` is that of an optional step.
    pub steps: Vec<String>,
    /// The parameters that it reads.
    pub parameters: Vec<Parameter>,
    /// The secrets that it uses.
    pub secrets: Vec<SecretNeed>,
    /// The hosts that it calls. This requests access and does not grant it.
    pub hosts: Vec<String>,
    /// The kinds of cleanup that it understands.
    pub cleanups: Vec<String>,
    /// The author's number of attempts beyond the first.
    pub retries: Option<u32>,
}

/// One secret that a journey uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretNeed {
    /// Its name.
    pub name: String,
    /// One sentence for people; may be empty.
    #[serde(default)]
    pub title: String,
    /// Whether the runner refuses a run without a value.
    pub required: bool,
    /// Where in a request the journey puts it, such as `header:x-key`; none for the default places.
    #[serde(default)]
    pub place: Option<String>,
}

impl SecretNeed {
    /// A secret that the journey cannot do without, at the default places.
    pub fn required(name: impl Into<String>) -> Self {
        Self { name: name.into(), title: String::new(), required: true, place: None }
    }

    /// The line of the secret's entry that gives the place which the journey declares: `header = "x-key"` for `header:x-key`.
    /// None for the default places.
    pub fn line(&self) -> Option<String> {
        let place = self.place.as_ref()?;
        Some(match place.split_once(':') {
            Some(("header", name)) => format!("header = {:?}", name.to_ascii_lowercase()),
            Some((kind, name)) => format!("{kind} = {name:?}"),
            None => format!("{place} = true"),
        })
    }
}

impl From<&str> for SecretNeed {
    fn from(name: &str) -> Self {
        Self::required(name)
    }
}

impl Descriptor {
    /// The names of the secrets that it uses.
    pub fn secret_names(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|secret| secret.name.as_str())
    }
}

/// Why the runner refuses a component's journeys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// There are no journeys.
    #[error("the component describes no journey: export at least one from `describe`")]
    Empty,
    /// There are too many journeys.
    #[error("the component describes {0} journeys, at most {JOURNEYS} are allowed: split it")]
    TooMany(usize),
    /// A journey says too much of itself.
    #[error("journey `{journey}`: {error}")]
    Bound {
        /// The journey.
        journey: JourneyName,
        /// What is too much.
        error: BoundError,
    },
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
    if journeys.len() > JOURNEYS {
        return Err(DescriptorError::TooMany(journeys.len()));
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
    check_bounds(descriptor).map_err(|error| DescriptorError::Bound { journey: journey.clone(), error })?;
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
    let secrets: Vec<String> = descriptor.secret_names().map(str::to_owned).collect();
    let entries = [("parameter", &parameters), ("secret", &secrets), ("cleanup", &descriptor.cleanups)];
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
            owner: String::new(),
            runbook: String::new(),
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
    fn a_place_is_the_line_of_the_entry_that_gives_it() {
        let line =
            |place: &str| SecretNeed { place: Some(place.to_owned()), ..SecretNeed::required("key") }.line();
        assert_eq!(line("header:X-Key").as_deref(), Some("header = \"x-key\""));
        assert_eq!(line("json:$.a:b").as_deref(), Some("json = \"$.a:b\""));
        assert_eq!(line("totp").as_deref(), Some("totp = true"));
        assert_eq!(SecretNeed::required("key").line(), None);
    }

    #[test]
    fn names_are_unique_and_needed() {
        assert_eq!(check(&[]), Err(DescriptorError::Empty));
        assert_eq!(check(&[journey("a"), journey("b")]), Ok(()));
        let twice = check(&[journey("a"), journey("a")]).unwrap_err();
        assert!(twice.to_string().contains("the journey `a` twice"), "{twice}");
    }

    #[test]
    fn a_descriptor_is_bounded_in_bytes_and_count_and_letters() {
        fn refused(change: impl FnOnce(&mut Descriptor)) -> String {
            let mut long = journey("a");
            change(&mut long);
            let said = check(&[long]).unwrap_err().to_string();
            assert!(said.len() < 200, "the refusal does not repeat what is too long: {said}");
            said
        }
        let parameter = |change: fn(&mut Parameter)| {
            let (name, title, kind) = ("p".to_owned(), String::new(), ParameterKind::Text);
            let mut parameter = Parameter { name, title, kind, required: false, preset: None };
            change(&mut parameter);
            parameter
        };
        assert_eq!(
            refused(|j| j.title = "x".repeat(201)),
            "journey `a`: its title has 201 bytes: 200 are allowed"
        );
        let escaped = refused(|j| j.title = "free\u{1b}[2J".into());
        assert_eq!(escaped, "journey `a`: its title has the control character \\u{1b}: take it out");
        assert_eq!(
            refused(|j| j.tags = vec!["t".into(); 51]),
            "journey `a`: it has 51 tags, and 50 are allowed: name fewer"
        );
        assert!(refused(|j| j.tags = vec!["t".repeat(1 << 20)]).contains("its tag has 1048576 bytes"));
        assert!(refused(|j| j.steps = vec!["s".into(); 501]).contains("501 steps"));
        assert!(refused(|j| j.steps = vec!["pay\nPASS  all".into()]).contains("step's name has the control"));
        assert!(refused(|j| j.hosts = vec!["h".repeat(301)]).contains("its host has 301 bytes"));
        assert!(
            refused(|j| j.secrets = vec![SecretNeed::required("s".repeat(65))])
                .contains("secret's name has 65 bytes")
        );
        let given = move |change| refused(move |j: &mut Descriptor| j.parameters = vec![parameter(change)]);
        assert!(given(|p| p.preset = Some("v".repeat(20_000))).contains("a value of 20000 bytes"));
        assert!(given(|p| p.title = "\u{202e}".into()).contains("parameter's title has the control"));
        assert!(given(|p| p.kind = ParameterKind::Choice(vec!["w".into(); 101])).contains("101 words"));
        assert!(refused(|j| j.parameters = vec![parameter(|_| ()); 51]).contains("51 parameters"));
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
        secrets.secrets = vec![SecretNeed::required("s"), SecretNeed::required("s")];
        assert!(matches!(check(&[secrets]), Err(DescriptorError::DuplicateEntry { what: "secret", .. })));
    }
}
