//! The revision of a project's source, by git: the commit's hash, and `-dirty` where a file that git knows differs from it.

use std::path::Path;
use std::process::{Command, Stdio};

/// None without git, without a repository, and before the first commit.
pub(crate) fn revision(dir: &Path) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(["describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]);
    // Somebody else's variables must not point it at another repository than the folder's.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(dir: &Path, arguments: &[&str]) {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
        let done = Command::new("git").arg("-C").arg(dir).args(who).args(arguments).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    #[test]
    fn a_revision_says_whether_the_source_differs_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("journeys");
        std::fs::create_dir(&project).unwrap();
        assert_eq!(revision(&project), None);
        git(folder.path(), &["init", "-q"]);
        assert_eq!(revision(&project), None, "before the first commit");
        std::fs::write(project.join("journey.toml"), "one").unwrap();
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-q", "-m", "one"]);
        git(folder.path(), &["tag", "v1"]);
        let clean = revision(&project).unwrap();
        assert!(clean.len() == 40 && clean.chars().all(|letter| letter.is_ascii_hexdigit()), "{clean}");
        std::fs::write(project.join("journey.toml"), "two").unwrap();
        assert_eq!(revision(&project), Some(format!("{clean}-dirty")));
    }
}
