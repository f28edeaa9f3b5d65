//! What is shown of the sample attempts.

use wayfarer_model::units::Micros;

use super::samples::{broken, degraded, denied, failed, journey, no_step, open, passed, step};
use super::{Bar, Segment, SegmentKind, StepView, attempt, not_reached, progress, timeline};

fn checkout() -> wayfarer_model::descriptor::Descriptor {
    journey("checkout", &["log in", "place order", "order visible"])
}

#[test]
fn a_failure_is_shown_once_where_it_happened() {
    let (journey, report) = (checkout(), failed(1));
    let view = attempt(&journey, &report);
    let [log_in, place_order] = view.steps.as_slice() else { panic!("two steps") };
    assert!(log_in.evidence.failure().is_none() && !log_in.evidence.went_wrong);
    assert_eq!(place_order.evidence.failure(), report.failure.as_ref());
    assert!(place_order.evidence.went_wrong);
    assert!(place_order.evidence.checks.is_empty(), "the failure is this check's");
    assert_eq!(place_order.evidence.requests.len(), 1);
    assert!(view.outside.failure().is_none(), "the step shows it");
    assert_eq!(view.not_reached, ["order visible"]);
}

#[test]
fn a_failure_that_no_step_has_is_shown_outside() {
    let (journey, report) = (checkout(), no_step());
    let view = attempt(&journey, &report);
    assert_eq!(view.outside.failure(), report.failure.as_ref());
    assert_eq!(view.not_reached, journey.steps);
}

#[test]
fn a_step_around_the_failed_one_does_not_repeat_its_failure() {
    let mut report = broken();
    let failure = report.failure.clone();
    report.recording.steps =
        vec![step(None, "log in", 1, failure.clone()), step(Some(0), "token", 1, failure)];
    let journey = checkout();
    let view = attempt(&journey, &report);
    let outer: &StepView<'_> = &view.steps[0];
    assert!(outer.evidence.failure().is_none() && !outer.evidence.went_wrong);
    assert!(outer.inner[0].evidence.failure().is_some() && outer.inner[0].evidence.went_wrong);
    let message = denied(0).error.unwrap().message;
    assert!(outer.evidence.already_says(&message), "its requests do not repeat the message either");
}

#[test]
fn a_good_attempt_reached_all_it_needed() {
    let (journey, report) = (checkout(), degraded());
    let view = attempt(&journey, &report);
    assert!(view.is_good && view.not_reached.is_empty());
    assert_eq!(view.steps[0].evidence.checks.len(), 1);
    assert_eq!(not_reached(&journey, &report.recording), ["order visible"]);
    assert_eq!(progress(&journey, &report.recording, true), (3, 3));
    assert_eq!(progress(&journey, &failed(1).recording, false), (1, 3));
}

#[test]
fn requests_have_their_bars_below_the_bar_of_their_step() {
    let shown: Vec<_> =
        timeline(&passed(1)).into_iter().map(|bar| (bar.depth, bar.label, bar.is_good)).collect();
    let expected =
        [(0, "log in", true), (0, "place order", true), (1, "pay", true), (2, "201 POST /orders", true)];
    assert_eq!(shown, expected.map(|(depth, label, is_good)| (depth, label.to_owned(), is_good)));
    let unanswered = timeline(&open()).pop().unwrap();
    assert_eq!(unanswered.label, "… GET /slow");
}

#[test]
fn a_requests_bar_has_a_segment_for_each_phase() {
    let bar: Bar = timeline(&failed(1)).pop().unwrap();
    assert!(!bar.is_good);
    assert_eq!(bar.duration, Micros(611_100));
    let phase = |kind, us| Segment { kind, duration: Micros(us) };
    let expected = [
        phase(SegmentKind::Dns, 0),
        phase(SegmentKind::Connect, 1_200),
        phase(SegmentKind::Tls, 0),
        phase(SegmentKind::Wait, 608_000),
        phase(SegmentKind::Receive, 1_900),
    ];
    assert_eq!(bar.segments, expected);
}
