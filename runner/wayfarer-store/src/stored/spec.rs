//! One version of a journey, as stored in `journey_version`: the whole as JSON in `spec`, for the store alone, and beside it
//! the columns that views show.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wayfarer_model::deployment::{AlertSettings, Code, JourneySpec, Overlap, SecretUse, Timing};
use wayfarer_model::limits::Limits;
use wayfarer_model::retry::{RetryPolicy, RetryReason};
use wayfarer_model::schedule::Spread;

use super::descriptor::StoredDescriptor;
use super::format::{FORMAT, StoredError, format, micros, parsed};

/// See the module.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredSpec {
    format: u32,
    descriptor: StoredDescriptor,
    code: StoredCode,
    timing: Option<StoredTiming>,
    params: BTreeMap<String, String>,
    secrets: BTreeMap<String, StoredSecretUse>,
    allow: Vec<String>,
    limits: StoredLimits,
    retries: u32,
    /// Absent where it is the default, as in specs of before it was stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry: Option<StoredRetry>,
    group: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    depends_on: BTreeSet<String>,
    /// A plain rule, such as `2 in a row`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alert_rule: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredCode {
    /// SHA-256 in hexadecimal.
    Component(String),
    /// The requests of a check without code, as JSON text of the form that the binary writes and reads.
    HttpCheck(String),
}

#[derive(Serialize, Deserialize)]
struct StoredTiming {
    schedule: String,
    timezone: String,
    spread_us: u64,
    grace_us: u64,
    overlap: StoredOverlap,
    confirm_every: Option<String>,
    /// The locations at which its slots are due; an empty set means every location.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    locations: BTreeSet<String>,
    /// The edition of the timezone database, such as `2026f`.
    tzdata: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredOverlap {
    Skip,
    Queue,
    Allow,
}

/// How retries follow each other, beside their number.
#[derive(Serialize, Deserialize)]
struct StoredRetry {
    backoff_us: u64,
    on: Vec<RetryReason>,
    per_hour: u32,
}

#[derive(Serialize, Deserialize)]
struct StoredSecretUse {
    hosts: Vec<String>,
    is_plaintext_allowed: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    asks: BTreeSet<String>,
}

#[derive(Serialize, Deserialize)]
struct StoredLimits {
    wall_us: u64,
    cpu_us: u64,
    memory_bytes: u64,
    table_elements: u64,
    steps: u32,
    checks: u32,
    metrics: u32,
    requests: u32,
    concurrent_requests: u32,
    traffic_bytes: u64,
    request_body_bytes: u64,
    response_body_bytes: u64,
    log_bytes: u64,
    artifact_bytes: u64,
    handles: u32,
}

/// The columns of `journey_version` that are derived from a spec; the views read these.
pub(crate) struct SpecColumns {
    pub(crate) title: String,
    pub(crate) owner: String,
    pub(crate) runbook: String,
    pub(crate) schedule: Option<String>,
    pub(crate) timezone: Option<String>,
    pub(crate) tzdata: Option<String>,
    pub(crate) spread_us: Option<i64>,
    pub(crate) grace_us: Option<i64>,
    pub(crate) timeout_us: i64,
    pub(crate) overlap: Option<&'static str>,
    pub(crate) confirm_every: Option<String>,
    /// Separated by commas; None where it is due at every location, and without a schedule.
    pub(crate) locations: Option<String>,
    pub(crate) journey_group: Option<String>,
    /// Separated by commas; None where there are none.
    pub(crate) tags: Option<String>,
    /// A JSON object.
    pub(crate) params: String,
    /// Separated by commas; None where it depends on nothing.
    pub(crate) depends_on: Option<String>,
    /// A plain rule; None for the one with a bound.
    pub(crate) alert_rule: Option<String>,
}

impl StoredRetry {
    fn of(retry: RetryPolicy) -> Option<Self> {
        let RetryPolicy { retries, backoff, on, per_hour } = retry;
        let stored = || Self { backoff_us: micros(backoff), on: on.iter().collect(), per_hour };
        (retry != RetryPolicy::of(retries)).then(stored)
    }

