//! The project's files: templates with placeholders for its name and the SDK's path.

use std::io;
use std::path::{Path, PathBuf};

use wayfarer_model::ids::{JourneyName, NameError};
use wayfarer_model::nearest::nearest;

use super::manifest::ManifestError;
use super::{from_check, vendor};
use crate::config::{Project, journey_toml_schema};

const TEMPLATES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("../../../templates/rust/Cargo.toml.in")),
    ("journey.toml", include_str!("../../../templates/rust/journey.toml.in")),
    ("src/lib.rs", include_str!("../../../templates/rust/src/lib.rs.in")),
    ("examples/hello.rs", include_str!("../../../templates/rust/examples/hello.rs.in")),
    ("README.md", include_str!("../../../templates/rust/README.md.in")),
    (".gitignore", include_str!("../../../templates/rust/gitignore.in")),
];

const GITIGNORE: &str = include_str!("../../../templates/rust/gitignore.in");
/// The manifest of a project whose code is made from a check.
const CHECK_MANIFEST: &str = include_str!("../../../templates/rust/check-Cargo.toml.in");
const REGEX: &str =
    "regex = { version = \"1\", default-features = false, features = [\"std\", \"unicode\"] }\n";

/// Names that cargo refuses or warns about.
const RESERVED: [&str; 8] = ["test", "core", "std", "alloc", "proc-macro", "build", "deps", "examples"];

/// Where the project's SDK comes from.
#[derive(Debug, Clone)]
pub(crate) enum Sdk {
    /// A copy of this version's SDK in `vendor/`.
    Vendored,
    /// The crate `wayfarer-sdk`, or the folder that has it.
    At(PathBuf),
}

/// Why no project was created.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScaffoldError {
    #[error("{} is not empty: choose a new folder", .0.display())]
    NotEmpty(PathBuf),
    #[error("{} has no crate wayfarer-sdk: name the folder `sdk/rust` of a checkout, or leave out `--sdk`", .0.display())]
    NoSdk(PathBuf),
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} has no check `{name}`: {mend}", file.display())]
    NoCheck { file: PathBuf, name: String, mend: String },
    #[error("[http-check.{name}]: {why}")]
    Check { name: String, why: String },
    /// A mistake in this binary.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

/// Writes the project and returns its name.
pub(crate) fn create(dir: &Path, sdk: &Sdk) -> Result<String, ScaffoldError> {
    create_of(
        dir,
        sdk,
        &TEMPLATES.map(|(path, template)| (path.to_owned(), Content::Template(template.to_owned()))),
    )
}

/// Writes a project whose journey does what a check of another project does.
///
/// # Errors
/// As [`create`], and if the other project has no such check.
pub(crate) fn create_from_check(
    dir: &Path,
    sdk: &Sdk,
    project: &Project,
    name: &str,
) -> Result<String, ScaffoldError> {
    let checks = &project.toml.http_checks;
    let no_check = || {
        let near = nearest(name, checks.keys().map(String::as_str));
        let known: Vec<&str> = checks.keys().map(String::as_str).collect();
        let mend = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "it has no checks".to_owned(),
            None => format!("it has `{}`", known.join("`, `")),
        };
        ScaffoldError::NoCheck { file: project.file.clone().unwrap_or_default(), name: name.to_owned(), mend }
    };
    let table = checks.get(name).ok_or_else(no_check)?;
    let broken = |why: String| ScaffoldError::Check { name: name.to_owned(), why };
    let journey: JourneyName = name.parse().map_err(|error: NameError| broken(error.to_string()))?;
    let check = table.check().map_err(broken)?;
    let file = project.file.clone().unwrap_or_default();
    let written =
        std::fs::read_to_string(&file).map_err(|source| ScaffoldError::Read { path: file, source })?;
    let code = from_check::source(&journey, table, &check);
    let toml = from_check::journey_toml(&journey, project, &written, &check, &code.fields);
    let manifest = CHECK_MANIFEST.replace("{{regex}}", if code.has_patterns { REGEX } else { "" });
    let mut files = vec![
        ("Cargo.toml".to_owned(), Content::Template(manifest)),
        ("journey.toml".to_owned(), Content::Whole(toml.into_bytes())),
        ("src/lib.rs".to_owned(), Content::Whole(code.text.into_bytes())),
        (".gitignore".to_owned(), Content::Template(GITIGNORE.to_owned())),
    ];
    files.extend(code.bodies.into_iter().map(|(name, bytes)| (format!("src/{name}"), Content::Whole(bytes))));
    create_of(dir, sdk, &files)
}

