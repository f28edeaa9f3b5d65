//! Whether tenants are told of an incident while the runner may be at fault: pure, from the incident, the platform's incidents and the newest word of
//! the beacons.
//!
//! | the runner | an incident that the runner may have caused |
//! |---|---|
//! | no incident of the platform's around its opening | is told of |
//! | a common mode, the beacons answer | is told of: the fault is shared, and not the runner's |
//! | a common mode, nobody knows | waits for two intervals of its journey, and for [`LONGEST`] at most |
//! | is unwell | is the platform's: nobody else is told, unless a run fails that began after the runner was well again |
//!
//! What is held is in rows (`incident_event.held_for`), and what decides is in rows, so a restart changes nothing but the beacons' newest word,
//! which is asked for again.

use std::time::Duration;

use wayfarer_model::incident::{Beacons, Held, Hold, IncidentKind};
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{AlertIncident, PlatformIncident};

/// No notice waits longer for the beacons' word, however rarely its journey runs.
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

/// The interval of a journey of which none is known yet.
pub(crate) const UNKNOWN_INTERVAL: Duration = Duration::from_mins(1);

/// What is known about an incident's journey beyond the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Doubts {
    pub(crate) interval: Option<Duration>,
    /// The start of its newest run that was not good.
    pub(crate) newest_bad: Option<UnixMillis>,
}

/// What decides beside the incident.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspicions<'a> {
    /// Those that are open, or were over a short time ago; the oldest first.
    pub(crate) platform: &'a [PlatformIncident],
    /// When the beacons were asked last, and whether something was wrong.
    pub(crate) last_look: Option<(UnixMillis, bool)>,
}

/// What becomes of the notice of an incident that is open, and the platform's incident that holds it.
pub(crate) fn hold(
    incident: &AlertIncident,
    doubts: Doubts,
    suspicions: Suspicions<'_>,
    now: UnixMillis,
) -> Option<(Hold, i64)> {
    if !incident.kind.may_come_from_outside() {
        return None;
    }
    let interval = doubts.interval.unwrap_or(UNKNOWN_INTERVAL).min(LONGEST / 2);
    let two_ms = u64::try_from(interval.as_millis()).unwrap_or(u64::MAX).saturating_mul(2);
    let since = UnixMillis(incident.opened.0.saturating_sub(two_ms));
    let around =
        || suspicions.platform.iter().filter(move |own| own.resolved.is_none_or(|until| until >= since));
    let newest = around().next_back()?;
    let unwell = || around().filter(|own| own.kind == IncidentKind::RunnerUnwell);
    let common = around().rfind(|own| own.kind == IncidentKind::CommonMode);
    let beacons = if unwell().any(|own| own.resolved.is_none()) {
        Beacons::Bad
    } else {
        match (common, suspicions.last_look) {
            (None, _) => Beacons::Good,
            // One that opened again keeps its first opening, so the incident's own counts too.
            (Some(common), Some((at, false))) if at >= common.opened.max(incident.opened) => Beacons::Good,
            // One bad answer is no verdict: the second one opens the runner's own incident.
            _ => Beacons::Unknown,
        }
    };
    let held = Held {
        opened_at: incident.opened,
        interval,
        beacons,
        beacons_bad_until: unwell().filter_map(|own| own.resolved).max(),
        newest_bad: doubts.newest_bad.unwrap_or(incident.opened),
    };
    match Hold::of(held, now) {
        Hold::Deliver => None,
        waits => Some((waits, newest.number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::alert::plan_fixture::{NOW, incident};

    const MINUTE: u64 = 60_000;

    fn platform(kind: IncidentKind, opened: u64, resolved: Option<u64>) -> PlatformIncident {
        let resolved = resolved.map(UnixMillis);
        PlatformIncident { number: 99, kind, opened: UnixMillis(opened), resolved }
    }

    /// An incident that opened at [`NOW`] by a run that began a second before.
    fn answer(
        platform: &[PlatformIncident],
        last_look: Option<(u64, bool)>,
        newest_bad: u64,
        after: u64,
    ) -> Option<Hold> {
        let opened = AlertIncident { opened: NOW, ..incident(1, "checkout") };
        let doubts =
            Doubts { interval: Some(Duration::from_mins(1)), newest_bad: Some(UnixMillis(newest_bad)) };
        let last_look = last_look.map(|(at, is_bad)| (UnixMillis(at), is_bad));
        let suspicions = Suspicions { platform, last_look };
        hold(&opened, doubts, suspicions, UnixMillis(NOW.0 + after)).map(|(hold, _)| hold)
    }

    #[test]
    fn nobody_waits_where_the_runner_is_well() {
        let began = NOW.0 - 1_000;
        assert_eq!(answer(&[], None, began, 0), None);
        let long_ago = platform(IncidentKind::RunnerUnwell, 1, Some(NOW.0 - 3 * MINUTE));
        assert_eq!(answer(&[long_ago], None, began, 0), None);
    }

    #[test]
    fn a_common_mode_is_clear_once_the_beacons_answer_or_after_two_intervals() {
        let common = [platform(IncidentKind::CommonMode, NOW.0 - 1, None)];
        let began = NOW.0 - 1_000;
        let wait = Some(Hold::Wait(UnixMillis(NOW.0 + 2 * MINUTE)));
        assert_eq!(answer(&common, None, began, 0), wait);
        assert_eq!(answer(&common, Some((NOW.0 - MINUTE, false)), began, 0), wait, "asked before it");
        assert_eq!(answer(&common, Some((NOW.0, true)), began, 0), wait, "one bad answer");
        let again = [platform(IncidentKind::CommonMode, NOW.0 - 20 * MINUTE, None)];
        let look = Some((NOW.0 - 10 * MINUTE, false));
        assert_eq!(answer(&again, look, began, 0), wait, "it opened again after that look");
        assert_eq!(answer(&common, Some((NOW.0, false)), began, 0), None, "a fault that is shared");
        assert_eq!(answer(&common, None, began, 2 * MINUTE), None, "nobody knows");
    }

    #[test]
    fn what_an_unwell_runner_may_have_caused_is_the_platforms_until_a_run_fails_after_it() {
        let began = NOW.0 - 1_000;
        let open = [platform(IncidentKind::RunnerUnwell, NOW.0 - MINUTE, None)];
        assert_eq!(answer(&open, None, began, 100 * MINUTE), Some(Hold::Platform));
        let over = [platform(IncidentKind::RunnerUnwell, NOW.0 - MINUTE, Some(NOW.0 + MINUTE))];
        assert_eq!(answer(&over, None, began, 100 * MINUTE), Some(Hold::Platform));
        assert_eq!(answer(&over, None, NOW.0 + MINUTE + 1, 2 * MINUTE), None);
    }

    #[test]
    fn a_bug_of_the_journey_is_not_the_runners_and_a_rare_journey_waits_ten_minutes() {
        let open = [platform(IncidentKind::CommonMode, NOW.0, None)];
        let suspicions = Suspicions { platform: &open, last_look: None };
        let broken = AlertIncident { kind: IncidentKind::Broken, ..incident(1, "checkout") };
        assert_eq!(hold(&broken, Doubts::default(), suspicions, NOW), None);
        let daily = Doubts { interval: Some(Duration::from_hours(24)), ..Doubts::default() };
        let opened = AlertIncident { opened: NOW, ..incident(1, "checkout") };
        let until = UnixMillis(NOW.0 + 10 * MINUTE);
        assert_eq!(hold(&opened, daily, suspicions, NOW), Some((Hold::Wait(until), 99)));
    }
}