    fn into_model(self) -> RetryPolicy {
        let Self { backoff_us, on, per_hour } = self;
        let backoff = Duration::from_micros(backoff_us);
        RetryPolicy { backoff, on: on.into_iter().collect(), per_hour, ..RetryPolicy::default() }
    }
}

impl StoredSpec {
    pub(crate) fn of(spec: &JourneySpec) -> Self {
        // By name, so that a field that the model gains does not stay behind.
        let JourneySpec { descriptor, code, timing, params, secrets, allow, limits, retry, group, alert } =
            spec;
        let AlertSettings { depends_on, rule } = alert;
        Self {
            format: FORMAT,
            descriptor: StoredDescriptor::of(descriptor),
            code: match code {
                Code::Component(digest) => StoredCode::Component(digest.to_string()),
                Code::HttpCheck(table) => StoredCode::HttpCheck(table.clone()),
            },
            timing: timing.as_ref().map(StoredTiming::of),
            params: params.clone(),
            secrets: secrets.iter().map(|(name, used)| (name.clone(), StoredSecretUse::of(used))).collect(),
            allow: allow.clone(),
            limits: StoredLimits::of(limits),
            retries: retry.retries,
            retry: StoredRetry::of(*retry),
            group: group.as_ref().map(ToString::to_string),
            depends_on: depends_on.iter().map(ToString::to_string).collect(),
            alert_rule: rule.map(|rule| rule.to_string()),
        }
    }

    pub(crate) fn read(text: &str) -> Result<JourneySpec, StoredError> {
        let stored: Self = serde_json::from_str(text)?;
        format(stored.format)?;
        let secret = |(name, used): (String, StoredSecretUse)| (name, used.into_model());
        Ok(JourneySpec {
            descriptor: stored.descriptor.into_model()?,
            code: match stored.code {
                StoredCode::Component(digest) => Code::Component(parsed("code.component", &digest)?),
                StoredCode::HttpCheck(table) => Code::HttpCheck(table),
            },
            timing: stored.timing.map(StoredTiming::into_model).transpose()?,
            params: stored.params,
            secrets: stored.secrets.into_iter().map(secret).collect(),
            allow: stored.allow,
            limits: stored.limits.into_model(),
            retry: stored
                .retry
                .map_or_else(RetryPolicy::default, StoredRetry::into_model)
                .with(stored.retries),
            group: stored.group.map(|group| parsed("group", &group)).transpose()?,
            alert: AlertSettings {
                depends_on: stored
                    .depends_on
                    .iter()
                    .map(|name| parsed("depends_on", name))
                    .collect::<Result<_, _>>()?,
                rule: stored.alert_rule.map(|rule| parsed("alert_rule", &rule)).transpose()?,
            },
        })
    }

    pub(crate) fn columns(&self) -> Result<SpecColumns, StoredError> {
        let timing = self.timing.as_ref();
        let column = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
        Ok(SpecColumns {
            title: self.descriptor.title().to_owned(),
            owner: self.descriptor.owner().to_owned(),
            runbook: self.descriptor.runbook().to_owned(),
            schedule: timing.map(|timing| timing.schedule.clone()),
            timezone: timing.map(|timing| timing.timezone.clone()),
            tzdata: timing.and_then(|timing| timing.tzdata.clone()),
            spread_us: timing.map(|timing| column(timing.spread_us)),
            grace_us: timing.map(|timing| column(timing.grace_us)),
            timeout_us: column(self.limits.wall_us),
            overlap: timing.map(|timing| timing.overlap.as_str()),
            confirm_every: timing.and_then(|timing| timing.confirm_every.clone()),
            locations: listed(timing.into_iter().flat_map(|timing| &timing.locations)),
            journey_group: self.group.clone(),
            tags: listed(self.descriptor.tags()),
            params: serde_json::to_string(&self.params)?,
            depends_on: listed(&self.depends_on),
            alert_rule: self.alert_rule.clone(),
        })
    }
}

/// Separated by commas. None where there is nothing.
fn listed<'a>(words: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let words: Vec<&str> = words.into_iter().map(String::as_str).collect();
    (!words.is_empty()).then(|| words.join(","))
}

