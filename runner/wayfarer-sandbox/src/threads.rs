//! The threads of guests: everything that a tenant's code or its target can keep busy runs there.
//!
//! Runs, with the compilation and the loading of their code and with the packing of their results, go there, and so does
//! `describe` of an upload. The server's API, kill switch, dispatcher and writer have a runtime of their own. However long a
//! poll of a guest or of its connections takes, only other guests wait; the system shares the processors between both
//! sides.
//!
//! Each thread is a runtime of its own, and a run stays on the thread that it began on: its guest, its sockets, its timers and
//! the tasks that work for it. On a runtime of several threads nearly every answer of a target wakes another thread than the
//! one that sent the request, which costs both of them system calls.

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// After so many polls a busy thread looks at its sockets, at its timers and at the runs that are new. A poll may take a
/// millisecond, so tokio's own 61 would show in what an honest journey measures.
const POLLS: u32 = 8;

/// The threads. Dropping this value ends them without waiting for their tasks.
#[derive(Debug)]
pub struct GuestThreads {
    pool: GuestPool,
    /// Dropped, they end the threads.
    _running: Vec<oneshot::Sender<()>>,
}

impl GuestThreads {
    /// Starts as many as there are processors.
    ///
    /// # Errors
    /// If the system gives none.
    pub fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let started = (0..count).map(|_| start_one()).collect::<io::Result<Vec<_>>>()?;
        let (handles, running): (Vec<_>, Vec<_>) = started.into_iter().unzip();
        Ok(Self { pool: GuestPool(handles.into()), _running: running })
    }

    /// Spawns tasks on them.
    pub fn pool(&self) -> GuestPool {
        self.pool.clone()
    }
}

/// Spawns on the threads of guests. Clones share them.
#[derive(Debug, Clone)]
pub struct GuestPool(Arc<[Handle]>);

impl GuestPool {
    /// One that spawns where it is called from: for tests.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn here() -> Self {
        Self([Handle::current()].into())
    }

    /// The thread with the fewest tasks.
    pub fn least_busy(&self) -> Handle {
        let least = self.0.iter().min_by_key(|thread| thread.metrics().num_alive_tasks());
        least.map_or_else(Handle::current, Clone::clone)
    }
}

fn start_one() -> io::Result<(Handle, oneshot::Sender<()>)> {
    let runtime = Builder::new_current_thread()
        .event_interval(POLLS)
        .global_queue_interval(POLLS)
        .enable_all()
        .build()?;
    let (running, ended) = oneshot::channel::<()>();
    let handle = runtime.handle().clone();
    thread::Builder::new().name("guests".to_owned()).spawn(move || {
        // Nobody sends: an error says that the other side was dropped.
        let _ = runtime.block_on(ended);
        runtime.shutdown_background();
    })?;
    Ok((handle, running))
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;
    use tokio::task::JoinSet;
    use wayfarer_testkit::within;

    use super::*;

    #[test]
    fn tasks_spread_over_the_threads_and_each_stays_where_it_began() {
        let (one, first) = start_one().unwrap();
        let (other, second) = start_one().unwrap();
        let threads = GuestThreads { pool: GuestPool([one, other].into()), _running: vec![first, second] };
        let pool = threads.pool();
        let mut tasks = JoinSet::new();
        // Each task is woken by another thread, and none ends before all are spawned.
        let (all_spawned, spawned) = watch::channel(false);
        for _ in 0..8 {
            let mut spawned = spawned.clone();
            let task = async move {
                let before = thread::current().id();
                spawned.wait_for(|spawned| *spawned).await.unwrap();
                assert_eq!(thread::current().id(), before);
                before
            };
            tasks.spawn_on(task, &pool.least_busy());
        }
        all_spawned.send_replace(true);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let on = runtime.block_on(within("the end of all tasks", tasks.join_all()));
        let of_first = on.iter().filter(|id| **id == on[0]).count();
        assert_eq!(of_first, 4, "{on:?}");
    }

    #[test]
    fn dropping_the_threads_ends_what_is_on_them() {
        let threads = GuestThreads::start().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn_on(std::future::pending::<()>(), &threads.pool().least_busy());
        drop(threads);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(within("the end of the task", tasks.join_next())).unwrap();
        assert!(ended.unwrap_err().is_cancelled());
    }
}
