//! J5 in the sandbox: a component of `tests/guests`, a fresh store a run, nothing stored.

use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use wayfarer_model::context::{AttemptContext, Lane};
use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::exchange::EvidenceBounds;
use wayfarer_model::ids::RunId;
use wayfarer_model::limits::Limits;
use wayfarer_model::report::AttemptReport;
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_sandbox::net::RootStore;
use wayfarer_sandbox::{
    AttemptSpec, Component, GuestThreads, MemoryAccount, Network, NetworkSettings, Sandbox, SandboxSettings,
};

use crate::contest::round_of;
use crate::measure::Cost;

/// Everything that runs share.
#[derive(Clone)]
pub(crate) struct Sandboxed {
    sandbox: Arc<Sandbox>,
    component: Component,
    network: Arc<Network>,
    threads: Arc<GuestThreads>,
    evidence: EvidenceBounds,
    is_sample: bool,
}

impl Sandboxed {
    /// Compiles the component, or finds it in the cache. Without a certificate to trust there is no `https`.
    pub(crate) async fn new(
        component: &Path,
        folder: &Path,
        pem: Option<&str>,
        slots: u32,
    ) -> anyhow::Result<Self> {
        let settings = SandboxSettings {
            cache_dir: folder.join("components"),
            compiler: std::env::current_exe()?,
            compile_cpu: SandboxSettings::COMPILE_CPU,
            slots,
        };
        let sandbox = Sandbox::start(settings)?;
        let component = sandbox.load(std::fs::read(component)?.into()).await?;
        let policy = EgressPolicy::parse("the bench", ["127.0.0.1:*"])?;
        let roots = RootStore::Only(pem.iter().map(|pem| pem.as_bytes().to_vec()).collect());
        let network = Network::new(NetworkSettings { policy, roots, ..NetworkSettings::default() })?;
        let threads = Arc::new(GuestThreads::start()?);
        let (sandbox, network) = (Arc::new(sandbox), Arc::new(network));
        Ok(Self {
            sandbox,
            component,
            network,
            threads,
            evidence: EvidenceBounds::default(),
            is_sample: false,
        })
    }

    /// The same component in the same sandbox, which keeps other heads and bodies. Those of a sample stay in the report of a good run.
    pub(crate) fn keeping(&self, evidence: EvidenceBounds, is_sample: bool) -> Self {
        Self { evidence, is_sample, ..self.clone() }
    }

    /// So many runs, so many at a time, on the threads where a server has them.
    pub(crate) async fn round(&self, runs: u32, at_a_time: u32, base_url: &Arc<str>) -> anyhow::Result<Cost> {
        let (sandboxed, base_url) = (self.clone(), Arc::clone(base_url));
        let run = move || {
            let (sandboxed, base_url) = (sandboxed.clone(), Arc::clone(&base_url));
            async move { sandboxed.run(&base_url).await }
        };
        let threads = self.threads.pool();
        round_of(runs, at_a_time, || threads.least_busy(), run).await
    }

    async fn run(&self, base_url: &str) -> anyhow::Result<()> {
        self.report(base_url).await.map(drop)
    }

    /// One run, and what the sandbox says of it.
    pub(crate) async fn report(&self, base_url: &str) -> anyhow::Result<AttemptReport> {
        let context = AttemptContext {
            run_id: RunId::new(UnixMillis(1), [0; 10]),
            tenant: "bench".parse()?,
            journey: "j5".parse()?,
            slot: UnixMillis(1),
            number: 1,
            location: "local".parse()?,
            lane: Lane::Manual,
        };
        let spec = AttemptSpec {
            context,
            promised_steps: Arc::default(),
            was_good: false,
            params: vec![("base_url".to_owned(), base_url.to_owned())],
            secrets: Vec::new(),
            limits: Limits::default(),
            memory: MemoryAccount::unlimited(),
            evidence: self.evidence,
            is_sample: self.is_sample,
            network: Arc::clone(&self.network),
            watcher: None,
            ledger: None,
            cancelled: None,
        };
        let report = self.sandbox.run(&self.component, spec).await;
        ensure!(
            report.verdict == Verdict::Passed,
            "{} ({}): {:?}",
            report.verdict,
            report.reason,
            report.failure
        );
        Ok(report)
    }
}
