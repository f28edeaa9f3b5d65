//! Which language a project is written in: `language` under `[build]`, or the build file that its folder has.

use crate::config::Project;

const BUILD_FILES: [(&str, &str); 6] = [
    ("Cargo.toml", "rust"),
    ("package.json", "typescript"),
    ("pyproject.toml", "python"),
    ("go.mod", "go"),
    ("CMakeLists.txt", "c"),
    ("Makefile", "c"),
];

/// The language's name in lower case; none if the project does not say it and has no known build file.
pub(super) fn language(project: &Project) -> Option<String> {
    if let Some(written) = &project.toml.build.language {
        return Some(written.to_lowercase());
    }
    BUILD_FILES
        .into_iter()
        .find(|(file, _)| project.dir.join(file).is_file())
        .map(|(_, language)| language.to_owned())
}
