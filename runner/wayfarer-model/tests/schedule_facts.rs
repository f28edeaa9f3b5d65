//! What other libraries' tests and documents say of cron, against `Schedule`: 341 facts of the world outside.
//!
//! `schedule_facts.txt` holds them. An expression is read as it is written; one of Quartz as `quartz(…)`. Where it is refused, what its
//! error proposes is read instead. A fact that does not hold here names why in its last column, and the test fails if it holds
//! after all.
#![cfg(test)]

mod mended;

use std::collections::BTreeMap;

use jiff::Timestamp;
use wayfarer_model::schedule::{Schedule, Timezone};
use wayfarer_model::units::UnixMillis;

/// The reasons for which facts do not hold here.
const REASONS: [(&str, &str); 10] = [
    (
        "gap",
        "Cronos runs what falls into a gap at its end even where minute or hour has a star; vixie cron does not",
    ),
    ("edge", "Cronos, asked at the end of a gap, does not answer with it"),
    (
        "interval",
        "Cronos takes ranges for intervals, which run in the repeated hour too; for vixie cron they are fixed times",
    ),
    (
        "skipped",
        "robfig and EventBridge skip a time that is missing; vixie cron runs it at the end of the gap",
    ),
    ("twice", "robfig runs a fixed time twice where it comes twice; vixie cron does not"),
    (
        "shifted",
        "croniter and croner for JavaScript shift a missing time by the gap; vixie cron runs it at the gap's end",
    ),
    ("past", "croner for JavaScript answers with an instant before the one asked for"),
    (
        "leap",
        "croner for JavaScript leaves out the repeated hour of a job that runs every minute; vixie cron does not",
    ),
    ("both", "NCrontab wants both day fields to match; POSIX has it that either suffices"),
    (
        "star",
        "cronie takes a day field that begins with a star for unrestricted, `*/2` too; by POSIX it is restricted",
    ),
];

struct Fact<'a> {
    number: &'a str,
    schedule: Result<Schedule, String>,
    from: Timestamp,
    is_inclusive: bool,
    expected: &'a str,
    differs: &'a str,
}

impl<'a> Fact<'a> {
    fn read(line: &'a str) -> Self {
        let cells: Vec<&str> = line.split('\t').collect();
        let [number, source, expression, timezone, asks, from, expected, differs] = *cells.as_slice() else {
            panic!("`{line}` has {} cells", cells.len());
        };
        let text = if source == "quartz" { format!("quartz({expression})") } else { expression.to_owned() };
        let zone: Timezone = timezone.parse().unwrap();
        let schedule = mended::followed(&text).map(|read| Schedule::new(read, zone));
        Self {
            number,
            schedule: schedule.map_err(|error| error.to_string()),
            from: from.parse().unwrap(),
            is_inclusive: asks == "at",
            expected,
            differs,
        }
    }

    /// Why it does not hold; none if it does.
    fn wrong(&self) -> Option<String> {
        let schedule = match (&self.schedule, self.expected) {
            (Err(_), "refuse") => return None,
            (Ok(read), "refuse") => return Some(format!("`{}` is read", read.expression())),
            (Err(error), _) => return Some(error.clone()),
            (Ok(read), _) => read,
        };
        let from = u64::try_from(self.from.as_millisecond() - i64::from(self.is_inclusive)).unwrap();
        let found = schedule.next(UnixMillis(from)).unwrap();
        let (is_due, instant) = match self.expected.strip_prefix("not ") {
            Some(instant) => (false, instant),
            None => (true, self.expected),
        };
        let instant: Timestamp = instant.parse().unwrap();
        let is_found = found.0 == u64::try_from(instant.as_millisecond()).unwrap();
        let shown = schedule.timezone().show(found);
        (is_due != is_found).then(|| format!("`{}`: {shown}", schedule.expression()))
    }
}

#[test]
fn published_facts_hold_or_say_why_not() {
    let lines: Vec<&str> =
        include_str!("schedule_facts.txt").lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.len(), 341);
    let mut wrong = Vec::new();
    let mut differing: BTreeMap<&str, usize> = BTreeMap::new();
    for (line, fact) in lines.iter().zip(lines.iter().map(|line| Fact::read(line))) {
        let known = fact.differs.is_empty() || REASONS.iter().any(|(reason, _)| *reason == fact.differs);
        assert!(known, "`{}` is no reason", fact.differs);
        match (fact.wrong(), fact.differs) {
            (None, "") => {}
            (Some(_), why) if !why.is_empty() => *differing.entry(why).or_default() += 1,
            (found, why) => wrong.push(format!("{} [{why}] {line}\n      {found:?}", fact.number)),
        }
    }
    assert!(wrong.is_empty(), "{} facts:\n{}", wrong.len(), wrong.join("\n"));
    for (reason, what) in REASONS {
        let count = differing.get(reason).unwrap_or_else(|| panic!("no fact differs by `{reason}`"));
        println!("{count:3} facts differ: {what}");
    }
}
