//! Names of a check as names in Rust.

use std::collections::BTreeMap;

use crate::author::check_file::words;

/// Words that Rust keeps, and names that the generated function has.
const TAKEN: [&str; 48] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
    "abstract", "become", "box", "do", "final", "gen", "try", "journey", "given", "http", "answer",
];

/// A name that Rust takes, as like the given one as can be.
pub(super) fn identifier(name: &str) -> String {
    let name = words(name, '_');
    match name.as_str() {
        "" => "value".to_owned(),
        "body" | "found" | "yield" | "macro" | "override" | "priv" | "typeof" | "unsized" | "virtual"
        | "union" => format!("{name}_"),
        taken if TAKEN.contains(&taken) => format!("{taken}_"),
        _ => name,
    }
}

/// What the parameters and secrets of a check are called as fields of one struct.
#[derive(Debug, Default)]
pub(in crate::author::scaffold) struct Fields {
    pub(super) params: BTreeMap<String, String>,
    pub(super) secrets: BTreeMap<String, String>,
}

impl Fields {
    pub(super) fn new<'n>(
        params: impl Iterator<Item = &'n String>,
        secrets: impl Iterator<Item = &'n String>,
    ) -> Self {
        let mut taken: Vec<String> = Vec::new();
        let mut fields = Self::default();
        let mut free = |name: &String| {
            let begin = identifier(name);
            let mut names =
                std::iter::once(begin.clone()).chain((2..).map(|number| format!("{begin}_{number}")));
            let name = names.find(|name| !taken.contains(name)).unwrap_or(begin);
            taken.push(name.clone());
            name
        };
        for name in params {
            let field = free(name);
            fields.params.insert(name.clone(), field);
        }
        for name in secrets {
            let field = free(name);
            fields.secrets.insert(name.clone(), field);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_by_rust_and_different() {
        assert_eq!(
            ["base-url", "type", "answer", "2nd", "öl"].map(identifier),
            ["base_url", "type_", "answer_", "n_2nd", "l"]
        );
        let names = ["a-b".to_owned(), "a_b".to_owned()];
        let fields = Fields::new(names.iter(), names[..1].iter());
        assert_eq!(fields.params["a_b"], "a_b_2");
        assert_eq!(fields.secrets["a-b"], "a_b_3");
    }
}
