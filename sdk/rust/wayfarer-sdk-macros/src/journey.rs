//! `#[journey]`: the unchanged function, and the constant that `journeys!` lists.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Error, Expr, FnArg, Ident, ItemFn, Lit, LitStr, Meta, Pat, Path, Result};

use crate::settings::{Settings, wrong_name};
use crate::steps;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let settings = Settings::read(arguments)?;
    let function: ItemFn = syn::parse2(item)
        .map_err(|error| Error::new(error.span(), "expected a function below `#[journey]`"))?;
    let journey = check_signature(&function)?;
    let name = match &settings.name {
        Some(name) => name.clone(),
        None => name_of(&function.sig.ident)?,
    };
    let steps = match &settings.steps {
        Some(steps) => steps.iter().map(LitStr::value).collect(),
        None => steps::named_in(&function, &journey),
    };
    let title = title(&function.attrs);
    let entry = entry(&function.sig.ident);
    let path = &function.sig.ident;
    let meta = meta(&settings, &name, &title, &steps);
    // With the author's span, because the compiler does not report dead code of a foreign macro.
    let constant = quote_spanned! { function.sig.ident.span() =>
        #[doc(hidden)]
        // A journey that no list names would never run, and nobody would notice.
        #[deny(dead_code)]
        #[allow(non_upper_case_globals, reason = "the compiler prints this name")]
        pub(crate) const #entry: ::wayfarer_sdk::__private::Entry = ::wayfarer_sdk::__private::Entry {
            meta: #meta,
            needs: || ::wayfarer_sdk::__private::needs(#path),
            walk: |journey| ::wayfarer_sdk::__private::walk(&#path, journey),
        };
    };
    Ok(quote! {
        #[allow(clippy::needless_pass_by_value, reason = "a journey owns its parameters")]
        #function
        #constant
    })
}

/// The name of a journey's constant. The compiler prints it if no list names the journey.
pub(crate) fn entry(function: &Ident) -> Ident {
    format_ident!("{function}_is_not_listed_in_journeys", span = function.span())
}

/// Returns the name of the `&Journey` argument.
fn check_signature(function: &ItemFn) -> Result<Ident> {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        return Err(Error::new(
            token.span,
            "a journey cannot be `async`: remove `async`, because every call of the SDK blocks",
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(&signature.generics, "a journey cannot have generic parameters"));
    }
    let shape = "a journey takes `j: &Journey`, and optionally a second argument that derives `Params`";
    if signature.inputs.is_empty() || signature.inputs.len() > 2 {
        return Err(Error::new_spanned(&signature.ident, shape));
    }
    match signature.inputs.first() {
        Some(FnArg::Typed(argument)) => match &*argument.pat {
            Pat::Ident(name) => Ok(name.ident.clone()),
            Pat::Wild(underscore) => Ok(Ident::new("_unused", underscore.underscore_token.span)),
            other => Err(Error::new_spanned(other, shape)),
        },
        other => Err(Error::new_spanned(other, shape)),
    }
}

fn name_of(function: &Ident) -> Result<LitStr> {
    let text = function.to_string();
    let name = text.trim_start_matches("r#").replace('_', "-");
    match wrong_name(&name) {
        Some(rule) => {
            let message = format!(
                "`{name}` is not a valid name of a journey: {rule}; rename the function or set `name = \"..\"`"
            );
            Err(Error::new(function.span(), message))
        }
        None => Ok(LitStr::new(&name, function.span())),
    }
}

/// The first line of the doc comment that is not empty.
pub(crate) fn title(attributes: &[Attribute]) -> LitStr {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(doc_line);
    let title = lines.map(|line| line.trim().to_owned()).find(|line| !line.is_empty()).unwrap_or_default();
    LitStr::new(&title, Span::call_site())
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    if let Meta::NameValue(pair) = &attribute.meta
        && let Expr::Lit(literal) = &pair.value
        && let Lit::Str(line) = &literal.lit
    {
        return Some(line.value());
    }
    None
}

fn meta(settings: &Settings, name: &LitStr, title: &LitStr, steps: &[String]) -> TokenStream {
    let Settings { owner, runbook, schedule, timezone, timeout_ms, tags, hosts, retries, cleanups, .. } =
        settings;
    let text = |text: &Option<LitStr>| text.as_ref().map_or_else(String::new, LitStr::value);
    let (owner, runbook) = (text(owner), text(runbook));
    let schedule = option(schedule.as_ref());
    let timezone = option(timezone.as_ref());
    let timeout_ms = option(timeout_ms.as_ref());
    let retries = option(retries.as_ref());
    quote! {
        ::wayfarer_sdk::__private::Meta {
            name: #name,
            title: #title,
            owner: #owner,
            runbook: #runbook,
            schedule: #schedule,
            timezone: #timezone,
            timeout_ms: #timeout_ms,
            retries: #retries,
            tags: &[#(#tags),*],
            steps: &[#(#steps),*],
            hosts: &[#(#hosts),*],
            cleanups: &[#(#cleanups),*],
        }
    }
}

pub(crate) fn option<T: quote::ToTokens>(value: Option<&T>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

/// The path of a journey's constant, from the path of its function.
pub(crate) fn entry_path(function: &Path) -> Result<Path> {
    let mut path = function.clone();
    match path.segments.last_mut() {
        Some(last) if last.arguments.is_none() => {
            last.ident = entry(&last.ident);
            Ok(path)
        }
        _ => {
            Err(Error::new_spanned(function, "expected the path of a journey's function, without arguments"))
        }
    }
}
