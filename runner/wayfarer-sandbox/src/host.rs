//! The state of one store: everything that a capability reads, made for one attempt and dropped with it.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};
use wayfarer_model::context::AttemptContext;
use wayfarer_model::ledger::CleanupLedger;

use crate::capability::{LineLog, OutgoingDoor, TapeClock, TapeRandom, WallClock};
use crate::http::{HttpSession, SealedSecrets};
use crate::limiter::Limiter;
use crate::tape::Tape;

/// The size of one message head on the plain door, as kept in memory.
const FIELD_SIZE: usize = 128 << 10;

/// What belongs to one attempt beyond its tape.
pub(crate) struct Attempt {
    /// Which attempt; none in `describe`.
    pub(crate) context: Option<AttemptContext>,
    /// Resolved parameters, in the order of the descriptor.
    pub(crate) params: Vec<(String, String)>,
    /// Placeholders and values.
    pub(crate) secrets: Arc<SealedSecrets>,
    /// The door to the store.
    pub(crate) ledger: Option<Arc<dyn CleanupLedger>>,
    /// The connections of this attempt.
    pub(crate) session: Arc<HttpSession>,
}

/// The data of one store.
pub(crate) struct HostState {
    pub(crate) tape: Tape,
    pub(crate) attempt: Attempt,
    pub(crate) limiter: Limiter,
    table: ResourceTable,
    wasi: WasiCtx,
    wasi_http: WasiHttpCtx,
    door: OutgoingDoor,
}

impl HostState {
    pub(crate) fn new(tape: Tape, attempt: Attempt, output: &LineLog) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(tape.limits().handles as usize);
        let mut wasi_http = WasiHttpCtx::new();
        wasi_http.set_field_size_limit(FIELD_SIZE);
        let mut seed = [0_u8; 16];
        tape.fill_random(&mut seed);
        let wasi = WasiCtx::builder()
            .stdout(output.stream("stdout"))
            .stderr(output.stream("stderr"))
            .secure_random(TapeRandom(tape.clone()))
            .insecure_random(TapeRandom(tape.clone()))
            .insecure_random_seed(u128::from_le_bytes(seed))
            .wall_clock(WallClock)
            .monotonic_clock(TapeClock(tape.clone()))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        let door = OutgoingDoor(Arc::clone(&attempt.session));
        let limiter = Limiter::new(tape.clone());
        Self { tape, attempt, limiter, table, wasi, wasi_http, door }
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.wasi_http, table: &mut self.table, hooks: &mut self.door }
    }
}
