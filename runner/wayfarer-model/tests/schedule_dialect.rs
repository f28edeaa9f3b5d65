//! What may be written as a schedule, what is said about the rest, and where croner reads otherwise.
#![cfg(test)]

use chrono::{TimeZone, Utc};
use croner::parser::{CronParser, Seconds};
use wayfarer_model::schedule::{Expression, Schedule, Spread, Timezone};
use wayfarer_model::units::UnixMillis;

fn schedule(text: &str) -> Schedule {
    Schedule::new(text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}")), Timezone::UTC)
}

fn error(text: &str) -> String {
    match text.parse::<Expression>() {
        Ok(read) => panic!("`{text}` should be refused, but reads as {read:?}"),
        Err(error) => error.to_string(),
    }
}

fn at(text: &str) -> UnixMillis {
    UnixMillis(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis() as u64)
}

fn first(text: &str, after: &str, count: usize) -> Vec<String> {
    let shown = |slot| Timezone::UTC.show(slot).replace("+00:00 UTC", "");
    schedule(text).fires(at(after), count).map(shown).collect()
}

fn croner(text: &str) -> Result<croner::Cron, croner::errors::CronError> {
    CronParser::builder().seconds(Seconds::Optional).build().parse(text)
}

#[test]
fn two_ways_of_writing_one_schedule_agree() {
    let pairs = [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * SUN"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 JAN *"),
        ("@Annually", "0 0 1 1 *"),
        ("0 0 * * 0", "0 0 * * 7"),
        ("0 0 * * FRI-SUN", "0 0 * * 0,5,6"),
        ("0 0 * * mon-fri", "0 0 * * 1,2,3,4,5"),
        ("0 0 * Jan-mar/2 *", "0 0 * 1,3 *"),
        ("0 0 ? * MON", "0 0 * * 1"),
        ("0 0 1 * ?", "0 0 1 * *"),
        ("*/15 * * * *", "0,15,30,45 * * * *"),
        ("10-40/15 * * * *", "10,25,40 * * * *"),
        ("  0  12\t* * *  ", "0 0 12 * * *"),
        ("0 0 * * */2", "0 0 * * SUN,TUE,THU,SAT"),
        ("every 1h30m", "every 90m"),
        ("@every 1h30m", "every 5400s"),
        ("rate(90 minutes)", "every 90m"),
        ("quartz(0 30 6 ? * 2-6)", "30 6 * * MON-FRI"),
        ("cron(30 6 ? * 2-6 *)", "30 6 * * MON-FRI"),
    ];
    for (one, other) in pairs {
        let fires = |text: &str| first(text, "2026-01-15T10:00:00Z", 40);
        assert_eq!(fires(one), fires(other), "{one} and {other}");
    }
}

#[test]
fn two_restricted_day_fields_are_an_or() {
    let thirteenth_or_friday = first("0 0 13 2 FRI", "2026-01-31T00:00:00Z", 5);
    assert_eq!(
        thirteenth_or_friday,
        [
            "2026-02-06T00:00:00",
            "2026-02-13T00:00:00",
            "2026-02-20T00:00:00",
            "2026-02-27T00:00:00",
            "2027-02-05T00:00:00"
        ]
    );
    let every_other_or_monday = first("0 0 */10 * MON", "2026-06-01T00:00:00Z", 4);
    assert_eq!(
        every_other_or_monday,
        ["2026-06-08T00:00:00", "2026-06-11T00:00:00", "2026-06-15T00:00:00", "2026-06-21T00:00:00"]
    );
}

