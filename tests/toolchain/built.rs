//! Built guests in cargo's target directory. A guest is built again when its inputs have changed.

use super::BuildError;
use super::folder::{create, empty, list, lock, target, workspace, write};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// The inputs of a guest's build.
pub(super) struct Inputs<'a> {
    /// The name of the guest's directory.
    pub(super) guest: &'a str,
    /// Names and versions of the tools.
    pub(super) tools: &'a [&'a str],
    /// Files and directories. The WIT and this module are inputs of every guest.
    pub(super) files: &'a [PathBuf],
}

/// Returns the component of these inputs. Calls `build` if the inputs have changed.
///
/// `build` gets an empty directory to work in, and the path of the component to write.
pub(super) fn built(
    inputs: &Inputs<'_>,
    build: impl FnOnce(&Path, &Path) -> Result<(), BuildError>,
) -> Result<PathBuf, BuildError> {
    let folder = target().join("guests").join(inputs.guest);
    create(&folder)?;
    let _lock = lock(&folder.join("lock"))?;
    let component = folder.join("component.wasm");
    let stamp = folder.join("stamp");
    let current = stamp_of(inputs)?;
    if component.is_file() && fs::read_to_string(&stamp).is_ok_and(|kept| kept == current) {
        return Ok(component);
    }
    let work = folder.join("work");
    empty(&work)?;
    let fresh = folder.join("component.wasm.partial");
    build(&work, &fresh)?;
    fs::rename(&fresh, &component).map_err(BuildError::file("rename", fresh))?;
    write(&stamp, current.as_bytes())?;
    Ok(component)
}

fn stamp_of(inputs: &Inputs<'_>) -> Result<String, BuildError> {
    let mut hasher = DefaultHasher::new();
    inputs.tools.hash(&mut hasher);
    hash_path(&workspace().join("wit"), &mut hasher)?;
    hash_path(&workspace().join("tests/toolchain"), &mut hasher)?;
    for path in inputs.files {
        hash_path(path, &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_path(path: &Path, hasher: &mut DefaultHasher) -> Result<(), BuildError> {
    path.file_name().hash(hasher);
    if !path.is_dir() {
        fs::read(path).map_err(BuildError::file("read", path))?.hash(hasher);
        return Ok(());
    }
    list(path)?.iter().try_for_each(|entry| hash_path(entry, hasher))
}
