//! `[http-check.NAME]`: a journey without code, and the syntax of its rules.
//!
//! `wayfarer http-check` uses the same types for its flags.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;
use wayfarer_model::deployment::Overlap;
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{GroupName, JourneyName, LocationName};
use wayfarer_model::retry::RetryReason;
use wayfarer_model::schedule::{Expression, Spread, Timezone};
use wayfarer_sandbox::http::RedirectPolicy;
use wayfarer_sandbox::http_check::{HttpCheck, JsonPath};

use super::one_or_many::one_or_many;
use super::{AlertKeys, FromText, Grace, RetryKeys, RetryWait, RuleTable, ScheduleChoice, SlotKeys, Text};

/// The expected statuses: `2xx`, `200,204`, `200`.
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
            .ok_or_else(|| format!("`{text}` is not a list of statuses: write `200`, `200,204` or `2xx`"))
    }
    fn to_text(&self) -> String {
        let written = |range: &RangeInclusive<u16>| {
            if range.start() == range.end() {
                range.start().to_string()
            } else {
                format!("{}xx", range.start() / 100)
            }
        };
        self.0.iter().map(written).collect::<Vec<_>>().join(",")
    }
}

/// The value that a JSON body must have at a path: `$.status=ok`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonRule {
    pub(crate) path: JsonPath,
    /// JSON, or else text.
    pub(crate) value: String,
}

impl FromText for JsonRule {
    const WHAT: &'static str = "a path and a value such as `$.status=ok`";
    fn from_text(text: &str) -> Result<Self, String> {
        let mut splits = text.match_indices('=').filter_map(|(at, _)| text.split_at_checked(at)).peekable();
        let first = splits.peek().map(|(path, _)| *path);
        let first = first
            .ok_or_else(|| format!("`{text}` has no `=`: write a path and a value, such as `$.status=ok`"))?;
        // A filter such as `?@.name == "tea"` holds an `=` of its own: the path ends where it can be read.
        let read = splits.find_map(|(path, value)| Some((path.parse().ok()?, value)));
        match read {
            Some((path, value)) => Ok(Self { path, value: value.trim_start_matches('=').trim().to_owned() }),
            None => Err(first.parse::<JsonPath>().err().map_or_else(String::new, |error| error.to_string())),
        }
    }
    fn to_text(&self) -> String {
        format!("{}={}", self.path, self.value)
    }
}

/// The table, and the stored form of a deployed check. The stored form is JSON with the same keys, without those
/// that the deployed journey's descriptor and timing contain.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpCheckTable {
    pub(crate) url: Text<Url>,
    /// `GET` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    /// 200 to 399 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Text<StatusRule>>,
    /// Texts that the body must contain.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub(crate) contains: Vec<String>,
    /// Texts that the body must not contain.
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub(crate) not_contains: Vec<String>,
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub(crate) json: Vec<Text<JsonRule>>,
    /// The latency budget. A slower response makes the run `degraded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_latency: Option<Text<Duration>>,
    /// For how many days the certificate must be valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_days: Option<u32>,
    /// The most redirects to follow; 10 by default, and 0 returns the first response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) follow: Option<u32>,
    /// The longest duration of an attempt.
    #[serde(skip_serializing)]
    pub(crate) timeout: Option<Text<Duration>>,
    /// `off`: the deployed check runs only when somebody triggers it.
    #[serde(skip_serializing)]
    pub(crate) schedule: Option<Text<ScheduleChoice>>,
    /// The timezone of the schedule.
    #[serde(skip_serializing)]
    pub(crate) timezone: Option<Text<Timezone>>,
    #[serde(skip_serializing)]
    pub(crate) spread: Option<Text<Spread>>,
    #[serde(skip_serializing)]
    pub(crate) grace: Option<Text<Grace>>,
    #[serde(skip_serializing)]
    pub(crate) overlap: Option<Text<Overlap>>,
    #[serde(skip_serializing)]
    pub(crate) confirm_every: Option<Text<Expression>>,
    #[serde(skip_serializing)]
    pub(crate) locations: Option<Vec<Text<LocationName>>>,
    #[serde(skip_serializing)]
    pub(crate) group: Option<Text<GroupName>>,
    #[serde(default, skip_serializing)]
    pub(crate) tags: Vec<String>,
    /// Who is to be told.
    #[serde(default, skip_serializing)]
    pub(crate) owner: String,
    /// The URL of what to do.
    #[serde(default, skip_serializing)]
    pub(crate) runbook: String,
    #[serde(default, deserialize_with = "one_or_many", skip_serializing)]
    pub(crate) depends_on: Vec<Text<JourneyName>>,
    #[serde(default, skip_serializing)]
    pub(crate) alert: RuleTable,
    /// The number of attempts beyond the first.
    #[serde(skip_serializing)]
    pub(crate) retries: Option<u32>,
    #[serde(skip_serializing)]
    pub(crate) retry_wait: Option<Text<RetryWait>>,
    #[serde(skip_serializing)]
    pub(crate) retry_on: Option<Vec<Text<RetryReason>>>,
    #[serde(skip_serializing)]
    pub(crate) retries_per_hour: Option<u32>,
    /// If false, the check runs only when its full name is given.
    #[serde(skip_serializing)]
    pub(crate) enabled: Option<bool>,
}

