//! Importers over samples of every key that they carry and of each that they refuse. The samples are written for these tests.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{Extras, Format, import};
use crate::author::check_file::{DraftFile, Readable, readable};
use crate::config::Project;

const SAMPLES: [(Format, &str); 6] = [
    (Format::Gatus, include_str!("samples/gatus.yaml")),
    (Format::Blackbox, include_str!("samples/blackbox.yml")),
    (Format::UptimeKuma, include_str!("samples/uptime-kuma.json")),
    (Format::Har, include_str!("samples/walk.har")),
    (Format::OpenApi, include_str!("samples/openapi.yaml")),
    (Format::Curl, include_str!("samples/calls.sh")),
];

/// Files of targets, for the format that has none itself.
fn extras(format: Format) -> Extras {
    if format != Format::Blackbox {
        return Extras::default();
    }
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Extras {
        targets: Vec::new(),
        target_files: vec![
            file("prometheus.yml", include_str!("samples/prometheus.yml")),
            file("targets.json", include_str!("samples/targets.json")),
        ],
    }
}

pub(super) fn refusal(text: &str) -> Option<String> {
    Project::of_text(Path::new("checks.toml"), text).err().map(|error| error.to_string())
}

/// Imports as the command does.
pub(super) fn imported(format: Option<Format>, text: &str, extras: &Extras) -> Result<Readable, String> {
    let environment = BTreeMap::from([("SHOP_USER".to_owned(), "ana".to_owned())]);
    let mut file = DraftFile::new(environment);
    let format =
        import(format, text, extras, &mut file).map_err(|error| format!("{:?}: {error}", error.line()))?;
    Ok(readable(file, &format!("Made by a test of {}.", format.name()), refusal).unwrap())
}

#[test]
fn every_sample_is_carried_over_and_what_is_not_is_listed() {
    for (format, text) in SAMPLES {
        let read = imported(Some(format), text, &extras(format)).unwrap();
        let text = read.text.unwrap();
        assert!(!text.contains("hunter2"), "{} writes a secret:\n{text}", format.name());
        assert!(!text.contains("would be refused"), "{text}");
        insta::assert_snapshot!(format.name(), text);
    }
}

#[test]
fn the_format_is_found_by_the_content() {
    for (format, text) in SAMPLES {
        let mut file = DraftFile::default();
        assert_eq!(import(None, text, &extras(format), &mut file), Ok(format));
    }
    for script in [
        "#!/bin/sh\nset -e\ncurl https://a.example/",
        "set -e\ncurl https://a.example/",
        "export A=1\n/usr/bin/curl https://a.example/",
    ] {
        assert_eq!(import(None, script, &Extras::default(), &mut DraftFile::default()), Ok(Format::Curl));
    }
    let refused = |text: &str| imported(None, text, &Extras::default()).unwrap_err();
    insta::assert_snapshot!(refused("a: 1"), @"None: this is no file that `wayfarer import` knows by its content: name its format before it, one of `gatus`, `blackbox`, `uptime-kuma`, `har`, `openapi`, `curl`");
    insta::assert_snapshot!(refused("{\"swagger\": \"2.0\"}"), @"Some(1): it is Swagger 2, and `wayfarer import` reads OpenAPI 3: convert it first, by `npx swagger2openapi`");
}

#[test]
fn what_is_malformed_is_refused_with_its_line() {
    let refused = |format: Format, text: &str| imported(Some(format), text, &extras(format)).unwrap_err();
    insta::assert_snapshot!(refused(Format::Gatus, "a: 1\nendpoints: 3\n"), @"Some(2): `endpoints` is no list of endpoints");
    insta::assert_snapshot!(refused(Format::Curl, "curl a\ncurl 'b\n"), @"Some(2): the quote ' of this line is not closed");
    insta::assert_snapshot!(refused(Format::Har, "{\n\"log\": {\n\"entries\": 1}}"), @r#"Some(3): it has no list `log.entries`: this is no HAR"#);
    insta::assert_snapshot!(refused(Format::UptimeKuma, "{\n\"monitorList\": 1}"), @"Some(2): `monitorList` is no list of monitors");
    assert!(
        refused(Format::OpenApi, "openapi: 3.0.0\nservers: [{url: /v1}]\npaths: {/a: {get: {}}}\n")
            .starts_with("Some(2)")
    );
    assert!(refused(Format::Gatus, "endpoints:\n  - a: [\n").starts_with("Some("));
    let mut file = DraftFile::default();
    let large = " ".repeat(10 << 20) + "x";
    assert!(import(None, &large, &Extras::default(), &mut file).is_err());
}

#[test]
fn modules_without_targets_say_how_to_name_them() {
    let read = imported(None, "modules: {a: {prober: http}}", &Extras::default()).unwrap();
    assert!(read.text.is_none());
    assert!(read.file.losses[0].why.contains("--target URL"), "{:?}", read.file.losses);
    let unused = Extras { targets: vec!["https://a.example".to_owned()], ..Extras::default() };
    let refused = imported(None, "curl https://a.example", &unused).unwrap_err();
    insta::assert_snapshot!(refused, @"None: it is a file of the format `curl`, which has its URLs itself: leave `--target` out");
    let relative = Extras { targets: vec!["one.example".to_owned()], ..Extras::default() };
    let refused = imported(None, "openapi: 3.0.0\npaths: {/a: {get: {}}}", &relative).unwrap_err();
    insta::assert_snapshot!(refused, @"None: `--target` is no http or https URL: write it in full, such as `https://shop.example.com/v1`");
    let named = Extras { targets: vec!["shop.example/x".to_owned()], ..Extras::default() };
    let read = imported(None, "modules: {a: {prober: http}}", &named).unwrap();
    assert!(read.text.unwrap().contains("url = \"http://shop.example/x\""));
}

/// A sample with a few changes.
fn mutated() -> impl Strategy<Value = (Format, String)> {
    let change =
        (any::<prop::sample::Index>(), 0..40_usize, "[\\x00-\\x7f${}\"'\\\\:\\-\\[\\]é]{0,6}", any::<bool>());
    (0..SAMPLES.len(), prop::collection::vec(change, 1..6)).prop_map(|(at, changes)| {
        let (format, text) = SAMPLES[at];
        let mut letters: Vec<char> = text.chars().collect();
        for (index, length, put, is_moved) in changes {
            let begin = index.index(letters.len().max(1)).min(letters.len());
            let end = (begin + length).min(letters.len());
            let cut: Vec<char> = letters.splice(begin..end, put.chars()).collect();
            if is_moved {
                let to = (begin * 7 + 13) % (letters.len() + 1);
                letters.splice(to..to, cut);
            }
        }
        (format, letters.into_iter().collect())
    })
}

#[test]
fn no_changed_sample_makes_a_panic_or_a_file_that_is_refused() {
    let cases = if wayfarer_testkit::is_in_full() { 20_000 } else { 600 };
    let seeded = TestRng::from_seed(RngAlgorithm::ChaCha, &[42; 32]);
    let mut runner =
        TestRunner::new_with_rng(Config { cases, failure_persistence: None, ..Config::default() }, seeded);
    let held = runner.run(&mutated(), |(format, text)| {
        let Ok(read) = imported(Some(format), &text, &extras(format)) else { return Ok(()) };
        if let Some(text) = read.text {
            prop_assert_eq!(refusal(&text), None);
        }
        Ok(())
    });
    held.unwrap();
}
