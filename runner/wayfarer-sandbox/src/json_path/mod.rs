//! Places in JSON documents, by RFC 9535.
//!
//! - [`path`]: a path, parsed once, over a parsed document.
//! - [`singular`]: a path to one place, over the text itself: without memory for the document.
//! - [`mod@select`]: the values at a path in a body, as JSON text, whichever way is the cheaper one.

mod path;
mod select;
mod singular;

pub use path::{JsonPath, JsonPathError};
pub(crate) use select::{FACTOR, PARSED, SelectError, room, select};