#[test]
fn leap_days_and_year_ends() {
    assert_eq!(
        first("0 12 29 2 *", "2024-02-29T12:00:00Z", 2),
        ["2028-02-29T12:00:00", "2032-02-29T12:00:00"]
    );
    assert_eq!(
        first("0 0 29 2 *", "2096-02-29T00:00:00Z", 1),
        ["2104-02-29T00:00:00"],
        "1900 and 2100 have none"
    );
    assert_eq!(
        first("59 59 23 31 12 *", "2026-12-31T23:59:58.999Z", 2),
        ["2026-12-31T23:59:59", "2027-12-31T23:59:59"]
    );
    assert_eq!(first("* * * * * *", "2026-12-31T23:59:59.001Z", 1), ["2027-01-01T00:00:00"]);
    assert_eq!(
        first("0 0 31 * *", "2026-03-31T00:00:00Z", 3),
        ["2026-05-31T00:00:00", "2026-07-31T00:00:00", "2026-08-31T00:00:00"]
    );
    assert_eq!(first("0 0 1 1 *", "9998-12-31T00:00:00Z", 5), ["9999-01-01T00:00:00"], "and no year 10000");
}

#[test]
fn field_errors_name_the_field_and_the_mend() {
    for (text, said) in [
        ("61 * * * *", "`61` is out of range in the minute field: write 0 to 59"),
        ("* 24 * * *", "`24` is out of range in the hour field: write 0 to 23"),
        ("* * 0 * *", "`0` is out of range in the day-of-month field: write 1 to 31"),
        (
            "* * * * 8",
            "`8` is out of range in the day-of-week field: write 0 to 7 (Sunday is 0 and 7), or SUN to SAT",
        ),
        ("99999999999 * * * *", "`99999999999` is out of range in the minute field: write 0 to 59"),
        ("60 * * * * *", "`60` is out of range in the second field: write 0 to 59"),
        ("* * * * MOM", "`MOM` is unknown in the day-of-week field: did you mean `MON`?"),
        ("* * * * Wednesday", "`Wednesday` is unknown in the day-of-week field: did you mean `WED`?"),
        ("* * * SEPT *", "`SEPT` is unknown in the month field: did you mean `SEP`?"),
        ("* * * XYZ *", "`XYZ` is unknown in the month field: write 1 to 12, or JAN to DEC"),
        ("noon * * * *", "`noon` is unknown in the minute field: write 0 to 59"),
        ("-5 * * * *", "`-5` is unknown in the minute field: write 0 to 59"),
        ("+5 * * * *", "`+5` is unknown in the minute field: write 0 to 59"),
        ("1-2-3 * * * *", "`2-3` is unknown in the minute field: write 0 to 59"),
        ("* 22-2 * * *", "the range `22-2` in the hour field runs backwards: write `22-23,0-2`"),
        (
            "0 0 * * FRI-MON",
            "the range `FRI-MON` in the day-of-week field runs backwards: write `FRI-SAT,SUN-MON`",
        ),
        ("0 0 * NOV-FEB *", "the range `NOV-FEB` in the month field runs backwards: write `NOV-DEC,JAN-FEB`"),
        ("*/0 * * * *", "the step `/0` in the minute field must be a whole number from 1 to 59"),
        ("*/60 * * * *", "the step `/60` in the minute field must be a whole number from 1 to 59"),
        ("*/ * * * *", "the step `/` in the minute field must be a whole number from 1 to 59"),
        ("* */x * * *", "the step `/x` in the hour field must be a whole number from 1 to 23"),
        ("5/15 * * * *", "the step `5/15` in the minute field has no end: write `5-59/15`"),
        (
            "0 0 L * MON",
            "`L` in the day-of-month field is of another cron dialect (`L`, `W`, `#`, `+`, `H`): list the days instead",
        ),
        ("0/15 * * * *", "the step `0/15` in the minute field has no end: write `*/15`"),
        ("0 0 * * MON/2", "the step `MON/2` in the day-of-week field has no end: write `MON-6/2`"),
        ("0 22-2/3 * * *", "the range `22-2` in the hour field runs backwards: write `1,22`"),
        ("1,,2 * * * *", "the minute field `1,,2` has an empty entry: write `1,2`"),
        (
            "*,5 * * * *",
            "`*` in the minute field mixes `*` or `?` with something else: `*` stands alone or before a step",
        ),
        (
            "*-5 * * * *",
            "`*-5` in the minute field mixes `*` or `?` with something else: `*` stands alone or before a step",
        ),
        ("? * * * *", "`?` has no meaning in the minute field, only in the two day fields: write `*`"),
        ("0 0 L * *", "`0 0 L * *` is not plain cron but of another dialect: write `quartz(0 0 0 L * ?)`"),
        (
            "0 0 15W * *",
            "`0 0 15W * *` is not plain cron but of another dialect: write `quartz(0 0 0 15W * ?)`",
        ),
        (
            "0 0 * * FRI#2",
            "`0 0 * * FRI#2` is not plain cron but of another dialect: write `quartz(0 0 0 ? * FRI#2)`",
        ),
        (
            "0 0 * * THU#2",
            "`0 0 * * THU#2` is not plain cron but of another dialect: write `quartz(0 0 0 ? * THU#2)`",
        ),
        (
            "H * * * *",
            "`H` in the minute field is of another cron dialect (`L`, `W`, `#`, `+`, `H`): give the journey a `spread` instead",
        ),
    ] {
        assert_eq!(error(text), said, "`{text}`");
    }
    for text in ["0 0 * * FRI-SAT,SUN-MON", "0 22-23,0-2 * * *", "0 0 * NOV-DEC,JAN-FEB *", "5-59/15 * * * *"]
    {
        schedule(text);
    }
}

