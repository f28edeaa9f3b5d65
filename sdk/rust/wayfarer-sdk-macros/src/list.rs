//! `journeys!`: the component's list of journeys and its exports. Rejects a name that occurs twice.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Path, Result, Token};

use crate::journey::entry_path;

pub(crate) fn expand(paths: TokenStream) -> Result<TokenStream> {
    let paths = Punctuated::<Path, Token![,]>::parse_terminated.parse2(paths)?;
    if paths.is_empty() {
        return Err(Error::new(
            Span::call_site(),
            "a component has at least one journey: write `journeys![my_journey]`",
        ));
    }
    let entries = paths.iter().map(entry_path).collect::<Result<Vec<_>>>()?;
    let same_name = paths.iter().map(|path| {
        let shown =
            path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::");
        format!("the journey `{shown}` has the name of another journey in this list: set `name = \"..\"`")
    });
    let places = 0..paths.len();
    Ok(quote! {
        const _: () = {
            use ::wayfarer_sdk::__private as sdk;

            const JOURNEYS: &[sdk::Entry] = &[#(#entries),*];
            #(::core::assert!(sdk::is_unique(JOURNEYS, #places), #same_name);)*

            #[cfg(target_arch = "wasm32")]
            struct Component;

            #[cfg(target_arch = "wasm32")]
            impl sdk::Guest for Component {
                fn describe() -> ::std::vec::Vec<sdk::Descriptor> {
                    sdk::describe(JOURNEYS)
                }

                fn run(journey: ::std::string::String) -> ::core::result::Result<(), sdk::WitFailure> {
                    sdk::run(JOURNEYS, &journey)
                }

                fn clean(cleanup: sdk::Cleanup) -> ::core::result::Result<sdk::Cleaned, sdk::WitFailure> {
                    sdk::clean(&cleanup)
                }
            }

            #[cfg(target_arch = "wasm32")]
            sdk::export_component!(Component with_types_in sdk::bindings);
        };
    })
}
