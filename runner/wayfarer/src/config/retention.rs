//! `[retention]`: how long the server keeps results. `[tenants.NAME.retention]` overrides it for one tenant.
//!
//! | key | holds | default |
//! |---|---|---|
//! | `bodies` | excerpts of response bodies | `14d` |
//! | `logs` | log lines | `14d` |
//! | `artifacts` | contents of artifacts | `14d` |
//! | `deliveries` | deliveries of notices that ended, of incidents that are over | `90d` |
//! | `incidents` | incidents that are over, with their time lines | `400d` |
//! | `runs` | runs with everything recorded of them | `90d` |
//! | `rollups` | figures by hour and day | `forever` |
//! | `audit` | events of the audit trail, for all tenants together | `365d` |
//!
//! A value is a duration of at least a day, or `forever`.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use wayfarer_model::units::parse_duration;

use super::{FromText, Text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    For(Duration),
    Forever,
}

impl Keep {
    const DAY: Duration = Duration::from_hours(24);

    const fn days(days: u64) -> Self {
        Self::For(Duration::from_hours(24 * days))
    }
}

impl FromText for Keep {
    const WHAT: &'static str = "a retention time such as `14d`, or `forever`";
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let kept = parse_duration(text).map_err(|_| {
            format!("`{text}` is not a retention time: write a number of days such as `14d`, or `forever`")
        })?;
        // A run that waits and retries ends long after its slot. Retention must not remove its details before that.
        if kept < Self::DAY {
            return Err(format!("`{text}` is shorter than a day: write `1d` or longer, or `forever`"));
        }
        Ok(Self::For(kept))
    }
    fn to_text(&self) -> String {
        match self {
            Self::For(kept) => kept.to_text(),
            Self::Forever => "forever".to_owned(),
        }
    }
}

/// `[retention]` and `[tenants.NAME.retention]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionTable {
    bodies: Option<Text<Keep>>,
    logs: Option<Text<Keep>>,
    artifacts: Option<Text<Keep>>,
    deliveries: Option<Text<Keep>>,
    incidents: Option<Text<Keep>>,
    runs: Option<Text<Keep>>,
    rollups: Option<Text<Keep>>,
    audit: Option<Text<Keep>>,
}

impl RetentionTable {
    /// Takes the keys that this table does not set from a more general one.
    pub(crate) fn over(self, general: Self) -> Self {
        Self {
            bodies: self.bodies.or(general.bodies),
            logs: self.logs.or(general.logs),
            artifacts: self.artifacts.or(general.artifacts),
            deliveries: self.deliveries.or(general.deliveries),
            incidents: self.incidents.or(general.incidents),
            runs: self.runs.or(general.runs),
            rollups: self.rollups.or(general.rollups),
            audit: self.audit.or(general.audit),
        }
    }

    pub(crate) fn bodies(self) -> Keep {
        self.bodies.map_or(Keep::days(14), |text| text.0)
    }

    pub(crate) fn logs(self) -> Keep {
        self.logs.map_or(Keep::days(14), |text| text.0)
    }

    pub(crate) fn artifacts(self) -> Keep {
        self.artifacts.map_or(Keep::days(14), |text| text.0)
    }

    pub(crate) fn deliveries(self) -> Keep {
        self.deliveries.map_or(Keep::days(90), |text| text.0)
    }

    /// A year, so that its figures can be compared with those of the year before for a month after its end.
    pub(crate) fn incidents(self) -> Keep {
        self.incidents.map_or(Keep::days(400), |text| text.0)
    }

    pub(crate) fn runs(self) -> Keep {
        self.runs.map_or(Keep::days(90), |text| text.0)
    }

    pub(crate) fn rollups(self) -> Keep {
        self.rollups.map_or(Keep::Forever, |text| text.0)
    }

    pub(crate) fn audit(self) -> Keep {
        self.audit.map_or(Keep::days(365), |text| text.0)
    }

    /// Whether it says how long audit events are kept.
    pub(super) fn sets_audit(self) -> bool {
        self.audit.is_some()
    }
}
