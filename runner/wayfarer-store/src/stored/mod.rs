//! What the store keeps as JSON, in types of its own: their field names and their format are part of the file, whatever
//! becomes of the model's types. Durations are `*_us`.

mod descriptor;
mod format;
mod spec;

pub(crate) use descriptor::StoredDescriptors;
#[cfg(test)]
use format::StoredError;
pub(crate) use spec::{SpecColumns, StoredSpec};

#[cfg(test)]
mod tests;
