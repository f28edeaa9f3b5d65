//! Texts of a file of checks: `${param.NAME}`, `${secret.NAME}` and `${NAME}` stand for values, and `$${` for `${` itself.
//!
//! A draft may also hold `${env.NAME}`, a variable of the environment. Only the place of the text decides whether it becomes a
//! parameter or a secret, so no written file has one.

use std::collections::HashSet;

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

/// A text of a draft, made of letters and variables. Letters stay letters, however they are split.
#[derive(Debug, Default)]
pub(crate) struct DraftText {
    /// What is settled: escaped literals, and variables.
    settled: String,
    /// Letters since then, as they are.
    open: String,
    is_unsayable: bool,
}

impl DraftText {
    pub(crate) fn push(&mut self, letter: char) {
        self.open.push(letter);
    }

    pub(crate) fn push_str(&mut self, letters: &str) {
        self.open.push_str(letters);
    }

    pub(crate) fn push_variable(&mut self, name: &str) {
        self.is_unsayable |= self.open.ends_with('$');
        self.settle();
        self.settled.push_str(&variable(name));
    }

    fn settle(&mut self) {
        self.settled.push_str(&literal(&self.open));
        self.open.clear();
    }

    /// The letters, if there is nothing else.
    pub(crate) fn letters(&self) -> Option<&str> {
        self.settled.is_empty().then_some(self.open.as_str())
    }

    /// The text. The error is the rest of a sentence: a text of a file cannot say `$` right before a placeholder.
    pub(crate) fn finish(mut self) -> Result<String, &'static str> {
        self.settle();
        if self.is_unsayable {
            return Err("`$` stands right before a variable in it: put both into one variable");
        }
        Ok(self.settled)
    }
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
        from = at + BEGIN.len();
        let rest = text.get(from..).unwrap_or_default();
        // The name ends at the first letter that is of none, however far away the next `}` is.
        let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = end.filter(|end| rest.get(*end..).is_some_and(|rest| rest.starts_with('}')));
        let is_literal = text.get(..at).is_some_and(|before| before.ends_with('$'));
        let name = name.and_then(|end| rest.get(..end)).filter(|name| !is_literal && is_name(name));
        let Some(name) = name else { continue };
        pieces.extend(text.get(kept..at).filter(|before| !before.is_empty()).map(Piece::Kept));
        pieces.push(Piece::Variable(name));
        from += name.len() + 1;
        kept = from;
    }
    pieces.extend(text.get(kept..).filter(|rest| !rest.is_empty()).map(Piece::Kept));
    pieces
}

/// What stands in the placeholders of a text: `secret.NAME`, `param.NAME`.
pub(super) fn placeholders(text: &str) -> HashSet<&str> {
    const LONGEST: usize = 500;
    let inner = |(at, _): (usize, &str)| {
        let rest = text.get(at + 2..)?;
        let end = rest.char_indices().take(LONGEST).find(|(_, letter)| *letter == '}').map(|(end, _)| end)?;
        rest.get(..end)
    };
    text.match_indices("${").filter_map(inner).collect()
}

/// The parts of a kept piece that are no placeholder of the file, such as that of a captured value.
pub(super) fn literals(kept: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut from) = (Vec::new(), 0, 0);
    while let Some(at) = kept.get(from..).and_then(|rest| rest.find("${")).map(|at| at + from) {
        from = at + 2;
        if kept.get(..at).is_some_and(|before| before.ends_with('$')) {
            continue;
        }
        let Some(end) = kept.get(at..).and_then(|rest| rest.find('}')) else { break };
        parts.extend(kept.get(begin..at));
        from = at + end + 1;
        begin = from;
    }
    parts.extend(kept.get(begin..));
    parts
}

/// Whether a shell would take it for the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
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
        assert_eq!(pieces("${param.a}"), [Piece::Kept("${param.a}")]);
        assert_eq!(pieces(&"${env.".repeat(200_000)).len(), 1);
        assert_eq!(literals("Bearer ${token}$${x}"), ["Bearer ", "$${x}"]);
        assert_eq!(literals("${token}"), ["", ""]);
        assert_eq!(plain(&literal("a ${b} $${c}")), "a ${b} $${c}");
    }
}
