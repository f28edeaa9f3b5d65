//! How a component describes its journeys, and the rules for it. Mirrors the WIT's `descriptor`.
//!
//! - [`rules`]: the descriptor, and what must hold for all journeys of a component together.
//! - [`bounds`]: how much one descriptor may say, and in which letters.

mod bounds;
mod rules;

pub use bounds::{BoundError, JOURNEYS, check_bounds, check_values};
pub use rules::{Descriptor, DescriptorError, SecretNeed, check};
