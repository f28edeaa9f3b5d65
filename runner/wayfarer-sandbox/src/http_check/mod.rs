//! The built-in journey: it sends requests in order and checks their answers, without a component.
//!
//! It uses the same session and tape as a guest's calls. Its steps, checks and requests are therefore recorded and judged
//! as any other journey's. Each request is a step, and each rule a check. Every rule of a request is checked, even after one that
//! does not hold; a request after one that failed is not sent.
//!
//! - [`check`]: the types. [`template`], [`pattern`], [`json_rule`], [`header_rule`] and [`capture`] are its texts, parsed once.
//! - [`request`]: from these and a run's values to a request of the engine.
//! - [`compare`]: an answer against the rules, beside the attempt's thread where that may take long. [`expectation`] has
//!   a function for each kind of rule.
//! - [`walk`](walk()): one attempt.
//!
//! Rules are hard, except those of latency and of the certificates' remaining days: the run is degraded at worst.

mod capture;
mod check;
mod compare;
mod expectation;
mod header_rule;
mod json_expectation;
mod json_rule;
mod pattern;
mod request;
mod template;
#[cfg(test)]
mod tests;
mod walk;

pub use self::capture::{Capture, CaptureError};
pub use self::check::{
    AnswerRules, CheckBody, CheckCredentials, GOOD_STATUSES, HttpCheck, REDIRECTS, RequestCheck, default_name,
};
pub use self::header_rule::{HeaderRule, HeaderRuleError, HeaderTest};
pub use self::json_rule::{Comparison, JsonKind, JsonRule, JsonRuleError, JsonTest};
pub use self::pattern::{Pattern, PatternError};
pub use self::template::{Piece, Template, TemplateError, is_capture};
pub(crate) use self::walk::{Given, Sessions, walk};
pub use crate::json_path::{JsonPath, JsonPathError};
