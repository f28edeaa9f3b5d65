//! Schedules against croner 4, the oracle, around the clock changes of every timezone from 2024 to 2033.
//!
//! By default the test compares a sample of clock changes, always the same one; `WAYFARER_VERIFY=full` compares them
//! all (run it with `--release`: croner walks a gap second by second). Every answer is also later than the question.
//!
//! croner's edition of the timezone database (`chrono-tz`) is older than ours. Where a comparison reaches over a period
//! in which the editions differ, croner gets the offsets of our edition; the test counts and shows these comparisons.
#![cfg(test)]

mod editions;

use std::cell::Cell;

use chrono::{TimeZone as _, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use wayfarer_model::schedule::{Schedule, Timezone};
use wayfarer_model::units::UnixMillis;
use wayfarer_testkit::{is_in_full, none_differ};

use self::editions::{Clock, Editions, changes, offset};

const DAY: i64 = 86_400;
const FIRST: i64 = 1_704_067_200;
const LAST: i64 = 2_019_686_400;
/// Clock changes in the sample, of 4,029 (edition 2025b).
const SAMPLE: usize = 60;
/// Starting points around each change, for each expression.
const STARTS: usize = 6;

const EXPRESSIONS: [&str; 67] = [
    "* * * * *",
    "*/5 * * * *",
    "*/7 * * * *",
    "*/15 * * * *",
    "*/30 1-3 * * *",
    "0 * * * *",
    "30 * * * *",
    "17,43 * * * *",
    "59 * * * *",
    "0 */2 * * *",
    "15 */3 * * *",
    "0 */6 * * *",
    "0 0 * * *",
    "1 0 * * *",
    "30 0 * * *",
    "59 0 * * *",
    "0 1 * * *",
    "30 1 * * *",
    "45 1 * * *",
    "0 2 * * *",
    "15 2 * * *",
    "30 2 * * *",
    "59 2 * * *",
    "0 3 * * *",
    "30 3 * * *",
    "0 12 * * *",
    "30 22 * * *",
    "0 23 * * *",
    "30 23 * * *",
    "59 23 * * *",
    "0 0,12 * * *",
    "30 1,2,3 * * *",
    "0,30 2 * * *",
    "* 2 * * *",
    "*/10 2 * * *",
    "* 23 * * *",
    "*/20 0 * * *",
    "30 2 * * SUN",
    "30 23 * * SAT",
    "0 0 * * SUN",
    "0 0 * * FRI",
    "*/30 * * * SAT,SUN",
    "0 9-17 * * MON-FRI",
    "0 8 * * 1-5/2",
    "0 0 * * 7",
    "30 2 * * 5-7",
    "0 0 1 * *",
    "30 2 31 * *",
    "0 0 29 2 *",
    "0 12 29 FEB *",
    "30 2 1-7 * SUN",
    "0 2 13 * FRI",
    "0 0 */2 * MON",
    "*/30 1 25-31 MAR,OCT *",
    "30 2 ? 3,10 SUN",
    "0 0 1 1 *",
    "59 23 31 12 *",
    "30 1 * JAN-MAR,SEP-NOV *",
    "* * * * * *",
    "*/17 * * * * *",
    "0 30 2 * * *",
    "59 59 1 * * *",
    "30 */10 1-2 * * *",
    "5,35 59 23 * * SAT",
    "30 2,14 * * *",
    "0 1-4 * * *",
    "10-40/15 2 * * *",
];

/// A stable stream of numbers (xorshift).
struct Stream(u64);

impl Stream {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.cast_unsigned()).cast_signed()
    }
}

fn ours(expression: &str, timezone: Tz) -> Schedule {
    Schedule::new(expression.parse().unwrap(), timezone.name().parse::<Timezone>().unwrap())
}

fn one_of_theirs(expression: &str) -> Cron {
    CronParser::builder().seconds(Seconds::Optional).build().parse(expression).unwrap()
}

/// croner's reading. It takes only a single time as fixed, so a list of fixed times is one expression for each: the first of their
/// answers is the list's.
fn theirs(expression: &str) -> Vec<Cron> {
    match fixed_times(expression) {
        Some(times) => {
            let rest: Vec<&str> = expression.split(' ').rev().take(3).collect();
            let one = |[second, minute, hour]: [u32; 3]| {
                format!("{second} {minute} {hour} {} {} {}", rest[2], rest[1], rest[0])
            };
            times.into_iter().map(one).map(|text| one_of_theirs(&text)).collect()
        }
        None => vec![one_of_theirs(expression)],
    }
}

