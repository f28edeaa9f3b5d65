//! What a journey's tables say of its alerts: the keys `owner`, `runbook`, `depends_on` and `alert`, the same under `[journeys.NAME]` and
//! `[http-check.NAME]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wayfarer_model::ids::JourneyName;
use wayfarer_model::incident::{Plain, PlainError};

use super::text::{FromText, Text};

/// What opens an incident of a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleChoice {
    /// The rule with a bound on false alarms: the default.
    Bounded,
    /// So many bad looks in a row, or among the last few.
    Plain(Plain),
}

/// `[alert]` for all journeys of a project, `[journeys.NAME.alert]` for one.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RuleTable {
    /// The same as the rule `N in a row`.
    #[serde(skip_serializing_if = "Option::is_none")]
    consecutive: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Text<RuleChoice>>,
}

impl RuleTable {
    /// None if the table says nothing. The error is the rest of a sentence about it.
    pub(crate) fn rule(&self) -> Result<Option<RuleChoice>, String> {
        match (self.consecutive, self.rule) {
            (Some(_), Some(_)) => Err("has both `consecutive` and `rule`: leave one of them out".to_owned()),
            (Some(count), None) => Plain::new(count, count)
                .map(|plain| Some(RuleChoice::Plain(plain)))
                .map_err(|error| format!("has a wrong `consecutive`: {error}")),
            (None, rule) => Ok(rule.map(|rule| rule.0)),
        }
    }
}

/// The keys about a journey's alerts.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlertKeys {
    pub(crate) depends_on: Vec<Text<JourneyName>>,
    pub(crate) alert: RuleTable,
}

impl FromText for RuleChoice {
    const WHAT: &'static str = "a rule such as `2 in a row`, `3 of 5` or `bounded`";
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "bounded" {
            return Ok(Self::Bounded);
        }
        text.parse().map(Self::Plain).map_err(|error| match error {
            PlainError::Form(_) => format!("`{text}` is no rule: write `2 in a row`, `3 of 5` or `bounded`"),
            PlainError::Range { .. } => error.to_string(),
        })
    }
    fn to_text(&self) -> String {
        match self {
            Self::Bounded => "bounded".to_owned(),
            Self::Plain(plain) => plain.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_count_or_words() {
        let rule = |text: &str| {
            toml::from_str::<RuleTable>(text).map_err(|error| error.message().to_owned())?.rule()
        };
        let shown = |text: &str| rule(text).unwrap().map(|rule| rule.to_text());
        assert_eq!(shown("consecutive = 2").as_deref(), Some("2 in a row"));
        assert_eq!(shown("rule = \"3 of 5\"").as_deref(), Some("3 of 5"));
        assert_eq!(shown("rule = \"bounded\"").as_deref(), Some("bounded"));
        assert_eq!(shown(""), None);
        assert!(rule("consecutive = 0").unwrap_err().contains("write at least 1 bad look"));
        assert!(rule("consecutive = 2\nrule = \"3 of 5\"").unwrap_err().contains("leave one of them out"));
        assert!(rule("rule = \"often\"").unwrap_err().contains("write `2 in a row`, `3 of 5` or `bounded`"));
        assert!(rule("consecutiv = 2").is_err());
    }
}
