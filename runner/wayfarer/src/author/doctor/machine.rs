//! The machine: kernel, memory, open files, timezones.
//!
//! All but the timezones is read from `/proc` and `/sys`. A file that is missing there makes no finding.

use std::fs;

use rustix::process::{Resource, getrlimit};
use wayfarer_model::schedule::Tzdata;
use wayfarer_model::units::Bytes;

use super::Finding;

/// The first kernel with `PAGEMAP_SCAN`, which tells the pages that a run has written to.
const KERNEL: (u32, u32) = (6, 7);
/// Bytes for the server, the compile child and a few dozen runs.
const MEMORY: u64 = 1 << 30;
/// A run may hold a dozen connections, and by default 64 runs are in flight.
const FILES: u64 = 4_096;

pub(crate) fn machine() -> Vec<Finding> {
    let read = |path| fs::read_to_string(path).ok();
    let mut findings = Vec::new();
    findings.extend(read("/proc/sys/kernel/osrelease").map(|release| kernel(release.trim())));
    let own = read("/sys/fs/cgroup/memory.max").and_then(|limit| limit.trim().parse().ok());
    findings.extend(read("/proc/meminfo").and_then(|info| memory(&info, own)));
    let space = getrlimit(Resource::As).current;
    findings.push(address_space(space, read("/proc/sys/vm/overcommit_memory").as_deref()));
    findings.push(files(getrlimit(Resource::Nofile).current));
    findings.push(Finding::good("timezones", format!("tzdata {}", Tzdata::current())));
    findings
}

fn kernel(release: &str) -> Finding {
    let mut numbers = release.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let found = format!("Linux {release}");
    if version >= KERNEL {
        return Finding::good("kernel", found);
    }
    let (major, minor) = KERNEL;
    Finding::odd(
        "kernel",
        found,
        format!(
            "upgrade to Linux {major}.{minor} or later: a run then costs less, because the kernel tells which pages it has \
             written to"
        ),
    )
}

fn memory(info: &str, own_limit: Option<u64>) -> Option<Finding> {
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let available = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024;
    let usable = own_limit.map_or(available, |limit| limit.min(available));
    let limit = own_limit.map_or_else(String::new, |limit| format!(", limited to {}", Bytes(limit)));
    let found = format!("{} available{limit}", Bytes(available));
    let fix = "give the runner at least 1 GiB: a large component does not compile with less";
    Some(if usable < MEMORY { Finding::odd("memory", found, fix) } else { Finding::good("memory", found) })
}

/// Each concurrency slot reserves far more addresses than a run uses.
fn address_space(limit: Option<u64>, overcommit: Option<&str>) -> Finding {
    let what = "address space";
    if let Some(limit) = limit {
        let fix = "remove the limit (`ulimit -v unlimited`): runs reserve more addresses than they use";
        return Finding::bad(what, format!("limited to {}", Bytes(limit)), fix);
    }
    if overcommit.map(str::trim) == Some("2") {
        let fix = "set vm.overcommit_memory to 0 or 1: runs reserve more addresses than they use";
        return Finding::bad(what, "overcommit is off (vm.overcommit_memory = 2)", fix);
    }
    Finding::good(what, "not limited")
}

fn files(limit: Option<u64>) -> Finding {
    let Some(limit) = limit else { return Finding::good("open files", "not limited") };
    let found = format!("{limit} at a time");
    let fix = format!("raise the limit to at least {FILES} (`ulimit -n`, or systemd's LimitNOFILE=)");
    if limit < FILES { Finding::odd("open files", found, fix) } else { Finding::good("open files", found) }
}

#[cfg(test)]
mod tests {
    use super::super::Rating;
    use super::*;

    #[test]
    fn limits_are_judged() {
        assert_eq!(kernel("6.7.0-10-amd64").state, Rating::Good);
        assert_eq!(kernel("5.15.0").state, Rating::Odd);
        let info = "MemTotal:       24000000 kB\nMemAvailable:   16000000 kB\n";
        assert_eq!(memory(info, None).unwrap().found, "15.3 GiB available");
        let small = memory(info, Some(512 << 20)).unwrap();
        assert_eq!(
            (small.state, small.found.as_str()),
            (Rating::Odd, "15.3 GiB available, limited to 512.0 MiB")
        );
        assert_eq!(address_space(Some(1 << 30), None).state, Rating::Bad);
        assert_eq!(address_space(None, Some("2\n")).state, Rating::Bad);
        assert_eq!(address_space(None, Some("0\n")).state, Rating::Good);
        assert_eq!((files(Some(1_024)).state, files(None).state), (Rating::Odd, Rating::Good));
    }
}
