//! The linker: every interface that a component may import, none beyond.

use wasmtime::Engine;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::Journey;
use crate::host::HostState;

/// Links everything that `imports.rs` lets through.
///
/// # Errors
/// If an interface were linked twice: a defect of ours.
pub(crate) fn link(engine: &Engine) -> wasmtime::Result<Linker<HostState>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    Journey::add_to_linker::<_, HasSelf<HostState>>(&mut linker, |state| state)?;
    Ok(linker)
}
