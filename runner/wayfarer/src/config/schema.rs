//! JSON schemas of `journey.toml`, `checks.toml` and `wayfarer.toml`, for editors: they complete keys, show what a key means, and mark what is none.
//!
//! The schemas come from the same types that read the files, so no key is missing and none is too many. What a key means comes from
//! the comments of the annotated examples. Their own tests hold that they name every key, `checks.toml` those of a check. A schema admits every file that is
//! accepted, and not only those: rules that concern several keys, or the text of a value, are the reader's alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::JourneyToml;
use super::checks_toml::ChecksToml;
use super::runner_toml::RunnerToml;

pub(crate) fn journey_toml_schema() -> Value {
    schema_of::<JourneyToml>("journey.toml", include_str!("../../../../examples/journey.toml"))
}

pub(crate) fn checks_toml_schema() -> Value {
    schema_of::<ChecksToml>("checks.toml", include_str!("../../../../examples/checks.toml"))
}

pub(crate) fn wayfarer_toml_schema() -> Value {
    schema_of::<RunnerToml>("wayfarer.toml", include_str!("../../../../examples/wayfarer.toml"))
}

/// Draft 7, which every editor's TOML extension knows.
fn schema_of<T: JsonSchema>(title: &str, example: &str) -> Value {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    tidy(&mut schema);
    explain(&mut schema, example);
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".to_owned(), title.into());
    }
    schema
}

