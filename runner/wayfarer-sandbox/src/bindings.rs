//! What wasmtime generates from the WIT. Only `capability/` and `describe.rs` use it.

#![allow(missing_docs, reason = "generated; the WIT documents each item")]
#![allow(clippy::all, clippy::pedantic, reason = "generated")]
#![allow(unused_qualifications, unreachable_pub, dead_code, reason = "generated")]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "journey",
    imports: {
        "wayfarer:journey/http.fetch": async | trappable,
        "wayfarer:journey/http.send": async | trappable,
        "wayfarer:journey/http.wait": async | trappable,
        "wayfarer:journey/http.take": async | trappable,
        "wayfarer:journey/http.json": async | trappable,
        "wayfarer:journey/cleanups": async | trappable,
        "wayfarer:journey/timers.sleep-ms": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    require_store_data_send: true,
});
