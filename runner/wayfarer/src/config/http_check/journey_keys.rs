//! A check as a journey: the keys that it shares with `[journeys.NAME]`, and its descriptor.

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::JourneyName;
use wayfarer_model::parameter::{Parameter, ParameterKind};

use super::needs::{Needs, needs};
use super::table::HttpCheckTable;
use crate::config::{AlertKeys, RetryKeys, ScheduleChoice, SlotKeys, Text};

impl HttpCheckTable {
    pub(crate) fn alerts(&self) -> AlertKeys {
        let depends_on = self.depends_on.clone().unwrap_or_default().0;
        AlertKeys { depends_on, alert: self.alert.clone().unwrap_or_default() }
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

    /// Describes the check as a journey.
    ///
    /// # Errors
    /// A rule of the check is broken; it is the one that [`check`](Self::check) names.
    pub(crate) fn descriptor(&self, name: JourneyName) -> Result<Descriptor, String> {
        let check = self.check()?;
        let Needs { params, secrets } = needs(&check);
        let parameter = |name: String| Parameter {
            name,
            title: String::new(),
            kind: ParameterKind::Text,
            required: true,
            preset: None,
        };
        Ok(Descriptor {
            name,
            title: String::new(),
            owner: self.owner.clone().unwrap_or_default(),
            runbook: self.runbook.clone().unwrap_or_default(),
            schedule: match &self.schedule {
                Some(Text(ScheduleChoice::On(expression))) => Some(expression.to_string()),
                Some(Text(ScheduleChoice::Off)) | None => None,
            },
            timezone: self.timezone.map(|timezone| timezone.0.to_string()),
            timeout: self.timeout.map(|limit| limit.0),
            tags: self.tags.clone().unwrap_or_default(),
            steps: check.requests.iter().map(|request| request.name.clone()).collect(),
            parameters: params.into_iter().map(parameter).collect(),
            secrets: secrets.iter().map(|(name, places)| places.need(name)).collect(),
            hosts: Vec::new(),
            cleanups: Vec::new(),
            retries: self.retries,
        })
    }
}
