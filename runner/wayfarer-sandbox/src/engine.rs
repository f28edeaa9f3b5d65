//! The engine's settings: one set to compile, in a child, and the same set with a pool to run.
//!
//! Everything that could change a result (features, NaN canonicalisation, deterministic relaxed SIMD, the
//! version) is part of the fingerprint that is stored with each artefact and each attempt.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::swap::Swapping;

/// The stack of one guest, in bytes. `CPython` and `QuickJS` recurse on it through their own interpreters.
const GUEST_STACK: usize = 1 << 20;
/// The stack of a guest and of the host calls made on it, in bytes.
const FIBER_STACK: usize = GUEST_STACK + (512 << 10);
/// Core instances for each component: `CPython` needs 14.
const CORE_INSTANCES: u32 = 16;
const MEMORIES: u32 = 3;
const TABLES: u32 = 4;
const TABLE_ELEMENTS: usize = 50_000;
/// The most that a journey's limit may allow for one memory, in bytes.
pub(crate) const MAX_MEMORY: usize = 2 << 30;
/// How many bytes of a memory a slot of the pool keeps for its next guest. Where nothing can be swapped ([`Swapping`]), the
/// kernel reports which pages are dirty, and the engine resets only those. To return pages to the kernel would cost a system call, an interrupt of every other
/// processor, and a page fault for each page at its next use. Elsewhere, and before Linux 6.7, the engine
/// resets all of them.
const KEPT_MEMORY: usize = 2 << 20;
/// How often a running guest yields.
const TICK: Duration = Duration::from_millis(1);

fn base() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .concurrency_support(false)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .wasm_memory64(false)
        .wasm_wide_arithmetic(false)
        .memory_init_cow(true)
        .max_wasm_stack(GUEST_STACK)
        .async_stack_size(FIBER_STACK);
    config
}

/// An engine that only compiles: no pool, so that it fits into the child's address space.
///
/// # Errors
/// The engine's refusal of its settings.
pub(crate) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(base().parallel_compilation(true))
}

/// An engine that runs at most `slots` components at a time. Whether their memory can be swapped out decides how it is
/// cleaned.
///
/// # Errors
/// The engine's refusal of its settings, or no address space for the pool.
pub(crate) fn running(slots: u32, swapping: &Swapping) -> wasmtime::Result<Engine> {
    let scan = if swapping.is_possible { Enabled::No } else { Enabled::Auto };
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES))
        .total_memories(slots.saturating_mul(MEMORIES))
        .total_tables(slots.saturating_mul(TABLES))
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .max_memory_size(MAX_MEMORY)
        .table_elements(TABLE_ELEMENTS)
        .max_unused_warm_slots(slots)
        .pagemap_scan(scan)
        .linear_memory_keep_resident(KEPT_MEMORY)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(16 << 10);
    Engine::new(base().allocation_strategy(InstanceAllocationStrategy::Pooling(pool)))
}

/// Names the engine's version and every setting that could change a result.
pub(crate) fn fingerprint(engine: &Engine) -> String {
    struct Digest(aws_lc_rs::digest::Context);
    impl Hasher for Digest {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut digest = Digest(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256));
    engine.precompile_compatibility_hash().hash(&mut digest);
    let sum = digest.0.finish();
    let first = sum.as_ref().iter().take(8).fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    format!("wasmtime-48-{first:016x}")
}

/// Advances the engine's epoch while a guest runs, and sleeps otherwise.
pub(crate) struct Ticker {
    shared: Arc<TickerState>,
    thread: Thread,
}

struct TickerState {
    running: AtomicUsize,
    stopped: AtomicBool,
}

impl Ticker {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(TickerState { running: AtomicUsize::new(0), stopped: AtomicBool::new(false) });
        let (state, engine) = (Arc::clone(&shared), engine.clone());
        let handle = thread::Builder::new().name("epoch".to_owned()).spawn(move || {
            while !state.stopped.load(Ordering::Acquire) {
                if state.running.load(Ordering::Acquire) == 0 {
                    thread::park();
                } else {
                    thread::park_timeout(TICK);
                    engine.increment_epoch();
                }
            }
        })?;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// Keeps the epoch advancing until the guard is dropped.
    pub(crate) fn running(&self) -> Running {
        if self.shared.running.fetch_add(1, Ordering::AcqRel) == 0 {
            self.thread.unpark();
        }
        Running(Arc::clone(&self.shared))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Keeps the [`Ticker`] advancing.
pub(crate) struct Running(Arc<TickerState>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}
