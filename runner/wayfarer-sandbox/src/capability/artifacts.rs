//! `artifacts`: files worth keeping.

use wasmtime::component::{HasSelf, Linker};

use super::grants::Grants;
use super::link::Capability;
use crate::bindings::wayfarer::journey::artifacts::{Host, add_to_linker};
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
        add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Host for Artifacts {
    fn attach(&mut self, name: String, media_type: String, content: Vec<u8>) -> wasmtime::Result<bool> {
        Ok(self.tape.artifact(&name, &media_type, content))
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::limits::Limits;

    use super::*;

    #[test]
    fn what_exceeds_the_limit_is_refused() {
        let tape = Tape::live(Limits { artifacts: 1_000, ..Limits::default() }, [7; 32], None);
        let mut artifacts = Artifacts { tape: tape.clone() };
        let mut attach =
            |size: usize| artifacts.attach("page".into(), "text/html".into(), vec![b'x'; size]).unwrap();
        assert!(attach(500));
        assert!(!attach(500), "256 bytes of each artifact are for its names");
        let kept = tape.finish().recording.artifacts;
        assert_eq!((kept.len(), kept[0].name.as_str(), kept[0].content.len()), (1, "page", 500));
    }
}
