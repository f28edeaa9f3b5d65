//! The threads of guests: a runtime of its own for everything that a tenant's code or its target can keep busy.
//!
//! Runs, with the compilation and the loading of their code and with the packing of their results, go there, and so does
//! `describe` of an upload. The API, the kill switch, the dispatcher and the store's writer have the runtime that the
//! server was started on, and the planner a thread. However long a poll of a guest or of its connections takes, it takes it
//! from other guests; the system shares the processors between both sides.

use tokio::runtime::{Builder, Handle, Runtime};

/// After so many polls a busy thread looks at its sockets, at its timers and at the runs that are new. A poll may take a
/// millisecond, so tokio's own 61 would show in what an honest journey measures.
const POLLS: u32 = 8;

/// See the module. Dropping it ends the threads without waiting for what is on them.
#[derive(Debug)]
pub(crate) struct GuestThreads(Option<Runtime>);

impl GuestThreads {
    /// Starts as many as there are processors.
    ///
    /// # Errors
    /// If the system gives none.
    pub(crate) fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .thread_name("guests")
            .event_interval(POLLS)
            .global_queue_interval(POLLS)
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Spawns there. Without threads, where it is called from.
    pub(crate) fn handle(&self) -> Handle {
        self.0.as_ref().map_or_else(Handle::current, |runtime| runtime.handle().clone())
    }
}

impl Drop for GuestThreads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