#[test]
fn expression_errors_name_the_mend() {
    for (text, said) in [
        ("", "the schedule is empty: write a cron expression such as `*/5 * * * *`, or `every 5m`"),
        ("5m", "`5m` has 1 field: write `every 5m`"),
        ("everyday", "`everyday` has 1 field: write `@daily`"),
        (
            "* * * *",
            "`* * * *` has 4 fields: write five (minute, hour, day of month, month, day of week), six with seconds first, or an interval such as `every 5m`",
        ),
        (
            "0 0 0 1 1 * 2027",
            "`0 0 0 1 1 * 2027` has seven fields, and a journey's schedule has no year: write `0 0 0 1 1 *`",
        ),
        (
            "0 0 30 2 *",
            "the schedule never fires: no year has day 30 in month 2; write a day that the month has",
        ),
        (
            "0 0 31 APR,JUN *",
            "the schedule never fires: no year has day 31 in month APR,JUN; write a day that the month has",
        ),
        ("@hourlly", "`@hourlly` is no nickname: write `@hourly`"),
        (
            "@reboot",
            "`@reboot` is no nickname: a journey runs on the clock, not at a start; write a cron expression or an interval",
        ),
        (
            "@fortnightly-ish",
            "`@fortnightly-ish` is no nickname: write @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually",
        ),
        (
            "every",
            "`every` is no interval: write numbers with `s`, `m`, `h` or `d`, the longer units first, such as `every 30s` or `every 1h30m`",
        ),
        (
            "every 2x",
            "`every 2x` is no interval: write numbers with `s`, `m`, `h` or `d`, the longer units first, such as `every 30s` or `every 1h30m`",
        ),
        ("every 2w", "`every 2w` is no interval: write `every 14d`"),
        ("every 5 minutes", "`every 5 minutes` is no interval: write `every 5m`"),
        ("every 0s", "an interval of `0s` is shorter than a second: write `every 1s` or longer"),
        ("every 250ms", "an interval of `250ms` is shorter than a second: write `every 1s` or longer"),
        ("every 1.0005s", "an interval of `1.0005s` is not a whole number of milliseconds: round it"),
        (
            "every 400d",
            "an interval of `400d` is longer than 366 days: write a shorter one, or a cron expression such as `@yearly`",
        ),
    ] {
        assert_eq!(error(text), said, "`{text}`");
    }
    assert_eq!(error(&"0,".repeat(400)), "the schedule has 800 bytes: write 500 at most");
    assert_eq!("x/".repeat(500_000).parse::<Timezone>().unwrap_err().suggestion, None);
    schedule("0 0 30 2 MON");
    schedule("0 0 29 2 *");
}

