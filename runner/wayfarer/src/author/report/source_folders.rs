//! Where the source of a journey lies, for services that show files of a repository.
//!
//! A compiler writes the paths of its workspace into what it makes. A service wants them from the root of the repository.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use wayfarer_model::ids::JourneyName;

/// The folder of each journey's project.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceFolders(BTreeMap<JourneyName, PathBuf>);

impl FromIterator<(JourneyName, PathBuf)> for SourceFolders {
    fn from_iter<T: IntoIterator<Item = (JourneyName, PathBuf)>>(folders: T) -> Self {
        let whole = |(name, dir): (JourneyName, PathBuf)| (name, std::fs::canonicalize(&dir).unwrap_or(dir));
        Self(folders.into_iter().map(whole).collect())
    }
}

impl SourceFolders {
    /// The path of a source file from the root of its repository; as it was written if there is no such file, or no repository.
    pub(crate) fn file(&self, journey: &JourneyName, written: &str) -> String {
        self.0
            .get(journey)
            .and_then(|dir| in_repository(dir, Path::new(written)))
            .unwrap_or_else(|| written.to_owned())
    }
}

fn in_repository(dir: &Path, written: &Path) -> Option<String> {
    let root = dir.ancestors().find(|folder| folder.join(".git").exists())?;
    let is_inside = written.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let path = if written.is_absolute() {
        written.to_owned()
    } else if is_inside {
        // The workspace of the project is its own folder or one above it.
        let folders = dir.ancestors().take_while(|folder| folder.starts_with(root));
        folders.map(|folder| folder.join(written)).find(|path| path.is_file())?
    } else {
        return None;
    };
    Some(path.strip_prefix(root).ok()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_the_root_of_the_repository() {
        let repository = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(repository.path()).unwrap();
        for folder in [".git", "journeys/shop/src", "journeys/src"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        std::fs::write(root.join("journeys/shop/src/lib.rs"), "").unwrap();
        std::fs::write(root.join("journeys/src/main.rs"), "").unwrap();
        let name: JourneyName = "checkout".parse().unwrap();
        let folders: SourceFolders = [(name.clone(), root.join("journeys/shop"))].into_iter().collect();
        let of = |written: &str| folders.file(&name, written);
        assert_eq!(of("src/lib.rs"), "journeys/shop/src/lib.rs");
        assert_eq!(of("shop/src/lib.rs"), "journeys/shop/src/lib.rs", "of a workspace above");
        assert_eq!(of("src/main.rs"), "journeys/src/main.rs");
        assert_eq!(
            of(&root.join("journeys/shop/src/lib.rs").display().to_string()),
            "journeys/shop/src/lib.rs"
        );
        assert_eq!(of("no/such.rs"), "no/such.rs");
        assert_eq!(of("../../../etc/passwd"), "../../../etc/passwd");
        assert_eq!(folders.file(&"other".parse().unwrap(), "src/lib.rs"), "src/lib.rs");
    }
}
