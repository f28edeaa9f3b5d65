//! `artifacts`: files worth keeping.
//!
//! The content is looked at where it is, in the guest's memory. What the limit refuses is never copied into the host.

use wasmtime::component::{Linker, WasmList};
use wasmtime::{StoreContext, StoreContextMut};

use super::grants::Grants;
use super::link::Capability;
use crate::imports::WORLD_VERSION;
use crate::tape::Tape;

pub(super) struct Artifacts {
    tape: Tape,
}

impl Capability for Artifacts {
    fn begin(grants: &Grants) -> Self {
        Self { tape: grants.tape.clone() }
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        let mut interface = linker.instance(&format!("wayfarer:journey/artifacts@{WORLD_VERSION}"))?;
        interface.func_wrap(
            "attach",
            move |mut store: StoreContextMut<'_, T>, (name, media_type, content, _): Attached| {
                let tape = view(store.data_mut()).tape.clone();
                let size = content.len();
                let copy = || content.as_le_slice(StoreContext::from(&store)).to_vec();
                Ok((tape.artifact(&name, &media_type, size, copy),))
            },
        )
    }
}

/// Name, media type, content.
/// The last are options for later versions.
type Attached = (String, String, WasmList<u8>, Vec<(String, String)>);

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn what_exceeds_the_limit_is_refused_and_not_copied() {
        let tape = Tape::live(Limits { artifacts: 1_000, ..Limits::default() }, [7; 32], None);
        assert!(tape.artifact("page", "text/html", 500, || vec![b'x'; 500]));
        let is_kept = tape.artifact("page", "text/html", 500, || panic!("copied"));
        assert!(!is_kept, "256 bytes of each artifact are for its names");
        let kept = tape.finish().recording.artifacts;
        assert_eq!((kept.len(), kept[0].name.as_str(), kept[0].content.len()), (1, "page", 500));
    }
}
