//! The receiver as the configuration has it, and the page that shows a trace. A value never changes: SIGHUP makes another one.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderName;
use parking_lot::Mutex;
use url::Url;
use wayfarer_model::ids::TenantName;
use wayfarer_sandbox::http::SealedSecrets;
use wayfarer_sandbox::net::RootStore;
use wayfarer_sandbox::{Network, Secret};
use wayfarer_store::TraceCandidate;

use crate::channels::Sealed;
use crate::config::{RunnerFile, is_private, platform_network_settings};

/// What is wrong with `[otlp]`.
#[derive(Debug, thiserror::Error)]
#[error("[otlp] in wayfarer.toml: {0}")]
pub(crate) struct OtlpError(String);

/// A receiver.
pub(crate) struct OtlpSettings {
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, Sealed)>,
    pub(super) timeout: Duration,
    /// None for all.
    tenants: Option<BTreeSet<TenantName>>,
    /// Whether runs are sent whose first attempt passed.
    passed: bool,
    /// Where browsers reach the server, for links to its pages.
    pub(crate) pages: Option<Url>,
    pub(super) network: Arc<Network>,
    /// Values of headers, which stand in no error, however the receiver writes them.
    secrets: SealedSecrets,
}

/// The receiver in force, if any; SIGHUP replaces it.
#[derive(Clone, Default)]
pub(crate) struct OtlpHandle(Arc<Mutex<Option<Arc<OtlpSettings>>>>);

impl OtlpHandle {
    pub(crate) fn new(settings: Option<OtlpSettings>) -> Self {
        Self(Arc::new(Mutex::new(settings.map(Arc::new))))
    }

    pub(crate) fn get(&self) -> Option<Arc<OtlpSettings>> {
        self.0.lock().clone()
    }

    pub(crate) fn replace(&self, settings: Option<OtlpSettings>) {
        *self.0.lock() = settings.map(Arc::new);
    }
}

impl OtlpSettings {
    /// None if the configuration names no receiver.
    ///
    /// # Errors
    /// A secret or a file that cannot be read.
    pub(crate) fn read(file: &RunnerFile) -> Result<Option<Self>, OtlpError> {
        let table = &file.toml.otlp;
        let Some(url) = table.traces() else { return Ok(None) };
        let path_of = |path: &Path| file.path(path);
        let variable_of = |name: &str| std::env::var(name).ok();
        let mut headers = Vec::new();
        for (name, source) in &table.headers {
            let key = format!("headers.{name}");
            let value = source.value(&key, &path_of, &variable_of).map_err(OtlpError)?;
            let wrong = |why: &str| OtlpError(format!("`{key}` {why}"));
            let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("is no header's name"))?;
            http::HeaderValue::from_str(value.reveal())
                .map_err(|_| wrong("has a line break or another sign that no header may have"))?;
            headers.push((header, value));
        }
        let secrets = headers.iter().map(|(name, value)| Secret::new(name.as_str(), value.reveal()));
        // Nobody is given a placeholder.
        let secrets = SealedSecrets::new(secrets.collect(), |_| {});
        let mut network = platform_network_settings(file).map_err(|error| OtlpError(error.to_string()))?;
        let authorities = table.ca.iter().map(|written| {
            let path = file.path(written);
            std::fs::read(&path)
                .map_err(|error| OtlpError(format!("`ca`: cannot read {}: {error}", path.display())))
        });
        let authorities = authorities.collect::<Result<Vec<_>, _>>()?;
        if !authorities.is_empty() {
            network.roots = RootStore::SystemAndExtra(authorities);
        }
        let network = Network::new(network).map_err(|error| OtlpError(format!("`ca`: {error}")))?;
        let read = Self {
            url,
            headers,
            timeout: table.timeout(),
            passed: table.passed(),
            tenants: table.tenants.as_ref().map(|tenants| tenants.iter().cloned().collect()),
            pages: file.toml.server.url().cloned(),
            network: Arc::new(network),
            secrets,
        };
        if read.is_open() {
            let host = read.host();
            tracing::warn!(
                host,
                "traces and the headers of [otlp] go to the receiver without TLS: whoever is on the way can read them"
            );
        }
        Ok(Some(read))
    }

    /// Whether a row has a trace that is sent.
    pub(crate) fn exports(&self, row: &TraceCandidate) -> bool {
        let is_of_tenant = self.tenants.as_ref().is_none_or(|tenants| tenants.contains(&row.tenant));
        row.is_run && is_of_tenant && (self.passed || !row.passed_at_once)
    }

    /// Whether headers with secrets travel where others can read them.
    fn is_open(&self) -> bool {
        !self.headers.is_empty() && !is_private(&self.url)
    }

    /// The receiver's host, for people.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// A text that others wrote, without secrets.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        self.secrets.redact(text).into_owned()
    }
}
