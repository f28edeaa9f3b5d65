//! The built-in journey: it calls one URL and checks the answer, without a component.
//!
//! It uses the same session and tape as a guest's calls. Its step, checks and requests are therefore recorded and judged
//! as any other journey's. The one step is named after the request. Every expectation is checked, even after one that
//! does not hold.
//!
//! Checks of status, text and JSON are hard. Those of latency, unless asked otherwise, and of the certificate's
//! remaining days are soft: the run is degraded at worst.

mod check;
mod expectation;
#[cfg(test)]
mod tests;
mod walk;

pub use self::check::HttpCheck;
pub use self::walk::walk;
pub use crate::json_path::{JsonPath, JsonPathError};
