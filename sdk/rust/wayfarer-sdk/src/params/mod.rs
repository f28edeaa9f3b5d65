//! Parameters and secrets: how the SDK describes and loads a journey's struct.
//!
//! `#[derive(Params)]` calls these functions for each field. Every error names the parameter, the rule and
//! how to mend it.

mod choice;
mod secret;
mod values;

pub use secret::{Secret, SecretError};
pub use values::ParamValue;

use crate::bindings::exports::wayfarer::journey::guest::{Parameter, Secret as SecretNeed};
use crate::failure::{Failure, FailureKind};
use crate::host;

pub use choice::unknown_choice;

/// The parameters and secrets of a journey. Use `#[derive(Params)]`.
///
/// Each field is a parameter with the field's name. Its doc comment is the title, unless
/// `#[param(title = "..")]` sets another. `#[param(preset = "..")]` sets the default value. A parameter whose
/// type is an [`Option`] needs no value. A field marked `#[secret]` is a secret; `#[secret(place = "header:x-key")]` says where
/// the journey puts it, if not at one of the default places.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// #[derive(ParamChoice, Debug, PartialEq)]
/// enum Lane { Fast, ByShip }
///
/// #[derive(Params)]
/// struct Shop {
///     /// Address of the shop.
///     base_url: Url,
///     #[param(preset = "ana")]
///     user: String,
///     #[param(preset = "by-ship")]
///     lane: Lane,
///     voucher: Option<String>,
///     #[secret]
///     password: Secret,
/// }
///
/// fn walk(j: &Journey, shop: Shop) -> Outcome {
///     j.step("look", || {
///         check!(shop.user == "ana");
///         check!(shop.lane == Lane::ByShip);
///         check!(shop.voucher == None);
///         Ok(())
///     })
/// }
///
/// # use wayfarer_sdk::testing::Fake;
/// let report = Fake::new().param("base_url", "http://shop.test").secret("password", "s3cret").run(walk);
/// assert!(report.passed(), "{report}");
///
/// let report = Fake::new().secret("password", "s3cret").run(walk);
/// assert!(report.failure().is_some_and(|f| f.message().contains("`base_url`")));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which parameters it holds",
    label = "does not implement `Params`",
    note = "write `#[derive(Params)]` above the struct"
)]
pub trait Params: Sized {
    /// The parameters, in the order of the fields.
    fn parameters() -> Vec<Parameter>;
    /// The secrets, in the order of the fields.
    fn secrets() -> Vec<SecretNeed>;
    /// Reads all values from the runner.
    fn load() -> Result<Self, Failure>;
}

/// Describes one field; called by the derive.
pub fn described<T: ParamValue>(name: &str, title: &str, preset: Option<&str>) -> Parameter {
    Parameter {
        name: name.to_owned(),
        title: title.to_owned(),
        kind: T::kind(),
        required: T::REQUIRED && preset.is_none(),
        preset: preset.map(ToOwned::to_owned),
    }
}

/// Describes one secret; called by the derive.
pub fn described_secret(name: &str, title: &str, place: Option<&str>) -> SecretNeed {
    let (name, title) = (name.to_owned(), title.to_owned());
    SecretNeed { name, title, required: true, place: place.map(ToOwned::to_owned) }
}

/// Loads one field; called by the derive.
pub fn loaded<T: ParamValue>(name: &str) -> Result<T, Failure> {
    let Some(text) = host::parameter(name) else {
        return T::absent().ok_or_else(|| {
            broken(format!(
                "the parameter `{name}` has no value: set it with `-e {name}=..` or in `[params]` of journey.toml"
            ))
        });
    };
    T::parse(&text).map_err(|rule| broken(format!("the parameter `{name}` is `{text}`, not {rule}")))
}

/// Loads one secret; called by the derive.
pub fn loaded_secret(name: &str) -> Result<Secret, Failure> {
    Secret::load(name).map_err(|error| broken(format!("the secret `{name}`: {error}")))
}

fn broken(message: String) -> Failure {
    Failure::at(FailureKind::Parameter, message, None).permanent()
}
