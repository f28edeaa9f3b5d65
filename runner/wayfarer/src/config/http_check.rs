//! `[http-check.NAME]`: a journey without code, and the small languages of its rules.
//!
//! The same types read the flags of `wayfarer http-check`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use url::Url;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::JourneyName;
use wayfarer_sandbox::http::RedirectPolicy;
use wayfarer_sandbox::http_check::{HttpCheck, JsonPath, JsonPathError};

use super::{FromText, Text};

/// Which statuses are right: `2xx`, `200,204`, `200`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusRule(pub(crate) Vec<RangeInclusive<u16>>);

impl FromText for StatusRule {
    const WHAT: &'static str = "statuses such as `200`, `200,204` or `2xx`";
    fn from_text(text: &str) -> Result<Self, String> {
        let range = |part: &str| match part.trim().to_ascii_lowercase().as_str() {
            class if class.len() == 3 && class.ends_with("xx") => {
                let hundreds = class.get(..1)?.parse::<u16>().ok().filter(|h| (1..=5).contains(h))? * 100;
                Some(hundreds..=hundreds + 99)
            }
            one => one.parse().ok().filter(|status| (100..=599).contains(status)).map(|s| s..=s),
        };
        text.split(',')
            .map(range)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no list of statuses: write `200`, `200,204` or `2xx`"))
    }
}

/// What a JSON body must hold at a path: `$.status=ok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonRule {
    /// The place.
    pub(crate) path: JsonPath,
    /// The value: JSON, or text as it is.
    pub(crate) value: String,
}

impl FromText for JsonRule {
    const WHAT: &'static str = "a path and a value such as `$.status=ok`";
    fn from_text(text: &str) -> Result<Self, String> {
        let (path, value) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` has no `=`: write path and value as `$.status=ok`"))?;
        let path = path.parse().map_err(|error: JsonPathError| error.to_string())?;
        Ok(Self { path, value: value.trim_start_matches('=').trim().to_owned() })
    }
}

/// One or several.
fn one_or_many<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(many) => many,
    })
}

/// `[http-check.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpCheckTable {
    /// What to ask.
    pub(crate) url: Text<Url>,
    /// `GET` where absent.
    pub(crate) method: Option<String>,
    /// Request headers.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Request body.
    #[serde(default)]
    pub(crate) body: String,
    /// 200 to 399 where absent.
    pub(crate) status: Option<Text<StatusRule>>,
    /// Texts that the body must hold.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) contains: Vec<String>,
    /// Texts that the body must not hold.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) not_contains: Vec<String>,
    /// What the body must hold as JSON.
    #[serde(default, deserialize_with = "one_or_many")]
    pub(crate) json: Vec<Text<JsonRule>>,
    /// A budget of time; beyond it the run is degraded.
    pub(crate) max_latency: Option<Text<Duration>>,
    /// How long the certificate must still hold.
    pub(crate) certificate_days: Option<u32>,
    /// How many redirects to follow; 10 where absent.
    pub(crate) follow: Option<u32>,
    /// The longest that an attempt may take.
    pub(crate) timeout: Option<Text<Duration>>,
    /// When it runs once deployed.
    pub(crate) schedule: Option<String>,
    /// The zone of the schedule.
    pub(crate) zone: Option<String>,
    /// Words to select by.
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Attempts beyond the first.
    pub(crate) retries: Option<u32>,
    /// Whether it runs at all unless named in full.
    pub(crate) enabled: Option<bool>,
}

impl HttpCheckTable {
    /// A check of that URL that says nothing else.
    pub(crate) fn new(url: Url) -> Self {
        Self {
            url: Text(url),
            method: None,
            headers: BTreeMap::new(),
            body: String::new(),
            status: None,
            contains: Vec::new(),
            not_contains: Vec::new(),
            json: Vec::new(),
            max_latency: None,
            certificate_days: None,
            follow: None,
            timeout: None,
            schedule: None,
            zone: None,
            tags: Vec::new(),
            retries: None,
            enabled: None,
        }
    }

    /// What the sandbox walks.
    pub(crate) fn check(&self) -> HttpCheck {
        let given = self.clone();
        let mut check = HttpCheck::new(self.url.0.as_str());
        check.method = given.method.unwrap_or(check.method).to_ascii_uppercase();
        check.headers = given.headers.into_iter().collect();
        check.body = given.body.into();
        check.expect_status = given.status.map_or(check.expect_status, |rule| rule.0.0);
        check.contains = given.contains;
        check.not_contains = given.not_contains;
        check.json = given.json.into_iter().map(|rule| (rule.0.path, rule.0.value)).collect();
        check.max_latency = given.max_latency.map(|limit| limit.0);
        check.certificate_days = given.certificate_days;
        check.redirects = match given.follow {
            None => check.redirects,
            Some(0) => RedirectPolicy::Manual,
            Some(most) => RedirectPolicy::Follow(most),
        };
        check
    }

    /// What it is among journeys.
    pub(crate) fn descriptor(&self, name: JourneyName) -> Descriptor {
        let check = self.check();
        Descriptor {
            name,
            title: String::new(),
            schedule: self.schedule.clone(),
            zone: self.zone.clone(),
            timeout: self.timeout.map(|limit| limit.0),
            tags: self.tags.clone(),
            steps: vec![format!("{} {}", check.method, check.url)],
            parameters: Vec::new(),
            secrets: Vec::new(),
            hosts: Vec::new(),
            cleanups: Vec::new(),
            retries: self.retries,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_as_written() {
        assert_eq!(StatusRule::from_text("2xx").unwrap().0, [200..=299]);
        assert_eq!(StatusRule::from_text("200, 204").unwrap().0, [200..=200, 204..=204]);
        for bad in ["", "ok", "6xx", "20", "200,", "99"] {
            assert!(StatusRule::from_text(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn json_rules_read_as_written() {
        let rule = |text: &str| JsonRule::from_text(text).unwrap();
        assert_eq!(rule("$.status=ok").value, "ok");
        assert_eq!(rule("$.count == 3").value, "3");
        assert!(JsonRule::from_text("$.status").unwrap_err().contains("has no `=`"));
        assert!(JsonRule::from_text("$.a[=1").is_err());
    }
}
