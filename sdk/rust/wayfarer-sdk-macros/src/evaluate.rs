//! The condition of `check!`: a comparison keeps both values, any other expression is a plain condition.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{BinOp, Expr, Result, Token};

/// Takes `$crate, condition`; expands to an expression of type `Evaluated`.
pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let parser = |input: ParseStream<'_>| {
        let sdk: TokenTree = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok((sdk, input.parse::<Expr>()?))
    };
    let (sdk, condition) = parser.parse2(input)?;
    let condition = ungrouped(condition);
    let Expr::Binary(comparison) = &condition else { return Ok(plain(&sdk, &condition)) };
    if !matches!(
        comparison.op,
        BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_)
    ) {
        return Ok(plain(&sdk, &condition));
    }
    let (left, op, right) = (&comparison.left, &comparison.op, &comparison.right);
    // At the operator, so that the compiler reports types that cannot be compared at the author's comparison.
    let here = Span::call_site().located_at(op.span());
    let holds = quote_spanned!(here => *left #op *right);
    Ok(quote! {
        match (&(#left), &(#right)) {
            (left, right) => #sdk::__private::compared(#holds, left, right),
        }
    })
}

fn plain(sdk: &TokenTree, condition: &Expr) -> TokenStream {
    quote!(#sdk::__private::plain(#condition))
}

/// Removes the invisible group around a `macro_rules!` fragment.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}
