//! Single paths through the phases. `tests/incident.rs` holds what is so for all of them.

use std::time::Duration;

use super::*;
use crate::incident::{Budget, Plain};

const MINUTE: u64 = 60_000;

fn settings() -> Settings {
    Settings::within(Budget::default(), 100.0 * 1_440.0)
}

/// One run a minute that takes a second.
fn look(minute: u64, is_bad: bool) -> Look {
    look_at("local", minute * MINUTE, Lane::Scheduled, is_bad)
}

fn look_at(location: &str, at: u64, lane: Lane, is_bad: bool) -> Look {
    let key = LookKey {
        ended_at: UnixMillis(at + 1_000),
        slot: UnixMillis(at),
        location: location.parse().unwrap(),
        lane,
        seq: 0,
    };
    Look { key, started_at: UnixMillis(at), is_bad }
}

/// Minutes and what happened, of outcomes a minute apart.
fn run(state: State, from: u64, outcomes: &[bool], settings: &Settings) -> (State, Vec<(u64, &'static str)>) {
    let mut state = state;
    let mut moves = Vec::new();
    for (minute, is_bad) in (from..).zip(outcomes) {
        let transition;
        (state, transition) = step(state, &look(minute, *is_bad), settings);
        moves.extend(transition.map(|transition| {
            let word = match transition {
                Transition::Suspected => "suspected",
                Transition::Relaxed => "relaxed",
                Transition::Opened(_) => "opened",
                Transition::Reopened(_) => "reopened",
                Transition::Closed => "closed",
            };
            (minute, word)
        }));
    }
    (state, moves)
}

fn outcomes(text: &str) -> Vec<bool> {
    text.bytes().map(|byte| byte == b'x').collect()
}

#[test]
fn a_single_failure_is_suspected_and_relaxed() {
    let (state, moves) = run(State::default(), 0, &outcomes("...x............"), &settings());
    assert_eq!(moves, [(3, "suspected"), (13, "relaxed")]);
    assert_eq!(state.phase(), Phase::Quiet);
}

#[test]
fn an_outage_opens_recovers_and_joins_what_closed_a_short_time_ago() {
    let history = &".".repeat(10);
    let (bad, good) = ("x".repeat(9), ".".repeat(8));
    let (state, moves) = run(State::default(), 0, &outcomes(&format!("{history}{bad}{good}")), &settings());
    assert_eq!(moves, [(10, "suspected"), (17, "opened"), (26, "closed")]);
    assert_eq!(state.incident().unwrap().opened_at, UnixMillis(17 * MINUTE + 1_000));
    let (again, moves) = run(state.clone(), 27, &outcomes(&bad), &settings());
    assert_eq!(moves, [(27, "suspected"), (34, "reopened")]);
    assert_eq!(again.incident(), Some(Span { opened_at: UnixMillis(17 * MINUTE + 1_000), closed_at: None }));
    let (_, moves) = run(state, 58, &outcomes(&bad), &settings());
    assert_eq!(moves, [(58, "suspected"), (65, "opened")], "39 minutes after it closed");
}

#[test]
fn evidence_counts_from_the_first_bad_look_and_has_words() {
    let mut state = State::default();
    let mut opened = None;
    for minute in 0..30 {
        let transition;
        (state, transition) = step(state, &look(minute, minute >= 20), &settings());
        if let Some(Transition::Opened(evidence)) = transition {
            opened = Some(evidence);
        }
    }
    let evidence = opened.unwrap();
    assert_eq!((evidence.looks, evidence.bad, evidence.since), (8, 8, UnixMillis(20 * MINUTE + 1_000)));
    assert!(evidence.statistic >= 4_320_000.0);
    let in_words = |statistic, looks_a_day| Evidence { statistic, ..evidence }.in_words(looks_a_day);
    assert_eq!(
        in_words(4_320_000.0, 1_440.0),
        "8 of 8 looks failed; by chance that happens once in 8 years at most"
    );
    assert_eq!(
        in_words(288.0 * 90.0, 288.0),
        "8 of 8 looks failed; by chance that happens once in 3 months at most"
    );
    assert_eq!(
        in_words(1e60, 288.0),
        "8 of 8 looks failed; by chance that happens less than once in 1000 years at most"
    );
}

#[test]
fn another_location_is_independent_evidence() {
    let looks_to_open = |locations: &[&str]| {
        let mut state = State::default();
        for (count, at) in (1..100).zip((0..).step_by(20_000)) {
            let location = locations[(count - 1) % locations.len()];
            let transition;
            (state, transition) = step(state, &look_at(location, at, Lane::Confirm, true), &settings());
            if matches!(transition, Some(Transition::Opened(_))) {
                return count;
            }
        }
        0
    };
    let (one, two, three) =
        (looks_to_open(&["eu"]), looks_to_open(&["eu", "us"]), looks_to_open(&["eu", "us", "ap"]));
    assert!(one > two && two > three && three <= 5, "{one}, {two}, {three}");
}

#[test]
fn what_a_state_has_seen_changes_nothing() {
    let (state, _) = run(State::default(), 0, &outcomes("..xx"), &settings());
    assert_eq!(state.place(&look(4, true).key), Place::Next);
    assert_eq!(state.place(&look(3, true).key), Place::Duplicate);
    assert_eq!(state.place(&look(1, true).key), Place::Late);
    for minute in 0..4 {
        assert_eq!(step(state.clone(), &look(minute, true), &settings()), (state.clone(), None));
    }
}

#[test]
fn a_plain_rule_counts() {
    let plain = Settings { rule: Rule::Plain(Plain::new(2, 3).unwrap()), ..settings() };
    let (_, moves) = run(State::default(), 0, &outcomes("..x.x........"), &plain);
    assert_eq!(moves, [(2, "suspected"), (4, "opened"), (12, "closed")]);
}

#[test]
fn a_journey_that_always_fails_a_little_is_too_flaky_and_its_outage_still_opens() {
    let noise = Noise::with_history(UnixMillis(0), 2_000, 20_160);
    let (state, _) = run(State::with_noise(noise), 0, &outcomes("..x..x.."), &settings());
    assert!(state.noise().base().is_too_flaky());
    let mut state = state;
    for minute in 8..60 {
        let transition;
        (state, transition) = step(state, &look(minute, true), &settings());
        if let Some(Transition::Opened(evidence)) = transition {
            assert!(evidence.base.is_too_flaky());
            return;
        }
    }
    panic!("no incident opened");
}

#[test]
fn confirmation_runs_are_wanted_while_it_is_suspected_or_recovers() {
    let next = |state: &State| settings().next_confirmation(state.phase(), 0, UnixMillis(0), None).is_some();
    let (state, _) = run(State::default(), 0, &outcomes("...."), &settings());
    assert!(!next(&state));
    let (state, _) = run(state, 4, &outcomes("x."), &settings());
    assert!(next(&state));
    let (state, _) = run(state, 6, &outcomes("xxxxxxxxxx"), &settings());
    assert!(state.phase() == Phase::Open && !next(&state));
    let (state, _) = run(state, 16, &outcomes("."), &settings());
    assert!(state.phase() == Phase::Recovering && next(&state));
    assert_eq!(settings().join_within, Duration::from_mins(30));
}
