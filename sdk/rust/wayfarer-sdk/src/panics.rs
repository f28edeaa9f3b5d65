//! Panics. In a component, a panic ends the open steps with its message and location, and then traps. In a
//! native test, it unwinds into the fake, which reports it in the same way.

use std::panic::PanicHookInfo;

use crate::failure::{Failure, FailureKind};

pub(crate) fn failure_of(info: &PanicHookInfo<'_>) -> Failure {
    let message = info.payload_as_str().unwrap_or("a panic without a message").to_owned();
    Failure::at(FailureKind::Panic, message, info.location().map(Into::into))
}

/// Reports panics to the runner. The hook is global, because a component has one thread and runs one call.
#[cfg(target_arch = "wasm32")]
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let failure = failure_of(info);
        crate::recorder::abandon(&failure);
        crate::host::panicked(&failure.to_wit());
    }));
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use std::cell::{Cell, RefCell};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Once;

    use super::{Failure, failure_of};

    thread_local! {
        static WALKING: Cell<bool> = const { Cell::new(false) };
        static LAST: RefCell<Option<Failure>> = const { RefCell::new(None) };
    }

    /// Calls `call` and turns a panic into a failure without printing it. Returns `Err(None)` for an unwinding
    /// that is no panic.
    pub(crate) fn caught<T>(call: impl FnOnce() -> T) -> Result<T, Option<Failure>> {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                if WALKING.get() {
                    LAST.set(Some(failure_of(info)));
                } else {
                    before(info);
                }
            }));
        });
        let outer = WALKING.replace(true);
        let result = catch_unwind(AssertUnwindSafe(call));
        WALKING.set(outer);
        result.map_err(|_| LAST.take())
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::caught;
