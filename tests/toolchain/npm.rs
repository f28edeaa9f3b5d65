//! Packages from npm.

use super::program::NPM;
use super::{BuildError, install};
use std::path::{Path, PathBuf};

/// The directory of a package. It is in `node_modules` there, with its dependencies. Its install scripts do not run.
pub(super) fn package(name: &str, version: &str) -> Result<PathBuf, BuildError> {
    install::tool(name, version, |folder| fetch(name, version, folder))
}

fn fetch(name: &str, version: &str, folder: &Path) -> Result<(), BuildError> {
    let mut command = NPM.command();
    command.args([
        "install",
        "--no-save",
        "--no-package-lock",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]);
    command.arg("--prefix").arg(folder).arg(format!("{name}@{version}"));
    NPM.run("install a package from npm", "it needs, this once, the npm registry", &mut command).map(drop)
}
