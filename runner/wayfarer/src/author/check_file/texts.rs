//! Texts of a file of checks: `${param.NAME}`, `${secret.NAME}` and `${NAME}` stand for values, and `$${` for `${` itself.
//!
//! A draft may also hold `${env.NAME}`, a variable of the environment. Only the place of the text decides whether it becomes a
//! parameter or a secret, so no written file has one.

/// A text without placeholders, as a file has to state it.
pub(crate) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// The value of a text without placeholders.
pub(super) fn plain(text: &str) -> String {
    text.replace("$${", "${")
}

/// Stands for a variable of the environment.
pub(crate) fn variable(name: &str) -> String {
    format!("${{env.{name}}}")
}

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Goes into the file as it is.
    Kept(&'t str),
    /// The name of a variable of the environment.
    Variable(&'t str),
}

/// The text's pieces in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    const BEGIN: &str = "${env.";
    let mut pieces = Vec::new();
    let (mut kept, mut from) = (0, 0);
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(BEGIN)).map(|at| at + from) {
        let name = text.get(at + BEGIN.len()..).and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        let is_literal = text.get(..at).is_some_and(|before| before.ends_with('$'));
        from = at + BEGIN.len();
        let Some(name) = name.filter(|name| !is_literal && is_name(name)) else { continue };
        pieces.extend(text.get(kept..at).filter(|before| !before.is_empty()).map(Piece::Kept));
        pieces.push(Piece::Variable(name));
        from += name.len() + 1;
        kept = from;
    }
    pieces.extend(text.get(kept..).filter(|rest| !rest.is_empty()).map(Piece::Kept));
    pieces
}

pub(super) fn has_variable(text: &str) -> bool {
    pieces(text).iter().any(|piece| matches!(piece, Piece::Variable(_)))
}

/// Whether the text has a placeholder of a file of checks, such as that of a captured value.
pub(super) fn has_placeholder(text: &str) -> bool {
    pieces(text).iter().any(|piece| match piece {
        Piece::Variable(_) => false,
        Piece::Kept(kept) => kept
            .match_indices("${")
            .any(|(at, _)| !kept.get(..at).is_some_and(|before| before.ends_with('$'))),
    })
}

/// Whether a shell would take it for the name of a variable.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_told_apart_from_text_that_only_looks_so() {
        let text = format!("a {}{}b", variable("HOME"), literal("${env.X}"));
        assert_eq!(pieces(&text), [Piece::Kept("a "), Piece::Variable("HOME"), Piece::Kept("$${env.X}b")]);
        assert_eq!(pieces("${env.a b} ${env."), [Piece::Kept("${env.a b} ${env.")]);
        assert!(!has_variable("${param.a}"));
        assert_eq!(plain(&literal("a ${b} $${c}")), "a ${b} $${c}");
    }
}