/// What a file of a new project holds.
enum Content {
    /// With placeholders for the project's name and the SDK's path.
    Template(String),
    Whole(Vec<u8>),
}

fn create_of(dir: &Path, sdk: &Sdk, files: &[(String, Content)]) -> Result<String, ScaffoldError> {
    if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) || dir.is_file() {
        return Err(ScaffoldError::NotEmpty(dir.to_owned()));
    }
    let name = package_name(dir);
    let sdk_path = match sdk {
        Sdk::Vendored => "vendor/wayfarer-sdk".to_owned(),
        Sdk::At(path) => crate_at(path)?.display().to_string(),
    };
    let quoted = toml::Value::String(sdk_path).to_string();
    for (path, content) in files {
        match content {
            Content::Template(text) => {
                let text = text.replace("{{name}}", &name).replace("{{sdk}}", &quoted);
                write(&dir.join(path), text.as_bytes())?;
            }
            Content::Whole(bytes) => write(&dir.join(path), bytes)?,
        }
    }
    // Editors complete and check journey.toml by it, without a network.
    write(
        &dir.join(".wayfarer/journey-toml.schema.json"),
        format!("{:#}\n", journey_toml_schema()).as_bytes(),
    )?;
    if matches!(sdk, Sdk::Vendored) {
        for (path, text) in vendor::files()? {
            write(&dir.join("vendor").join(path), text.as_bytes())?;
        }
    }
    Ok(name)
}

fn write(path: &Path, content: &[u8]) -> Result<(), ScaffoldError> {
    let failed = |source| ScaffoldError::Write { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    std::fs::write(path, content).map_err(failed)
}

fn crate_at(path: &Path) -> Result<PathBuf, ScaffoldError> {
    let is_crate = |dir: &PathBuf| {
        std::fs::read_to_string(dir.join("Cargo.toml"))
            .is_ok_and(|text| text.contains("name = \"wayfarer-sdk\""))
    };
    let found = [path.to_owned(), path.join("wayfarer-sdk")].into_iter().find(is_crate);
    found.and_then(|dir| std::fs::canonicalize(dir).ok()).ok_or_else(|| ScaffoldError::NoSdk(path.to_owned()))
}

/// A package name that cargo accepts, from the folder's name.
fn package_name(dir: &Path) -> String {
    let folder = std::path::absolute(dir).ok().and_then(|dir| dir.file_name().map(ToOwned::to_owned));
    let folder = folder.unwrap_or_default().to_string_lossy().to_lowercase();
    let words: String =
        folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    let name = words.trim_matches('-');
    let fits = name.starts_with(|c: char| c.is_ascii_lowercase()) && !RESERVED.contains(&name);
    match name {
        "" => "journeys".to_owned(),
        name if fits => name.to_owned(),
        name => format!("journeys-{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_names_are_valid_for_cargo() {
        let names = ["shop", "My Shop", "2nd", "test", "..--"].map(|dir| package_name(Path::new(dir)));
        assert_eq!(names, ["shop", "my-shop", "journeys-2nd", "journeys-test", "journeys"]);
    }

    #[test]
    fn a_new_project_is_valid_and_a_folder_with_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("shop");
        create(&dir, &Sdk::Vendored).unwrap();
        Project::named(&dir).unwrap();
        let manifest: toml::Table = std::fs::read_to_string(dir.join("Cargo.toml")).unwrap().parse().unwrap();
        assert!(manifest.contains_key("workspace"));
        assert!(dir.join("vendor/wayfarer-sdk/wit/http.wit").is_file());
        let journeys = std::fs::read_to_string(dir.join("journey.toml")).unwrap();
        let schema = journeys.lines().next().and_then(|line| line.strip_prefix("#:schema ./")).unwrap();
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(dir.join(schema)).unwrap()).unwrap();
        let file = serde_json::to_value(journeys.parse::<toml::Table>().unwrap()).unwrap();
        assert!(jsonschema::is_valid(&schema, &file), "{journeys}");
        assert!(matches!(create(&dir, &Sdk::Vendored), Err(ScaffoldError::NotEmpty(_))));
        let elsewhere = create(&folder.path().join("other"), &Sdk::At(folder.path().to_owned()));
        assert!(matches!(elsewhere, Err(ScaffoldError::NoSdk(_))));
    }
}
