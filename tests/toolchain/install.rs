//! Tools in a cache directory outside the checkout. Each version is installed once.

use super::BuildError;
use super::folder::{create, empty, lock};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Returns the directory of a tool. Calls `install` the first time.
///
/// `install` gets an empty directory, which gets its final name only after `install` has succeeded.
pub(super) fn tool(
    name: &str,
    version: &str,
    install: impl FnOnce(&Path) -> Result<(), BuildError>,
) -> Result<PathBuf, BuildError> {
    let tools = tools()?;
    let named = format!("{name}-{version}");
    let folder = tools.join(&named);
    if folder.is_dir() {
        return Ok(folder);
    }
    create(&tools)?;
    let _lock = lock(&tools.join(format!("{named}.lock")))?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = tools.join(format!("{named}.partial"));
    empty(&partial)?;
    install(&partial)?;
    fs::rename(&partial, &folder).map_err(BuildError::file("rename", partial))?;
    Ok(folder)
}

fn tools() -> Result<PathBuf, BuildError> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("WAYFARER_TOOLS")
        .or_else(|| {
            let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
            Some(cache?.join("wayfarer/tools"))
        })
        .ok_or(BuildError::NoToolsFolder)
}
