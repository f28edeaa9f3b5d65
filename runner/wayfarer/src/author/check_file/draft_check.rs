//! One check of a draft, and what may not be in it: the value of one of its secrets outside the places where the runner puts it, or a
//! rule that holds a secret.

use std::fmt;

use serde_json::Value;

use super::secret_signs::is_secret_value;
use super::written::check_text;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DraftCheck {
    pub(crate) name: String,
    /// What the source calls it: a comment.
    pub(crate) title: String,
    pub(crate) requests: Vec<DraftRequest>,
    pub(crate) schedule: Option<String>,
    pub(crate) timeout: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) retries: Option<u32>,
    pub(crate) confirm_every: Option<String>,
    /// Bad runs in a row until people are told.
    pub(crate) consecutive: Option<u64>,
    pub(crate) enabled: Option<bool>,
}

/// At most one of the keys `body`, `body_json`, `body_form`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DraftBody {
    Text(String),
    Json(Value),
    Form(Vec<(String, String)>),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct DraftRequest {
    pub(crate) name: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) url: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) basic: Option<(String, String)>,
    pub(crate) bearer: Option<String>,
    pub(crate) body: Option<DraftBody>,
    pub(crate) status: Option<String>,
    pub(crate) contains: Vec<String>,
    pub(crate) not_contains: Vec<String>,
    pub(crate) matches: Vec<String>,
    pub(crate) not_matches: Vec<String>,
    pub(crate) json_path: Vec<String>,
    pub(crate) header_rules: Vec<String>,
    pub(crate) max_latency: Option<String>,
    pub(crate) certificate_days: Option<u32>,
    pub(crate) follow: Option<u32>,
    pub(crate) connect_timeout: Option<String>,
    pub(crate) family: Option<&'static str>,
    pub(crate) capture: Vec<(String, String)>,
    pub(crate) sealed: SealedValues,
}

/// Values of secrets that a request has: they may stand nowhere else in its check.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct SealedValues(pub(super) Vec<String>);

impl fmt::Debug for SealedValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedValues({})", self.0.len())
    }
}

impl DraftCheck {
    /// As its source calls it.
    pub(super) fn item(&self) -> &str {
        if self.title.is_empty() { &self.name } else { &self.title }
    }

    fn telling_values(&self) -> impl Iterator<Item = &String> {
        self.requests.iter().flat_map(|request| &request.sealed.0).filter(|value| is_telling(value))
    }

    /// The same without values of its secrets.
    pub(super) fn item_shown(&self) -> String {
        self.telling_values().fold(self.item().to_owned(), |item, value| item.replace(value.as_str(), "…"))
    }

    /// Where the value of a secret of the check stands in its text, if it does.
    pub(super) fn repeated(&self) -> Option<&'static str> {
        let text = check_text(self);
        let found = self.telling_values().find(|value| text.contains(value.as_str()))?;
        let is_in_rules = || {
            let mut requests = self.requests.clone();
            requests
                .iter_mut()
                .flat_map(DraftRequest::rules)
                .flatten()
                .any(|rule| rule.contains(found.as_str()))
        };
        Some(if self.title.contains(found.as_str()) || self.name.contains(found.as_str()) {
            "name"
        } else if is_in_rules() {
            "rules"
        } else {
            "requests"
        })
    }
}

/// Whether a value is in other texts for no other reason than that it is the secret.
fn is_telling(value: &str) -> bool {
    const LEAST: usize = 6;
    const LONG: usize = 12;
    let has = |is: fn(char) -> bool| value.chars().any(is);
    value.len() >= LONG
        || value.len() >= LEAST && has(|c| c.is_ascii_digit()) && has(char::is_alphabetic)
        || is_secret_value(value)
}

impl DraftRequest {
    pub(super) fn rules(&mut self) -> [&mut Vec<String>; 6] {
        [
            &mut self.contains,
            &mut self.not_contains,
            &mut self.matches,
            &mut self.not_matches,
            &mut self.json_path,
            &mut self.header_rules,
        ]
    }

    /// Takes the rules out that hold secrets. Returns what each is about.
    pub(super) fn secret_rules(&mut self) -> Vec<String> {
        let mut taken = Vec::new();
        for rules in self.rules() {
            rules.retain(|rule| {
                let is_secret = is_secret_value(rule);
                if is_secret {
                    let about = rule.split(' ').next().filter(|about| !is_secret_value(about));
                    taken.push(about.map_or_else(|| "…".to_owned(), |about| format!("{about} …")));
                }
                !is_secret
            });
        }
        taken
    }
}
