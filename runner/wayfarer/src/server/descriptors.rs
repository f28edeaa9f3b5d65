//! File descriptors: how many the process may have, and how many of them connections of the API may take.
//!
//! The store, the runs' own connections and the compiler need descriptors too. Whoever opens connections to the API must not
//! take them, so the API gets a share and no more.

use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors for everything but connections: the store, the listeners, compile children, a file now and then.
const KEPT_BACK: u64 = 256;
/// The fewest connections, however few descriptors there are.
const FEWEST: usize = 16;
/// What a process without a limit counts with.
const PLENTY: u64 = 1 << 20;

/// Raises the process's limit as far as the system lets it, and returns it.
pub(crate) fn raise() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(PLENTY, |maximum| maximum.min(PLENTY));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok();
    if raised { wanted } else { current.unwrap_or(PLENTY) }
}

/// How many this process has open, and how many it may have; none where the system does not say.
pub(crate) fn in_use() -> Option<(u64, u64)> {
    let most = getrlimit(Resource::Nofile).current?;
    match std::fs::read_dir("/proc/self/fd") {
        Ok(open) => Some((u64::try_from(open.count()).ok()?, most)),
        // Not even one to count them with.
        Err(error) if error.raw_os_error() == Some(Errno::MFILE.raw_os_error()) => Some((most, most)),
        Err(_) => None,
    }
}

/// How many connections the API may hold: what the configuration says, and at most half of what is not kept back. The other
/// half is for connections of runs.
pub(crate) fn for_connections(limit: u64, configured: usize) -> usize {
    let share = usize::try_from(limit.saturating_sub(KEPT_BACK) / 2).unwrap_or(usize::MAX);
    configured.min(share.max(FEWEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_open_counts() {
        let (before, most) = in_use().unwrap();
        let _files: Vec<_> = (0..50).map(|_| std::fs::File::open("/proc/self/stat").unwrap()).collect();
        let (after, _) = in_use().unwrap();
        // Other tests open and close files meanwhile.
        assert!(after > before.saturating_sub(20) + 20 && after < most, "{before} {after} {most}");
    }

    #[test]
    fn connections_leave_descriptors_to_others() {
        assert_eq!(for_connections(1_024, 1_024), 384);
        assert_eq!(for_connections(1 << 20, 1_024), 1_024);
        assert_eq!(for_connections(64, 1_024), 16);
    }
}
