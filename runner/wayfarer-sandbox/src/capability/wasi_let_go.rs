//! `wasi:http/types.future-incoming-response`: a request that the guest lets go of ends before the guest goes on.
//!
//! wasmtime's own destructor tells the request's task to end and does not wait for that. The guest could then return before
//! the record of the request says that it was let go of, and the verdict would not count what the guest had waited for.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::types::HostFutureIncomingResponse;

/// Puts the destructor that waits in front of the one that is linked already.
///
/// # Errors
/// If the interface is not linked: a defect of ours.
pub(super) fn wait_for_the_end<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    T: WasiHttpView + Send + 'static,
{
    linker.allow_shadowing(true);
    let mut types = linker.instance("wasi:http/types@0.2.12")?;
    types.resource_async(
        "future-incoming-response",
        ResourceType::host::<HostFutureIncomingResponse>(),
        |mut store: StoreContextMut<'_, T>, number| {
            Box::new(async move {
                let response = Resource::<HostFutureIncomingResponse>::new_own(number);
                let response = store.data_mut().http().table.delete(response)?;
                if let HostFutureIncomingResponse::Pending(request) = response {
                    request.cancel().await;
                }
                Ok(())
            })
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}
