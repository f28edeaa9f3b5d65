//! Which reporters a session has and where each writes: `list`, `json`, `junit` or `github`, with `=FILE` for a file.
//!
//! What cannot be written is said before anything is built or run.

use std::path::{Path, PathBuf};

use wayfarer_model::nearest::nearest;

use super::Ci;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReporterKind {
    List,
    Json,
    Junit,
    GitHub,
}

const KINDS: [(&str, ReporterKind); 4] = [
    ("list", ReporterKind::List),
    ("json", ReporterKind::Json),
    ("junit", ReporterKind::Junit),
    ("github", ReporterKind::GitHub),
];

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
        "there is no reporter `{0}`: use `list`, `json`, `junit` or `github`, and add `=FILE` to write to a file{1}"
    )]
    Unknown(String, String),
    #[error("two reporters would write to standard output: give one a file, as in `--reporter junit=FILE`")]
    Mixed,
    #[error("two reporters would write to {}: give each a file of its own", .0.display())]
    SameFile(PathBuf),
    /// Where to write, and why that is impossible.
    #[error("cannot write to {}: {what}", path.display())]
    Place { path: PathBuf, what: String },
}

/// Parses `KIND[=FILE]` and checks each file's folder. `list` writes to standard output if no chosen reporter does. On GitHub
/// Actions annotations come beside a `list` there.
pub(crate) fn choices<'a>(
    written: impl IntoIterator<Item = &'a str>,
    ci: Ci,
) -> Result<Vec<Choice>, ChoiceError> {
    let mut choices = written.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    let is_annotating = |choice: &Choice| choice.kind == ReporterKind::GitHub;
    match choices.iter().filter(|choice| choice.file.is_none() && !is_annotating(choice)).count() {
        0 => choices.insert(0, Choice { kind: ReporterKind::List, file: None }),
        1 => {}
        _ => return Err(ChoiceError::Mixed),
    }
    let has_list = choices.contains(&Choice { kind: ReporterKind::List, file: None });
    let is_mixed = !has_list && choices.iter().any(|choice| choice.file.is_none() && is_annotating(choice));
    if is_mixed {
        return Err(ChoiceError::Mixed);
    }
    if ci.github && has_list && !choices.iter().any(is_annotating) {
        choices.push(Choice { kind: ReporterKind::GitHub, file: None });
    }
    let mut files: Vec<&Path> = choices.iter().filter_map(|choice| choice.file.as_deref()).collect();
    files.sort_unstable();
    if let Some((twice, _)) = files.iter().zip(files.iter().skip(1)).find(|(one, other)| one == other) {
        return Err(ChoiceError::SameFile(twice.to_path_buf()));
    }
    files.into_iter().try_for_each(check_file)?;
    Ok(choices)
}

fn check_file(path: &Path) -> Result<(), ChoiceError> {
    let wrong = |what: &str| Err(ChoiceError::Place { path: path.to_owned(), what: what.to_owned() });
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (path.is_dir(), folder.is_dir()) {
        (true, _) => wrong("it is a folder; name a file"),
        (false, false) => wrong(&format!("there is no folder {}; make it first", folder.display())),
        (false, true) => Ok(()),
    }
}

/// Checks that a folder can be made at a path, or is there.
pub(crate) fn check_folder(path: &Path) -> Result<(), ChoiceError> {
    let wrong = |at: &Path| {
        let what = format!("{} is no folder; name another one", at.display());
        Err(ChoiceError::Place { path: path.to_owned(), what })
    };
    match path.ancestors().find(|above| above.exists()) {
        Some(above) if !above.is_dir() => wrong(above),
        _ => Ok(()),
    }
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
            choices(written.iter().copied(), Ci::default())
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
        assert_eq!(kinds(&["github"]), Ok(vec![ReporterKind::List, ReporterKind::GitHub]));
        assert_eq!(kinds(&["json", "github"]), Err(ChoiceError::Mixed));
        assert!(kinds(&["json", "github=annotations.txt"]).is_ok());
        let on_github = |written: &[&str]| {
            let ci = Ci { github: true, gitlab: false };
            choices(written.iter().copied(), ci)
                .unwrap()
                .into_iter()
                .map(|choice| choice.kind)
                .collect::<Vec<_>>()
        };
        assert_eq!(on_github(&[]), [ReporterKind::List, ReporterKind::GitHub]);
        assert_eq!(on_github(&["github"]), [ReporterKind::List, ReporterKind::GitHub]);
        assert_eq!(on_github(&["json"]), [ReporterKind::Json], "programs read that alone");
    }

    #[test]
    fn what_cannot_be_written_is_said_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().display();
        let said = |written: &[String]| {
            let refused = choices(written.iter().map(String::as_str), Ci::default()).unwrap_err();
            refused.to_string().replace(&dir.to_string(), "DIR")
        };
        insta::assert_snapshot!(said(&[format!("junit={dir}/no/such/x.xml")]), @"cannot write to DIR/no/such/x.xml: there is no folder DIR/no/such; make it first");
        insta::assert_snapshot!(said(&[format!("junit={dir}")]), @"cannot write to DIR: it is a folder; name a file");
        insta::assert_snapshot!(said(&[format!("junit={dir}/x"), format!("json={dir}/x")]), @"two reporters would write to DIR/x: give each a file of its own");
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(check_folder(&folder.path().join("file/a/b")).is_err());
        assert!(check_folder(&folder.path().join("a/b")).is_ok());
    }
}
