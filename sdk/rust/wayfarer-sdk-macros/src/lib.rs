//! The macros of `wayfarer-sdk`. Use them through that crate.
//!
//! Each macro validates its input and expands to little code: a constant, or an `impl` that calls the SDK.
//! The expansion uses `::wayfarer_sdk::__private`.

#![warn(missing_docs)]

mod choice;
mod duration;
mod evaluate;
mod journey;
mod list;
mod nearest;
mod params;
mod settings;
mod steps;

use proc_macro::TokenStream;

/// Makes a function a journey.
///
/// The function is `fn(&Journey) -> Outcome`, or has a second argument whose type derives `Params`. The first
/// line of its doc comment is the title. `journeys![..]` must list it.
///
/// | key | value | default |
/// |---|---|---|
/// | `name` | lower-case letters, digits and `-`, beginning with a letter | the function's name, with `-` for `_` |
/// | `schedule` | a cron expression of five or six fields, a nickname such as `@hourly`, `every 1h30m`, or another system's as `quartz(..)`, `cron(..)`, `rate(..)` | none: runs only when triggered |
/// | `timezone` | IANA timezone of the schedule | UTC |
/// | `timeout` | the longest duration of one attempt: `250ms`, `30s`, `5m`, `1h` | the runner's limit |
/// | `tags` | a list of words | none |
/// | `hosts` | a list of hosts that the journey calls; it requests access and does not grant it | none |
/// | `retries` | the number of attempts beyond the first | the runner's default |
/// | `cleanups` | a list of kinds of cleanup | none |
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// /// The shop answers.
/// #[journey(schedule = "*/5 * * * *", timezone = "Europe/Berlin", timeout = "30s", tags = ["tier-1"])]
/// fn health(j: &Journey) -> Outcome {
///     j.step("health", || {
///         j.http().get("http://shop.test/health").send()?.expect_status(200)?;
///         Ok(())
///     })
/// }
///
/// journeys![health];
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn journey(arguments: TokenStream, item: TokenStream) -> TokenStream {
    journey::expand(arguments.into(), item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Lists the journeys of a component by their paths. Use it once, at the crate's root.
///
/// It is a compile error if the list omits a journey, or if two journeys have the same name.
///
/// ```
/// mod account {
///     use wayfarer_sdk::prelude::*;
///
///     #[journey]
///     pub fn sign_up(j: &Journey) -> Outcome {
///         j.step("sign up", || Ok(()))
///     }
/// }
///
/// wayfarer_sdk::journeys![account::sign_up];
/// # fn main() {}
/// ```
#[proc_macro]
pub fn journeys(paths: TokenStream) -> TokenStream {
    list::expand(paths.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct the parameters of a journey. The trait of the same name has the documentation.
#[proc_macro_derive(Params, attributes(param, secret))]
pub fn params(item: TokenStream) -> TokenStream {
    params::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum without fields the type of a parameter. Its values are the names of the variants in lower
/// case, with `-` between words (`ByShip` is `by-ship`). `#[param(name = "..")]` sets another value.
#[proc_macro_derive(ParamChoice, attributes(param))]
pub fn param_choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Evaluates the condition of `check!` and `soft_check!`.
#[doc(hidden)]
#[proc_macro]
pub fn evaluate(input: TokenStream) -> TokenStream {
    evaluate::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
