//! `#[derive(ParamChoice)]`: an enum whose variants are words.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Variant};

use crate::nearest;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let Data::Enum(data) = &item.data else {
        return Err(Error::new_spanned(&item.ident, "`ParamChoice` can be derived only for an enum"));
    };
    if data.variants.is_empty() {
        return Err(Error::new_spanned(&item.ident, "`ParamChoice` needs at least one variant"));
    }
    if let Some(variant) = data.variants.iter().find(|variant| !matches!(variant.fields, Fields::Unit)) {
        return Err(Error::new_spanned(variant, "a variant of a `ParamChoice` cannot have fields"));
    }
    let name = &item.ident;
    let variants: Vec<&Ident> = data.variants.iter().map(|variant| &variant.ident).collect();
    let words = data.variants.iter().map(word).collect::<Result<Vec<_>>>()?;
    Ok(quote! {
        #[automatically_derived]
        impl ::wayfarer_sdk::ParamValue for #name {
            fn kind() -> ::wayfarer_sdk::__private::ParameterKind {
                ::wayfarer_sdk::__private::ParameterKind::Choice(
                    ::std::vec![#(::std::string::String::from(#words)),*]
                )
            }

            fn parse(text: &str) -> ::core::result::Result<Self, ::std::string::String> {
                match text {
                    #(#words => ::core::result::Result::Ok(Self::#variants),)*
                    _ => ::core::result::Result::Err(
                        ::wayfarer_sdk::__private::unknown_choice(&[#(#words),*])
                    ),
                }
            }
        }
    })
}

/// `ByShip` is `by-ship`, unless `#[param(name = "..")]` sets another word.
fn word(variant: &Variant) -> Result<String> {
    let mut word = None;
    for attribute in variant.attrs.iter().filter(|attribute| attribute.path().is_ident("param")) {
        attribute.parse_nested_meta(|meta| {
            let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if key != "name" {
                return Err(meta.error(nearest::unknown("key", &key, &["name"])));
            }
            word = Some(meta.value()?.parse::<LitStr>()?.value());
            Ok(())
        })?;
    }
    Ok(word.unwrap_or_else(|| kebab(&variant.ident.to_string())))
}

fn kebab(name: &str) -> String {
    let mut word = String::new();
    for (place, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && place > 0 {
            word.push('-');
        }
        word.extend(letter.to_lowercase());
    }
    word
}
