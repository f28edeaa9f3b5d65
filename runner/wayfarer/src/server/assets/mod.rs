//! The style sheet and the script of all pages, and how text is encoded for a browser. Pages and the door to them share it.
//!
//! - [`style`], [`script`]: where a page finds them. [`asset()`]: they themselves.
//! - [`encoding`]: gzip, and the digest of a content.

mod asset;
mod encoding;

pub(crate) use asset::{asset, public_style, script, style};
pub(crate) use encoding::{compressed, digest_of, takes_gzip};
