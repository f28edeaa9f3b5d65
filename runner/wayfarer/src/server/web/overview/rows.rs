//! A journey as a row of the overview.

use wayfarer_model::units::UnixMillis;

use crate::protocol::{JourneyState, OverviewInfo, RatesInfo};
use crate::server::web::charts::{Links, sparkline, strip};
use crate::server::web::figures::{Change, change, duration, percent};
use crate::server::web::instants::Instant;
use crate::server::web::links::{journey_url, web_url};
use crate::server::web::markup::Markup;

/// Slots in a strip, and hours in a sparkline.
const SLOTS: usize = 60;
const HOURS: usize = 24;
const HOUR_MS: u64 = 3_600_000;
/// The longest message, in characters.
const MESSAGE: usize = 160;

/// The template `overview.html` shows it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) state: JourneyState,
    pub(super) tenant: String,
    pub(super) journey: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) tags: Vec<String>,
    pub(super) owner: String,
    /// Empty unless it is a URL of the web.
    pub(super) runbook: String,
    /// The first line of what failed.
    pub(super) message: Option<String>,
    pub(super) incident: Option<IncidentCell>,
    pub(super) strip: Markup,
    /// The last 24 hours, 7 and 30 days.
    pub(super) rates: [RateCell; 3],
    pub(super) p95: Option<String>,
    pub(super) spark: Markup,
    pub(super) change: Option<Change>,
    pub(super) next: Option<Instant>,
    pub(super) schedule: Option<String>,
}

/// An open incident in a row.
#[derive(Debug, Clone)]
pub(super) struct IncidentCell {
    pub(super) number: i64,
    pub(super) kind: &'static str,
    pub(super) since: Instant,
    pub(super) acknowledged_by: Option<String>,
    pub(super) is_muted: bool,
}

/// How often a journey was good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RateCell {
    /// None without a counted run.
    pub(super) last_attempt: Option<String>,
    /// None where it is the same as at the last attempt.
    pub(super) first_attempt: Option<String>,
    /// None where nearly every slot counts.
    pub(super) coverage: Option<String>,
}

impl RateCell {
    fn new(rates: RatesInfo) -> Self {
        let RatesInfo { slots, counted, good, good_first_attempt } = rates;
        let differs = good_first_attempt < good;
        Self {
            last_attempt: percent(good, counted),
            first_attempt: percent(good_first_attempt, counted).filter(|_| differs),
            // A slot in a thousand, such as the one of a restart, is not worth a line.
            coverage: percent(counted, slots).filter(|_| counted > 0 && counted * 1_000 < slots * 995),
        }
    }
}

impl Row {
    pub(super) fn new(info: &OverviewInfo, links: Links, now: UnixMillis) -> Self {
        let message = info.message.as_deref().and_then(|message| message.lines().next());
        let incident = info.incident.as_ref().map(|incident| IncidentCell {
            number: incident.incident,
            kind: incident.kind.as_str(),
            since: Instant::new(incident.began_ms, now),
            acknowledged_by: incident.acknowledged_by.clone(),
            is_muted: incident.muted_until_ms.is_some_and(|until| until > now.0),
        });
        let first_hour = (now.0 / HOUR_MS).saturating_sub(HOURS as u64 - 1) * HOUR_MS;
        let hours: Vec<(usize, u64)> = info
            .hours
            .iter()
            .filter(|hour| hour.from_ms >= first_hour)
            .map(|hour| (((hour.from_ms - first_hour) / HOUR_MS) as usize, hour.p95_us))
            .collect();
        Self {
            state: info.state,
            tenant: info.tenant.to_string(),
            journey: info.journey.to_string(),
            url: journey_url(info.tenant.as_str(), info.journey.as_str()),
            title: info.title.clone(),
            tags: info.tags.clone(),
            owner: info.owner.clone(),
            runbook: web_url(&info.runbook),
            message: message.map(|message| message.chars().take(MESSAGE).collect()),
            incident,
            strip: strip(&info.slots, SLOTS, links),
            rates: [info.day, info.week, info.month].map(RateCell::new),
            p95: info.p95_us.map(duration),
            spark: sparkline(&hours, HOURS),
            change: change(info.p95_us, info.p95_week_before_us),
            next: info.next_ms.map(|next| Instant::new(next, now)),
            schedule: info.schedule.clone(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A journey that passes and has no figures yet.
    pub(in crate::server::web::overview) fn journey(name: &str) -> OverviewInfo {
        OverviewInfo {
            tenant: "acme".parse().unwrap(),
            journey: name.parse().unwrap(),
            title: String::new(),
            owner: String::new(),
            runbook: String::new(),
            tags: Vec::new(),
            state: JourneyState::Passing,
            message: None,
            incident: None,
            schedule: None,
            next_ms: None,
            slots: Vec::new(),
            day: RatesInfo::default(),
            week: RatesInfo::default(),
            month: RatesInfo::default(),
            p95_us: None,
            p95_week_before_us: None,
            hours: Vec::new(),
        }
    }

    #[test]
    fn a_rate_says_what_differs_from_the_whole() {
        let cell = |slots, counted, good, good_first_attempt| {
            let cell = RateCell::new(RatesInfo { slots, counted, good, good_first_attempt });
            [cell.last_attempt, cell.first_attempt, cell.coverage].map(Option::unwrap_or_default)
        };
        assert_eq!(cell(10, 10, 10, 10), ["100%", "", ""]);
        assert_eq!(cell(10, 8, 7, 6), ["87.5%", "75.0%", "80.0%"]);
        assert_eq!(cell(10, 0, 0, 0), ["", "", ""]);
    }
}
