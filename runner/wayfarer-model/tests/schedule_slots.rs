//! Slots: intervals, spreads, half-open periods, and instants as people read them.
#![cfg(test)]

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use wayfarer_model::schedule::{Schedule, Spread, Timezone};
use wayfarer_model::units::UnixMillis;

fn schedule(text: &str, timezone: &str) -> Schedule {
    Schedule::new(text.parse().unwrap(), timezone.parse().unwrap())
}

fn spread(schedule: Schedule, window: &str, tenant: &str, journey: &str) -> Schedule {
    schedule.with_spread(window.parse().unwrap(), &tenant.parse().unwrap(), &journey.parse().unwrap())
}

fn delay(window: &str, tenant: &str, journey: &str) -> u64 {
    spread(schedule("0 * * * *", "UTC"), window, tenant, journey).fire_at(UnixMillis(0)).0
}

#[test]
fn intervals_are_counted_from_1970() {
    let every = |text: &str, after: u64| schedule(text, "Europe/Berlin").next(UnixMillis(after)).unwrap().0;
    assert_eq!(every("every 15s", 0), 15_000);
    assert_eq!(every("every 15s", 14_999), 15_000);
    assert_eq!(every("every 15s", 15_000), 30_000);
    assert_eq!(every("every 7s", 1_000_000_000_000), 1_000_000_001_000);
    assert_eq!(every("every 1d", 86_400_001), 172_800_000, "midnight UTC, in every timezone");
    assert_eq!(every("every 1500ms", 1_500), 3_000);
    assert_eq!(schedule("every 1d", "UTC").next(UnixMillis(u64::MAX)), None);
    assert_eq!(schedule("* * * * *", "UTC").next(UnixMillis(u64::MAX)), None);
    assert_eq!(schedule("* * * * *", "UTC").next(UnixMillis(253_402_300_799_999)), None);
}

/// The vectors were computed by the recipe in the module's documentation, in another language.
#[test]
fn delays_are_the_ones_of_the_recipe() {
    assert_eq!(delay("5m", "shop", "checkout"), 222_844);
    assert_eq!(delay("5m", "shop", "sign-up"), 145_480);
    assert_eq!(delay("1h", "shop", "checkout"), 2_674_131);
    assert_eq!(delay("5m", "acme", "checkout"), 52_004);
    assert_eq!(delay("1m", "a", "b"), 56_870);
    assert_eq!(delay("0s", "a", "b"), 0);
    let beat = spread(schedule("every 15s", "UTC"), "1m", "shop", "checkout");
    assert_eq!(beat.fire_at(UnixMillis(0)).0, 11_142, "an interval's delay is cut to the interval");
}

#[test]
fn a_thousand_journeys_spread_evenly() {
    let delays: Vec<u64> = (0..1_000).map(|n| delay("1m", "shop", &format!("journey-{n}"))).collect();
    let seconds: BTreeSet<u64> = delays.iter().map(|delay| delay / 1_000).collect();
    assert_eq!(seconds.len(), 60, "every second of the minute is used");
    let fullest = (0..60).map(|second| delays.iter().filter(|delay| *delay / 1_000 == second).count()).max();
    assert!(fullest < Some(35), "{fullest:?} of 1,000 in one second");
}

#[test]
fn a_spread_moves_fires_and_leaves_slots() {
    let plain = schedule("0 * * * *", "UTC");
    let late = spread(plain.clone(), "5m", "shop", "checkout");
    let (from, to) = (UnixMillis(1_800_000_000_000), UnixMillis(1_800_100_000_000));
    assert!(plain.slots_between(from, to).eq(late.slots_between(from, to)));
    let slot = plain.next(from).unwrap();
    assert_eq!(late.fire_at(slot), UnixMillis(slot.0 + 222_844));
    // Between a slot and its fire, that fire is still to come.
    assert_eq!(late.fires(UnixMillis(slot.0 + 1), 1).next(), Some(late.fire_at(slot)));
    assert_eq!(late.fires(late.fire_at(slot), 1).next(), late.next(slot).map(|next| late.fire_at(next)));
    assert_eq!(late.fires(UnixMillis(0), 1).next(), Some(UnixMillis(222_844)), "the slot of 1970 itself");
}

