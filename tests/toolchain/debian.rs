//! Programs of Debian's packages, unpacked beside the system: tests install nothing into it, and need no root where the lists of
//! packages are there.

use super::program::{APT, DPKG};
use super::{BuildError, install};
use std::env::join_paths;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `usr` of Alertmanager, a receiver of alerts.
pub fn alertmanager() -> Result<PathBuf, BuildError> {
    unpacked("prometheus-alertmanager").map(|folder| folder.join("usr"))
}

/// `promtool`, by which Prometheus checks and tests rules.
pub fn promtool() -> Result<PathBuf, BuildError> {
    unpacked("prometheus").map(|folder| folder.join("usr/bin/promtool"))
}

/// `systemd-analyze`, with what it links to and no smaller Debian has; it finds systemd's own units, whether the machine has
/// them or not.
pub fn systemd_analyze() -> Result<Command, BuildError> {
    const LIBRARIES: [&str; 6] =
        ["libsystemd-shared", "libseccomp2", "libkmod2", "libapparmor1", "libip4tc2", "libssl3"];
    let systemd = unpacked("systemd")?;
    let mut folders = Vec::new();
    for package in LIBRARIES {
        folders.push(unpacked(package)?);
    }
    folders.push(systemd.clone());
    let machine = format!("{}-linux-gnu", std::env::consts::ARCH);
    let places = ["usr/lib", "lib"].map(|place| Path::new(place).join(&machine));
    let libraries = folders.iter().flat_map(|folder| {
        places.iter().flat_map(|place| [folder.join(place), folder.join(place).join("systemd")])
    });
    let libraries = join_paths(libraries).unwrap_or_else(|_has_a_colon| OsString::new());
    let mut command = Command::new(systemd.join("usr/bin/systemd-analyze"));
    command.env("LD_LIBRARY_PATH", libraries).env("SYSTEMD_UNIT_PATH", systemd.join("lib/systemd/system"));
    Ok(command)
}

/// Chromium. It is used where the machine has it. Otherwise Debian's is installed into the system, which takes root: it links to a
/// hundred libraries.
pub fn chromium() -> Result<PathBuf, BuildError> {
    let found = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&folders).map(|folder| folder.join("chromium")).find(|file| file.is_file())
    };
    if let Some(file) = found() {
        return Ok(file);
    }
    // Processes that test at the same time install it once.
    install::tool("chromium", "debian", |_| {
        if found().is_some() {
            return Ok(());
        }
        let mend = "it needs Debian's packages, this once, and root: `apt-get install chromium`";
        APT.run("fetch Debian's lists of packages", mend, APT.command().args(["update", "-q"]))?;
        let arguments = ["install", "-y", "-q", "--no-install-recommends", "chromium"];
        APT.run("install Chromium", mend, APT.command().args(arguments)).map(drop)
    })?;
    Ok(found().unwrap_or_else(|| PathBuf::from("chromium")))
}

/// The folder of a package's files. Its version is the one that the system's release has.
fn unpacked(package: &str) -> Result<PathBuf, BuildError> {
    install::tool(package, "debian", |folder| {
        // A new machine has no lists of packages yet, and only root can fetch them.
        if download(package, folder).is_err() {
            APT.run("fetch Debian's lists of packages", MEND, APT.command().args(["update", "-q"]))?;
            download(package, folder)?;
        }
        let mut files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let archive = files.find(|file| file.path().extension().is_some_and(|ending| ending == "deb"));
        let archive = archive.map(|file| file.path()).unwrap_or_default();
        let mut command = DPKG.command();
        command.arg("-x").arg(archive).arg(folder);
        DPKG.run("unpack a package of Debian", "see its output below", &mut command).map(drop)
    })
}

const MEND: &str = "it needs Debian's packages, this once, and root where `apt-get update` never ran";

fn download(package: &str, folder: &Path) -> Result<(), BuildError> {
    let mut command = APT.command();
    command.args(["download", "-q", package]).current_dir(folder);
    APT.run("download a package of Debian", MEND, &mut command).map(drop)
}
