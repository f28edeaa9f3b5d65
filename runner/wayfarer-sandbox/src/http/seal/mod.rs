//! Sealed secrets: the guest handles a placeholder, and the value exists only between here and the wire.
//!
//! [`put`] puts values into a request at the declared places and only toward the secret's hosts. [`scan`] finds values in
//! answers and records, in the [encodings](view) that targets use. A value of fewer than four bytes is put in but not
//! looked for, because it would be found everywhere.
//!
//! Invariants: a placeholder is letters, digits and `_`, so that JSON, URLs and forms leave it as it is; no error text
//! contains a value; for each hop the values are put into the guest's original request.

mod encode;
mod json_body;
mod places;
mod put;
mod scan;
mod sealed;
#[cfg(test)]
mod tests;
mod view;

pub use self::places::SecretPlaces;
pub(super) use self::put::Outgoing;
pub use self::sealed::{SealedSecrets, Secret, SecretGrants};
