//! `[retention]`: how long results are kept, for all tenants and, below `[tenants.NAME]`, for one.
//!
//! | key | what | where nothing is said |
//! |---|---|---|
//! | `bodies` | excerpts of the bodies of answers | `14d` |
//! | `logs` | lines of logs | `14d` |
//! | `artifacts` | contents of artifacts | `14d` |
//! | `runs` | runs with all that is recorded of them | `90d` |
//! | `rollups` | figures by hour and day | `forever` |
//!
//! A value is a duration of a day or more, or `forever`. A tenant's own key goes before the general one.

use std::time::Duration;

use serde::Deserialize;
use wayfarer_model::units::parse_duration;

use super::{FromText, Text};

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// For so long.
    For(Duration),
    /// Until somebody changes the configuration.
    Forever,
}

impl Keep {
    const DAY: Duration = Duration::from_hours(24);

    const fn days(days: u64) -> Self {
        Self::For(Duration::from_hours(24 * days))
    }
}

impl FromText for Keep {
    const WHAT: &'static str = "how long to keep it, such as `14d`, or `forever`";
    fn from_text(text: &str) -> Result<Self, String> {
        if text == "forever" {
            return Ok(Self::Forever);
        }
        let kept = parse_duration(text).map_err(|_| {
            format!("`{text}` does not say how long to keep it: write a number of days such as `14d`, or `forever`")
        })?;
        // A run that waits and retries ends long after its slot, and has to be in before its details go.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RetentionTable {
    bodies: Option<Text<Keep>>,
    logs: Option<Text<Keep>>,
    artifacts: Option<Text<Keep>>,
    runs: Option<Text<Keep>>,
    rollups: Option<Text<Keep>>,
}

impl RetentionTable {
    /// This table's keys, and those of a more general one where it has none.
    pub(crate) fn over(self, general: Self) -> Self {
        Self {
            bodies: self.bodies.or(general.bodies),
            logs: self.logs.or(general.logs),
            artifacts: self.artifacts.or(general.artifacts),
            runs: self.runs.or(general.runs),
            rollups: self.rollups.or(general.rollups),
        }
    }

    /// How long excerpts of bodies are kept.
    pub(crate) fn bodies(self) -> Keep {
        self.bodies.map_or(Keep::days(14), |text| text.0)
    }

    /// How long logs are.
    pub(crate) fn logs(self) -> Keep {
        self.logs.map_or(Keep::days(14), |text| text.0)
    }

    /// How long the contents of artifacts are.
    pub(crate) fn artifacts(self) -> Keep {
        self.artifacts.map_or(Keep::days(14), |text| text.0)
    }

    /// How long runs are.
    pub(crate) fn runs(self) -> Keep {
        self.runs.map_or(Keep::days(90), |text| text.0)
    }

    /// How long roll-ups are.
    pub(crate) fn rollups(self) -> Keep {
        self.rollups.map_or(Keep::Forever, |text| text.0)
    }
}
