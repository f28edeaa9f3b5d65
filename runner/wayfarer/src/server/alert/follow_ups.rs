//! Reminders and escalations of incidents that go on: pure, from the routes and what was told before.
//!
//! They are computed anew each time: all that ever come due, without those that are there. So nobody keeps a list of them, and
//! none is written twice.

use std::collections::BTreeMap;

use wayfarer_model::ids::ChannelName;
use wayfarer_model::notice::NoticeKind;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Reason;
use wayfarer_store::{AlertIncident, Begin, NewDelivery, Told};

use super::alerting::Alerting;
use super::plan::{beginning, conversations, kind_of, millis, routes};
use super::route::Route;
use crate::channels::ChannelKind;

/// Which incident of a conversation speaks for all that were told together: the one that identifies it, or, once that one is over,
/// the first of the others.
#[derive(Debug, Default)]
pub(crate) struct Voices(BTreeMap<(String, i64), i64>);

impl Voices {
    /// Of what was told of the incidents that go on.
    pub(crate) fn of(open: &BTreeMap<i64, Vec<Told>>) -> Self {
        let mut voices = BTreeMap::new();
        for (incident, told) in open {
            for (channel, told) in conversations(told) {
                let voice = if open.contains_key(&told.thread) { told.thread } else { *incident };
                voices.entry((channel.to_owned(), told.thread)).or_insert(voice);
            }
        }
        Self(voices)
    }

    fn is(&self, incident: i64, told: &BTreeMap<&str, &Told>) -> bool {
        told.iter().all(|(channel, told)| {
            let voice = self.0.get(&((*channel).to_owned(), told.thread));
            voice.is_none_or(|voice| *voice == incident)
        })
    }
}

/// The reminders and escalations of an incident that are due and not there yet.
pub(crate) fn follow_ups(
    alerting: &Alerting,
    incident: &AlertIncident,
    reason: Option<Reason>,
    told: &[Told],
    voices: &Voices,
    now: UnixMillis,
) -> Vec<NewDelivery> {
    let is_alarm = |told: &&Told| matches!(told.kind, NoticeKind::Opened | NoticeKind::Reopened);
    let Some(alarm) = told.iter().rfind(is_alarm) else { return Vec::new() };
    let known = conversations(told);
    let is_taken_on = incident.is_acknowledged(now) || incident.is_muted(now) || incident.resolved.is_some();
    if is_taken_on || !voices.is(incident.number, &known) {
        return Vec::new();
    }
    let follow = Follow { alerting, incident, told, known, event: alarm.event, now };
    // One that goes on again has its time from there.
    let lasted = now.0.saturating_sub(incident.opened.max(alarm.occurred).0);
    let mut due = Vec::new();
    for route in routes(alerting, incident, reason) {
        if let Some((after, channels)) = &route.escalate
            && lasted >= millis(*after)
        {
            due.extend(
                channels.iter().filter_map(|channel| follow.up(route, channel, NoticeKind::Escalated, 0)),
            );
        }
        let ordinal = route.remind_every.map_or(0, |every| lasted / millis(every).max(1));
        if ordinal > 0 {
            let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
            due.extend(
                route
                    .to
                    .iter()
                    .filter_map(|channel| follow.up(route, channel, NoticeKind::Reminder, ordinal)),
            );
        }
    }
    due
}

/// An incident that goes on, with what was told of it.
struct Follow<'a> {
    alerting: &'a Alerting,
    incident: &'a AlertIncident,
    told: &'a [Told],
    known: BTreeMap<&'a str, &'a Told>,
    /// The event of the last alarm.
    event: i64,
    now: UnixMillis,
}

impl Follow<'_> {
    /// One message to one channel; none where it is there already, where nobody needs it, and in quiet hours: afterwards it is due still.
    fn up(
        &self,
        route: &Route,
        channel: &ChannelName,
        kind: NoticeKind,
        ordinal: u32,
    ) -> Option<NewDelivery> {
        let Self { alerting, incident, told, known, event, now } = self;
        let is_there = |told: &Told| (told.event, told.kind) == (*event, kind) && told.ordinal >= ordinal;
        let mut of_channel = told.iter().filter(|told| told.channel == channel.as_str());
        let conversation = known.get(channel.as_str());
        // Alertmanager reminds by itself, and a channel that has not taken the last message needs no reminder of it.
        let is_reminder = kind == NoticeKind::Reminder;
        let is_repeated = kind_of(alerting, incident, channel) == Some(ChannelKind::Repeated);
        let is_needless = is_repeated && (is_reminder || conversation.is_some());
        if is_needless || of_channel.any(|told| is_there(told) || is_reminder && told.is_waiting) {
            return None;
        }
        let (begin, due) = beginning(alerting, incident, channel, route, *now);
        (begin == Begin::Waiting && due <= *now).then(|| NewDelivery {
            event: *event,
            incident: incident.number,
            kind,
            ordinal,
            channel: channel.as_str().to_owned(),
            thread: conversation.map_or(incident.number, |told| told.thread),
            begin,
            fallback_of: None,
            due,
        })
    }
}
