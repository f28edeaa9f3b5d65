//! Schedules, durations, sizes and instants, as a component or a file writes them.

use wayfarer_model::schedule::{Expression, Schedule, Spread, Timezone};
use wayfarer_model::units::{Bytes, UnixMillis, parse_duration};

use crate::input::Input;
use crate::{Target, texts};

/// A schedule on the first line, a timezone on the second, an instant in seconds on the third.
pub(crate) const SCHEDULE: Target = Target {
    name: "schedule",
    run: schedule,
    seeds: || {
        texts(&[
            "*/5 * * * *\nEurope/Berlin\n1792887000",
            "30 2 29 2 1-5\nAmerica/New_York\n1740000000",
            "0 */7 1,2,L JAN-mar,dec ? *\nAustralia/Lord_Howe\n0",
            "59 59 23 31 12 SUN\nPacific/Apia\n1325230000",
            "@weekly\nAfrica/Casablanca\n4102444800",
            "every 1m30s\nUTC\n1",
            "every 366d\nAsia/Kathmandu\n253402300799",
            "0 0 30 2 *\nUTC\n7",
            "quartz(0 0/5 22-2 ? NOV-FEB 6#5)\nEurope/Berlin\n1761440400",
            "cron(0 12 LW * ? *)\nUTC\n1",
            "cron(30 2 15W * ? *)\nAmerica/New_York\n1741503600",
            "rate(5 minutes)\nUTC\n1",
            "0 0 0 ? * 1\nUTC\n1",
            "CRON_TZ=Asia/Tokyo 5 0 * * *\nUTC\n1",
        ])
    },
    is_slow: false,
};

/// The latest instant that is tried, in seconds: the year 9000.
const LATEST: u64 = 221_845_392_000;

fn schedule(data: &[u8]) {
    let mut input = Input::new(data);
    let (Some(text), Some(zone), Some(at)) = (input.text_line(), input.text_line(), input.text_line()) else {
        return;
    };
    let zone = zone.parse::<Timezone>().unwrap_or_else(|_| "UTC".parse().unwrap());
    let expression = match text.parse::<Expression>() {
        Ok(expression) => expression,
        Err(error) => return assert!(error.to_string().len() < 8 * text.len().min(500) + 1_000, "{error}"),
    };
    let again = expression.to_string().parse::<Expression>();
    assert_eq!(again.as_ref(), Ok(&expression), "what is written is read as the same");
    let spread = text.len() as u64 % 3;
    let schedule = Schedule::new(expression, zone).with_spread(
        Spread::new(std::time::Duration::from_secs(30 * spread)).unwrap(),
        &"acme".parse().unwrap(),
        &"checkout".parse().unwrap(),
    );
    let after = UnixMillis(at.trim().parse::<u64>().unwrap_or(0).min(LATEST) * 1_000);
    let slots: Vec<UnixMillis> =
        std::iter::successors(schedule.next(after), |slot| schedule.next(*slot)).take(12).collect();
    let Some(last) = slots.last() else { return };
    assert!(slots[0] > after && slots.is_sorted_by(|one, other| one < other), "{text} {zone}: {slots:?}");
    let between: Vec<UnixMillis> = schedule.slots_between(after, UnixMillis(last.0 + 1)).collect();
    let from_slots: Vec<UnixMillis> = between.iter().copied().filter(|slot| *slot > after).collect();
    assert_eq!(from_slots, slots, "{text} {zone}: an audit finds what the planner planned");
    for slot in &slots {
        assert!(schedule.fire_at(*slot) >= *slot, "{text} {zone}");
    }
}

/// A quantity, a duration or an instant: one line.
pub(crate) const UNITS: Target = Target {
    name: "units",
    run: units,
    seeds: || {
        texts(&[
            "250ms",
            "1.5s",
            "18446744073709551615us",
            "0.0000001d",
            "128MiB",
            "9e18GiB",
            ".m",
            "1..2h",
            "2026-11-30T07:05:00Z",
            "2026-02-30T25:61:61.999999999+23:59",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "-1d",
            "2026-10-25 02:30:00",
        ])
    },
    is_slow: false,
};

fn units(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(duration) = parse_duration(text) {
        let again = parse_duration(&format!("{}us", duration.as_micros()));
        assert_eq!(again, Ok(duration), "{text}");
    }
    if let Ok(bytes) = text.parse::<Bytes>() {
        assert_eq!(format!("{}B", bytes.0).parse(), Ok(bytes), "{text}");
    }
    let _ = UnixMillis::parse_http(text);
    if let Ok(instant) = UnixMillis::parse(text) {
        assert_eq!(UnixMillis::parse(&instant.rfc3339()), Ok(instant), "{text}");
    }
    let zone: Timezone = "Europe/Berlin".parse().unwrap();
    if let Ok(instant) = zone.read(text) {
        let _ = zone.show(instant);
    }
    let _ = text.parse::<Spread>();
    let _ = text.parse::<wayfarer_model::ids::RunId>();
    if let Ok(digest) = text.parse::<wayfarer_model::ids::ComponentDigest>() {
        assert_eq!(digest.to_string(), text.to_ascii_lowercase());
    }
    if let Ok(name) = text.parse::<wayfarer_model::ids::JourneyName>() {
        assert!(name.as_str() == text && text.len() <= 64 && text.is_ascii(), "{text}");
    }
}
