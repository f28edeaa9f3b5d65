//! Each operator at its boundary, with what a check then shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::super::request::Values;
use super::*;

fn checked(document: &Value, rule: &str) -> CheckRecord {
    let values = Values {
        params: Arc::from([("least".to_owned(), "2".to_owned())]),
        secrets: Arc::default(),
        run: "run-1".to_owned(),
        captured: BTreeMap::from([("id".to_owned(), "o-7".to_owned())]),
    };
    let rule: JsonRule = rule.parse().unwrap_or_else(|error| panic!("{rule}: {error}"));
    json(&Ok(document.clone()), &rule, &values)
}

#[test]
fn every_operator_holds_on_one_side_of_its_boundary() {
    let document = json!({
        "n": 3, "f": 3.0, "half": 0.5, "big": 9_007_199_254_740_993_u64, "text": "tea pot", "id": "o-7", "digits": "3",
        "none": null, "yes": true, "items": [{"price": 2}, {"price": 4}], "tags": ["a", 1], "empty": [], "o": {"a": 1}
    });
    for rule in [
        "$.n == 3",
        "$.n == 3.0",
        "$.f == 3",
        "$.id == ${id}",
        "$.text == tea pot",
        "$.o == {\"a\": 1.0}",
        "$.n != 4",
        "$.n < 3.1",
        "$.n <= 3",
        "$.n > 2.9",
        "$.n >= 3",
        "$.n >= ${param.least}",
        "$.half < 1",
        "$.big > 9007199254740992",
        "$.none exists",
        "$.items[*].price exists",
        "$.nothing absent",
        "$.items length == 2",
        "$.items length < 3",
        "$.empty length == 0",
        "$.text length >= 7",
        "$.o length != 2",
        "$.n is number",
        "$.n is integer",
        "$.f is integer",
        "$.text is string",
        "$.yes is boolean",
        "$.items is array",
        "$.o is object",
        "$.none is null",
        "$.text contains a p",
        "$.tags contains 1",
        "$.tags contains a",
        "$.text matches ^tea [a-z]+$",
        "$.n matches ^[0-9]$",
    ] {
        let check = checked(&document, rule);
        assert!(check.is_passed, "{rule}: {check:?}");
    }
    for rule in [
        "$.n == 4",
        "$.n != 3",
        "$.nothing != 3",
        "$.n < 3",
        "$.n > 3",
        "$.digits >= 3",
        "$.big <= 9007199254740992",
        "$.nothing exists",
        "$.none absent",
        "$.items length > 2",
        "$.n length == 1",
        "$.half is integer",
        "$.digits is number",
        "$.none is object",
        "$.text contains coffee",
        "$.tags contains b",
        "$.n contains 3",
        "$.text matches ^pot",
        "$.o matches a",
        "$.items[*].price == 2",
    ] {
        let check = checked(&document, rule);
        assert!(!check.is_passed, "{rule}: {check:?}");
    }
}

#[test]
fn a_check_shows_what_is_there_and_what_was_expected() {
    let document = json!({"n": 3, "text": "tea", "items": [1, 2]});
    let shown = |rule: &str| {
        let check = checked(&document, rule);
        format!("{} | {} | {}", check.name, check.actual.unwrap(), check.expected.unwrap())
    };
    let rules = [
        "$.text == ${id}",
        "$.n >= ${param.least}",
        "$.n < 1e2",
        "$.nothing exists",
        "$.n absent",
        "$.items length >= 3",
        "$.n length > 1",
        "$.text is number",
        "$.items contains 3",
        "$.n contains 3",
        "$.text matches ^p",
        "$.items[*] == 1",
        "$.text > 2",
    ];
    insta::assert_snapshot!(rules.map(shown).join("\n"), @"
    json $.text == ${id} | tea | o-7
    json $.n >= ${param.least} | 3 | >= 2
    json $.n < 1e2 | 3 | < 1e2
    json $.nothing exists | nothing there | a value
    json $.n absent | 3 | nothing
    json $.items length >= 3 | length 2: [1,2] | length >= 3
    json $.n length > 1 | number: 3, which has no length | length > 1
    json $.text is number | string: tea | number
    json $.items contains 3 | [1,2] | contains `3`
    json $.n contains 3 | number: 3, which contains nothing | contains `3`
    json $.text matches ^p | tea | matches `^p`
    json $.items[*] == 1 | 2 values: [1,2] | 1
    json $.text > 2 | string: tea, which is no number | > 2
    ");
    let no_json = json(
        &Err("expected value".to_owned()),
        &"$.a exists".parse().unwrap(),
        &Values {
            params: Arc::from([]),
            secrets: Arc::default(),
            run: String::new(),
            captured: BTreeMap::new(),
        },
    );
    assert_eq!(no_json.actual.as_deref(), Some("body is not JSON: expected value"));
}
