//! Exchanges with targets on the tape, and the numbers by which a guest names its requests.

use wayfarer_model::judge::LimitKind;
use wayfarer_model::traffic::{Blame, TrafficError, TrafficErrorKind, TrafficKind, TrafficRecord};
use wayfarer_model::units::{Bytes, Micros};

use super::handling::goes_on;
use super::recorder::{State, Tape, check_count};
use crate::record_size::{size_of_kind, size_of_traffic};
use crate::stop::Stop;

/// Names a traffic record on the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrafficTicket(usize);

impl TrafficTicket {
    /// The record's place on the tape.
    pub(super) fn place(self) -> usize {
        self.0
    }

    /// The same as a number.
    pub(crate) fn number(self) -> u32 {
        u32::try_from(self.0).unwrap_or(u32::MAX)
    }
}

/// What an exchange is made for: the step that its record belongs to, and the number of the guest's request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TrafficOwner {
    /// The current step at the instant at which the guest asked.
    pub step: Option<u32>,
    /// None if the interface that the guest uses gives no numbers.
    pub number: Option<u32>,
}

impl Tape {
    /// Gives a request that begins its number, from 0.
    pub(crate) fn number_request(&self) -> u32 {
        let mut state = self.shared.state.lock();
        goes_on(&mut state);
        state.numbered.push(None);
        u32::try_from(state.numbered.len() - 1).unwrap_or(u32::MAX)
    }

    /// The number of the request that began last.
    pub(crate) fn last_request(&self) -> Option<u32> {
        u32::try_from(self.shared.state.lock().numbered.len()).ok()?.checked_sub(1)
    }

    /// The place of the record that began last.
    pub(crate) fn last_record(&self) -> Option<u32> {
        u32::try_from(self.shared.state.lock().recording.traffic.len()).ok()?.checked_sub(1)
    }

    /// The place of a request's record, by the request's number.
    pub(crate) fn record_of_request(&self, number: u32) -> Option<u32> {
        self.shared.state.lock().numbered.get(number as usize).copied().flatten()
    }

    /// Appends the record of an exchange that began at `started`, for `owner`. One call for each hop.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit.
    pub fn begin_traffic(
        &self,
        started: Micros,
        kind: TrafficKind,
        owner: TrafficOwner,
    ) -> Result<TrafficTicket, Stop> {
        self.charge_record(size_of_kind(&kind))?;
        let mut state = self.shared.state.lock();
        let index = state.recording.traffic.len();
        check_count(&mut state, index as u64, u64::from(self.shared.limits.requests), "requests")?;
        state.recording.traffic.push(TrafficRecord::begun(owner.step, started, kind));
        let numbered = owner.number.and_then(|number| state.numbered.get_mut(number as usize));
        if let Some(record) = numbered {
            *record = u32::try_from(index).ok();
        }
        Ok(TrafficTicket(index))
    }

    /// Notes what became known of an exchange.
    pub fn update_traffic(&self, ticket: TrafficTicket, change: impl FnOnce(&mut TrafficRecord)) {
        let mut state = self.shared.state.lock();
        let Some(record) = state.recording.traffic.get_mut(ticket.0) else { return };
        // It is over: the guest gave it up, and its task learns that a moment later.
        if record.error.is_some() {
            return;
        }
        let before = size_of_traffic(record);
        change(record);
        let more = size_of_traffic(record).saturating_sub(before);
        let has_failed = record.error.is_some();
        let place = u32::try_from(ticket.0).ok();
        // Whoever has a number takes the result, and is told then.
        if has_failed && !state.numbered.iter().any(|numbered| numbered.is_some() && *numbered == place) {
            state.unhandled.extend(place);
        }
        drop(state);
        if more > 0 {
            // Beyond the limit the attempt ends by itself.
            drop(self.charge_record(more));
        }
    }

    /// Closes the record of a request that the guest gave up while it was under way.
    pub(crate) fn give_up(&self, number: u32) {
        let now = self.now();
        let mut state = self.shared.state.lock();
        let State { recording, numbered, unhandled, .. } = &mut *state;
        let place = numbered.get(number as usize).copied().flatten();
        let record = place.and_then(|place| recording.traffic.get_mut(place as usize));
        if let Some(record) = record.filter(|record| record.is_pending()) {
            record.phases.total_us = Micros(now.since(record.started_us).0.max(1));
            record.error = Some(TrafficError {
                kind: TrafficErrorKind::Cancelled,
                message: "the journey gave the request up".to_owned(),
                phase: None,
                blame: Blame::Target,
            });
            unhandled.extend(place);
        }
    }

    /// The requests that are under way, and those that the guest gave up.
    pub(crate) fn unanswered(&self) -> Vec<TrafficRecord> {
        let state = self.shared.state.lock();
        state.recording.traffic.iter().filter(|record| is_unanswered(record)).cloned().collect()
    }

    /// Says that the runner is to blame for all of them. Those that are under way stay so.
    pub(crate) fn excuse_unanswered(&self, why: &str) {
        let mut state = self.shared.state.lock();
        for record in state.recording.traffic.iter_mut().filter(|record| is_unanswered(record)) {
            record.error = Some(TrafficError {
                kind: TrafficErrorKind::Cancelled,
                message: why.to_owned(),
                phase: None,
                blame: Blame::Runner,
            });
        }
    }

    /// Counts bytes sent or received.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit.
    pub fn charge_traffic(&self, bytes: u64) -> Result<(), Stop> {
        let limit = self.shared.limits.traffic;
        let mut state = self.shared.state.lock();
        state.traffic = state.traffic.saturating_add(bytes);
        let is_within = state.traffic <= limit;
        drop(state);
        if is_within {
            return Ok(());
        }
        let message = format!("more than {} sent and received: raise `limits.traffic`", Bytes(limit));
        Err(self.exhaust(LimitKind::Count, message))
    }
}

fn is_unanswered(record: &TrafficRecord) -> bool {
    let is_given_up =
        |error: &TrafficError| error.kind == TrafficErrorKind::Cancelled && error.blame == Blame::Target;
    record.error.as_ref().map_or(record.is_pending(), is_given_up)
}
