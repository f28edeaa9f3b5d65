//! Programs of Debian's packages, unpacked beside the system: tests install nothing into it, and need no root where the lists of
//! packages are there.

use super::program::{APT, DPKG};
use super::{BuildError, install};
use std::path::{Path, PathBuf};

/// Alertmanager, as a receiver of alerts.
pub fn alertmanager() -> Result<PathBuf, BuildError> {
    unpacked("prometheus-alertmanager").map(|folder| folder.join("usr/bin/prometheus-alertmanager"))
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
