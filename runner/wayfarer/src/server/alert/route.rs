//! One route of the file, ready: which incidents it covers, and when nobody is told.

use std::time::Duration;

use wayfarer_model::ids::{ChannelName, JourneyName};
use wayfarer_model::incident::{IncidentKind, Severity};
use wayfarer_model::maintenance::{Weekly, Window};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;

use crate::config::AlertTable;

const MINUTE_MS: u64 = 60_000;

/// Minutes of a week: quiet hours that last as long are never over.
const WEEK: u64 = 7 * 24 * 60;

/// What a route may ask of an incident.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    /// None where the incident is of no journey.
    pub(super) journey: Option<&'a JourneyName>,
    pub(super) tags: &'a [String],
    pub(super) kind: IncidentKind,
    /// Of the run that opened it; none where no run did.
    pub(super) reason: Option<Reason>,
}

#[derive(Debug)]
pub(crate) struct Route {
    journeys: Vec<JourneyName>,
    tags: Vec<String>,
    severity: Option<Severity>,
    kinds: Vec<IncidentKind>,
    reasons: Vec<Reason>,
    pub(super) to: Vec<ChannelName>,
    pub(super) goes_on: bool,
    /// After how long without an acknowledgement, and whom.
    pub(super) escalate: Option<(Duration, Vec<ChannelName>)>,
    pub(super) remind_every: Option<Duration>,
    quiet: Vec<Weekly>,
}

impl Route {
    /// Reads a table. The error is the rest of a sentence about it.
    pub(super) fn read(table: &AlertTable) -> Result<Self, String> {
        let escalate = match (&table.escalate_after, table.escalate_to.as_slice()) {
            (None, []) => None,
            (Some(after), [_, ..]) => {
                Some((after.0, table.escalate_to.iter().map(|name| name.0.clone()).collect()))
            }
            _ => return Err("needs both `escalate_after` and `escalate_to`, or neither".to_owned()),
        };
        if table.remind_every.is_some_and(|every| every.0 < Duration::from_mins(1)) {
            return Err("has a `remind_every` below 1m".to_owned());
        }
        if table.timezone.is_some() && table.quiet.is_empty() {
            return Err("has a `timezone` and no `quiet` that it could be of".to_owned());
        }
        Ok(Self {
            journeys: table.journeys.iter().map(|name| name.0.clone()).collect(),
            tags: table.tags.clone(),
            severity: table.severity.map(|severity| severity.0),
            kinds: table.kinds.iter().map(|kind| kind.0).collect(),
            reasons: table.reasons.iter().map(|reason| reason.0).collect(),
            to: table.to.iter().map(|name| name.0.clone()).collect(),
            goes_on: table.goes_on,
            escalate,
            remind_every: table.remind_every.map(|every| every.0),
            quiet: table.quiet()?,
        })
    }

    /// A kind that it names and that no tenant's route may: incidents of the platform's own.
    pub(super) fn platforms_kind(&self) -> Option<IncidentKind> {
        self.kinds.iter().copied().find(|kind| kind.is_platforms())
    }

    /// The channels that it names.
    pub(super) fn names(&self) -> impl Iterator<Item = &ChannelName> {
        self.to.iter().chain(self.escalate.iter().flat_map(|(_, names)| names))
    }

    pub(super) fn covers(&self, facts: Facts<'_>) -> bool {
        fn any<T: PartialEq>(wanted: &[T], has: impl Fn(&T) -> bool) -> bool {
            wanted.is_empty() || wanted.iter().any(has)
        }
        any(&self.journeys, |journey| Some(journey) == facts.journey)
            && any(&self.tags, |tag| facts.tags.contains(tag))
            && any(&self.kinds, |kind| *kind == facts.kind)
            && any(&self.reasons, |reason| Some(*reason) == facts.reason)
            && self.severity.is_none_or(|severity| severity == facts.kind.severity())
    }

    /// When the quiet hours of an instant end; none outside of them.
    pub(super) fn quiet_until(&self, at: UnixMillis) -> Option<UnixMillis> {
        let is_quiet =
            |at: UnixMillis| self.quiet.iter().any(|weekly| Window::Weekly(weekly.clone()).contains(at));
        if !is_quiet(at) {
            return None;
        }
        let minute = at.0 / MINUTE_MS;
        let end = (1..=WEEK).map(|more| UnixMillis((minute + more) * MINUTE_MS)).find(|at| !is_quiet(*at));
        // Quiet all week is no reason never to tell.
        Some(end.unwrap_or(at))
    }
}
