//! From a selected journey to everything that an attempt needs, or all that is missing at once.
//!
//! Values of parameters, the strongest first: `-e`, `--env-file`, the profile, `[journeys.NAME.params]`,
//! `[params]`, the code's preset.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::limits::Limits;
use wayfarer_model::parameter::{self, ParameterError};
use wayfarer_model::retry::RetryPolicy;

use super::secrets::{self, SecretError};
use crate::config::{HttpCheckTable, JourneyTable, ParamText, Project, ScheduleChoice, SlotKeys, Text};
use crate::runnable::Prepared;

/// What the command line gives to every journey.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// `-e`.
    pub(crate) params: BTreeMap<String, String>,
    /// `--env-file`.
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
    /// The project.
    pub(crate) project: &'a Project,
    /// What it is here.
    pub(crate) journey: Arc<Descriptor>,
    /// Whether it runs without being named in full.
    pub(crate) enabled: bool,
    /// What the project says of its slots, beside schedule and timezone.
    pub(crate) slots: SlotKeys,
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
        Self { project, journey: Arc::new(journey), enabled, slots }
    }

    /// The journey without code of `[http-check.NAME]`.
    pub(crate) fn without_code(project: &'a Project, name: JourneyName, table: &HttpCheckTable) -> Self {
        let enabled = table.enabled.unwrap_or(true);
        Self { project, journey: Arc::new(table.descriptor(name)), enabled, slots: table.slots() }
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
}

impl JourneyIn<'_> {
    /// What one attempt may use.
    pub(crate) fn limits(&self, given: &Given) -> Limits {
        let mut limits = self.project.toml.limits.over(Limits::default());
        limits.wall = given.timeout.or(self.journey.timeout).unwrap_or(limits.wall);
        limits
    }

    /// Attempts beyond the first.
    pub(crate) fn retries(&self, given: &Given) -> u32 {
        given.retries.or(self.journey.retries).unwrap_or(0)
    }

    /// Every value that was given, those among them that the journey does not read.
    pub(crate) fn values(&self, given: &Given) -> BTreeMap<String, String> {
        let toml = &self.project.toml;
        let own = toml.journeys.get(self.journey.name.as_str()).map(|table| &table.params);
        let profile = given.profile.as_deref().and_then(|name| self.project.profile(name));
        let files = [Some(&toml.params), own, profile].into_iter().flatten();
        let mut values: BTreeMap<String, String> =
            files.flatten().map(|(name, ParamText(value))| (name.clone(), value.clone())).collect();
        for layer in [&given.env_file, &given.params] {
            values.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        values
    }
}

/// One thing that stands in the way of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PrepareError {
    /// A parameter.
    #[error(
        "journey `{journey}`: {error}; give it with `-e {}=VALUE` or under [params] in journey.toml",
        name_of(error)
    )]
    Parameter {
        /// The journey.
        journey: JourneyName,
        /// What is wrong.
        error: ParameterError,
    },
    /// A secret.
    #[error("journey `{journey}`: {error}")]
    Secret {
        /// The journey.
        journey: JourneyName,
        /// What is wrong.
        error: SecretError,
    },
    /// A rule that concerns the journey as a whole.
    #[error("journey `{journey}`: {rule}")]
    Rule {
        /// The journey.
        journey: JourneyName,
        /// The rule and the mend.
        rule: String,
    },
    /// A name that nothing has.
    #[error("{0}")]
    Unknown(String),
}

fn name_of(error: &ParameterError) -> &str {
    match error {
        ParameterError::Missing { name, .. } | ParameterError::Malformed { name, .. } => name,
    }
}

/// All that stands in the way, so that one look is enough.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub(crate) struct PrepareErrors(pub(crate) Vec<PrepareError>);

impl FromIterator<String> for PrepareErrors {
    fn from_iter<I: IntoIterator<Item = String>>(sentences: I) -> Self {
        Self(sentences.into_iter().map(PrepareError::Unknown).collect())
    }
}

