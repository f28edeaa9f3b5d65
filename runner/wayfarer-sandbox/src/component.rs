//! A component that was checked, compiled and linked: made once for each digest, cheap to clone.

use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use wasmtime::Engine;
use wasmtime::component::Linker;
use wayfarer_model::ids::ComponentDigest;

use crate::bindings::JourneyPre;
use crate::cache::Cache;
use crate::compile::{CompileError, compile};
use crate::host::HostState;
use crate::imports::{ImportError, check};

/// Why a component cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The names of its imports or exports.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// It was not compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Its types do not fit the interfaces.
    #[error("the component does not fit the interface: {0}; build it again with the current SDK")]
    Link(String),
}

impl LoadError {
    /// Whether the runner, not the component, is to blame.
    pub fn is_runners_fault(&self) -> bool {
        matches!(self, Self::Compile(CompileError::Child { .. }))
    }
}

/// A component that is ready to run.
#[derive(Clone)]
pub struct Component {
    digest: ComponentDigest,
    size: u64,
    imports: Vec<String>,
    pub(crate) pre: JourneyPre<HostState>,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Component {
    /// The SHA-256 of its bytes, which names it.
    pub fn digest(&self) -> ComponentDigest {
        self.digest
    }

    /// Its size before compilation, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The interfaces that it imports, by name and version.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }
}

/// The digest of a component's bytes.
pub(crate) fn digest_of(wasm: &[u8]) -> ComponentDigest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, wasm).as_ref());
    ComponentDigest(bytes)
}

pub(crate) struct Loader<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) linker: &'a Linker<HostState>,
    pub(crate) cache: &'a Cache,
    pub(crate) compiler: &'a Path,
    pub(crate) fingerprint: &'a str,
}

impl Loader<'_> {
    /// Makes a component of bytes. The cache may spare the compilation.
    pub(crate) async fn load(&self, wasm: &[u8]) -> Result<Component, LoadError> {
        let names = check(wasm)?;
        let digest = digest_of(wasm);
        let component = match self.cache.get(digest, self.fingerprint).map(|artefact| self.revive(&artefact))
        {
            Some(Ok(component)) => component,
            _ => self.compile(wasm, digest).await?,
        };
        let link = |error: wasmtime::Error| LoadError::Link(format!("{error:#}"));
        let pre = self.linker.instantiate_pre(&component).and_then(JourneyPre::new).map_err(link)?;
        Ok(Component { digest, size: wasm.len() as u64, imports: names.imports, pre })
    }

    async fn compile(
        &self,
        wasm: &[u8],
        digest: ComponentDigest,
    ) -> Result<wasmtime::component::Component, LoadError> {
        let artefact = compile(self.compiler, wasm).await?;
        if let Err(error) = self.cache.put(digest, self.fingerprint, &artefact) {
            tracing::warn!(%error, "could not keep a compiled component; it will be compiled again");
        }
        self.revive(&artefact).map_err(|error| LoadError::Link(format!("{error:#}")))
    }

    #[expect(
        unsafe_code,
        reason = "the bytes come from our own compiler child, or from the cache, which has checked their HMAC"
    )]
    fn revive(&self, artefact: &[u8]) -> wasmtime::Result<wasmtime::component::Component> {
        // SAFETY: see the reason above. wasmtime refuses an artefact of an engine with other settings.
        unsafe { wasmtime::component::Component::deserialize(self.engine, artefact) }
    }
}
