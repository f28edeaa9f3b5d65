//! A crate's manifest without its workspace: inherited values are written out.
//!
//! The SDK's crates inherit versions and features from this repository's workspace. A vendored copy has no workspace.

use toml::{Table, Value};

/// Why a manifest cannot be written out. Only a mistake in this repository's own manifests can cause it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("a manifest of the SDK is not TOML: {0}")]
    Toml(String),
    #[error("a manifest of the SDK inherits `{0}`, which the workspace does not have")]
    Missing(String),
}

/// Tables for work on the SDK itself; a vendored copy does not have them.
const LEFT_OUT: [&str; 2] = ["dev-dependencies", "lints"];

/// The manifest with inherited values written out. The workspace's crates are expected side by side.
pub(super) fn standalone(manifest: &str, workspace: &str) -> Result<String, ManifestError> {
    let read = |text: &str| text.parse::<Table>().map_err(|error| ManifestError::Toml(error.to_string()));
    let (mut manifest, root) = (read(manifest)?, read(workspace)?);
    let workspace = root.get("workspace").and_then(Value::as_table).cloned().unwrap_or_default();
    for table in LEFT_OUT {
        manifest.remove(table);
    }
    if let Some(package) = manifest.get_mut("package").and_then(Value::as_table_mut) {
        inherit_package(package, workspace.get("package").and_then(Value::as_table))?;
    }
    let known = workspace.get("dependencies").and_then(Value::as_table);
    if let Some(dependencies) = manifest.get_mut("dependencies").and_then(Value::as_table_mut) {
        inherit_dependencies(dependencies, known)?;
    }
    let targets = manifest.get_mut("target").and_then(Value::as_table_mut);
    for (_, target) in targets.into_iter().flatten() {
        if let Some(dependencies) = target.get_mut("dependencies").and_then(Value::as_table_mut) {
            inherit_dependencies(dependencies, known)?;
        }
    }
    toml::to_string(&manifest).map_err(|error| ManifestError::Toml(error.to_string()))
}

fn is_inherited(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

fn inherit_package(package: &mut Table, known: Option<&Table>) -> Result<(), ManifestError> {
    for (key, value) in package.iter_mut().filter(|(_, value)| is_inherited(value)) {
        let inherited = known.and_then(|known| known.get(key));
        *value = inherited.cloned().ok_or_else(|| ManifestError::Missing(format!("package.{key}")))?;
    }
    Ok(())
}

fn inherit_dependencies(dependencies: &mut Table, known: Option<&Table>) -> Result<(), ManifestError> {
    for (name, dependency) in dependencies.iter_mut() {
        if is_inherited(dependency) {
            *dependency = inherit_dependency(name, dependency, known)?;
        }
    }
    Ok(())
}

fn inherit_dependency(name: &str, own: &Value, known: Option<&Table>) -> Result<Value, ManifestError> {
    let inherited = known.and_then(|known| known.get(name));
    let inherited = inherited.ok_or_else(|| ManifestError::Missing(format!("dependencies.{name}")))?;
    let mut merged = match inherited {
        Value::Table(table) => table.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    };
    if merged.contains_key("path") {
        merged.insert("path".to_owned(), format!("../{name}").into());
    }
    for (key, value) in own.as_table().into_iter().flatten().filter(|(key, _)| *key != "workspace") {
        match (merged.get_mut(key), value) {
            (Some(Value::Array(features)), Value::Array(more)) => features.extend(more.iter().cloned()),
            _ => drop(merged.insert(key.clone(), value.clone())),
        }
    }
    Ok(Value::Table(merged))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.package]
        version = "0.1.0"
        edition = "2024"
        [workspace.dependencies]
        serde = { version = "1.0", features = ["derive"] }
        miniz = "0.9"
        wayfarer-sdk-macros = { path = "sdk/rust/wayfarer-sdk-macros", version = "0.1.0" }
    "#;

    #[test]
    fn what_was_inherited_is_written_out() {
        let manifest = r#"
            [package]
            name = "wayfarer-sdk"
            version.workspace = true
            edition.workspace = true
            [lints]
            workspace = true
            [dependencies]
            serde = { workspace = true, features = ["alloc"] }
            miniz = { workspace = true, optional = true }
            wayfarer-sdk-macros.workspace = true
            [dev-dependencies]
            trybuild.workspace = true
        "#;
        insta::assert_snapshot!(standalone(manifest, WORKSPACE).unwrap(), @r#"
        [dependencies.miniz]
        optional = true
        version = "0.9"

        [dependencies.serde]
        features = ["derive", "alloc"]
        version = "1.0"

        [dependencies.wayfarer-sdk-macros]
        path = "../wayfarer-sdk-macros"
        version = "0.1.0"

        [package]
        edition = "2024"
        name = "wayfarer-sdk"
        version = "0.1.0"
        "#);
    }

    #[test]
    fn what_the_workspace_lacks_is_an_error() {
        let manifest = "[dependencies]\nother.workspace = true";
        assert_eq!(standalone(manifest, WORKSPACE), Err(ManifestError::Missing("dependencies.other".into())));
    }
}