/// Prepares one journey.
pub(crate) fn prepare(of: &JourneyIn<'_>, given: &Given) -> Result<Prepared, PrepareErrors> {
    let name = &of.journey.name;
    let mut errors = Vec::new();
    let values = of.values(given);
    let params = parameter::resolve(&of.journey.parameters, &values).unwrap_or_else(|wrong| {
        errors
            .extend(wrong.into_iter().map(|error| PrepareError::Parameter { journey: name.clone(), error }));
        Vec::new()
    });
    let mut found = Vec::new();
    for secret in &of.journey.secrets {
        match secrets::resolve(of.project, secret, &given.env_file) {
            Ok(secret) => found.push(secret),
            Err(error) => errors.push(PrepareError::Secret { journey: name.clone(), error }),
        }
    }
    if !errors.is_empty() {
        return Err(PrepareErrors(errors));
    }
    let retry = RetryPolicy { retries: of.retries(given) };
    Ok(Prepared { params, secrets: found, limits: of.limits(given), retry })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wayfarer_model::parameter::{Parameter, ParameterKind};

    use super::*;

    fn project_of(toml: &str) -> Project {
        Project {
            dir: "shop".into(),
            file: Some("shop/journey.toml".into()),
            toml: toml::from_str(toml).unwrap(),
        }
    }

    fn journey() -> Descriptor {
        let parameter = |name: &str, kind, required| Parameter {
            name: name.into(),
            title: String::new(),
            kind,
            required,
            preset: None,
        };
        Descriptor {
            name: "checkout".parse().unwrap(),
            title: String::new(),
            schedule: None,
            timezone: None,
            timeout: Some(Duration::from_secs(7)),
            tags: vec![],
            steps: vec![],
            parameters: vec![
                parameter("base_url", ParameterKind::Url, true),
                parameter("tries", ParameterKind::Integer, false),
            ],
            secrets: vec!["password".into()],
            hosts: vec![],
            cleanups: vec![],
            retries: Some(1),
        }
    }

    fn given(params: &[(&str, &str)]) -> Given {
        let params = params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Given { params, ..Given::default() }
    }

    #[test]
    fn all_errors_come_at_once_and_name_the_mend() {
        let project = project_of("");
        let error =
            prepare(&JourneyIn::new(&project, journey()), &given(&[("tries", "many")])).err().unwrap();
        insta::assert_snapshot!(error, @r#"
        journey `checkout`: parameter `base_url` has no value: it must be an absolute http or https URL, such as `https://shop.example.com`; give it with `-e base_url=VALUE` or under [params] in journey.toml
        journey `checkout`: parameter `tries` is `many`: it must be a whole number, such as `42`; give it with `-e tries=VALUE` or under [params] in journey.toml
        journey `checkout`: the secret `password` is not configured: add to journey.toml [secrets.password] with `env = "PASSWORD"` or `file = "PATH"`
        "#);
        let other = project_of("[secrets.password]\nenv = \"WAYFARER_TEST_NOT_SET\"");
        let error = prepare(&JourneyIn::new(&other, journey()), &given(&[("base_url", "http://a.example")]));
        insta::assert_snapshot!(error.err().unwrap(), @"journey `checkout`: the secret `password` comes from the environment variable `WAYFARER_TEST_NOT_SET`, which is not set: set it, or write it into a file for `--env-file`");
    }

    #[test]
    fn the_stronger_layer_wins() {
        let project = project_of(
            "[params]\nbase_url = \"http://one.example\"\ntries = 1\n\
             [journeys.checkout]\nretries = 3\nparams.tries = 2\n\
             [profiles.staging.params]\nbase_url = \"http://two.example\"\n\
             [limits]\ncpu = \"2s\"\ntimeout = \"9s\"\n\
             [network]\nallow = [\"one.example\"]\n\
             [secrets.password]\nenv = \"SHOP_PASSWORD\"\n",
        );
        let mut given = Given { profile: Some("staging".into()), ..given(&[]) };
        given.env_file.insert("SHOP_PASSWORD".into(), "sesame".into());
        let prepared = prepare(&JourneyIn::new(&project, journey()), &given).ok().unwrap();
        let expected = [("base_url", "http://two.example"), ("tries", "2")];
        assert_eq!(prepared.params, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(prepared.secrets[0].value, "sesame");
        assert_eq!(prepared.secrets[0].hosts, ["one.example".parse().unwrap()]);
        assert_eq!((prepared.limits.wall.as_secs(), prepared.limits.cpu.as_secs()), (7, 2));
        assert_eq!(prepared.retry.retries, 3);
        given.params.insert("tries".into(), "5".into());
        given.timeout = Some(Duration::from_secs(1));
        let prepared = prepare(&JourneyIn::new(&project, journey()), &given).ok().unwrap();
        assert_eq!(prepared.params[1].1, "5");
        assert_eq!(prepared.limits.wall.as_secs(), 1);
        assert!(project.path(Path::new("x")).ends_with("shop/x"));
    }
}
