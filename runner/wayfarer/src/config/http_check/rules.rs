//! The texts of rules, as keys of a table: what each is called in an error.

use wayfarer_sandbox::http_check::{
    Capture, CaptureError, HeaderRule, HeaderRuleError, JsonRule, JsonRuleError, Pattern, PatternError,
};

use crate::config::FromText;

impl FromText for JsonRule {
    const WHAT: &'static str = "a rule such as `$.status == ok`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: JsonRuleError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for HeaderRule {
    const WHAT: &'static str = "a rule such as `content-type contains text/html`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: HeaderRuleError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Pattern {
    const WHAT: &'static str = "a regular expression";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: PatternError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl FromText for Capture {
    const WHAT: &'static str = "a place such as `$.token`, `header:location` or `regex:order ([0-9]+)`";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: CaptureError| error.to_string())
    }
    fn to_text(&self) -> String {
        self.to_string()
    }
}
