//! The macros of `wayfarer-sdk`; use them from there, where each is documented with examples.
//!
//! Each macro validates what the author wrote and expands to little: a constant, or an `impl` that
//! calls the SDK. What they emit names `::wayfarer_sdk::__private`.

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
/// Its first doc line is the title. The function is `fn(&Journey) -> Outcome`, or takes a second
/// argument that derives `Params`. It must be listed in `journeys![..]`.
///
/// | key | value | without it |
/// |---|---|---|
/// | `name` | lower-case letters, digits, `-`; a letter first | the function's name, `_` as `-` |
/// | `schedule` | cron of five or six fields, `@hourly` and the like, `every 30s` | on demand only |
/// | `timezone` | IANA timezone of the schedule | UTC |
/// | `timeout` | `250ms`, `30s`, `5m`, `1h` | the runner's default |
/// | `tags` | list of words | none |
/// | `hosts` | list of hosts it means to call; a wish, not a grant | none |
/// | `retries` | how often a failed attempt is repeated | the runner's default |
/// | `cleanups` | list of kinds of cleanup | none |
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

/// Lists the journeys of a component, by their paths; stands once, at the crate's root.
///
/// A journey that no list names is a compile error, and so is a name that comes twice.
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

/// Makes a struct the parameters of a journey; see the trait of the same name.
#[proc_macro_derive(Params, attributes(param, secret))]
pub fn params(item: TokenStream) -> TokenStream {
    params::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes an enum without fields the type of a parameter: one of its variants' names, in lower case
/// with `-` between words (`ByShip` is `by-ship`), or what `#[param(name = "..")]` says.
#[proc_macro_derive(ParamChoice, attributes(param))]
pub fn param_choice(item: TokenStream) -> TokenStream {
    choice::expand(item.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// The inside of `check!` and `soft_check!`.
#[doc(hidden)]
#[proc_macro]
pub fn evaluate(input: TokenStream) -> TokenStream {
    evaluate::expand(input.into()).unwrap_or_else(syn::Error::into_compile_error).into()
}
