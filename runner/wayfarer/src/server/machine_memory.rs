//! How much memory this machine, or the control group that the server runs in, has.

use wayfarer_sandbox::control_group_values;

/// What runs may have of it where the configuration says nothing, in quarters. The rest is the server's own and the system's.
const QUARTERS: u64 = 3;
/// Where nothing can be learnt.
const UNKNOWN: u64 = 1 << 30;

/// The default of `[limits] memory`, in bytes.
pub(crate) fn default_limit() -> u64 {
    let machine = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    limit_of(&machine, &control_group_values("memory.max"))
}

/// `machine` is `/proc/meminfo`; `groups` are what each control group around the process may have.
fn limit_of(machine: &str, groups: &[String]) -> u64 {
    let total = machine.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let total = total.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let machine = total.map(|kibibytes| kibibytes << 10);
    let least = groups.iter().filter_map(|value| value.trim().parse().ok()).chain(machine).min();
    least.map_or(UNKNOWN, |bytes| bytes / 4 * QUARTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_may_have_three_quarters_of_the_least() {
        let machine = "MemTotal:       24684520 kB\nMemFree:        16078000 kB\n";
        let groups = |values: &[&str]| values.iter().map(|value| format!("{value}\n")).collect::<Vec<_>>();
        assert_eq!(limit_of(machine, &groups(&["max"])), (24_684_520 << 10) / 4 * 3);
        assert_eq!(limit_of(machine, &groups(&["max", "4294967296"])), 3 << 30);
        assert_eq!(limit_of("", &groups(&["4294967296"])), 3 << 30);
        assert_eq!(limit_of("", &[]), UNKNOWN);
    }
}
