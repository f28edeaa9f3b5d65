//! A real disk of a few MiB: a tmpfs in a namespace of its own, which a process keeps alive. Nobody needs to be root,
//! where the machine lets people have namespaces.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The disk, until it is dropped.
pub struct SmallDisk(Child);

impl SmallDisk {
    /// Mounts one; none where this machine does not allow it.
    pub fn mount(at: &Path, mebibytes: u32) -> Option<Self> {
        const MOUNT: &str = "mount -t tmpfs -o size=${1}m,mode=751 none \"$0\" && echo mounted && exec cat";
        std::fs::create_dir_all(at).unwrap();
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", MOUNT])
            .arg(at)
            .arg(mebibytes.to_string())
            // It ends with this process, whose end of the pipe closes then.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut said = [0; 7];
        let is_mounted = keeper.stdout.as_mut()?.read_exact(&mut said).is_ok();
        let disk = Self(keeper);
        is_mounted.then_some(disk)
    }

    /// A program, started where the disk is and in this folder: to enter forgets the one that one was in.
    pub fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--user", "--mount", "--preserve-credentials", "--target"]);
        command.arg(self.0.id().to_string()).arg(format!("--wd={}", folder.display())).arg(program);
        command
    }

    /// The way to a file on it for processes that are elsewhere. (Not for SQLite, which resolves names by itself.)
    pub fn seen_from_outside(&self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.0.id()));
        root.join(path.strip_prefix("/").unwrap())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
