//! Whether a guest's memory could be swapped out, which decides how a slot of the pool is cleaned for its next guest.
//!
//! The kernel can tell which pages of a slot are dirty (`PAGEMAP_SCAN`), and the engine then resets these alone. It counts
//! only pages that are present, though: one that was swapped out is neither reset nor given back, and the next guest in the
//! slot would read what another tenant left there (wasmtime's pull request 14357; wasmtime 48 does not have it). So the
//! engine uses this only where nothing can be swapped. Otherwise it overwrites what it keeps and gives back the rest.

use std::fs;

use crate::control_groups::control_group_values;

/// Whether the kernel may swap out pages of this process, and why; made once, when the engine starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swapping {
    /// Whether it may.
    pub is_possible: bool,
    /// In words.
    pub why: String,
}

impl Swapping {
    /// Asks the kernel. Where it does not say, it may swap.
    pub fn of_this_process() -> Self {
        let swaps = fs::read_to_string("/proc/swaps").ok();
        Self::decide(swaps.as_deref(), &control_group_values("memory.swap.max"))
    }

    /// How a memory is cleaned between two guests, for the operator.
    pub fn cleaning(&self) -> String {
        let how =
            if self.is_possible { "overwritten, for it can be swapped" } else { "reset where it is dirty" };
        format!("memory of guests: {how} ({})", self.why)
    }

    /// `swaps` is `/proc/swaps`; `limits` are what each control group around the process may swap.
    fn decide(swaps: Option<&str>, limits: &[String]) -> Self {
        if limits.iter().any(|limit| limit.trim() == "0") {
            let why = "the control group may not swap (memory.swap.max is 0)".to_owned();
            return Self { is_possible: false, why };
        }
        match swaps.map(|swaps| swaps.lines().skip(1).filter(|line| !line.trim().is_empty()).count()) {
            Some(0) => Self { is_possible: false, why: "no swap space is in use".to_owned() },
            Some(count) => Self { is_possible: true, why: format!("swap spaces in use: {count}") },
            None => Self { is_possible: true, why: "/proc/swaps cannot be read".to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_testkit::none_differ;

    use super::*;

    const NONE: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
    const ONE: &str = "Filename\tType\tSize\tUsed\tPriority\n/dev/sda2 partition\t2097148\t0\t-2\n";

    fn is_possible(swaps: Option<&str>, limits: &[&str]) -> bool {
        let limits: Vec<String> = limits.iter().map(|limit| format!("{limit}\n")).collect();
        Swapping::decide(swaps, &limits).is_possible
    }

    #[test]
    fn pages_are_scanned_only_where_nothing_can_be_swapped() {
        let machines: [(Option<&str>, &[&str], bool); 7] = [
            (Some(NONE), &[], false),
            (Some(NONE), &["max"], false),
            (Some(ONE), &[], true),
            (Some(ONE), &["max", "1073741824"], true),
            // One group around the process forbids it.
            (Some(ONE), &["max", "0"], false),
            // What is not known is possible.
            (None, &["max"], true),
            (None, &["0"], false),
        ];
        let wrong: Vec<_> = machines
            .iter()
            .filter(|(swaps, limits, expected)| is_possible(*swaps, limits) != *expected)
            .collect();
        none_differ(
            "machines that may swap, and others: those taken for the other",
            wrong.len(),
            &format!("{wrong:?}"),
        );
    }
}