/// Second, minute and hour of each time; none where a star is among them.
fn fixed_times(expression: &str) -> Option<Vec<[u32; 3]>> {
    let mut fields: Vec<&str> = expression.split(' ').collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    if fields[..3].concat().contains('*') {
        return None;
    }
    let [seconds, minutes, hours] = [0, 1, 2].map(|index| numbers(fields[index]));
    let mut times = Vec::new();
    for second in &seconds {
        for minute in &minutes {
            times.extend(hours.iter().map(|hour| [*second, *minute, *hour]));
        }
    }
    Some(times)
}

/// The numbers of a list without stars.
fn numbers(field: &str) -> Vec<u32> {
    let entry = |entry: &str| {
        let (range, step) = entry.split_once('/').unwrap_or((entry, "1"));
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let [first, last, step] = [first, last, step].map(|text| text.parse::<u32>().unwrap());
        (first..=last).step_by(step as usize).collect::<Vec<_>>()
    };
    field.split(',').flat_map(entry).collect()
}

/// The starting points around a change: on it and beside it, and anywhere within a day.
fn starts(change: i64, stream: &mut Stream) -> [UnixMillis; STARTS] {
    let mut any = |from: i64, length: i64| (change + from) * 1_000 + stream.below(length * 1_000);
    [(change - 1) * 1_000, change * 1_000, any(-DAY, DAY), any(-4_000, 4_000), any(0, 4_000), any(0, DAY)]
        .map(|millis| UnixMillis(millis as u64))
}

/// Comparisons, counted.
struct Comparison {
    editions: Editions,
    all: Cell<usize>,
    /// With our edition on both sides.
    ours: Cell<usize>,
}

impl Comparison {
    fn new() -> Self {
        Self { editions: Editions::compare(), all: Cell::new(0), ours: Cell::new(0) }
    }

    /// The next instant of ours; an error where croner finds another one, or where ours goes back.
    fn next(
        &self,
        schedule: &Schedule,
        crons: &[Cron],
        timezone: Tz,
        after: UnixMillis,
    ) -> Result<UnixMillis, String> {
        let start = Utc.timestamp_millis_opt(after.0.cast_signed()).unwrap().with_timezone(&timezone);
        let found = schedule.next(after).unwrap();
        if found <= after {
            return Err(format!("`{}` in {timezone} after {start:?} goes back", schedule.expression()));
        }
        self.all.set(self.all.get() + 1);
        let earliest = |found: &dyn Fn(&Cron) -> i64| crons.iter().map(found).min().unwrap();
        let mut expected = earliest(&|cron| cron.find_next_occurrence(&start, false).unwrap().timestamp());
        let reached = expected.max((found.0 / 1_000).cast_signed());
        if !self.editions.agree(timezone, start.timestamp(), reached) {
            self.ours.set(self.ours.get() + 1);
            let start = Clock::new(timezone.name(), start.timestamp());
            expected = earliest(&|cron| cron.find_next_occurrence(&start, false).unwrap().second);
        }
        if found.0.cast_signed() != expected * 1_000 {
            let (expression, found) = (schedule.expression(), schedule.timezone().show(found));
            let expected = schedule.timezone().show(UnixMillis(expected as u64 * 1_000));
            return Err(format!(
                "`{expression}` in {timezone} after {start:?}: ours {found}, croner's {expected}"
            ));
        }
        Ok(found)
    }

    fn report(&self) {
        self.editions.report(self.ours.get(), self.all.get());
    }
}

