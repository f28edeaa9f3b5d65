//! Parameters and secrets: kinds, presets, and errors that say how to mend a mistake.

use wayfarer_sdk::__private::{ParameterKind, describe, run};
use wayfarer_sdk::prelude::*;
use wayfarer_sdk::testing::{Fake, status};

#[derive(ParamChoice, Debug, PartialEq)]
enum Size {
    Small,
    VeryLarge,
    #[param(name = "XXL")]
    Huge,
}

#[derive(Params)]
struct All {
    /// Address of the shop.
    ///
    /// Not in the title.
    base_url: Url,
    #[param(preset = "2s", title = "How long to wait")]
    patience: Duration,
    #[param(preset = "3")]
    count: u8,
    share: Option<f64>,
    #[param(preset = "very-large")]
    size: Size,
    #[param(preset = "true")]
    eager: bool,
    #[secret]
    password: Secret,
}

/// Walks with everything.
#[journey(schedule = "@hourly", timezone = "Europe/Berlin", timeout = "5m", tags = ["a"], hosts = ["shop.test"], retries = 2, cleanups = ["order"])]
fn every_kind(j: &Journey, all: All) -> Outcome {
    j.step("look", || {
        check!(all.base_url.as_str() == "http://shop.test/");
        check!(all.patience == secs(2));
        check!(all.count == 3);
        check!(all.share == Some(0.5));
        check!(all.size == Size::VeryLarge);
        check!(all.eager);
        Ok(())
    })?;
    j.step("log in", || {
        j.http().post("http://shop.test/").basic("ana", &all.password).send()?.expect_status(200)
    })?;
    Ok(())
}

mod other {
    use wayfarer_sdk::prelude::*;

    #[journey(name = "plain-2")]
    pub(crate) fn plain(j: &Journey) -> Outcome {
        j.step("once", || Ok(()))
    }
}

journeys![every_kind, other::plain];

fn fake() -> Fake {
    let fake =
        Fake::new().param("base_url", "http://shop.test").param("share", 0.5).secret("password", "s3cret");
    fake.on("POST", "/").answer(status(200));
    fake
}

#[test]
fn every_kind_is_loaded() {
    let report = fake().run(every_kind);
    assert!(report.passed(), "{report}");
    assert_eq!(
        fake().run(other::plain).failure().map(Failure::message),
        Some("the fake sets the parameter `base_url`, which the journey does not have")
    );
}

#[test]
fn wrong_values_name_parameter_rule_and_value() {
    for (name, value, rule) in [
        ("count", "300", "not a whole number from 0 to 255"),
        ("size", "tiny", "not one of small, very-large, XXL"),
        ("eager", "yes", "not `true` or `false`"),
        ("patience", "2", "not a duration such as 250ms, 30s, 5m or 1h"),
        ("base_url", "shop", "does not begin with `http://` or `https://`"),
        ("share", "NaN", "not a number"),
    ] {
        // The first value given counts.
        let fake =
            Fake::new().param(name, value).param("base_url", "http://shop.test").secret("password", "x");
        let message = fake.run(every_kind).failure().map(ToString::to_string).expect("a failure");
        assert!(message.contains(&format!("the parameter `{name}` is `{value}`")), "{message}");
        assert!(message.contains(rule), "{message}");
    }
    let message =
        Fake::new().param("base_url", "http://a").run(every_kind).failure().map(ToString::to_string);
    assert!(message.is_some_and(|message| message.contains("the secret `password`: it has no value")));
    assert_eq!(<Size as wayfarer_sdk::ParamValue>::parse("XXL"), Ok(Size::Huge));
    assert_eq!(<Size as wayfarer_sdk::ParamValue>::parse("small"), Ok(Size::Small));
}

#[test]
fn the_descriptor_says_what_the_attributes_say() {
    let entries = [every_kind_is_not_listed_in_journeys, other::plain_is_not_listed_in_journeys];
    let [all, plain] = <[_; 2]>::try_from(describe(&entries)).expect("two journeys");
    assert_eq!((all.name.as_str(), all.title.as_str()), ("every-kind", "Walks with everything."));
    assert_eq!((all.schedule.as_deref(), all.timezone.as_deref()), (Some("@hourly"), Some("Europe/Berlin")));
    assert_eq!(
        (all.timeout_ms, all.tags, all.hosts),
        (Some(300_000), vec!["a".to_owned()], vec!["shop.test".to_owned()])
    );
    assert_eq!(
        (all.steps, all.cleanups),
        (vec!["look".to_owned(), "log in".to_owned()], vec!["order".to_owned()])
    );
    let secret = all.secrets.first().expect("a secret");
    assert_eq!((secret.name.as_str(), secret.required, secret.place.as_deref()), ("password", true, None));
    assert_eq!((all.secrets.len(), all.retries, all.owner.as_str()), (1, Some(2), ""));
    let seen: Vec<_> = all
        .parameters
        .iter()
        .map(|p| (p.name.as_str(), p.title.as_str(), p.required, p.preset.as_deref()))
        .collect();
    assert_eq!(
        seen,
        [
            ("base_url", "Address of the shop.", true, None),
            ("patience", "How long to wait", false, Some("2s")),
            ("count", "", false, Some("3")),
            ("share", "", false, None),
            ("size", "", false, Some("very-large")),
            ("eager", "", false, Some("true")),
        ]
    );
    assert!(
        matches!(&all.parameters[4].kind, ParameterKind::Choice(words) if *words == ["small", "very-large", "XXL"])
    );
    assert_eq!((plain.name.as_str(), plain.schedule, plain.timeout_ms), ("plain-2", None, None));
    let unknown = run(&entries, "nope").expect_err("no such journey");
    assert_eq!(unknown.message, "no journey `nope` in this component, which has: every-kind, plain-2");
}

#[test]
fn a_cleanup_needs_a_store() {
    fn walk(j: &Journey) -> Outcome {
        j.step("create", || {
            let armed = j.cleanups().arm("order", r#"{"key":1}"#)?;
            armed.amend(r#"{"id":7}"#)?;
            armed.disarm()?;
            Ok(())
        })
    }
    let report = Fake::new().run(walk);
    assert!(
        report.failure().is_some_and(|failure| failure.message().contains("the runner has no store")),
        "{report}"
    );
    let report = Fake::new().store().run(walk);
    assert!(report.passed(), "{report}");
    assert_eq!((report.cleanups[0].payload.as_str(), report.cleanups[0].disarmed), (r#"{"id":7}"#, true));
}
