//! The control groups that this process runs in: its own and those around it. Each may bound what the process has.

use std::fs;
use std::path::Path;

/// What a file such as `memory.max` says in each of them, of those that have it; nothing without a unified hierarchy.
pub fn control_group_values(file: &str) -> Vec<String> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    values(&groups, Path::new("/sys/fs/cgroup"), file)
}

/// `groups` is `/proc/self/cgroup`.
fn values(groups: &str, mount: &Path, file: &str) -> Vec<String> {
    let Some(own) = groups.lines().find_map(|line| line.strip_prefix("0::/")) else { return Vec::new() };
    let folder = mount.join(own);
    let around = folder.ancestors().take_while(|folder| folder.starts_with(mount));
    around.filter_map(|folder| fs::read_to_string(folder.join(file)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_around_the_process_counts() {
        let mount = tempfile::tempdir().unwrap();
        let own = mount.path().join("system.slice/wayfarer.service");
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("memory.swap.max"), "max\n").unwrap();
        fs::write(mount.path().join("system.slice/memory.swap.max"), "0\n").unwrap();
        let groups = "1:name=systemd:/x\n0::/system.slice/wayfarer.service\n";
        assert_eq!(values(groups, mount.path(), "memory.swap.max"), ["max\n", "0\n"]);
        assert!(values("1:name=systemd:/x\n", mount.path(), "memory.swap.max").is_empty());
    }
}
