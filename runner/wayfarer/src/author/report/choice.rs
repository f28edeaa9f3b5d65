//! Which reporters, and where each of them writes: `list`, `json`, `junit`, each with `=FILE` if need be.

use std::path::PathBuf;

use wayfarer_model::nearest::nearest;

/// The kinds of reporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// For people.
    List,
    /// Events, one a line.
    Json,
    /// For CI systems.
    Junit,
}

const KINDS: [(&str, Kind); 3] = [("list", Kind::List), ("json", Kind::Json), ("junit", Kind::Junit)];

/// One reporter as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its file; standard output where none.
    pub(crate) file: Option<PathBuf>,
}

/// Why reporters cannot be had as asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChoiceError {
    /// No such reporter.
    #[error("`{0}` is no reporter: there are `list`, `json` and `junit`, each with `=FILE` if need be{1}")]
    Unknown(String, String),
    /// Two on standard output.
    #[error(
        "two reporters would write to standard output: give one of them a file, as in `--reporter junit=FILE`"
    )]
    Mixed,
}

/// Reads what was written. Where nothing takes standard output, `list` does.
pub(crate) fn choices<'a>(written: impl IntoIterator<Item = &'a str>) -> Result<Vec<Choice>, ChoiceError> {
    let mut choices = written.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    match choices.iter().filter(|choice| choice.file.is_none()).count() {
        0 => choices.insert(0, Choice { kind: Kind::List, file: None }),
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
        assert_eq!(kinds(&[]), Ok(vec![Kind::List]));
        assert_eq!(kinds(&["json"]), Ok(vec![Kind::Json]));
        assert_eq!(kinds(&["junit=a.xml", "json=b"]), Ok(vec![Kind::List, Kind::Junit, Kind::Json]));
        assert_eq!(kinds(&["list", "json"]), Err(ChoiceError::Mixed));
        assert!(kinds(&["jsn"]).unwrap_err().to_string().ends_with("did you mean `json`?"));
    }
}