impl HttpCheckTable {
    /// A check of that URL with default values.
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
            timezone: None,
            spread: None,
            grace: None,
            overlap: None,
            confirm_every: None,
            locations: None,
            group: None,
            tags: Vec::new(),
            owner: String::new(),
            runbook: String::new(),
            depends_on: Vec::new(),
            alert: RuleTable::default(),
            retries: None,
            retry_wait: None,
            retry_on: None,
            retries_per_hour: None,
            enabled: None,
        }
    }

    /// Converts the table to the sandbox's type.
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

    pub(crate) fn alerts(&self) -> AlertKeys {
        AlertKeys { depends_on: self.depends_on.clone(), alert: self.alert.clone() }
    }

    pub(crate) fn retry(&self) -> RetryKeys {
        RetryKeys { wait: self.retry_wait, on: self.retry_on.clone(), per_hour: self.retries_per_hour }
    }

    pub(crate) fn slots(&self) -> SlotKeys {
        let is_off = matches!(self.schedule, Some(Text(ScheduleChoice::Off)));
        SlotKeys {
            is_off,
            spread: self.spread,
            grace: self.grace,
            overlap: self.overlap,
            confirm_every: self.confirm_every.clone(),
            locations: self.locations.clone(),
            group: self.group.clone(),
        }
    }

    /// Writes the stored form.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Reads the stored form.
    pub(crate) fn from_json(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Describes the check as a journey.
    pub(crate) fn descriptor(&self, name: JourneyName) -> Descriptor {
        let check = self.check();
        Descriptor {
            name,
            title: String::new(),
            owner: self.owner.clone(),
            runbook: self.runbook.clone(),
            schedule: match &self.schedule {
                Some(Text(ScheduleChoice::On(expression))) => Some(expression.to_string()),
                Some(Text(ScheduleChoice::Off)) | None => None,
            },
            timezone: self.timezone.map(|timezone| timezone.0.to_string()),
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
        let filtered = rule(r#"$.items[?@.name == "tea"].price = 4.5"#);
        assert_eq!(filtered.path.to_string(), r#"$.items[?@.name == "tea"].price"#);
        assert_eq!(filtered.value, "4.5");
        assert!(JsonRule::from_text("$.status").unwrap_err().contains("has no `=`"));
        assert!(JsonRule::from_text("$.a[=1").is_err());
    }

    #[test]
    fn a_check_survives_its_deployment() {
        let table: HttpCheckTable = toml::from_str(
            r#"
            url = "https://a.example/x?y=1"
            method = "post"
            headers.accept = "text/html"
            body = "{}"
            status = "2xx, 404"
            contains = "Welcome"
            not_contains = ["Error", "Sorry"]
            json = ["$.status=ok", "$.items[0].count == 3"]
            max_latency = "1500ms"
            certificate_days = 14
            follow = 0
            schedule = "every 30s"
            timezone = "Europe/Berlin"
            spread = "5s"
            grace = "10s"
            overlap = "queue"
            locations = ["eu-1"]
            timeout = "9s"
            tags = ["a"]
            owner = "team shop"
            runbook = "https://wiki.example/shop"
            depends_on = "log-in"
            alert.consecutive = 2
            retries = 1
            retry_wait = "1s"
            retry_on = ["timeout"]
            retries_per_hour = 3
            enabled = true
            "#,
        )
        .unwrap();
        let json = table.to_json().unwrap();
        insta::assert_snapshot!(json, @r#"{"url":"https://a.example/x?y=1","method":"post","headers":{"accept":"text/html"},"body":"{}","status":"2xx,404","contains":["Welcome"],"not_contains":["Error","Sorry"],"json":["$.status=ok","$.items[0].count=3"],"max_latency":"1500ms","certificate_days":14,"follow":0}"#);
        let again = HttpCheckTable::from_json(&json).unwrap();
        assert_eq!(format!("{:?}", again.check()), format!("{:?}", table.check()));
        assert_eq!(again.to_json().unwrap(), json);
        assert!(HttpCheckTable::from_json(r#"{"url":"ftp://a.example"}"#).is_err());
    }
}
