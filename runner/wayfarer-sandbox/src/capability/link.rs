//! Names every capability once. From the list follow the state that a store holds for each, how that state is made for
//! an attempt, and how the linker finds it.
//!
//! A capability is a state type with the generated `Host` trait. The linker lends the capability's functions a mutable
//! view of that state alone, so that none can reach another's, or the store's, and each is tested by itself.

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::WasiHttpView;

use super::grants::Grants;
use super::wasi_fields::charge_fields;
use crate::tape::Tape;

/// One interface that a guest may import.
pub(super) trait Capability: Sized + Send + 'static {
    /// The state at the beginning of an attempt.
    fn begin(grants: &Grants) -> Self;

    /// Links the interface. `view` lends the state out of a store's data.
    ///
    /// # Errors
    /// If the interface is linked already: a defect of ours.
    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()>;
}

/// A store's data that holds the state of every capability.
pub(crate) trait CapabilitiesView {
    fn capabilities(&mut self) -> &mut Capabilities;

    /// The attempt's tape.
    fn tape(&self) -> &Tape;
}

macro_rules! capabilities {
    ($($name:ident: $state:ty),+ $(,)?) => {
        /// The state of every capability during one attempt.
        pub(crate) struct Capabilities {
            $($name: $state),+
        }

        impl Capabilities {
            pub(crate) fn begin(grants: &Grants) -> Self {
                Self { $($name: <$state>::begin(grants)),+ }
            }
        }

        fn add_capabilities<T: CapabilitiesView + Send + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
            $(<$state>::add_to_linker(linker, |data: &mut T| &mut data.capabilities().$name)?;)+
            Ok(())
        }
    };
}

capabilities! {
    artifacts: super::artifacts::Artifacts,
    checks: super::checks::Checks,
    cleanups: super::cleanups::Cleanups,
    context: super::context::Context,
    cookies: super::http::Cookies,
    failures: super::failures::Failures,
    http: super::http::Http,
    logs: super::logs::Logs,
    metrics: super::metrics::Metrics,
    params: super::params::Params,
    secrets: super::secrets::Secrets,
    steps: super::steps::Steps,
    timers: super::timers::Timers,
}

/// Links everything that `imports.rs` lets through.
///
/// # Errors
/// If an interface is linked twice: a defect of ours.
pub(crate) fn link<T>(engine: &Engine) -> wasmtime::Result<Linker<T>>
where
    T: CapabilitiesView + WasiView + WasiHttpView + Send + 'static,
{
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    charge_fields(&mut linker)?;
    add_capabilities(&mut linker)?;
    Ok(linker)
}