#[test]
fn every_timezones_clock_changes_agree_with_croner() {
    let full = is_in_full();
    let comparison = Comparison::new();
    let changes_of = |timezone: Tz| changes(FIRST..LAST, 6 * 3_600, move |second| offset(timezone, second));
    let mut all: Vec<(Tz, i64)> = TZ_VARIANTS
        .iter()
        .flat_map(|timezone| changes_of(*timezone).into_iter().map(move |change| (*timezone, change)))
        .collect();
    assert!(all.len() > 4_000, "only {} clock changes found", all.len());
    let mut stream = Stream(0x5EED);
    if !full {
        all = (0..SAMPLE).map(|_| all[stream.below(i64::try_from(all.len()).unwrap()) as usize]).collect();
    }
    let all_of_theirs = EXPRESSIONS.map(theirs);
    let mut differing = Vec::new();
    for (timezone, change) in &all {
        for (expression, crons) in EXPRESSIONS.iter().zip(&all_of_theirs) {
            let schedule = ours(expression, *timezone);
            for start in starts(*change, &mut stream) {
                let next = |after| comparison.next(&schedule, crons, *timezone, after);
                differing.extend(next(start).and_then(next).err());
            }
        }
    }
    let compared = comparison.all.get();
    let of = TZ_VARIANTS.len();
    let case = format!(
        "{} expressions around {} clock changes of {of} timezones against croner: comparisons that differ, of {compared}",
        EXPRESSIONS.len(),
        all.len()
    );
    none_differ(&case, differing.len(), differing.first().map_or("", String::as_str));
    comparison.report();
}

/// A field over `first..=last`: a star, a number, a range, a step or a list.
fn field(first: u32, last: u32) -> impl Strategy<Value = String> {
    let number = move || first..=last;
    let range = (number(), number()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    let entry = prop_oneof![
        number().prop_map(|number| number.to_string()),
        range.clone().prop_map(|(from, to)| format!("{from}-{to}")),
        (range, 1..=last - first).prop_map(|((from, to), step)| format!("{from}-{to}/{step}")),
        (1..=last - first).prop_map(|step| format!("*/{step}")),
    ];
    prop_oneof![
        3 => Just("*".to_owned()),
        2 => number().prop_map(|number| number.to_string()),
        3 => prop::collection::vec(entry, 1..4).prop_map(|entries| entries.join(",")),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let six = (
        prop_oneof![Just("0".to_owned()), field(0, 59)],
        field(0, 59),
        field(0, 23),
        field(1, 31),
        field(1, 12),
        field(0, 7),
    );
    let text = six.prop_map(|(second, minute, hour, day, month, weekday)| {
        format!("{second} {minute} {hour} {day} {month} {weekday}")
    });
    // croner is asked for each fixed time of a list.
    text.prop_filter("a list of fixed times is short", |text| {
        fixed_times(text).is_none_or(|times| times.len() <= 64)
    })
}

/// Lists of fixed times, which croner answers one by one.
fn fixed_lists() -> impl Strategy<Value = String> {
    let short = |most: u32| {
        let number = (0..=most).prop_map(|number| number.to_string());
        let range =
            (0..most, 1..4_u32).prop_map(move |(from, more)| format!("{from}-{}", (from + more).min(most)));
        prop::collection::vec(prop_oneof![2 => number, 1 => range], 1..3)
            .prop_map(|entries| entries.join(","))
    };
    let days = prop::sample::select(vec!["* * *", "* * SUN", "25-31 3,10 *", "1-8 4,11 SUN", "*/2 * *"]);
    (short(59), short(3), days).prop_map(|(minute, hour, days)| format!("0 {minute} {hour} {days}"))
}

/// Any expression, any timezone, any instant of the ten years.
#[test]
fn any_expression_agrees_with_croner() {
    let full = is_in_full();
    let cases = if full { 100_000 } else { 1_500 };
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases) };
    let timezones = prop::sample::select(TZ_VARIANTS.to_vec());
    let texts = prop_oneof![3 => expression(), 1 => fixed_lists()];
    let any = (texts, timezones, FIRST..LAST, 0..1_000_i64);
    let comparison = Comparison::new();
    let ran = TestRunner::new(config).run(&any, |(text, timezone, second, millis)| {
        let Ok(expression) = text.parse() else {
            // Only a date that no year has may be refused here.
            prop_assert!(text.split(' ').nth(5) == Some("*"), "`{text}` should be read");
            return Ok(());
        };
        let schedule = Schedule::new(expression, timezone.name().parse().unwrap());
        let after = UnixMillis((second * 1_000 + millis) as u64);
        comparison.next(&schedule, &theirs(&text), timezone, after).map(drop).map_err(TestCaseError::fail)
    });
    let why = ran.err().map(|error| error.to_string());
    let case =
        format!("{cases} random expressions, timezones and instants against croner: the first that differs");
    none_differ(&case, usize::from(why.is_some()), &why.unwrap_or_default());
    comparison.report();
}
