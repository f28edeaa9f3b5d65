//! The table of a secret, in `journey.toml` and in `wayfarer.toml`: where its value comes from, and where it may go.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr as _;

use http::HeaderName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wayfarer_model::egress::HostPattern;
use wayfarer_sandbox::{JsonPath, SecretGrants, SecretPlaces};

use super::one_or_many::one_or_many;
use super::schema_parts::one_or_many_schema;
use super::text::{FromText, Text};

/// `[secrets.NAME]`.
///
/// | keys | meaning |
/// |---|---|
/// | `env`, `file` | where the value comes from: exactly one of them |
/// | `hosts`, `plaintext` | toward whom it may travel |
/// | `header`, `basic`, `query`, `form`, `json` | where a request may hold it; each a text or a list, `basic` a boolean. None of them: the header `authorization`, basic authentication, and the member of a JSON or form body with the secret's own name |
/// | `totp`, `hmac` | what the runner may compute from it; with one of these and no place, it stands in no request |
/// | `reveal` | the journey may have the value itself |
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub(crate) struct SecretTable {
    /// The environment variable with the value.
    pub(crate) env: Option<String>,
    /// The file with the value. One trailing line break is dropped.
    pub(crate) file: Option<PathBuf>,
    /// The hosts that may receive the value; everything in `network.allow` if empty.
    pub(crate) hosts: Vec<Text<HostPattern>>,
    /// Whether the value may travel without TLS.
    pub(crate) plaintext: bool,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<HeaderName>>")]
    pub(crate) header: Vec<Text<HeaderName>>,
    pub(crate) basic: bool,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<String>")]
    pub(crate) query: Vec<String>,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<String>")]
    pub(crate) form: Vec<String>,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<Text<JsonPath>>")]
    pub(crate) json: Vec<Text<JsonPath>>,
    pub(crate) totp: bool,
    pub(crate) hmac: bool,
    pub(crate) reveal: bool,
}

/// What a request, or the journey, may do with a secret. As JSON it is a part of a tenant's policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub(crate) struct SecretUses {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    header: Vec<Text<HeaderName>>,
    #[serde(skip_serializing_if = "is_false")]
    basic: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    query: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    form: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    json: Vec<Text<JsonPath>>,
    #[serde(skip_serializing_if = "is_false")]
    totp: bool,
    #[serde(skip_serializing_if = "is_false")]
    hmac: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) reveal: bool,
}

impl From<&SecretTable> for SecretUses {
    fn from(table: &SecretTable) -> Self {
        let SecretTable { header, basic, query, form, json, totp, hmac, reveal, .. } = table.clone();
        Self { header, basic, query, form, json, totp, hmac, reveal }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl SecretUses {
    /// What the journey may have of it.
    pub(crate) fn grants(&self) -> SecretGrants {
        SecretGrants { totp: self.totp, hmac: self.hmac, reveal: self.reveal }
    }

    /// The places and grants that the table names, each as its line.
    pub(crate) fn asks(&self) -> BTreeSet<String> {
        lines(&self.declared(), self.grants()).collect()
    }

    /// Which of the lines that a journey asks for this entry of the secret does not give.
    pub(crate) fn lacks<'a>(&self, name: &str, asks: &'a BTreeSet<String>) -> Vec<&'a str> {
        let places = self.places(name);
        let given: BTreeSet<String> = lines(&places, self.grants()).collect();
        // The usual path finds a member of that name wherever it stands.
        let is_usual = places == SecretPlaces::usual(name);
        let covers = |line: &str| is_usual && is_member(line, name);
        asks.iter().map(String::as_str).filter(|line| !given.contains(*line) && !covers(line)).collect()
    }

    /// Where a request may hold the secret of this name.
    pub(crate) fn places(&self, name: &str) -> SecretPlaces {
        let declared = self.declared();
        // What one-time passwords or signatures are made from is not to be sent.
        if declared.is_empty() && !self.totp && !self.hmac { SecretPlaces::usual(name) } else { declared }
    }

    fn declared(&self) -> SecretPlaces {
        SecretPlaces {
            headers: self.header.iter().map(|header| header.0.clone()).collect(),
            basic: self.basic,
            query: self.query.clone(),
            form: self.form.clone(),
            json: self.json.iter().map(|path| path.0.clone()).collect(),
        }
    }
}

/// Places and grants, each as the line of TOML that gives it.
fn lines(places: &SecretPlaces, grants: SecretGrants) -> impl Iterator<Item = String> {
    let SecretPlaces { headers, basic, query, form, json } = places;
    let SecretGrants { totp, hmac, reveal } = grants;
    let named = |key: &'static str, value: &str| format!("{key} = {}", serde_json::Value::from(value));
    let headers = headers.iter().map(move |header| named("header", header.as_str()));
    let query = query.iter().map(move |parameter| named("query", parameter));
    let form = form.iter().map(move |field| named("form", field));
    let json = json.iter().map(move |path| named("json", &from_root(&path.to_string())));
    let flags = [("basic", *basic), ("totp", totp), ("hmac", hmac), ("reveal", reveal)];
    let flags = flags.into_iter().filter(|(_, is_set)| *is_set).map(|(key, _)| format!("{key} = true"));
    headers.chain(query).chain(form).chain(json).chain(flags)
}

/// A path as it is written in full: the beginning may be left out.
fn from_root(path: &str) -> String {
    match path.chars().next() {
        Some('$') => path.to_owned(),
        Some('.' | '[') => format!("${path}"),
        _ => format!("$.{path}"),
    }
}

/// Whether the line is a path to a member of that name.
fn is_member(line: &str, name: &str) -> bool {
    let path = line.strip_prefix("json = ").and_then(|path| serde_json::from_str::<String>(path).ok());
    let quoted = serde_json::Value::from(name);
    let ends = [format!(".{name}"), format!("[{quoted}]"), format!("['{name}']")];
    path.is_some_and(|path| ends.iter().any(|end| path.ends_with(end.as_str())))
}

impl FromText for HeaderName {
    const WHAT: &'static str = "the name of a header such as `X-Api-Key`";
    fn from_text(text: &str) -> Result<Self, String> {
        Self::from_str(text)
            .map_err(|_| format!("`{text}` is not the name of a header: write it like `X-Api-Key`"))
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for JsonPath {
    const WHAT: &'static str = "a JSON path such as `$.user.password`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: wayfarer_sandbox::JsonPathError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}
