//! The system calls that compiling makes. All others fail with `EPERM`, in every thread, for good.
//!
//! A call that is missing here costs a feature (a backtrace, a hint to the kernel) and no right is worth more than that; so
//! the list is short, and what fails does not kill. No memory may become executable: the compiler writes machine code and
//! runs none.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Memory, threads that are there already, pipes that are open already, clocks, randomness, the end.
const ALLOWED: [i64; 30] = [
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_read,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_getrusage,
];

/// Puts the filter on every thread of the process.
///
/// # Errors
/// The kernel has no seccomp, or this processor has no list.
pub(super) fn forbid_all_others() -> Result<(), seccompiler::Error> {
    let always = ALLOWED.into_iter().map(|call| (call, Vec::new()));
    let sometimes = [
        (libc::SYS_mmap, vec![without_execution()?]),
        (libc::SYS_mprotect, vec![without_execution()?]),
        (libc::SYS_tgkill, vec![own_process()?]),
    ];
    let rules: BTreeMap<i64, Vec<SeccompRule>> = always.chain(sometimes).collect();
    let denied = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    seccompiler::apply_filter_all_threads(&program)
}

/// The third argument has no `PROT_EXEC`.
fn without_execution() -> Result<SeccompRule, seccompiler::BackendError> {
    let execution = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
    SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Qword, execution, 0)?])
}

/// A signal to one of the process's own threads: how it aborts.
fn own_process() -> Result<SeccompRule, seccompiler::BackendError> {
    let own = u64::from(std::process::id());
    SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)?])
}
