//! The data of one store: the state of every capability and of WASI, made for one attempt and dropped with it.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::capability::{
    Capabilities, CapabilitiesView, Grants, LineLog, OutgoingHttp, TapeClock, TapeRandom, WallClock,
};
use crate::limiter::Limiter;
use crate::tape::Tape;

/// The most memory of one `wasi:http` message head, in bytes.
const FIELD_SIZE: usize = 128 << 10;

/// The most random bytes of one call. They are drawn in one go, byte by byte; what is asked for beyond traps.
const RANDOM_SIZE: u64 = 256 << 10;

/// See the module.
pub(crate) struct HostState {
    pub(crate) limiter: Limiter,
    capabilities: Capabilities,
    table: ResourceTable,
    wasi: WasiCtx,
    wasi_http: WasiHttpCtx,
    outgoing: OutgoingHttp,
}

impl HostState {
    pub(crate) fn new(grants: &Grants, output: &LineLog) -> Self {
        let tape = &grants.tape;
        let mut table = ResourceTable::new();
        table.set_max_capacity(tape.limits().handles as usize);
        let mut wasi_http = WasiHttpCtx::new();
        wasi_http.set_field_size_limit(FIELD_SIZE);
        let mut seed = [0_u8; 16];
        tape.fill_random(&mut seed);
        let wasi = WasiCtx::builder()
            .stdout(output.stream("stdout"))
            .stderr(output.stream("stderr"))
            .secure_random(TapeRandom::new(tape.clone()))
            .insecure_random(TapeRandom::new(tape.clone()))
            .max_random_size(RANDOM_SIZE)
            .insecure_random_seed(u128::from_le_bytes(seed))
            .wall_clock(WallClock)
            .monotonic_clock(TapeClock(tape.clone()))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .build();
        Self {
            limiter: Limiter::new(tape.clone()),
            capabilities: Capabilities::begin(grants),
            table,
            wasi,
            wasi_http,
            outgoing: OutgoingHttp::new(Arc::clone(&grants.session), tape.clone()),
        }
    }
}

impl CapabilitiesView for HostState {
    fn capabilities(&mut self) -> &mut Capabilities {
        &mut self.capabilities
    }

    fn tape(&self) -> &Tape {
        self.limiter.tape()
    }
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for HostState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.wasi_http, table: &mut self.table, hooks: &mut self.outgoing }
    }
}
