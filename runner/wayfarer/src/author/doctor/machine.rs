//! The machine: kernel, memory, open files, timezones.
//!
//! All but the timezones is read from `/proc` and `/sys`; what is not there is not a finding.

use std::fs;

use rustix::process::{Resource, getrlimit};
use wayfarer_model::schedule::Tzdata;
use wayfarer_model::units::Bytes;

use super::Finding;

/// The kernel that can tell which pages were written to (`PAGEMAP_SCAN`).
const KERNEL: (u32, u32) = (6, 7);
/// Memory for the process, the compiling child and a few dozen runs.
const MEMORY: u64 = 1 << 30;
/// A run may hold a dozen connections, and 64 of them run by custom.
const FILES: u64 = 4_096;

/// All of it.
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
            "with Linux {major}.{minor} or later a run costs less: it tells which pages a run has written to"
        ),
    )
}

fn memory(info: &str, own_limit: Option<u64>) -> Option<Finding> {
    let line = info.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let available = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024;
    let usable = own_limit.map_or(available, |limit| limit.min(available));
    let limit = own_limit.map_or_else(String::new, |limit| format!(", limited to {}", Bytes(limit)));
    let found = format!("{} available{limit}", Bytes(available));
    let mend = "give the runner 1 GiB or more, or a large component will not compile";
    Some(if usable < MEMORY { Finding::odd("memory", found, mend) } else { Finding::good("memory", found) })
}

/// The places of runs reserve far more addresses than they ever use.
fn address_space(limit: Option<u64>, overcommit: Option<&str>) -> Finding {
    let what = "address space";
    if let Some(limit) = limit {
        let mend = "remove the limit (`ulimit -v unlimited`): runs reserve addresses that they do not use";
        return Finding::bad(what, format!("limited to {}", Bytes(limit)), mend);
    }
    if overcommit.map(str::trim) == Some("2") {
        let mend = "set vm.overcommit_memory to 0 or 1: runs reserve addresses that they do not use";
        return Finding::bad(what, "the kernel lends no more than it has (vm.overcommit_memory = 2)", mend);
    }
    Finding::good(what, "not limited")
}

fn files(limit: Option<u64>) -> Finding {
    let Some(limit) = limit else { return Finding::good("open files", "not limited") };
    let found = format!("{limit} at a time");
    let mend = format!("raise the limit to {FILES} or more (`ulimit -n`, or LimitNOFILE= of systemd)");
    if limit < FILES { Finding::odd("open files", found, mend) } else { Finding::good("open files", found) }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn limits_are_judged() {
        assert_eq!(kernel("6.7.0-10-amd64").state, State::Good);
        assert_eq!(kernel("5.15.0").state, State::Odd);
        let info = "MemTotal:       24000000 kB\nMemAvailable:   16000000 kB\n";
        assert_eq!(memory(info, None).unwrap().found, "15.3 GiB available");
        let small = memory(info, Some(512 << 20)).unwrap();
        assert_eq!(
            (small.state, small.found.as_str()),
            (State::Odd, "15.3 GiB available, limited to 512.0 MiB")
        );
        assert_eq!(address_space(Some(1 << 30), None).state, State::Bad);
        assert_eq!(address_space(None, Some("2\n")).state, State::Bad);
        assert_eq!(address_space(None, Some("0\n")).state, State::Good);
        assert_eq!((files(Some(1_024)).state, files(None).state), (State::Odd, State::Good));
    }
}
