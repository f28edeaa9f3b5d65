//! A text with placeholders: what a check without code may write where a value is known only when it runs.
//!
//! | written | stands for |
//! |---|---|
//! | `${param.NAME}` | a parameter's value |
//! | `${secret.NAME}` | a secret, sealed: here its placeholder, on the wire its value |
//! | `${NAME}` | what an earlier request captured |
//! | `${run.id}` | the run's id |
//! | `$${` | the text `${` |
//!
//! Invariant: anything else of the form `${…}` is refused when it is read. It would otherwise be sent as it is, which
//! nobody wants who writes it.

use std::fmt;
use std::str::FromStr;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A part without a placeholder, with `$${` read as `${`.
    Text(String),
    /// The value of a parameter.
    Param(String),
    /// The name in `${secret.NAME}`; the host puts the value in.
    Secret(String),
    /// What an earlier request captured under this name.
    Captured(String),
    /// `${run.id}`, which makes what a run creates its own.
    RunId,
}

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `${` without its end.
    #[error("`{0}` has no `}}`: write `${{param.NAME}}`, or `$${{` for the text itself")]
    Open(String),
    /// A form that stands for nothing.
    #[error(
        "`${{{0}}}` stands for nothing: write `${{param.NAME}}`, `${{secret.NAME}}`, `${{run.id}}` or the name of a \
         capture, or `$${{{0}}}` for the text itself"
    )]
    Unknown(String),
}

/// A text with placeholders, parsed once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(Vec<Piece>);

impl Template {
    /// A text that is sent as it is, whatever stands in it.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(if text.is_empty() { Vec::new() } else { vec![Piece::Text(text)] })
    }

    /// Its parts, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text, if it has no placeholder.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text with what each placeholder stands for. None if one stands for nothing.
    pub fn filled(&self, mut value: impl FnMut(&Piece) -> Option<String>) -> Option<String> {
        self.0
            .iter()
            .map(|piece| if let Piece::Text(text) = piece { Some(text.clone()) } else { value(piece) })
            .collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => f.write_str(&text.replace("${", "$${"))?,
                Piece::Param(name) => write!(f, "${{param.{name}}}")?,
                Piece::Secret(name) => write!(f, "${{secret.{name}}}")?,
                Piece::Captured(name) => write!(f, "${{{name}}}")?,
                Piece::RunId => f.write_str("${run.id}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(written: &str) -> Result<Self, TemplateError> {
        let (mut pieces, mut text, mut rest) = (Vec::new(), String::new(), written);
        while let Some(at) = rest.find("${") {
            let (before, placeholder) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                text.push_str(before);
                text.push_str("${");
                rest = placeholder.get(2..).unwrap_or_default();
                continue;
            }
            text.push_str(before);
            let Some((name, after)) = placeholder.get(2..).and_then(|inner| inner.split_once('}')) else {
                return Err(TemplateError::Open(placeholder.chars().take(30).collect()));
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(placeholder_of(name)?);
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self(pieces))
    }
}

fn placeholder_of(name: &str) -> Result<Piece, TemplateError> {
    let is_named =
        |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "${}".contains(c));
    match name.split_once('.') {
        Some(("param", param)) if is_named(param) => Ok(Piece::Param(param.to_owned())),
        Some(("secret", secret)) if is_named(secret) => Ok(Piece::Secret(secret.to_owned())),
        Some(("run", "id")) => Ok(Piece::RunId),
        None if is_capture(name) => Ok(Piece::Captured(name.to_owned())),
        _ => Err(TemplateError::Unknown(name.chars().take(40).collect())),
    }
}

/// Whether a text may be the name of a capture: a letter or `_`, then letters, digits, `_` and `-`.
pub fn is_capture(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_read() {
        let template: Template =
            "a${param.base-url}b${secret.api.key}${run.id}${token}$${x}$5".parse().unwrap();
        let [a, param, b, secret, run, token, end] = template.pieces() else { panic!("{template:?}") };
        assert_eq!((a, b), (&Piece::Text("a".into()), &Piece::Text("b".into())));
        assert_eq!((param, secret), (&Piece::Param("base-url".into()), &Piece::Secret("api.key".into())));
        assert_eq!((run, token), (&Piece::RunId, &Piece::Captured("token".into())));
        assert_eq!(end, &Piece::Text("${x}$5".into()));
        let filled = template.filled(|piece| (*piece != Piece::RunId).then(|| "-".to_owned()));
        assert_eq!(filled, None, "the run's id is not known there");
        assert_eq!(template.filled(|_| Some("-".into())).as_deref(), Some("a-b---${x}$5"));
        assert_eq!(Template::literal("${x}").as_literal(), Some("${x}"));
    }

    #[test]
    fn what_stands_for_nothing_is_refused_with_its_mend() {
        let error = |text: &str| text.parse::<Template>().unwrap_err().to_string();
        insta::assert_snapshot!(error("Bearer ${TO KEN}"), @"`${TO KEN}` stands for nothing: write `${param.NAME}`, `${secret.NAME}`, `${run.id}` or the name of a capture, or `$${TO KEN}` for the text itself");
        insta::assert_snapshot!(error("x ${param.a"), @"`${param.a` has no `}`: write `${param.NAME}`, or `$${` for the text itself");
        for bad in ["${}", "${param.}", "${run.name}", "${env.X}", "${1}", "${param.a${b}}"] {
            assert!(bad.parse::<Template>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(text in r"[a$\{\}.]{0,12}(\$\{(param\.a|secret\.b|run\.id|c)\})?[a$\{\}]{0,6}") {
            if let Ok(template) = text.parse::<Template>() {
                prop_assert_eq!(template.to_string().parse::<Template>().unwrap(), template);
            }
        }
    }
}
