//! Every text that an error proposes is accepted: the whole schedules, and the parts of fields, with which the text has at least
//! one error less.
#![cfg(test)]

mod mended;

use proptest::prelude::*;
use wayfarer_model::schedule::Expression;
use wayfarer_model::schedule::error::ScheduleError;

/// Something that people write into a field of any dialect, right or wrong.
fn entry() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "*",
        "?",
        "L",
        "LW",
        "15W",
        "L-3",
        "6L",
        "FRIL",
        "6#3",
        "FRI#2",
        "5#2",
        "H",
        "+MON",
        "MON",
        "mon-fri",
        "SUN",
        "SAT",
        "FRI-MON",
        "FRI-SUN",
        "Wednesday",
        "MON/2",
        "SAT/2",
        "JAN",
        "NOV-FEB",
        "SEPT",
        "February",
        "DECEM",
        "noon",
        "",
        "-5",
        "1-2-3",
        "x/y",
        "*/0",
        "*/60",
        "*/",
    ]);
    let number = || 0..62_u32;
    prop_oneof![
        4 => word.prop_map(str::to_owned),
        3 => number().prop_map(|number| number.to_string()),
        2 => (number(), number()).prop_map(|(from, to)| format!("{from}-{to}")),
        2 => (number(), number(), 1..20_u32).prop_map(|(from, to, step)| format!("{from}-{to}/{step}")),
        2 => (number(), 1..20_u32).prop_map(|(from, step)| format!("{from}/{step}")),
        2 => (1..20_u32).prop_map(|step| format!("*/{step}")),
    ]
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        4 => entry(),
        2 => prop::collection::vec(entry(), 1..4).prop_map(|entries| entries.join(",")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let fields = || prop::collection::vec(field(), 4..8).prop_map(|fields| fields.join(" "));
    let whole = prop::sample::select(vec![
        "@hourlly",
        "@every",
        "@every 1h30m",
        "every 5 minutes",
        "every minute",
        "every",
        "every 2w",
        "every 2 weeks",
        "5m",
        "30 seconds",
        "hourly",
        "everyday",
        "rate(1 hours)",
        "rate(5m)",
        "rate(0 days)",
        "TZ=Asia/Tokyo 5 0 * * *",
        "CRON_TZ=UTC @daily",
        "CRON_TZ=UTC 61 * * * *",
        "TZ=UTC",
        "@yearli",
        "every 1h 30m",
    ]);
    prop_oneof![
        4 => fields(),
        2 => fields().prop_map(|fields| format!("quartz({fields})")),
        2 => fields().prop_map(|fields| format!("cron({fields})")),
        1 => whole.prop_map(str::to_owned),
    ]
}

/// The texts in backticks after the last "write", "did you mean" or "or" of a message.
fn proposed(message: &str) -> Vec<String> {
    let Some((_, after)) = message.rsplit_once(": write `") else { return Vec::new() };
    format!("`{after}").split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn every_proposal_is_accepted(text in text()) {
        let Err(error) = text.parse::<Expression>() else { return Ok(()) };
        let said = error.to_string();
        // It asserts that the proposals come to an end.
        let _ = mended::followed(&text);
        if let ScheduleError::Field(wrong) = &error {

                for mend in wrong.mends() {
                    let mut alone = ["*"; 6];
                    alone[mended::FIELDS.iter().position(|field| *field == wrong.field()).unwrap()] = &mend;
                    let read = alone.join(" ").parse::<Expression>();
                    prop_assert!(read.is_ok(), "{said}: `{mend}` alone: {read:?}");
                }
                for mended in mended::proposals(&text, &error) {
                    match mended.parse::<Expression>() {
                        // The proposal stays; what is wrong now stands elsewhere.
                        Err(ScheduleError::Field(next)) => {
                            let is_same = (next.field(), next.part()) == (wrong.field(), wrong.part());
                            let is_elsewhere = !is_same || text.matches(&wrong.part()).count() > 1;
                            prop_assert!(is_elsewhere, "{said}: then {next}");
                        }
                        Ok(_) | Err(ScheduleError::NeverFires { .. } | ScheduleError::Meant { .. }) => {}
                        Err(other) => prop_assert!(false, "{said}: `{mended}`: {other}"),
                    }
                }
                for proposal in proposed(&said) {
                    let is_known = wrong.mends().contains(&proposal) || proposal == "*" || proposal == "?";
                    prop_assert!(is_known, "{said}: `{proposal}` is no proposal of the error");
                }
        } else {
                for whole in error.mends() {
                    prop_assert!(whole.parse::<Expression>().is_ok(), "{said}: `{whole}`");
                    prop_assert!(said.contains(&format!("`{whole}`")), "{said} hides `{whole}`");
                }
                if matches!(error, ScheduleError::Meant { .. }) {
                    prop_assert_eq!(proposed(&said), error.mends());
                }
        }
    }
}

/// The examples in messages without a proposal for the text.
#[test]
fn every_example_in_a_message_is_accepted() {
    let texts = ["", "1 2", "every 2x", "rate(x)", "every 0s", "every 400d", "@nothing-like-it", "@reboot"];
    let mut examples = 0;
    for text in texts {
        let message = text.parse::<Expression>().unwrap_err().to_string();
        let (_, after) = message.split_once(": ").unwrap();
        let quoted = after.split('`').skip(1).step_by(2);
        let bare = after.split([' ', ',']).filter(|word| word.starts_with('@'));
        for example in quoted.chain(bare).filter(|example| !["s", "m", "h", "d"].contains(example)) {
            assert!(example.parse::<Expression>().is_ok(), "`{text}`: {message}: `{example}` is refused");
            examples += 1;
        }
    }
    assert!(examples > 12, "{examples}");
}

#[test]
fn a_timezone_before_the_schedule_names_the_key() {
    let error = |text: &str| text.parse::<Expression>().unwrap_err().to_string();
    assert_eq!(
        error("CRON_TZ=Asia/Tokyo 5 0 * * *"),
        "`CRON_TZ=Asia/Tokyo` does not belong into a schedule: write `5 0 * * *`, and `timezone = \"Asia/Tokyo\"` beside it (on the command line `--timezone Asia/Tokyo`)"
    );
    assert!(error("TZ=UTC @daily").starts_with("`TZ=UTC` does not belong into a schedule: write `@daily`"));
    assert_eq!(error("TZ=UTC 61 * * * *"), "`61` is out of range in the minute field: write 0 to 59");
}
