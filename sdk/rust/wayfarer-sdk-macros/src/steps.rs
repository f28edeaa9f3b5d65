//! The names of a journey's steps, as far as its source contains them.

use syn::visit::{self, Visit};
use syn::{Expr, ExprClosure, ExprMethodCall, Ident, Item, ItemFn, Lit};

/// Finds the literal names of `j.step("..", ..)` outside closures, in the order of the source.
pub(crate) fn named_in(function: &ItemFn, journey: &Ident) -> Vec<String> {
    let mut search = Search { journey, names: Vec::new() };
    search.visit_block(&function.block);
    search.names
}

struct Search<'f> {
    journey: &'f Ident,
    names: Vec<String>,
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        if call.method == "step"
            && is_journey(&call.receiver, self.journey)
            && let Some(Expr::Lit(name)) = call.args.first()
            && let Lit::Str(name) = &name.lit
        {
            self.names.push(name.value());
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    // A step inside a closure belongs to another step, or runs an unknown number of times.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    // Steps of a function inside the journey belong to that function.
    fn visit_item(&mut self, _: &'ast Item) {}

    fn visit_expr(&mut self, expression: &'ast Expr) {
        visit::visit_expr(self, expression);
    }
}

fn is_journey(expression: &Expr, journey: &Ident) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(journey))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    #[test]
    fn are_found_in_order_and_without_nested_ones() {
        let function = parse_quote! {
            fn walk(j: &Journey) -> Outcome {
                let a = j.step("one", || j.step("inside", || Ok(1)))?;
                if a > 1 { j.step("two", || Ok(()))?; }
                for case in cases { j.step(format!("case {case}"), || Ok(()))?; }
                other.step("not ours", || Ok(()))?;
                j.step("three", || Ok(vec![])).map(|_| ())
            }
        };
        assert_eq!(super::named_in(&function, &parse_quote!(j)), ["one", "two", "three"]);
    }
}
