//! No core dumps: the memory of a server has every tenant's secrets, and a dump of it would be a file that somebody finds.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids them from now on. The limit is for dumps to files; a handler of the system, which gets a dump all the same, gets none
/// of a process that is not dumpable. Debuggers of the same user are kept out too. Call it once the engine has started: the
/// engine opens a file about the process's own memory that only a dumpable process may open.
pub(crate) fn forbid() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let limited =
        setrlimit(Resource::Core, none).and_then(|()| set_dumpable_behavior(DumpableBehavior::NotDumpable));
    if let Err(error) = limited {
        tracing::warn!(%error, "core dumps are not forbidden");
    }
}
