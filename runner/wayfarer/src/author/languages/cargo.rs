//! Rust: `cargo build --target wasm32-wasip2`, and which of the files that it makes is the component.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::camino::Utf8PathBuf;
use cargo_metadata::{Artifact, Message, Metadata, MetadataCommand, Package};

use super::BuildError;
use crate::config::Project;

const TARGET: &str = "wasm32-wasip2";
const INSTALL: &str = "install Rust from https://rustup.rs";

/// Builds the component and returns its path. Cargo writes its progress and errors to standard error.
pub(super) fn build(project: &Project, quiet: bool) -> Result<PathBuf, BuildError> {
    require_target(&project.dir)?;
    let profile = project.toml.build.profile.as_deref().unwrap_or("release");
    let mut command = Command::new(cargo());
    command.current_dir(&project.dir);
    command.args(["build", "--target", TARGET, "--profile", profile, "--lib"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    if let Some(package) = &project.toml.build.package {
        command.args(["--package", package]);
    }
    if quiet {
        command.arg("--quiet");
    }
    let shown = format!("cargo build --target {TARGET} --profile {profile}");
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(no_cargo)?;
    let found = child.stdout.take().map_or_else(Vec::new, |stdout| components(BufReader::new(stdout)));
    let status = child.wait().map_err(no_cargo)?;
    if !status.success() {
        return Err(BuildError::Failed { command: shown, status });
    }
    the_only(&project.dir, found)
}

/// The path at which the last build has put the component.
pub(super) fn expected(project: &Project) -> Result<PathBuf, BuildError> {
    let metadata = metadata(&project.dir)?;
    let profile = match project.toml.build.profile.as_deref().unwrap_or("release") {
        "dev" => "debug",
        other => other,
    };
    let folder = metadata.target_directory.as_std_path().join(TARGET).join(profile);
    let names = libraries(&metadata, project);
    the_only(&project.dir, names.map(|name| folder.join(format!("{name}.wasm"))).collect())
}

fn metadata(dir: &Path) -> Result<Metadata, BuildError> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo()).current_dir(dir).no_deps().other_options(["--offline".to_owned()]);
    command.exec().map_err(|error| match error {
        cargo_metadata::Error::Io(source) => no_cargo(source),
        error => BuildError::Metadata(error.to_string().trim_end().to_owned()),
    })
}

/// The folders of the packages here that a project's package is built from; none if cargo cannot tell.
pub(super) fn local_packages(dir: &Path) -> Vec<PathBuf> {
    let mut command = MetadataCommand::new();
    command.cargo_path(cargo()).current_dir(dir).other_options(["--offline".to_owned()]);
    let Ok(Metadata { packages, resolve: Some(graph), .. }) = command.exec() else { return Vec::new() };
    let manifest = std::fs::canonicalize(dir.join("Cargo.toml")).ok();
    let own =
        packages.iter().find(|package| Some(package.manifest_path.as_std_path()) == manifest.as_deref());
    let mut wanted: Vec<_> = own.map(|package| &package.id).into_iter().collect();
    let mut next = 0;
    while let Some(id) = wanted.get(next).copied() {
        next += 1;
        let node = graph.nodes.iter().find(|node| node.id == *id);
        let needed = node.into_iter().flat_map(|node| &node.dependencies);
        let new: Vec<_> = needed.filter(|id| !wanted.contains(id)).collect();
        wanted.extend(new);
    }
    let local = packages.iter().filter(|package| package.source.is_none() && wanted.contains(&&package.id));
    local.filter_map(|package| Some(package.manifest_path.as_std_path().parent()?.to_owned())).collect()
}

/// File names, without ending, of the libraries that become components.
fn libraries<'a>(metadata: &'a Metadata, project: &'a Project) -> impl Iterator<Item = String> + 'a {
    let manifest = std::fs::canonicalize(project.dir.join("Cargo.toml")).ok();
    let is_chosen = move |package: &&Package| match &project.toml.build.package {
        Some(name) => package.name.as_str() == name,
        None => Some(package.manifest_path.as_std_path()) == manifest.as_deref(),
    };
    let targets = metadata.packages.iter().filter(is_chosen).flat_map(|package| &package.targets);
    targets.filter(|target| target.is_cdylib()).map(|target| target.name.replace('-', "_"))
}

fn cargo() -> PathBuf {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()).into()
}

fn no_cargo(source: std::io::Error) -> BuildError {
    BuildError::Tool { tool: "cargo".to_owned(), source, mend: INSTALL }
}

fn require_target(dir: &Path) -> Result<(), BuildError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(dir)
        .output()
        .map_err(|source| BuildError::Tool { tool: "rustc".to_owned(), source, mend: INSTALL })?;
    let folder = String::from_utf8_lossy(&output.stdout);
    let is_installed = output.status.success() && Path::new(folder.trim()).is_dir();
    if is_installed { Ok(()) } else { Err(BuildError::NoTarget) }
}

/// The components that a stream of cargo's messages announces. What is no message is passed over.
fn components(messages: impl BufRead) -> Vec<PathBuf> {
    let component = |artifact: Artifact| {
        let mut files = artifact.filenames.into_iter().filter(|_| artifact.target.is_cdylib());
        files.find(|file| file.extension() == Some("wasm")).map(Utf8PathBuf::into_std_path_buf)
    };
    let artifacts =
        Message::parse_stream(messages).map_while(Result::ok).filter_map(|message| match message {
            Message::CompilerArtifact(artifact) => Some(artifact),
            _ => None,
        });
    artifacts.filter_map(component).collect()
}

fn the_only(dir: &Path, mut found: Vec<PathBuf>) -> Result<PathBuf, BuildError> {
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        (None, _) => Err(BuildError::NoComponent(dir.join("Cargo.toml"))),
        (Some(last), false) => {
            let names = found.iter().chain([&last]).map(|path| path.display().to_string());
            Err(BuildError::Several(names.collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line as cargo writes it.
    fn artifact(kinds: &str, files: &str) -> String {
        let profile = r#"{"opt_level":"3","debuginfo":0,"debug_assertions":false,"overflow_checks":false,"test":false}"#;
        format!(
            r#"{{"reason":"compiler-artifact","package_id":"path+file:///shop#0.1.0","manifest_path":"/shop/Cargo.toml","target":{{"kind":{kinds},"crate_types":{kinds},"name":"shop","src_path":"/shop/src/lib.rs","edition":"2024","doc":true,"doctest":true,"test":true}},"profile":{profile},"features":[],"filenames":{files},"executable":null,"fresh":false}}"#
        )
    }

    #[test]
    fn the_component_is_found_in_cargos_messages() {
        let library = artifact(r#"["cdylib","rlib"]"#, r#"["/t/libshop.rlib","/t/shop.wasm"]"#);
        let dependency = artifact(r#"["lib"]"#, r#"["/t/libserde.rlib"]"#);
        let end = r#"{"reason":"build-finished","success":true}"#;
        let stream = format!("{dependency}\nno json\n{library}\n{end}\n");
        assert_eq!(components(stream.as_bytes()), [PathBuf::from("/t/shop.wasm")]);
        assert!(components(dependency.as_bytes()).is_empty());
    }

    #[test]
    fn no_component_and_several_are_different_errors() {
        let dir = Path::new("shop");
        assert!(matches!(the_only(dir, vec![]), Err(BuildError::NoComponent(_))));
        let several = the_only(dir, vec!["a.wasm".into(), "b.wasm".into()]).unwrap_err().to_string();
        assert!(several.contains("(a.wasm, b.wasm)"), "{several}");
    }
}
