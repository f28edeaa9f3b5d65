//! What the guest was told that did not go well, and whether it went on after that.
//!
//! A guest that records something after an error has handled it. What it has not handled when it fails is what its failure
//! is about, where the failure does not say so itself.

use wayfarer_model::failure::{Failure, FailureKind};
use wayfarer_model::judge::Refusal;
use wayfarer_model::report::StepRecord;
use wayfarer_model::traffic::Blame;
use wayfarer_model::verdict::Reason;

use super::recorder::{State, Tape};
use super::steps::around;
use super::traffic::TrafficTicket;

/// The longest text that is kept of when a target asks to be asked again, in bytes: an HTTP date and some room.
const RETRY_AFTER: usize = 64;

impl Tape {
    /// The guest does something else: it has handled what it was told before.
    pub(crate) fn goes_on(&self) {
        goes_on(&mut self.shared.state.lock());
    }

    /// The guest is told of the error of its request with this number.
    pub(crate) fn tell(&self, number: u32) {
        let mut state = self.shared.state.lock();
        let place = state.numbered.get(number as usize).copied().flatten();
        state.unhandled.extend(place);
    }

    /// An interface refuses the guest something, and the guest is to blame.
    pub(crate) fn refuse(&self, reason: Reason) {
        self.shared.state.lock().refusal = Some(Refusal { blame: Blame::Journey, reason });
    }

    /// An interface refuses the guest something, because the runner cannot do it.
    pub(crate) fn fall_short(&self) {
        let refusal = Refusal { blame: Blame::Runner, reason: Reason::Runner };
        self.shared.state.lock().refusal = Some(refusal);
    }

    /// Notes that the guest's time is up while it waits for a timer.
    pub(crate) fn note_asleep(&self) {
        self.shared.state.lock().is_asleep = true;
    }

    /// Notes when a target that is too busy asks to be asked again, by its header `retry-after`.
    pub(crate) fn note_retry_after(&self, ticket: TrafficTicket, text: &str) {
        if text.len() <= RETRY_AFTER
            && let Ok(place) = u32::try_from(ticket.place())
        {
            self.shared.state.lock().retry_after.insert(place, text.to_owned());
        }
    }
}

pub(super) fn goes_on(state: &mut State) {
    state.unhandled.clear();
    state.refusal = None;
}

