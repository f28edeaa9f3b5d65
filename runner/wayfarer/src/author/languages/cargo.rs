//! Rust: `cargo build --target wasm32-wasip2`, and which of the files it makes is the component.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::BuildError;
use crate::config::Project;

const TARGET: &str = "wasm32-wasip2";
const INSTALL: &str = "install Rust from https://rustup.rs";

/// Builds the component and returns its path. Cargo's own words go to standard error.
pub(super) fn build(project: &Project, quiet: bool) -> Result<PathBuf, BuildError> {
    require_target(&project.dir)?;
    let profile = project.toml.build.profile.as_deref().unwrap_or("release");
    let mut command = cargo(&project.dir);
    command.args(["build", "--target", TARGET, "--profile", profile, "--lib"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    if let Some(package) = &project.toml.build.package {
        command.args(["--package", package]);
    }
    if quiet {
        command.arg("--quiet");
    }
    let shown = format!("cargo build --target {TARGET} --profile {profile}");
    let tool = |source| BuildError::Tool { tool: "cargo".to_owned(), source, mend: INSTALL };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(tool)?;
    let mut found = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let lines = BufReader::new(stdout).lines().map_while(Result::ok);
        found.extend(lines.filter_map(|line| component(&line)));
    }
    let status = child.wait().map_err(tool)?;
    if !status.success() {
        return Err(BuildError::Failed { command: shown, status });
    }
    one(&project.dir, found)
}

/// Where the component of the last build should be.
pub(super) fn expected(project: &Project) -> Result<PathBuf, BuildError> {
    let tool = |source| BuildError::Tool { tool: "cargo".to_owned(), source, mend: INSTALL };
    let output = cargo(&project.dir)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(tool)?;
    if !output.status.success() {
        return Err(BuildError::Failed { command: "cargo metadata".to_owned(), status: output.status });
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let profile = match project.toml.build.profile.as_deref().unwrap_or("release") {
        "dev" => "debug",
        other => other,
    };
    let folder = metadata.get("target_directory").and_then(Value::as_str).unwrap_or("target");
    let folder = Path::new(folder).join(TARGET).join(profile);
    one(&project.dir, libraries(&metadata, project).map(|name| folder.join(format!("{name}.wasm"))).collect())
}

/// The file names, without ending, of the libraries that become components.
fn libraries<'a>(metadata: &'a Value, project: &'a Project) -> impl Iterator<Item = String> + 'a {
    let manifest = std::fs::canonicalize(project.dir.join("Cargo.toml")).ok();
    let packages = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let chosen = packages.filter(move |package| match &project.toml.build.package {
        Some(name) => package.get("name").and_then(Value::as_str) == Some(name),
        None => package.get("manifest_path").and_then(Value::as_str).map(PathBuf::from) == manifest,
    });
    chosen
        .flat_map(|package| package.get("targets").and_then(Value::as_array).into_iter().flatten())
        .filter(|target| is_cdylib(target))
        .filter_map(|target| Some(target.get("name")?.as_str()?.replace('-', "_")))
}

fn cargo(dir: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(dir);
    command
}

fn require_target(dir: &Path) -> Result<(), BuildError> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(dir)
        .output()
        .map_err(|source| BuildError::Tool { tool: "rustc".to_owned(), source, mend: INSTALL })?;
    let folder = String::from_utf8_lossy(&output.stdout);
    let installed = output.status.success() && Path::new(folder.trim()).is_dir();
    if installed { Ok(()) } else { Err(BuildError::NoTarget) }
}

fn is_cdylib(target: &Value) -> bool {
    let kinds = target.get("kind").and_then(Value::as_array).into_iter().flatten();
    kinds.filter_map(Value::as_str).any(|kind| kind == "cdylib")
}

/// The component that one line of cargo's messages tells of.
fn component(line: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message.get("reason")?.as_str()? != "compiler-artifact" || !is_cdylib(message.get("target")?) {
        return None;
    }
    let mut files = message.get("filenames")?.as_array()?.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| file.extension().is_some_and(|ending| ending == "wasm"))
}

fn one(dir: &Path, mut found: Vec<PathBuf>) -> Result<PathBuf, BuildError> {
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

    #[test]
    fn the_component_is_found_in_cargos_messages() {
        let library = r#"{"reason":"compiler-artifact","target":{"kind":["cdylib","rlib"],"name":"shop"},
            "filenames":["/t/libshop.rlib","/t/shop.wasm"]}"#;
        let helper =
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"]},"filenames":["/t/libserde.rlib"]}"#;
        assert_eq!(component(&library.replace('\n', "")), Some("/t/shop.wasm".into()));
        assert_eq!(component(helper), None);
        assert_eq!(component("no json"), None);
    }

    #[test]
    fn none_and_several_are_told_apart() {
        let dir = Path::new("shop");
        assert!(matches!(one(dir, vec![]), Err(BuildError::NoComponent(_))));
        let several = one(dir, vec!["a.wasm".into(), "b.wasm".into()]).unwrap_err().to_string();
        assert!(several.contains("(a.wasm, b.wasm)"), "{several}");
    }
}
