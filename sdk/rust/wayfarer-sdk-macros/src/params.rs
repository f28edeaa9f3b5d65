//! `#[derive(Params)]`: describes and loads each field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, LitStr, Result, Type};

use crate::duration;
use crate::journey::{option, title};
use crate::nearest;

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let item: DeriveInput = syn::parse2(item)?;
    let shape = "`Params` can be derived only for a struct with named fields";
    let Data::Struct(data) = &item.data else { return Err(Error::new_spanned(&item.ident, shape)) };
    let Fields::Named(fields) = &data.fields else { return Err(Error::new_spanned(&item.ident, shape)) };
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &item.generics,
            "a struct that derives `Params` cannot have generic parameters",
        ));
    }
    let inputs = fields.named.iter().map(Input::read).collect::<Result<Vec<_>>>()?;
    let name = &item.ident;
    let described = inputs.iter().filter_map(Input::described);
    let secrets = inputs.iter().filter_map(Input::described_secret);
    let loaded = inputs.iter().map(Input::loaded);
    Ok(quote! {
        #[automatically_derived]
        impl ::wayfarer_sdk::Params for #name {
            fn parameters() -> ::std::vec::Vec<::wayfarer_sdk::__private::Parameter> {
                ::std::vec![#(#described),*]
            }

            fn secrets() -> ::std::vec::Vec<::wayfarer_sdk::__private::SecretNeed> {
                ::std::vec![#(#secrets),*]
            }

            fn load() -> ::core::result::Result<Self, ::wayfarer_sdk::Failure> {
                ::core::result::Result::Ok(Self { #(#loaded),* })
            }
        }
    })
}

struct Input<'f> {
    field: &'f Ident,
    kind: &'f Type,
    name: String,
    title: LitStr,
    preset: Option<LitStr>,
    secret: bool,
    /// Where a request holds the secret, as in `#[secret(place = "header:x-key")]`.
    place: Option<LitStr>,
}

impl<'f> Input<'f> {
    fn read(field: &'f Field) -> Result<Self> {
        let ident = field.ident.as_ref().ok_or_else(|| Error::new_spanned(field, "the field has no name"))?;
        let name = ident.to_string().trim_start_matches("r#").to_owned();
        let mut input = Self {
            field: ident,
            kind: &field.ty,
            name,
            title: title(&field.attrs),
            preset: None,
            secret: false,
            place: None,
        };
        for attribute in &field.attrs {
            if attribute.path().is_ident("secret") {
                input.secret = true;
                if attribute.meta.require_path_only().is_err() {
                    attribute.parse_nested_meta(|meta| {
                        let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                        match key.as_str() {
                            "place" => input.place = Some(meta.value()?.parse()?),
                            "title" => input.title = meta.value()?.parse()?,
                            _ => return Err(meta.error(nearest::unknown("key", &key, &["place", "title"]))),
                        }
                        Ok(())
                    })?;
                }
            } else if attribute.path().is_ident("param") {
                attribute.parse_nested_meta(|meta| {
                    let key = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                    match key.as_str() {
                        "preset" => input.preset = Some(meta.value()?.parse()?),
                        "title" => input.title = meta.value()?.parse()?,
                        _ => return Err(meta.error(nearest::unknown("key", &key, &["preset", "title"]))),
                    }
                    Ok(())
                })?;
            }
        }
        input.check()?;
        Ok(input)
    }

    fn check(&self) -> Result<()> {
        let is_secret = last_word(self.kind).is_some_and(|word| word == "Secret");
        if is_secret && !self.secret {
            return Err(Error::new_spanned(self.field, "write `#[secret]` above a field of type `Secret`"));
        }
        if self.secret && !is_secret {
            return Err(Error::new_spanned(
                self.kind,
                "a field marked `#[secret]` must have the type `Secret`",
            ));
        }
        match &self.preset {
            Some(preset) if self.secret => {
                Err(Error::new(preset.span(), "a secret cannot have a preset: the runner provides its value"))
            }
            Some(preset) => check_preset(preset, self.kind),
            None => Ok(()),
        }
    }

    fn described(&self) -> Option<TokenStream> {
        let Self { kind, name, title, preset, secret, .. } = self;
        let preset = option(preset.as_ref());
        (!secret).then(|| quote!(::wayfarer_sdk::__private::described::<#kind>(#name, #title, #preset)))
    }

    fn described_secret(&self) -> Option<TokenStream> {
        let Self { name, title, place, secret, .. } = self;
        let place = option(place.as_ref());
        secret.then(|| quote!(::wayfarer_sdk::__private::described_secret(#name, #title, #place)))
    }

    fn loaded(&self) -> TokenStream {
        let Self { field, name, secret, .. } = self;
        let load = if *secret { quote!(loaded_secret) } else { quote!(loaded) };
        quote!(#field: ::wayfarer_sdk::__private::#load(#name)?)
    }
}

fn last_word(kind: &Type) -> Option<String> {
    let Type::Path(path) = kind else { return None };
    path.path.segments.last().map(|segment| segment.ident.to_string())
}

/// Checks presets of the types that this macro knows by name. The runner checks every preset.
fn check_preset(preset: &LitStr, kind: &Type) -> Result<()> {
    let value = preset.value();
    let word = last_word(kind).unwrap_or_default();
    let rule = match word.as_str() {
        "bool" if !matches!(value.as_str(), "true" | "false") => "`true` or `false`",
        "u8" | "u16" | "u32" | "u64" | "usize" if value.parse::<u64>().is_err() => {
            "a whole number, 0 or more"
        }
        "i8" | "i16" | "i32" | "i64" | "isize" if value.parse::<i64>().is_err() => "a whole number",
        "f32" | "f64" if !value.parse::<f64>().is_ok_and(f64::is_finite) => "a number",
        "Duration" if duration::parse_ms(&value).is_none() => {
            "a duration such as `250ms`, `30s`, `5m` or `1h`"
        }
        "Url" if !value.starts_with("http://") && !value.starts_with("https://") => {
            "a URL that begins with `http://` or `https://`"
        }
        _ => return Ok(()),
    };
    Err(Error::new(preset.span(), format!("the preset `{value}` is not {rule}")))
}