/// Names the request that a step failed of, where the guest does not: the last of that step, or of one inside it, that the
/// guest has not handled.
pub(super) fn name_request(state: &State, step: u32, failure: &mut Failure) {
    if failure.kind != FailureKind::Error || failure.request.is_some() {
        return;
    }
    let steps: &[StepRecord] = &state.recording.steps;
    let is_of_step = |place: &&u32| {
        let record = state.recording.traffic.get(**place as usize);
        record.is_some_and(|record| around(steps, record.step).any(|around| around == step))
    };
    failure.request = state.unhandled.iter().rev().find(is_of_step).copied();
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;
    use wayfarer_model::report::{CheckRecord, MetricRecord};
    use wayfarer_model::traffic::{HttpFacts, TrafficError, TrafficErrorKind, TrafficKind};
    use wayfarer_model::units::Micros;

    use super::*;
    use crate::tape::TrafficOwner;

    fn refused() -> TrafficError {
        let message = "connection refused".to_owned();
        TrafficError { kind: TrafficErrorKind::Connect, message, phase: None, blame: Blame::Target }
    }

    /// A tape with a step and a request in it that failed, and of which the guest was told if it has no number.
    fn tape(number: Option<u32>) -> (Tape, u32) {
        let tape = Tape::live(Limits::default(), [7; 32], None);
        let step = tape.open_step("order", None).unwrap();
        if number.is_some() {
            tape.number_request();
        }
        let owner = TrafficOwner { step: Some(step), number };
        let kind = TrafficKind::Http(HttpFacts::request("GET", "http://shop/"));
        let ticket = tape.begin_traffic(Micros(1), kind, owner).unwrap();
        tape.update_traffic(ticket, |record| record.error = Some(refused()));
        (tape, step)
    }

    #[test]
    fn a_guest_is_told_when_it_takes_the_result_or_at_once_where_there_is_nothing_to_take() {
        assert_eq!(tape(None).0.finish().unhandled, [0]);
        let (started, _) = tape(Some(0));
        assert!(started.shared.state.lock().unhandled.is_empty());
        started.tell(0);
        assert_eq!(started.finish().unhandled, [0]);
        let (abandoned, step) = tape(None);
        let number = abandoned.number_request();
        let kind = TrafficKind::Http(HttpFacts::request("GET", "http://shop/"));
        let owner = TrafficOwner { step: Some(step), number: Some(number) };
        abandoned.begin_traffic(Micros(1), kind, owner).unwrap();
        abandoned.give_up(number);
        assert_eq!(abandoned.finish().unhandled, [1]);
    }

    #[test]
    fn whoever_goes_on_has_handled_it() {
        type Act = Box<dyn Fn(&Tape, u32)>;
        let check = || CheckRecord {
            step: None,
            at_us: Micros(0),
            name: "it is there".to_owned(),
            is_soft: true,
            is_passed: false,
            actual: None,
            expected: None,
            source: None,
        };
        let metric = || MetricRecord {
            step: None,
            at_us: Micros(0),
            name: "tries".to_owned(),
            value: 1.0,
            unit: String::new(),
            labels: Vec::new(),
        };
        let goes_on: [Act; 9] = [
            Box::new(|tape, _| {
                tape.number_request();
            }),
            Box::new(move |tape, _| {
                tape.check(check()).unwrap();
            }),
            Box::new(move |tape, _| tape.metric(metric()).unwrap()),
            Box::new(|tape, _| tape.annotate("order", "7").unwrap()),
            Box::new(|tape, _| assert!(tape.artifact("page", "text/html", 1, || vec![7]))),
            Box::new(|tape, _| {
                tape.open_step("pay", None).unwrap();
            }),
            Box::new(|tape, step| tape.close_step(step, None).unwrap()),
            Box::new(|tape, _| tape.log("warn", "without an order", Vec::new())),
            Box::new(|tape, _| tape.log("stdout", "without an order", Vec::new())),
        ];
        for (number, act) in goes_on.iter().enumerate() {
            let (tape, step) = tape(None);
            tape.refuse(Reason::Interface);
            act(&tape, step);
            let tape = tape.finish();
            assert!(tape.unhandled.is_empty() && tape.refusal.is_none(), "{number}");
        }
        let fails: [Act; 3] = [
            Box::new(|tape, step| tape.close_step(step, Some(Failure::message("no"))).unwrap()),
            Box::new(|tape, _| tape.note_panic(Failure::message("no"))),
            // Where a runtime prints its traceback.
            Box::new(|tape, _| tape.log("stderr", "panicked at src/lib.rs", Vec::new())),
        ];
        for act in fails {
            let (tape, step) = tape(None);
            tape.refuse(Reason::Interface);
            act(&tape, step);
            let tape = tape.finish();
            assert_eq!(tape.unhandled, [0]);
            assert!(tape.refusal.is_some());
        }
    }

    #[test]
    fn a_step_that_fails_names_its_own_unhandled_request() {
        let closed = |failure: Failure| {
            let (tape, step) = tape(None);
            tape.close_step(step, Some(failure)).unwrap();
            tape.finish().recording.steps[0].failure.as_ref().unwrap().request
        };
        assert_eq!(closed(Failure::message("no")), Some(0));
        assert_eq!(closed(Failure { kind: FailureKind::Check, ..Failure::message("no") }), None);
        let (tape, _) = tape(None);
        let other = tape.open_step("other", None).unwrap();
        tape.close_step(other, Some(Failure::message("no"))).unwrap();
        assert_eq!(tape.finish().recording.steps[1].failure.as_ref().unwrap().request, None);
    }
}
