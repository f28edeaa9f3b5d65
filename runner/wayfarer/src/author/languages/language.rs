//! Which language a project is written in: what `[build]` says, or what lies in its folder.

use crate::config::Project;

/// The files that give a language away.
const SIGNS: [(&str, &str); 6] = [
    ("Cargo.toml", "rust"),
    ("package.json", "typescript"),
    ("pyproject.toml", "python"),
    ("go.mod", "go"),
    ("CMakeLists.txt", "c"),
    ("Makefile", "c"),
];

/// The language's name; none where nothing gives it away.
pub(super) fn language(project: &Project) -> Option<String> {
    if let Some(written) = &project.toml.build.language {
        return Some(written.to_lowercase());
    }
    SIGNS
        .into_iter()
        .find(|(sign, _)| project.dir.join(sign).is_file())
        .map(|(_, language)| language.to_owned())
}
