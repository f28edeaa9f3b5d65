//! Expressions as Quartz and AWS publish them: the tables of their documents, each with the instants that follow, worked out by hand
//! from a calendar. 1 January 2026 is a Thursday.
#![cfg(test)]

use jiff::Timestamp;
use wayfarer_model::schedule::{Expression, Schedule, Timezone};
use wayfarer_model::units::UnixMillis;

/// The next instants in UTC, as `0102T1200`; with seconds where they are not 0; with the year where it is another one.
fn next(text: &str, after: &str, count: usize) -> Vec<String> {
    let expression: Expression = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
    let schedule = Schedule::new(expression, Timezone::UTC);
    let after = UnixMillis(after.parse::<Timestamp>().unwrap().as_millisecond() as u64);
    let short = |fire: UnixMillis| {
        let at = Timestamp::from_millisecond(fire.0.cast_signed()).unwrap().to_string();
        let year = if &at[..4] == "2026" { "" } else { &at[..4] };
        let seconds = if &at[17..19] == "00" { "" } else { &at[17..19] };
        format!("{year}{}{}T{}{}{seconds}", &at[5..7], &at[8..10], &at[11..13], &at[14..16])
    };
    schedule.fires(after, count).map(short).collect()
}

const NEW_YEAR: &str = "2026-01-01T00:00:00Z";

#[test]
fn quartzs_tutorial() {
    let table: [(&str, &[&str]); 29] = [
        ("0 0 12 * * ?", &["0101T1200", "0102T1200"]),
        ("0 15 10 ? * *", &["0101T1015", "0102T1015"]),
        ("0 15 10 * * ?", &["0101T1015", "0102T1015"]),
        ("0 15 10 * * ? *", &["0101T1015", "0102T1015"]),
        ("0 * 14 * * ?", &["0101T1400", "0101T1401"]),
        ("0 0/5 14 * * ?", &["0101T1400", "0101T1405"]),
        ("0 0/5 14,18 * * ?", &["0101T1400", "0101T1405"]),
        (
            "0 0-5 14 * * ?",
            &["0101T1400", "0101T1401", "0101T1402", "0101T1403", "0101T1404", "0101T1405", "0102T1400"],
        ),
        ("0 10,44 14 ? 3 WED", &["0304T1410", "0304T1444", "0311T1410"]),
        ("0 15 10 ? * MON-FRI", &["0101T1015", "0102T1015", "0105T1015"]),
        ("0 15 10 15 * ?", &["0115T1015", "0215T1015"]),
        ("0 15 10 L * ?", &["0131T1015", "0228T1015", "0331T1015", "0430T1015"]),
        ("0 15 10 L-2 * ?", &["0129T1015", "0226T1015", "0329T1015"]),
        ("0 15 10 ? * 6L", &["0130T1015", "0227T1015", "0327T1015"]),
        ("0 15 10 ? * 6#3", &["0116T1015", "0220T1015", "0320T1015"]),
        (
            "0 0 12 1/5 * ?",
            &[
                "0101T1200",
                "0106T1200",
                "0111T1200",
                "0116T1200",
                "0121T1200",
                "0126T1200",
                "0131T1200",
                "0201T1200",
            ],
        ),
        ("0 11 11 11 11 ?", &["1111T1111", "20271111T1111"]),
        ("0 0/5 * * * ?", &["0101T0005", "0101T0010"]),
        ("10 0/5 * * * ?", &["0101T000010", "0101T000510"]),
        ("0 30 10-13 ? * WED,FRI", &["0102T1030", "0102T1130", "0102T1230", "0102T1330", "0107T1030"]),
        ("0 0/30 8-9 5,20 * ?", &["0105T0800", "0105T0830", "0105T0900", "0105T0930", "0120T0800"]),
        ("0 0 12 ? * WED", &["0107T1200", "0114T1200"]),
        ("0 0 10 ? * 2#1", &["0105T1000", "0202T1000", "0302T1000"]),
        ("0 0 10 ? * 4#5", &["0429T1000", "0729T1000"]),
        ("0 0 10 15W * ?", &["0115T1000", "0216T1000", "0316T1000", "0415T1000"]),
        ("0 0 10 1W * ?", &["0101T1000", "0202T1000", "0302T1000"]),
        ("0 0 10 LW * ?", &["0130T1000", "0227T1000", "0331T1000"]),
        ("0 0 10 ? * L", &["0103T1000", "0110T1000"]),
        ("0 0 22-2 ? * FRI-MON", &["0102T0000", "0102T0100", "0102T0200", "0102T2200"]),
    ];
    for (fields, expected) in table {
        // The first row of each day in question lies after the very beginning of the year.
        let found = next(&format!("quartz({fields})"), NEW_YEAR, expected.len());
        assert_eq!(found, expected, "`{fields}`");
    }
    // Wednesdays in March, and 1 May 2027, a Saturday whose nearest working day lies in its own month.
    assert_eq!(next("quartz(0 0 10 1W * ?)", "2027-04-30T00:00:00Z", 1), ["20270503T1000"]);
    assert_eq!(next("quartz(0 0 0 ? * 1)", NEW_YEAR, 2), ["0104T0000", "0111T0000"], "Sunday");
    assert_eq!(next("quartz(0 0 0 ? FEB FRIL)", NEW_YEAR, 2), ["0227T0000", "20270226T0000"]);
    assert_eq!(
        next("quartz(0 0 0 ? NOV-FEB 2#5)", "2026-03-01T00:00:00Z", 2),
        ["1130T0000", "20271129T0000"]
    );
    assert_eq!(next("quartz(0 0 0 ? 2 2#5)", NEW_YEAR, 1), ["20440229T0000"], "18 years ahead");
}

