//! `[tenants.NAME.status_page]`: a page for the public, which needs no sign-in. Without this table there is none.
//!
//! | key | meaning |
//! |---|---|
//! | `path` | the page is at `/status/PATH`: a word of its own, so that nobody learns the tenant's name by it |
//! | `title` | the page's heading |
//! | `about` | a sentence or two below it; none by default |
//! | `services` | what is shown: of each the `name` and `about` for people, and the `journeys` that measure it |

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use wayfarer_model::ids::{JourneyName, TenantName};

use super::Text;

/// The longest text for the public, in bytes.
const LONGEST: usize = 500;
/// The most services of a page: it is for people.
const SERVICES: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StatusPageTable {
    /// The page is at `/status/PATH`.
    pub(crate) path: String,
    /// The page's heading.
    pub(crate) title: String,
    /// A sentence or two below it.
    pub(crate) about: String,
    pub(crate) services: Vec<ServiceTable>,
}

/// A service, as people call it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServiceTable {
    pub(crate) name: String,
    pub(crate) about: String,
    /// The worst of them is how the service is.
    pub(crate) journeys: Vec<Text<JourneyName>>,
}

impl StatusPageTable {
    /// What breaks a rule, a sentence each.
    pub(crate) fn wrong(&self, tenant: &TenantName) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut rule = |text: String| wrong.push(format!("[tenants.{tenant}.status_page] {text}"));
        let is_path = self.path.len() <= 64
            && !self.path.is_empty()
            && self
                .path
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !is_path {
            rule(format!(
                "needs a `path` of 1 to 64 lower-case letters, digits and `-`, such as `shop`, and has `{}`",
                self.path.escape_debug()
            ));
        }
        if self.title.trim().is_empty() {
            rule("needs a `title` for people".to_owned());
        }
        if self.services.is_empty() || self.services.len() > SERVICES {
            rule(format!(
                "needs 1 to {SERVICES} `services`, each with a `name` and `journeys`, and has {}",
                self.services.len()
            ));
        }
        let mut names = BTreeSet::new();
        for service in &self.services {
            if service.name.trim().is_empty() {
                rule("has a service without a `name` for people".to_owned());
            } else if !names.insert(service.name.as_str()) {
                rule(format!("has two services that are called `{}`: give one another name", service.name));
            }
            if service.journeys.is_empty() {
                rule(format!("has a service `{}` without `journeys` that measure it", service.name));
            }
        }
        let own = [&self.title, &self.about].into_iter();
        let texts = own.chain(self.services.iter().flat_map(|service| [&service.name, &service.about]));
        for text in texts.filter(|text| text.len() > LONGEST || text.contains(char::is_control)) {
            let shown: String = text.chars().take(30).collect();
            rule(format!(
                "has a text that is longer than {LONGEST} bytes or has line breaks: shorten `{}…`",
                shown.escape_debug()
            ));
        }
        wrong
    }
}
