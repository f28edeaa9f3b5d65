//! Weekly windows against croner, the oracle: a window is in force in exactly the minutes that cron expressions for its
//! stretches of the day match in local time, in every timezone and around each change of its clock.
//!
//! croner's edition of the timezone database (`chrono-tz`) is older than ours. Near a period in which the editions
//! differ, croner gets the offsets of our edition; the test counts and shows these cases.
#![cfg(test)]

mod editions;

use std::cell::Cell;

use chrono::{DateTime, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::Cron;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use wayfarer_model::maintenance::{Phase, Weekly, Window};
use wayfarer_model::schedule::Timezone;
use wayfarer_model::units::UnixMillis;

use self::editions::{Clock, Editions};

const NAMES: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// 2024 and the end of 2033, in unix minutes.
const YEARS: std::ops::Range<i64> = 28_401_120..33_661_440;

/// Minutes of a day from one (included) to another (excluded), as cron expressions on these days.
fn stretches(from: u16, to: u16, days: &str) -> Vec<Cron> {
    let cron = |text: String| text.parse::<Cron>().unwrap();
    // By the hour: a stretch within one, or the rest of the first, those between, the beginning of the last.
    (from / 60..=to.saturating_sub(1) / 60)
        .map(|hour| (hour, from.max(hour * 60) % 60, (to - 1).min(hour * 60 + 59) % 60))
        .map(|(hour, first, last)| cron(format!("{first}-{last} {hour} * * {days}")))
        .collect()
}

/// The window's minutes: those of a day, or of an evening and of the morning after.
fn oracle(days: &[usize], begins: u16, ends: u16) -> Vec<Cron> {
    let on = |later: usize| {
        let days: Vec<String> = days.iter().map(|day| ((day + later) % 7).to_string()).collect();
        days.join(",")
    };
    if begins < ends {
        return stretches(begins, ends, &on(0));
    }
    let mut all = stretches(begins, 24 * 60, &on(0));
    if ends > 0 {
        all.extend(stretches(0, ends, &on(1)));
    }
    all
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minute at which croner's edition changes a timezone's clock within half a year; `near` if it does not.
fn change(timezone: Tz, near: i64) -> i64 {
    let offset = |minute: i64| editions::offset(timezone, minute * 60);
    let (mut inside, mut outside) = (near, near + 26 * 7 * 24 * 60);
    if offset(inside) == offset(outside) {
        return near;
    }
    while outside - inside > 1 {
        let middle = i64::midpoint(inside, outside);
        if offset(middle) == offset(inside) { inside = middle } else { outside = middle }
    }
    outside
}

#[test]
fn a_window_is_in_force_in_the_minutes_that_croner_says() {
    let windows = (
        prop::sample::select(TZ_VARIANTS.to_vec()),
        prop::sample::subsequence(vec![0_usize, 1, 2, 3, 4, 5, 6], 1..=7),
        (0..1_440_u16, 0..=1_440_u16).prop_filter("it ends when it begins", |(begins, ends)| begins != ends),
        YEARS,
    );
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) };
    let (editions, all, ours) = (Editions::compare(), Cell::new(0), Cell::new(0));
    let ran = TestRunner::new(config).run(&windows, |(timezone, days, (begins, ends), near)| {
        let names: Vec<&str> = days.iter().map(|day| NAMES[*day]).collect();
        let text = format!("{} {}-{}", names.join(","), clock(begins), clock(ends));
        let place: Timezone = timezone.name().parse().unwrap();
        let window = Window::Weekly(Weekly::parse(&text, place).unwrap());
        let (oracle, middle) = (oracle(&days, begins, ends), change(timezone, near));
        all.set(all.get() + 1);
        let is_ours = !editions.agree(timezone, (middle - 1_500) * 60, (middle + 1_500) * 60);
        ours.set(ours.get() + usize::from(is_ours));
        let clock = Clock::new(timezone.name(), 0);
        let mut before = None;
        for minute in middle - 1_500..middle + 1_500 {
            let at: DateTime<Tz> = timezone.timestamp_opt(minute * 60, 0).unwrap();
            let expected = oracle.iter().any(|cron| {
                if is_ours {
                    cron.is_time_matching(&clock.at(minute * 60)).unwrap()
                } else {
                    cron.is_time_matching(&at).unwrap()
                }
            });
            let instant = UnixMillis(u64::try_from(minute).unwrap() * 60_000 + 59_999);
            prop_assert_eq!(window.contains(instant), expected, "{} in {} at {}", text, timezone, at);
            // Where it begins is what was said a minute before to be its next time.
            if before == Some(false) && expected {
                let earlier = UnixMillis(instant.0 - 60_000);
                let begins = UnixMillis(instant.0 - 59_999);
                prop_assert_eq!(window.phase(earlier), Phase::Next(begins), "{} in {}", text, timezone);
            }
            before = Some(expected);
        }
        Ok(())
    });
    ran.unwrap();
    editions.report(ours.get(), all.get());
}
