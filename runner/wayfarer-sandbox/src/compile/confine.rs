//! What the compile child gives up before it looks at a component: other people's files, the network, other processes, its
//! user and its share of the machine.
//!
//! Whoever takes over the compiler by a component holds a process that can compute, write to its three pipes, and end. Its
//! artefact is machine code that the runner executes all the same, so this protects the machine, not the journeys.
//!
//! [`alone`] comes while the process has one thread, because Linux keeps namespace, priority and user for each thread.
//! [`sealed`] comes once the compiler's threads are there, because it forbids new ones.
#![expect(
    unsafe_code,
    reason = "the system calls that give up rights have no safe wrapper among our dependencies"
)]

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

/// The child's address space, in bytes.
pub(super) const MEMORY: u64 = 1 << 30;
/// The user `nobody`, where the system does not know the child's own.
const NOBODY: u32 = 65_534;
/// The child's own user is this plus its process number. No account and no range for containers or services is there.
const OWN_USERS: u32 = 0x7000_0000;
/// A priority below everybody's, at which a busy machine still compiles.
const NICE: i32 = 10;

fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) })?)
}

/// Limits the process, and gives up network and user. The kernel ends the process once it has used `cpu`.
///
/// # Errors
/// The system's refusal. The child must not go on then.
pub(super) fn alone(cpu: Duration) -> io::Result<()> {
    // Of a machine without memory the kernel should end this process first; without the right to say so it does not matter.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    let seconds = cpu.as_secs().max(1);
    limit(Resource::As, MEMORY, MEMORY)?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    // The soft limit's signal says what happened; the hard one is for a process that holds the signal back.
    limit(Resource::Cpu, seconds, seconds + 5)?;
    // SAFETY: these calls take numbers and no pointer.
    unsafe {
        let _ = libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
        let _ = libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32);
    }
    if rustix::process::geteuid().is_root() {
        // The filter of system calls takes the network away; an empty namespace is a second wall where root may have one.
        // SAFETY: it takes a number.
        let _ = unsafe { libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWIPC) };
        give_up_root()?;
    }
    // SAFETY: it takes numbers.
    checked(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) })?;
    // SAFETY: it takes numbers.
    checked(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) })
}

/// A user of the child's own: other children cannot signal it or look into it, and no file belongs to it.
fn give_up_root() -> io::Result<()> {
    match become_user(OWN_USERS + std::process::id()) {
        // A user namespace, as of a container, knows some users only.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => match become_user(NOBODY) {
            // This one knows root alone, who is then somebody without rights outside.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
            other => other,
        },
        other => other,
    }
}

fn become_user(id: u32) -> io::Result<()> {
    // SAFETY: a list of no groups is a null pointer and a length of zero; the other calls take numbers.
    unsafe {
        checked(libc::setresgid(id, id, id))?;
        // Without other groups it has none to give up; where the namespace forbids the call it has none either.
        let _ = libc::setgroups(0, std::ptr::null());
        checked(libc::setresuid(id, id, id))
    }
}

/// Gives up new threads and processes, and every system call that compiling does not make.
///
/// # Errors
/// The system's refusal. The child must not go on then.
pub(super) fn sealed() -> io::Result<()> {
    limit(Resource::Nproc, 0, 0)?;
    super::syscalls::forbid_all_others().map_err(io::Error::other)
}

fn checked(answer: libc::c_int) -> io::Result<()> {
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
