//! The names of a journey's steps, as far as its source contains them. They are a promise: a run that returns `Ok` without
//! one of them is broken. A step that the source may pass by is therefore optional, and its name ends in `?`.

use syn::visit::{self, Visit};
use syn::{
    BinOp, Expr, ExprBinary, ExprClosure, ExprForLoop, ExprIf, ExprLoop, ExprMatch, ExprMethodCall,
    ExprReturn, ExprWhile, Ident, Item, ItemFn, Lit, LocalInit,
};

/// Finds the literal names of `j.step("..", ..)` outside closures, in the order of the source.
pub(crate) fn named_in(function: &ItemFn, journey: &Ident) -> Vec<String> {
    let mut search = Search { journey, names: Vec::new(), conditions: 0, may_have_returned: false };
    search.visit_block(&function.block);
    search.names
}

struct Search<'f> {
    journey: &'f Ident,
    names: Vec<String>,
    /// How many branches and loops are around the place that is looked at.
    conditions: usize,
    /// Whether a `return` stands before that place. `?` and `bail!` are none: they return a failure.
    may_have_returned: bool,
}

impl Search<'_> {
    fn branch(&mut self, visit: impl FnOnce(&mut Self)) {
        self.conditions += 1;
        visit(self);
        self.conditions -= 1;
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.visit_expr(&call.receiver);
        if call.method == "step"
            && is_journey(&call.receiver, self.journey)
            && let Some(Expr::Lit(name)) = call.args.first()
            && let Lit::Str(name) = &name.lit
        {
            let is_optional = self.conditions > 0 || self.may_have_returned;
            self.names.push(if is_optional { format!("{}?", name.value()) } else { name.value() });
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_if(&mut self, expression: &'ast ExprIf) {
        self.visit_expr(&expression.cond);
        self.branch(|search| {
            search.visit_block(&expression.then_branch);
            if let Some((_, otherwise)) = &expression.else_branch {
                search.visit_expr(otherwise);
            }
        });
    }

    fn visit_expr_match(&mut self, expression: &'ast ExprMatch) {
        self.visit_expr(&expression.expr);
        self.branch(|search| expression.arms.iter().for_each(|arm| search.visit_arm(arm)));
    }

    fn visit_local_init(&mut self, init: &'ast LocalInit) {
        self.visit_expr(&init.expr);
        if let Some((_, diverging)) = &init.diverge {
            self.branch(|search| search.visit_expr(diverging));
        }
    }

    fn visit_expr_binary(&mut self, expression: &'ast ExprBinary) {
        self.visit_expr(&expression.left);
        if matches!(expression.op, BinOp::And(_) | BinOp::Or(_)) {
            self.branch(|search| search.visit_expr(&expression.right));
        } else {
            self.visit_expr(&expression.right);
        }
    }

    fn visit_expr_for_loop(&mut self, expression: &'ast ExprForLoop) {
        self.visit_expr(&expression.expr);
        self.branch(|search| search.visit_block(&expression.body));
    }

    fn visit_expr_while(&mut self, expression: &'ast ExprWhile) {
        self.visit_expr(&expression.cond);
        self.branch(|search| search.visit_block(&expression.body));
    }

    fn visit_expr_loop(&mut self, expression: &'ast ExprLoop) {
        self.branch(|search| search.visit_block(&expression.body));
    }

    fn visit_expr_return(&mut self, expression: &'ast ExprReturn) {
        visit::visit_expr_return(self, expression);
        self.may_have_returned = true;
    }

    // A step inside a closure belongs to another step, or runs an unknown number of times.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    // Steps of a function inside the journey belong to that function.
    fn visit_item(&mut self, _: &'ast Item) {}
}

fn is_journey(expression: &Expr, journey: &Ident) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(journey))
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_quote};

    fn named(function: &ItemFn) -> Vec<String> {
        super::named_in(function, &parse_quote!(j))
    }

    #[test]
    fn are_found_in_order_and_without_nested_ones() {
        let names = named(&parse_quote! {
            fn walk(j: &Journey) -> Outcome {
                let a = j.step("one", || j.step("inside", || Ok(1)))?;
                if a > 1 { j.step("two", || Ok(()))?; }
                for case in cases { j.step(format!("case {case}"), || Ok(()))?; }
                other.step("not ours", || Ok(()))?;
                j.step("three", || Ok(vec![])).map(|_| ())
            }
        });
        assert_eq!(names, ["one", "two?", "three"]);
    }

    #[test]
    fn what_the_source_may_pass_by_is_optional() {
        let names = named(&parse_quote! {
            fn walk(j: &Journey) -> Outcome {
                match j.step("kind", || Ok(1))? { 1 => j.step("first", ok)?, _ => j.step("other", ok)? }
                let Some(order) = j.step("find", ok)? else { j.step("make", ok)?; bail!("no order") };
                while j.step("asked", ok)? { j.step("again", ok)?; }
                let both = is_on && j.step("short", ok).is_ok();
                if order.is_done { return Ok(()); }
                j.step("late", ok)
            }
        });
        assert_eq!(
            names,
            ["kind", "first?", "other?", "find", "make?", "asked", "again?", "short?", "late?"]
        );
    }
}