/// Takes out what TOML does not have, null, and defaults, which are those of Rust's types and not the runner's.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("default");
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            for key in ["enum", "anyOf"] {
                if let Some(Value::Array(choices)) = object.get_mut(key) {
                    choices.retain(|choice| !choice.is_null() && *choice != json!({"type": "null"}));
                }
            }
            // Of one choice a validator tells what is wrong in it.
            if object.get("anyOf").and_then(Value::as_array).is_some_and(|choices| choices.len() == 1)
                && let Some(only) = object.remove("anyOf")
            {
                object.insert("allOf".to_owned(), only);
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// Describes keys with the comments of an annotated example, by table and key. The name of a tenant, a secret and the like is any.
fn explain(schema: &mut Value, example: &str) {
    let definitions = schema.get("definitions").cloned().unwrap_or_default();
    // Several tables may be of one type: its keys are explained where they stand first.
    let mut texts = BTreeMap::new();
    for comment in comments(example) {
        if let Some(at) = place(schema, &definitions, &comment.path) {
            texts.entry(at).or_insert(comment.text);
        }
    }
    for ((holder, key), text) in texts {
        let property = schema.pointer_mut(&format!("{holder}/properties/{key}"));
        if let Some(property) = property.and_then(Value::as_object_mut) {
            property.insert("description".to_owned(), text.into());
        }
    }
}

/// A key of an example, from the file's root, and what its comment says.
#[derive(Debug, PartialEq, Eq)]
struct Comment {
    path: Vec<String>,
    text: String,
}

/// The comments behind keys, with the lines that go on below them.
fn comments(example: &str) -> Vec<Comment> {
    let mut found: Vec<Comment> = Vec::new();
    let mut table: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in example.lines() {
        if let Some(header) = line.strip_prefix('[') {
            let name = header.trim_start_matches('[').split(']').next().unwrap_or_default();
            table = keys(name);
            goes_on = false;
            continue;
        }
        if let (true, Some(more), Some(last)) = (goes_on, continued(line), found.last_mut()) {
            last.text = format!("{} {more}", last.text);
            continue;
        }
        // A key that is commented out is explained too.
        let written = line.strip_prefix("# ").filter(|text| text.contains(" = ")).unwrap_or(line);
        let parts = written.split_once(" = ").and_then(|(key, value)| {
            Some((key, value.split_once("  # ").or_else(|| value.rsplit_once(" # "))?.1))
        });
        goes_on = false;
        if let Some((key, text)) = parts.filter(|(key, _)| !key.contains(' ')) {
            let path = table.iter().cloned().chain(keys(key)).collect();
            found.push(Comment { path, text: text.trim().to_owned() });
            goes_on = true;
        }
    }
    found
}

/// The text of a comment that stands alone and is indented: it goes on with the one above it.
fn continued(line: &str) -> Option<&str> {
    line.strip_prefix("     ").and_then(|rest| rest.trim_start().strip_prefix("# ")).map(str::trim)
}

fn keys(dotted: &str) -> Vec<String> {
    dotted.split('.').map(|key| key.trim_matches('"').to_owned()).collect()
}

/// The pointer to the object schema that has the key, and the key.
fn place(schema: &Value, definitions: &Value, path: &[String]) -> Option<(String, String)> {
    let (key, tables) = path.split_last()?;
    let mut pointer = String::new();
    for table in tables {
        pointer = step(schema, definitions, &pointer, table)?;
    }
    let at = schema.pointer(&pointer)?;
    at.get("properties")?.get(key)?;
    Some((pointer, key.clone()))
}

/// From an object schema to that of one of its tables.
fn step(schema: &Value, definitions: &Value, pointer: &str, table: &str) -> Option<String> {
    let at = schema.pointer(pointer)?;
    let named = at.get("properties").and_then(|properties| properties.get(table));
    let (mut next, mut value) = match named {
        Some(value) => (format!("{pointer}/properties/{table}"), value),
        None => (format!("{pointer}/additionalProperties"), at.get("additionalProperties")?),
    };
    if let Some(items) = value.get("items") {
        (next, value) = (format!("{next}/items"), items);
    }
    let alone = |list: &'static str| value.get(list).and_then(|choices| choices.get(0));
    let reference = value.get("$ref").or_else(|| alone("anyOf").or_else(|| alone("allOf"))?.get("$ref"));
    match reference.and_then(Value::as_str).and_then(|text| text.strip_prefix("#/definitions/")) {
        Some(name) => definitions.get(name).map(|_| format!("/definitions/{name}")),
        None => Some(next),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Map;

    use super::*;

    fn example(name: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name))
            .unwrap()
    }

    /// What a validator says of a file: nothing if it is good.
    fn said(schema: &Value, text: &str) -> Vec<String> {
        let file = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
        let validator = jsonschema::validator_for(schema).unwrap();
        validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn the_annotated_examples_are_valid() {
        let journey = journey_toml_schema();
        assert!(jsonschema::meta::is_valid(&journey) && jsonschema::meta::is_valid(&wayfarer_toml_schema()));
        assert_eq!(said(&journey, &example("journey.toml")), [""; 0]);
        assert_eq!(said(&wayfarer_toml_schema(), &example("wayfarer.toml")), [""; 0]);
        assert_eq!(said(&checks_toml_schema(), &example("checks.toml")), [""; 0]);
        for project in ["checkout", "sign-up", "search", "latency-budget"] {
            assert_eq!(said(&journey, &example(&format!("{project}/journey.toml"))), [""; 0], "{project}");
        }
        assert_eq!(said(&journey, ""), [""; 0]);
    }

    #[test]
    fn wrong_files_are_marked() {
        for (text, words) in [
            ("[netwrok]\nallow = []", "netwrok"),
            ("[journeys.a]\nshedule = \"@daily\"", "shedule"),
            ("[journeys.a]\ntimeout = 30", "/journeys/a/timeout"),
            ("[journeys.a]\ntimeout = \"30 sec\"", "/journeys/a/timeout"),
            ("[journeys.a]\noverlap = \"wait\"", "/journeys/a/overlap"),
            ("[journeys.a]\nretries = \"2\"", "/journeys/a/retries"),
            ("[secrets.a]\nenvironment = \"A\"", "environment"),
            ("[params]\na = [1]", "/params/a"),
            ("[limits]\nmemory = \"12 apples\"", "/limits/memory"),
            ("[http-check.a]\nulr = \"http://a\"", "ulr"),
            ("[http-check.a]\nfollow = \"many\"", "/http-check/a/follow"),
            ("[http-check.a]\nfamily = \"ipv5\"", "/http-check/a/family"),
            ("[http-check.a]\nmax_latency = \"soon\"", "/http-check/a/max_latency"),
            ("[http-check.a]\nbasic = { user = \"a\" }", "password"),
            ("[[http-check.a.request]]\ncapture = [\"a\"]", "/http-check/a/request/0/capture"),
            ("[http-check-defaults]\nretries = \"2\"", "/http-check-defaults/retries"),
            ("[test.server]\ncommand = \"x\"", "url"),
        ] {
            let said = said(&journey_toml_schema(), text);
            assert!(!said.is_empty() && said.iter().any(|said| said.contains(words)), "{text}: {said:?}");
        }
        for (text, words) in [
            ("[server]\nlisen = \"127.0.0.1:1\"", "lisen"),
            ("[limits]\nruns = 0", "/limits/runs"),
            ("[tenants.a]\nrun = 1", "run"),
            ("[[alerts]]\nseverity = \"loud\"", "/alerts/0/severity"),
            ("[[alerts]]\nkinds = \"faling\"", "/alerts/0/kinds"),
            ("[channels.a.email]\nhost = \"a\"", "from"),
            ("[tenants.a.network.proxy]\nurl = \"ftp://a\"", "/tenants/a/network/proxy/url"),
        ] {
            let said = said(&wayfarer_toml_schema(), text);
            assert!(!said.is_empty() && said.iter().any(|said| said.contains(words)), "{text}: {said:?}");
        }
    }

    #[test]
    fn every_text_that_a_key_takes_is_admitted() {
        for text in ["90s", "1.5h", "250ms", "2d", "1 m", "10us"] {
            assert_eq!(
                said(&journey_toml_schema(), &format!("[limits]\ntimeout = \"{text}\"")),
                [""; 0],
                "{text}"
            );
        }
        for text in ["1B", "1.5 KiB", "128MiB", "1GB"] {
            assert_eq!(
                said(&journey_toml_schema(), &format!("[limits]\nmemory = \"{text}\"")),
                [""; 0],
                "{text}"
            );
        }
        assert_eq!(said(&wayfarer_toml_schema(), "[limits]\nruns = \"8\""), [""; 0]);
    }

    #[test]
    fn keys_are_explained_in_the_words_of_the_example() {
        let description = |schema: &Value, pointer: &str| {
            let text = schema.pointer(pointer).and_then(|at| at.get("description")).and_then(Value::as_str);
            text.unwrap_or_else(|| panic!("{pointer} is not explained")).to_owned()
        };
        let runner = wayfarer_toml_schema();
        let health = description(&runner, "/definitions/ServeTable/properties/health");
        assert!(health.starts_with("answers /healthz") && health.ends_with("none by default"), "{health}");
        let journey = journey_toml_schema();
        assert!(description(&journey, "/definitions/JourneyTable/properties/spread").contains("delay"));
        let explained = |schema: &Value| {
            let tables = schema["definitions"].as_object().unwrap().values();
            let keys = tables.filter_map(|table| table.get("properties")?.as_object()).flat_map(Map::values);
            keys.filter(|key| key.get("description").is_some()).count()
        };
        let checks = checks_toml_schema();
        let capture = description(&checks, "/definitions/HttpCheckTable/properties/capture");
        assert!(capture.contains("later requests"), "{capture}");
        let counts = (explained(&journey), explained(&runner));
        assert!(counts.0 > 60 && counts.1 > 90, "{counts:?}");
    }
}
