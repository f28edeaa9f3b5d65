//! Parameters: their kinds, and the values that a journey gets from those that were given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::nearest::nearest;
use crate::units::parse_duration;
use crate::userinfo::{has_userinfo, without_userinfo};

/// What values a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// A whole number of 64 bits with sign.
    Integer,
    /// A finite decimal number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An absolute `http` or `https` URL.
    Url,
    /// A duration such as `30s`.
    Duration,
    /// One of these words.
    Choice(Vec<String>),
}

impl ParameterKind {
    /// What is wrong with a value, as the rest of the sentence "must be …".
    fn rule_broken_by(&self, value: &str) -> Option<String> {
        let holds = match self {
            Self::Text => true,
            Self::Integer => value.parse::<i64>().is_ok(),
            Self::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Url => Url::parse(value).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && !has_userinfo(&url)
            }),
            Self::Duration => parse_duration(value).is_ok(),
            Self::Choice(words) => words.iter().any(|word| word == value),
        };
        (!holds).then(|| self.rule())
    }

    fn rule(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Integer => "a whole number, such as `42`".to_owned(),
            Self::Number => "a number, such as `0.5`".to_owned(),
            Self::Boolean => "`true` or `false`".to_owned(),
            Self::Url => {
                "an absolute http or https URL without user and password, such as `https://shop.example.com`"
                    .to_owned()
            }
            Self::Duration => "a duration, such as `250ms` or `30s`".to_owned(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
        }
    }
}

/// One parameter of a journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// One sentence for people; may be empty.
    pub title: String,
    /// What values it takes.
    pub kind: ParameterKind,
    /// Whether a run without a value is refused.
    pub required: bool,
    /// The value when none is given.
    pub preset: Option<String>,
}

/// Why the parameters given do not fit a journey.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Required, and neither given nor preset.
    #[error("parameter `{name}` has no value: it must be {rule}")]
    Missing {
        /// The parameter.
        name: String,
        /// What it must be.
        rule: String,
    },
    /// Given, and not of its kind.
    #[error("parameter `{name}` is `{value}`: it must be {rule}")]
    Malformed {
        /// The parameter.
        name: String,
        /// What was given.
        value: String,
        /// What it must be.
        rule: String,
    },
}

impl ParameterError {
    /// The parameter that it is about.
    pub fn name(&self) -> &str {
        match self {
            Self::Missing { name, .. } | Self::Malformed { name, .. } => name,
        }
    }
}

/// The value of every parameter that has one, in the order of the descriptor.
///
/// # Errors
/// One error for each parameter that is missing or malformed: all of them, because one look should be enough.
pub fn resolve(
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<Vec<(String, String)>, Vec<ParameterError>> {
    let mut resolved = Vec::new();
    let mut errors = Vec::new();
    for parameter in parameters {
        let name = parameter.name.clone();
        match given.get(&name).or(parameter.preset.as_ref()) {
            Some(value) => match parameter.kind.rule_broken_by(value) {
                None => resolved.push((name, value.clone())),
                Some(rule) => {
                    let value = without_userinfo(value).into_owned();
                    errors.push(ParameterError::Malformed { name, value, rule });
                }
            },
            None if parameter.required => {
                errors.push(ParameterError::Missing { name, rule: parameter.kind.rule() });
            }
            None => {}
        }
    }
    if errors.is_empty() { Ok(resolved) } else { Err(errors) }
}

/// The given names that no parameter has, each with the nearest name that one has.
pub fn unknown<'a>(
    parameters: &'a [Parameter],
    given: impl IntoIterator<Item = &'a str>,
) -> Vec<(&'a str, Option<&'a str>)> {
    let known = || parameters.iter().map(|parameter| parameter.name.as_str());
    given
        .into_iter()
        .filter(|name| !known().any(|k| k == *name))
        .map(|name| (name, nearest(name, known())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, kind: ParameterKind, required: bool, preset: Option<&str>) -> Parameter {
        Parameter { name: name.into(), title: String::new(), kind, required, preset: preset.map(Into::into) }
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_url_with_a_password_is_refused_and_the_error_does_not_show_it() {
        let parameters = [parameter("base_url", ParameterKind::Url, true, None)];
        let errors =
            resolve(&parameters, &given(&[("base_url", "https://ana:hush@shop.example")])).unwrap_err();
        let said = errors[0].to_string();
        assert!(
            said.contains("`https://…@shop.example`") && said.contains("without user and password"),
            "{said}"
        );
    }

    #[test]
    fn presets_fill_in_and_errors_come_together() {
        let parameters = [
            parameter("base_url", ParameterKind::Url, true, None),
            parameter("user", ParameterKind::Text, true, Some("ana")),
            parameter("tries", ParameterKind::Integer, false, None),
        ];
        let resolved = resolve(&parameters, &given(&[("base_url", "http://127.0.0.1:1")])).unwrap();
        assert_eq!(
            resolved,
            [("base_url".into(), "http://127.0.0.1:1".into()), ("user".into(), "ana".into())]
        );
        let errors = resolve(&parameters, &given(&[("tries", "many")])).unwrap_err();
        let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "parameter `base_url` has no value: it must be an absolute http or https URL without user and password, such as \
                 `https://shop.example.com`",
                "parameter `tries` is `many`: it must be a whole number, such as `42`",
            ]
        );
    }

    #[test]
    fn every_kind_refuses_what_it_should() {
        for (kind, good, bad) in [
            (ParameterKind::Integer, "-3", "3.5"),
            (ParameterKind::Number, "1e3", "inf"),
            (ParameterKind::Boolean, "true", "yes"),
            (ParameterKind::Url, "https://a.example/x", "/relative"),
            (ParameterKind::Duration, "5m", "5"),
            (ParameterKind::Choice(vec!["eu".into(), "us".into()]), "eu", "asia"),
        ] {
            assert_eq!(kind.rule_broken_by(good), None, "{kind:?} takes {good}");
            assert!(kind.rule_broken_by(bad).is_some(), "{kind:?} refuses {bad}");
        }
    }

    #[test]
    fn a_slip_is_named() {
        let parameters = [parameter("base_url", ParameterKind::Url, true, None)];
        assert_eq!(unknown(&parameters, ["base_ulr", "base_url"]), [("base_ulr", Some("base_url"))]);
    }
}
