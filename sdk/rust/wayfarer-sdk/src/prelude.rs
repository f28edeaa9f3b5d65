//! The imports of a journey's file: `use wayfarer_sdk::prelude::*;`.

pub use crate::duration::{millis, secs};
pub use crate::failure::{Failure, Outcome, Result};
pub use crate::http::{Client, Response};
pub use crate::journey::Journey;
pub use crate::params::Secret;
pub use crate::url::Url;
pub use crate::{ParamChoice, Params, bail, check, fail, journey, journeys, soft_check};
pub use serde_json::json;
pub use std::time::Duration;