#[test]
fn periods_are_half_open() {
    let hourly = schedule("@hourly", "UTC");
    let count = |from: u64, to: u64| hourly.slots_between(UnixMillis(from), UnixMillis(to)).count();
    assert_eq!(count(0, 3_600_000), 1, "the first is in");
    assert_eq!(count(0, 3_600_001), 2);
    assert_eq!(count(1, 3_600_000), 0, "the last is out");
    assert_eq!(count(3_600_000, 3_600_000), 0);
    assert_eq!(count(7_200_000, 3_600_000), 0);
    assert_eq!(count(u64::MAX - 1, u64::MAX), 0);
    let leap_year = (UnixMillis(1_704_067_200_000), UnixMillis(1_735_689_600_000));
    let year = |text, timezone| schedule(text, timezone).slots_between(leap_year.0, leap_year.1).count();
    assert_eq!(year("@hourly", "UTC"), 366 * 24);
    assert_eq!(year("@hourly", "Europe/Berlin"), 366 * 24, "one hour missing, one twice");
    assert_eq!(year("*/5 * * * *", "Australia/Lord_Howe"), 366 * 24 * 12);
    assert_eq!(year("every 5m", "Australia/Lord_Howe"), 366 * 24 * 12);
    assert_eq!(year("30 2 * * *", "Europe/Berlin"), 366);
    assert_eq!(year("0 0 29 2 *", "Asia/Tokyo"), 1);
}

#[test]
fn instants_are_shown_in_their_timezone() {
    let show = |timezone: &str, millis| timezone.parse::<Timezone>().unwrap().show(UnixMillis(millis));
    assert_eq!(show("Europe/Berlin", 1_774_746_000_000), "2026-03-29T03:00:00+02:00 CEST");
    assert_eq!(show("UTC", 1_774_746_000_123), "2026-03-29T01:00:00.123+00:00 UTC");
    assert_eq!(show("America/Sao_Paulo", 1_774_746_000_000), "2026-03-28T22:00:00-03:00 -03");
    assert_eq!(show("Australia/Lord_Howe", 1_774_746_000_000), "2026-03-29T12:00:00+11:00 +11");
    assert_eq!(show("UTC", u64::MAX), "18446744073709551615 ms after 1970");
}

#[test]
fn spreads_show_as_they_are_read() {
    for (text, shown) in [("90s", "90s"), ("5m", "300s"), ("1500ms", "1500ms"), ("0s", "0s")] {
        assert_eq!(text.parse::<Spread>().unwrap().to_string(), shown);
    }
    assert_eq!("5m".parse::<Spread>().unwrap().window(), Duration::from_mins(5));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    /// A period cut anywhere has the slots of its parts: an audit may go piece by piece.
    #[test]
    fn a_cut_loses_and_doubles_nothing(
        text in prop::sample::select(vec!["*/20 * * * *", "30 1-3 * * *", "30 2 * * *", "every 21m", "7 7 * * * *"]),
        timezone in prop::sample::select(vec!["Europe/Berlin", "Australia/Lord_Howe", "America/Nuuk", "UTC"]),
        from in 1_774_000_000_000_u64..1_775_000_000_000,
        length in 0..1_000_000_000_u64,
        cut in 0..1_000_000_000_u64,
    ) {
        let schedule = schedule(text, timezone);
        let (from, to) = (UnixMillis(from), UnixMillis(from + length));
        let cut = UnixMillis(from.0 + cut.min(length));
        let whole: Vec<UnixMillis> = schedule.slots_between(from, to).collect();
        let parts: Vec<UnixMillis> =
            schedule.slots_between(from, cut).chain(schedule.slots_between(cut, to)).collect();
        prop_assert!(whole.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(whole.iter().all(|slot| (from..to).contains(slot)));
        prop_assert_eq!(whole, parts);
    }
}
