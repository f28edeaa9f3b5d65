//! Packages of npm: what builds JavaScript guests, and what `make bench` compares with.

use super::program::NPM;
use super::{BuildError, install};
use std::path::PathBuf;

/// The directory of Artillery's engine. Artillery's command line is not in it: that needs Node 22 and 300 packages.
pub fn artillery() -> Result<PathBuf, BuildError> {
    package("artillery-int-core", "@artilleryio/int-core", "2.28.0")
}

/// The directory whose `node_modules` hold Playwright, which drives a browser that is there. It downloads none: no script of a package runs.
pub fn playwright_core() -> Result<PathBuf, BuildError> {
    package("playwright-core", "playwright-core", "1.65.1")
}

/// The directory whose `node_modules` hold axe, which finds what keeps people from using a page.
pub fn axe_core() -> Result<PathBuf, BuildError> {
    package("axe-core", "axe-core", "4.14.1")
}

/// The checker of HTML that the W3C runs, for a Java runtime.
pub fn vnu_jar() -> Result<PathBuf, BuildError> {
    let folder = package("vnu-jar", "vnu-jar", "26.9.27")?;
    Ok(folder.join("node_modules/vnu-jar/build/dist/vnu.jar"))
}

/// The directory whose `node_modules` hold a package and its dependencies, under a name that a directory can have.
pub(super) fn package(folder: &str, name: &str, version: &str) -> Result<PathBuf, BuildError> {
    install::tool(folder, version, |folder| {
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
    })
}