#[test]
fn timezones_and_spreads_name_the_mend() {
    let timezone = |text: &str| text.parse::<Timezone>().unwrap_err().to_string();
    assert_eq!(
        timezone("europe/berlin"),
        "`europe/berlin` is not an IANA timezone: did you mean `Europe/Berlin`?"
    );
    assert_eq!(
        timezone("Europe/Berlni"),
        "`Europe/Berlni` is not an IANA timezone: did you mean `Europe/Berlin`?"
    );
    assert_eq!(timezone("Berlin"), "`Berlin` is not an IANA timezone: did you mean `Europe/Berlin`?");
    assert_eq!(timezone("New York"), "`New York` is not an IANA timezone: did you mean `America/New_York`?");
    assert_eq!(
        timezone("+02:00"),
        "`+02:00` is not an IANA timezone: write a name such as `Europe/Berlin` or `UTC`"
    );
    let spread = |text: &str| text.parse::<Spread>().unwrap_err().to_string();
    assert!(spread("soon").starts_with("spread: `soon` is not a duration"));
    assert!(spread("25h").contains("longer than a day"));
    assert!(spread("10us").contains("not a whole number of milliseconds"));
}

#[test]
fn texts_survive_json() {
    for text in ["\"*/5 * * * MON-FRI\"", "\"every 15s\"", "\"@daily\""] {
        let read: Expression = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
    let timezone: Timezone = serde_json::from_str("\"Asia/Gaza\"").unwrap();
    assert_eq!(serde_json::to_string(&timezone).unwrap(), "\"Asia/Gaza\"");
    let spread: Spread = serde_json::from_str("\"1.5s\"").unwrap();
    assert_eq!(serde_json::to_string(&spread).unwrap(), "\"1500ms\"");
    assert!(serde_json::from_str::<Expression>("\"* * *\"").is_err());
}

/// The list of differences in the module's documentation, line by line.
#[test]
fn croner_reads_these_and_we_do_not() {
    let refused = [
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 * * FRI#2",
        "0 0 1 * +MON",
        "0 0 0 1 1 * 2027",
        "*/60 * * * *",
        "1,,2 * * * *",
        "MON * * * *",
        "0 0 30 2 *",
    ];
    for text in refused {
        assert!(croner(text).is_ok(), "croner refuses `{text}` too: no difference");
        error(text);
    }
    let start = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    assert!(croner("0 0 30 2 *").unwrap().find_next_occurrence(&start, false).is_err());
    for ours in ["@midnight", "every 15s", "quartz(0 0 12 * * ?)", "cron(0 12 * * ? *)", "rate(1 hour)"] {
        assert!(croner(ours).is_err(), "croner reads `{ours}` too: no difference");
        schedule(ours);
    }
}

/// And what both refuse, so that nobody reads it in two ways.
#[test]
fn croner_refuses_these_too() {
    for text in [
        "0 0 * * FRI-MON",
        "* 22-2 * * *",
        "5/15 * * * *",
        "*/0 * * * *",
        "* * * *",
        "60 * * * *",
        "*,5 * * * *",
    ] {
        assert!(croner(text).is_err(), "croner reads `{text}`");
        error(text);
    }
}

#[test]
fn a_day_that_never_was_has_an_end() {
    let apia = |text: &str| Schedule::new(text.parse().unwrap(), "Pacific/Apia".parse().unwrap());
    let fires = |text: &str| -> Vec<String> {
        let schedule = apia(text);
        schedule.fires(at("2011-12-29T23:00:00Z"), 3).map(|fire| schedule.timezone().show(fire)).collect()
    };
    assert_eq!(
        fires("0 12 * * *"),
        ["2011-12-31T00:00:00+14:00 +14", "2011-12-31T12:00:00+14:00 +14", "2012-01-01T12:00:00+14:00 +14"]
    );
    assert_eq!(fires("0 12 30 * *").first().unwrap(), "2012-01-30T12:00:00+14:00 +14");
    let before = chrono_tz::Pacific::Apia.with_ymd_and_hms(2011, 12, 29, 13, 0, 0).unwrap();
    assert!(croner("0 12 * * *").unwrap().find_next_occurrence(&before, false).is_err());
}
