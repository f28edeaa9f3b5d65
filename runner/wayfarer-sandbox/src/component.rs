//! A component that was checked, compiled and linked: made once for each digest, cheap to clone.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Linker;
use wayfarer_model::ids::ComponentDigest;

use crate::bindings::JourneyPre;
use crate::cache::Cache;
use crate::compile::{CompileError, Compiler};
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
    /// The thread that made it ended: the runner's own fault.
    #[error("the runner lost the component while it loaded it: {0}")]
    Lost(String),
}

impl LoadError {
    /// Whether the runner, not the component, is to blame.
    pub fn is_runners_fault(&self) -> bool {
        matches!(self, Self::Compile(CompileError::Child { .. }) | Self::Lost(_))
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

    /// Whether it imports the interface by which checks are recorded. Without it, none of its journeys can record one. With it,
    /// only a run shows whether a journey does: Rust, Go and C import what they use, JavaScript and Python the whole world.
    pub fn imports_checks(&self) -> bool {
        self.imports.iter().any(|name| name.split('@').next() == Some("wayfarer:journey/checks"))
    }
}

/// The digest of a component's bytes.
pub(crate) fn digest_of(wasm: &[u8]) -> ComponentDigest {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, wasm).as_ref());
    ComponentDigest(bytes)
}

/// How many components compile at the same time for runs whose artefact is not in the cache.
const COMPILING: usize = 2;

/// Makes components of bytes. What takes long is off the threads that serve everybody.
pub(crate) struct Loader {
    parts: Arc<Parts>,
    compiler: Compiler,
    compiling: Semaphore,
}

/// What a thread that blocks has at hand.
struct Parts {
    engine: Engine,
    linker: Linker<HostState>,
    cache: Cache,
    fingerprint: String,
}

impl Loader {
    pub(crate) fn new(
        engine: Engine,
        linker: Linker<HostState>,
        cache: Cache,
        fingerprint: String,
        compiler: Compiler,
    ) -> Self {
        let parts = Arc::new(Parts { engine, linker, cache, fingerprint });
        Self { parts, compiler, compiling: Semaphore::new(COMPILING) }
    }

    /// Removes from the cache what was compiled of components that are not among these.
    pub(crate) fn prune(&self, is_kept: impl Fn(ComponentDigest) -> bool) {
        self.parts.cache.prune(is_kept);
    }

    /// Makes a component of bytes. The cache may spare the compilation.
    pub(crate) async fn load(&self, wasm: Bytes) -> Result<Component, LoadError> {
        let bytes = wasm.clone();
        let read = match self.apart(move |parts| parts.read(&bytes)).await?? {
            Ok(component) => return Ok(component),
            Err(read) => read,
        };
        // The semaphore is never closed, so this cannot fail.
        let _place = self.compiling.acquire().await.ok();
        let artefact = self.compiler.compile(&wasm).await?;
        self.apart(move |parts| parts.link(read, &artefact)).await?
    }

    /// Makes a component of bytes as if nobody had done so before, so that the time it takes does not say who has. The
    /// caller bounds how many compile at a time.
    pub(crate) async fn load_anew(&self, wasm: Bytes) -> Result<Component, LoadError> {
        let bytes = wasm.clone();
        let read = self.apart(move |_| Read::of(&bytes)).await??;
        let artefact = self.compiler.compile(&wasm).await?;
        self.apart(move |parts| parts.link(read, &artefact)).await?
    }

    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Parts) -> T + Send + 'static,
    ) -> Result<T, LoadError> {
        let parts = Arc::clone(&self.parts);
        let done = tokio::task::spawn_blocking(move || work(&parts)).await;
        done.map_err(|error| LoadError::Lost(error.to_string()))
    }
}

/// What a component's bytes say without being compiled.
struct Read {
    digest: ComponentDigest,
    size: u64,
    imports: Vec<String>,
}

impl Read {
    fn of(wasm: &[u8]) -> Result<Self, ImportError> {
        let imports = check(wasm)?.imports;
        Ok(Self { digest: digest_of(wasm), size: wasm.len() as u64, imports })
    }
}

impl Parts {
    /// Reads a component, and takes its artefact from the cache. What was read comes back where that has none that can be used.
    fn read(&self, wasm: &[u8]) -> Result<Result<Component, Read>, LoadError> {
        let read = Read::of(wasm)?;
        let artefact = self.cache.get(read.digest, &self.fingerprint);
        let Some(Ok(code)) = artefact.map(|artefact| self.revive(&artefact)) else { return Ok(Err(read)) };
        let Read { digest, size, imports } = read;
        Ok(Ok(Component { digest, size, imports, pre: self.pre(&code)? }))
    }

    /// Keeps a fresh artefact and links it.
    fn link(&self, read: Read, artefact: &[u8]) -> Result<Component, LoadError> {
        if let Err(error) = self.cache.put(read.digest, &self.fingerprint, artefact) {
            tracing::warn!(%error, "could not keep a compiled component; it will be compiled again");
        }
        let code = self.revive(artefact).map_err(|error| LoadError::Link(format!("{error:#}")))?;
        let Read { digest, size, imports } = read;
        Ok(Component { digest, size, imports, pre: self.pre(&code)? })
    }

    fn pre(&self, code: &wasmtime::component::Component) -> Result<JourneyPre<HostState>, LoadError> {
        let pre = self.linker.instantiate_pre(code).and_then(JourneyPre::new);
        pre.map_err(|error| LoadError::Link(format!("{error:#}")))
    }

    #[expect(
        unsafe_code,
        reason = "the bytes come from our own compiler child, or from the cache, which has checked their HMAC"
    )]
    fn revive(&self, artefact: &[u8]) -> wasmtime::Result<wasmtime::component::Component> {
        // SAFETY: see the reason above. wasmtime refuses an artefact of an engine with other settings.
        unsafe { wasmtime::component::Component::deserialize(&self.engine, artefact) }
    }
}
