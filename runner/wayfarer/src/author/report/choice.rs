//! Which reporters a session has and where each writes: `list`, `json` or `junit`, with `=FILE` for a file.

use std::path::PathBuf;

use wayfarer_model::nearest::nearest;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReporterKind {
    List,
    Json,
    Junit,
}

const KINDS: [(&str, ReporterKind); 3] =
    [("list", ReporterKind::List), ("json", ReporterKind::Json), ("junit", ReporterKind::Junit)];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) kind: ReporterKind,
    /// None for standard output.
    pub(crate) file: Option<PathBuf>,
}

/// Why the chosen reporters cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChoiceError {
    /// A name, and a hint or nothing.
    #[error(
        "there is no reporter `{0}`: use `list`, `json` or `junit`, and add `=FILE` to write to a file{1}"
    )]
    Unknown(String, String),
    #[error("two reporters would write to standard output: give one a file, as in `--reporter junit=FILE`")]
    Mixed,
}

/// Parses `KIND[=FILE]`. `list` writes to standard output if no chosen reporter does.
pub(crate) fn choices<'a>(written: impl IntoIterator<Item = &'a str>) -> Result<Vec<Choice>, ChoiceError> {
    let mut choices = written.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    match choices.iter().filter(|choice| choice.file.is_none()).count() {
        0 => choices.insert(0, Choice { kind: ReporterKind::List, file: None }),
        1 => {}
        _ => return Err(ChoiceError::Mixed),
    }
    Ok(choices)
}

fn one(written: &str) -> Result<Choice, ChoiceError> {
    let (name, file) = written.split_once('=').map_or((written, None), |(name, file)| (name, Some(file)));
    let kind =
        KINDS.into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind).ok_or_else(|| {
            let near = nearest(name, KINDS.map(|(known, _)| known));
            ChoiceError::Unknown(
                name.to_owned(),
                near.map_or_else(String::new, |near| format!("; did you mean `{near}`?")),
            )
        })?;
    Ok(Choice { kind, file: file.filter(|file| !file.is_empty()).map(PathBuf::from) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_output_has_one_reporter() {
        let kinds = |written: &[&str]| {
            choices(written.iter().copied())
                .map(|all| all.into_iter().map(|choice| choice.kind).collect::<Vec<_>>())
        };
        assert_eq!(kinds(&[]), Ok(vec![ReporterKind::List]));
        assert_eq!(kinds(&["json"]), Ok(vec![ReporterKind::Json]));
        assert_eq!(
            kinds(&["junit=a.xml", "json=b"]),
            Ok(vec![ReporterKind::List, ReporterKind::Junit, ReporterKind::Json])
        );
        assert_eq!(kinds(&["list", "json"]), Err(ChoiceError::Mixed));
        assert!(kinds(&["jsn"]).unwrap_err().to_string().ends_with("did you mean `json`?"));
    }
}