#[test]
fn awss_user_guides() {
    let table: [(&str, &[&str]); 31] = [
        ("cron(0 10 * * ? *)", &["0101T1000", "0102T1000"]),
        ("cron(15 12 * * ? *)", &["0101T1215", "0102T1215"]),
        ("cron(0 18 ? * MON-FRI *)", &["0101T1800", "0102T1800", "0105T1800"]),
        ("cron(0 8 1 * ? *)", &["0101T0800", "0201T0800"]),
        ("cron(0/15 * * * ? *)", &["0101T0015", "0101T0030"]),
        ("cron(0/10 * ? * MON-FRI *)", &["0101T0010", "0101T0020"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", &["0101T0800", "0101T0805"]),
        (
            "cron(0/30 20-2 ? * MON-FRI *)",
            &["0101T0030", "0101T0100", "0101T0130", "0101T0200", "0101T0230", "0101T2000"],
        ),
        ("cron(15 10 * * ? *)", &["0101T1015", "0102T1015"]),
        ("cron(15 10 ? * 6L *)", &["0130T1015", "0227T1015"]),
        ("cron(0 9 ? * 2#1 *)", &["0105T0900", "0202T0900"]),
        ("cron(0 0 ? * 3#2 *)", &["0113T0000", "0210T0000"]),
        ("cron(0 12 3W * ? *)", &["0102T1200", "0203T1200", "0303T1200", "0403T1200"]),
        ("cron(0 12 L * ? *)", &["0131T1200", "0228T1200"]),
        ("cron(0 12 LW * ? *)", &["0130T1200", "0227T1200"]),
        ("cron(0 12 ? * L *)", &["0103T1200", "0110T1200"]),
        ("cron(1/10 * * * ? *)", &["0101T0001", "0101T0011", "0101T0021", "0101T0031"]),
        ("cron(0 12 1-15 JAN,FEB,MAR ? *)", &["0101T1200", "0102T1200"]),
        ("cron(0 12 7 * ? *)", &["0107T1200", "0207T1200"]),
        ("cron(0 8 1 * ? *) ", &["0101T0800", "0201T0800"]),
        ("cron(0 17 ? * SUN *)", &["0104T1700", "0111T1700"]),
        ("cron(0 17 ? * 1 *)", &["0104T1700", "0111T1700"]),
        ("cron(0 0/4 * * ? *)", &["0101T0400", "0101T0800"]),
        ("cron(30 6 ? 6-8 2,4,6 *)", &["0601T0630", "0603T0630", "0605T0630", "0608T0630"]),
        ("cron(0 2 ? 1/3 SAT#4 *)", &["0124T0200", "0425T0200", "0725T0200", "1024T0200"]),
        ("rate(1 minute)", &["0101T0001", "0101T0002"]),
        ("rate(5 minutes)", &["0101T0005", "0101T0010"]),
        ("rate(1 hour)", &["0101T0100", "0101T0200"]),
        ("rate(12 hours)", &["0101T1200", "0102T0000"]),
        ("rate(1 day)", &["0102T0000", "0103T0000"]),
        ("rate(7 days)", &["0108T0000", "0115T0000"]),
    ];
    for (text, expected) in table {
        assert_eq!(next(text, NEW_YEAR, expected.len()), expected, "`{text}`");
    }
}

#[test]
fn a_clock_change_meets_them_as_it_meets_plain_cron() {
    let fires = |text: &str, after: &str, count: usize| -> Vec<String> {
        let schedule = Schedule::new(text.parse().unwrap(), "Europe/Berlin".parse().unwrap());
        let after = UnixMillis(after.parse::<Timestamp>().unwrap().as_millisecond() as u64);
        schedule.fires(after, count).map(|fire| schedule.timezone().show(fire)[8..25].to_owned()).collect()
    };
    let spring = |text: &str| fires(text, "2026-03-28T12:00:00+01:00", 2);
    assert_eq!(spring("quartz(0 30 2 * * ?)"), ["29T03:00:00+02:00", "30T02:30:00+02:00"]);
    assert_eq!(spring("cron(30 2,14 * * ? *)"), ["28T14:30:00+01:00", "29T03:00:00+02:00"]);
    let autumn = |text: &str| fires(text, "2026-10-25T00:00:00+02:00", 3);
    let both = ["25T02:30:00+02:00", "25T02:30:00+01:00", "26T02:30:00+01:00"];
    assert_eq!(autumn("quartz(0 30/30 2 * * ?)"), both, "a step to the field's end follows the clock");
    assert_eq!(
        autumn("cron(30 2 ? * SUN-TUE *)"),
        ["25T02:30:00+02:00", "26T02:30:00+01:00", "27T02:30:00+01:00"]
    );
}

#[test]
fn what_is_refused_says_why_and_what_to_write() {
    let error = |text: &str| match text.parse::<Expression>() {
        Ok(_) => panic!("`{text}` should be refused"),
        Err(error) => error.to_string(),
    };
    for (text, said) in [
        (
            "quartz(0 15 10 * * ? 2005)",
            "the year `2005` would end the journey, which nobody would notice: write `quartz(0 15 10 * * ? *)`",
        ),
        (
            "cron(15 10 ? * 6L 2022-2023)",
            "the year `2022-2023` would end the journey, which nobody would notice: write `cron(15 10 ? * 6L *)`",
        ),
        (
            "quartz(0 0 12 * * *)",
            "Quartz takes `?` for exactly one of day of month and day of week: write `quartz(0 0 12 * * ?)`",
        ),
        (
            "quartz(0 0 12 * * MON)",
            "Quartz takes `?` for exactly one of day of month and day of week: write `quartz(0 0 12 ? * MON)`",
        ),
        (
            "quartz(0 0 12 13 * FRI)",
            "Quartz takes `?` for exactly one of day of month and day of week: write it for the one that does not matter",
        ),
        (
            "cron(0 12 ? * ? *)",
            "AWS takes `?` for exactly one of day of month and day of week: write `cron(0 12 * * ? *)`",
        ),
        (
            "quartz(0 12 * * ?)",
            "`0 12 * * ?` has 5 fields: write `quartz(0 0 12 * * ?)` or `cron(0 12 * * ? *)`",
        ),
        ("cron(*/5 * * * *)", "`*/5 * * * *` has 5 fields: write `*/5 * * * *`"),
        ("quartz(0 61 10 * * ?)", "`61` is no minute field of Quartz: write 0 to 59, `*`, `,`, `-` and `/`"),
        (
            "quartz(0 0 0 ? * 0)",
            "`0` is no day-of-week field of Quartz: write 1 (Sunday) to 7 or SUN to SAT, `*`, `?`, `,`, `-`, `/`, and alone `L`, `6L` or `6#3`",
        ),
        (
            "quartz(0 0 0 15W,20 * ?)",
            "`15W,20` is no day-of-month field of Quartz: write 1 to 31, `*`, `?`, `,`, `-`, `/`, and alone `L`, `L-3`, `LW` or `15W`",
        ),
        (
            "quartz(0 0 0 30 2 ?)",
            "the schedule never fires: no year has day 30 in month 2: write a day that the month has",
        ),
        (
            "quartz(0 0 12 * * ?",
            "`quartz(0 0 12 * * ?` has no closing bracket at its end: write it after the last field",
        ),
        ("rate(1 hours)", "`rate(1 hours)` is no rate of AWS: write `rate(1 hour)`"),
        ("rate(5m)", "`rate(5m)` is no rate of AWS: write `rate(5 minutes)`"),
        (
            "rate(soon)",
            "`rate(soon)` is no rate of AWS: write a number with minutes, hours or days, such as `rate(5 minutes)` or `rate(1 hour)`",
        ),
    ] {
        assert_eq!(error(text), said, "`{text}`");
    }
}

#[test]
fn what_is_written_without_its_systems_name_is_refused_with_it() {
    let error = |text: &str| text.parse::<Expression>().unwrap_err().to_string();
    for (text, said) in [
        (
            "0 0 0 ? * 1",
            "`0 0 0 ? * 1` has two meanings: in Quartz, whose sign `?` is, Sunday is 1, and in plain cron it is 0: write `quartz(0 0 0 ? * 1)` or `0 0 0 * * MON`",
        ),
        (
            "0 30 6 ? * 2-6",
            "`0 30 6 ? * 2-6` has two meanings: in Quartz, whose sign `?` is, Sunday is 1, and in plain cron it is 0: write `quartz(0 30 6 ? * 2-6)` or `0 30 6 * * TUE-SAT`",
        ),
        (
            "0 12 * * ? *",
            "`0 12 * * ? *` is not plain cron but of another dialect: write `cron(0 12 * * ? *)`",
        ),
        (
            "0 0/5 14 * * ?",
            "`0 0/5 14 * * ?` is not plain cron but of another dialect: write `quartz(0 0/5 14 * * ?)`",
        ),
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
            "0 0 * * 5#2",
            "`0 0 * * 5#2` is not plain cron but of another dialect: write `quartz(0 0 0 ? * FRI#2)`",
        ),
        (
            "0 0 * * 5L",
            "`0 0 * * 5L` is not plain cron but of another dialect: write `quartz(0 0 0 ? * FRIL)`",
        ),
        (
            "0 0 12 * * ? *",
            "`0 0 12 * * ? *` has seven fields, and a journey's schedule has no year: write `quartz(0 0 12 * * ?)`",
        ),
        (
            "0 0 0 1 1 * 2027",
            "`0 0 0 1 1 * 2027` has seven fields, and a journey's schedule has no year: write `0 0 0 1 1 *`",
        ),
    ] {
        assert_eq!(error(text), said, "`{text}`");
    }
}

#[test]
fn a_form_is_said_in_words() {
    let meaning = |text: &str| text.parse::<Expression>().unwrap().meaning();
    let said = [
        "30 2 * * *",
        "*/5 9-17 * * MON-FRI",
        "0 30 2 13 * FRI",
        "@daily",
        "every 1h30m",
        "@every 5m",
        "rate(5 minutes)",
        "quartz(0 0 12 ? * 6L)",
        "cron(0/5 8 * * ? *)",
    ]
    .map(|text| format!("{text}: {}", meaning(text)))
    .join("\n");
    insta::assert_snapshot!(said, @r"
    30 2 * * *: cron: minutes first, Sunday = 0 or 7; once when the clock changes
    */5 9-17 * * MON-FRI: cron: minutes first, Sunday = 0 or 7; follows the clock when it changes
    0 30 2 13 * FRI: cron: seconds first, Sunday = 0 or 7; a day needs to match one of both day fields; once when the clock changes
    @daily: a nickname; once when the clock changes
    every 1h30m: an interval: counted from the beginning of 1970 in UTC, whatever the timezone
    @every 5m: an interval: counted from the beginning of 1970 in UTC, whatever the timezone
    rate(5 minutes): AWS rate: counted from the beginning of 1970 in UTC, whatever the timezone
    quartz(0 0 12 ? * 6L): quartz: seconds first, Sunday = 1; once when the clock changes
    cron(0/5 8 * * ? *): AWS cron: minutes first, the year last, Sunday = 1; follows the clock when it changes
    ");
}