impl StoredTiming {
    fn of(timing: &Timing) -> Self {
        let Timing { schedule, timezone, spread, grace, overlap, confirm_every, locations, tzdata } = timing;
        Self {
            schedule: schedule.to_string(),
            timezone: timezone.to_string(),
            spread_us: micros(spread.window()),
            grace_us: micros(*grace),
            overlap: match overlap {
                Overlap::Skip => StoredOverlap::Skip,
                Overlap::Queue => StoredOverlap::Queue,
                Overlap::Allow => StoredOverlap::Allow,
            },
            confirm_every: confirm_every.as_ref().map(ToString::to_string),
            locations: locations.iter().map(ToString::to_string).collect(),
            tzdata: tzdata.clone(),
        }
    }

    fn into_model(self) -> Result<Timing, StoredError> {
        let spread = Spread::new(Duration::from_micros(self.spread_us));
        Ok(Timing {
            schedule: parsed("timing.schedule", &self.schedule)?,
            timezone: parsed("timing.timezone", &self.timezone)?,
            spread: spread.map_err(|error| StoredError::Field {
                field: "timing.spread_us",
                text: self.spread_us.to_string(),
                reason: error.to_string(),
            })?,
            grace: Duration::from_micros(self.grace_us),
            overlap: match self.overlap {
                StoredOverlap::Skip => Overlap::Skip,
                StoredOverlap::Queue => Overlap::Queue,
                StoredOverlap::Allow => Overlap::Allow,
            },
            confirm_every: self
                .confirm_every
                .map(|expression| parsed("timing.confirm_every", &expression))
                .transpose()?,
            locations: self
                .locations
                .iter()
                .map(|name| parsed("timing.locations", name))
                .collect::<Result<_, _>>()?,
            tzdata: self.tzdata,
        })
    }
}

impl StoredOverlap {
    fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Queue => "queue",
            Self::Allow => "allow",
        }
    }
}

impl StoredSecretUse {
    fn of(used: &SecretUse) -> Self {
        let SecretUse { hosts, plaintext, asks } = used;
        Self { hosts: hosts.clone(), is_plaintext_allowed: *plaintext, asks: asks.clone() }
    }

    fn into_model(self) -> SecretUse {
        SecretUse { hosts: self.hosts, plaintext: self.is_plaintext_allowed, asks: self.asks }
    }
}

impl StoredLimits {
    fn of(limits: &Limits) -> Self {
        let Limits {
            wall,
            cpu,
            memory,
            table_elements,
            steps,
            checks,
            metrics,
            requests,
            concurrent_requests,
            traffic,
            request_body,
            response_body,
            log,
            artifacts,
            handles,
        } = *limits;
        Self {
            wall_us: micros(wall),
            cpu_us: micros(cpu),
            memory_bytes: memory,
            table_elements,
            steps,
            checks,
            metrics,
            requests,
            concurrent_requests,
            traffic_bytes: traffic,
            request_body_bytes: request_body,
            response_body_bytes: response_body,
            log_bytes: log,
            artifact_bytes: artifacts,
            handles,
        }
    }

    fn into_model(self) -> Limits {
        Limits {
            wall: Duration::from_micros(self.wall_us),
            cpu: Duration::from_micros(self.cpu_us),
            memory: self.memory_bytes,
            table_elements: self.table_elements,
            steps: self.steps,
            checks: self.checks,
            metrics: self.metrics,
            requests: self.requests,
            concurrent_requests: self.concurrent_requests,
            traffic: self.traffic_bytes,
            request_body: self.request_body_bytes,
            response_body: self.response_body_bytes,
            log: self.log_bytes,
            artifacts: self.artifact_bytes,
            handles: self.handles,
        }
    }
}
