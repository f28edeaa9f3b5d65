//! The pair in use. A handshake takes the one of its instant, so replacing it touches no connection.

use std::fmt;
use std::sync::Arc;

use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use wayfarer_model::units::UnixMillis;

use super::pair::{Pair, PairError, PairFiles, read};

/// The protocols that are offered, the preferred one first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS of one server. Clones share the pair.
#[derive(Clone)]
pub(crate) struct Tls {
    files: PairFiles,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

struct Current(RwLock<Pair>);

impl Tls {
    /// Reads the pair, valid or not: see [`check_dates`](Self::check_dates).
    ///
    /// # Errors
    /// See [`PairError`]; and a build without TLS, as a text.
    pub(crate) fn new(files: PairFiles) -> Result<Self, PairError> {
        let pair = read(&files)?;
        let current = Arc::new(Current(RwLock::new(pair)));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions =
            ServerConfig::builder_with_provider(provider).with_protocol_versions(rustls::DEFAULT_VERSIONS);
        let malformed = |error: rustls::Error| PairError::Malformed {
            path: files.certificate.clone(),
            reason: error.to_string(),
        };
        let mut config =
            versions.map_err(malformed)?.with_no_client_auth().with_cert_resolver(Arc::clone(&current) as _);
        config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self { files, current, config: Arc::new(config) })
    }

    /// Reads the pair again. If that does not do, the one from before stays.
    ///
    /// # Errors
    /// See [`PairError`].
    pub(crate) fn reload(&self, now: UnixMillis) -> Result<(), PairError> {
        let pair = read(&self.files)?;
        pair.check_dates(&self.files, now)?;
        *self.current.0.write() = pair;
        Ok(())
    }

    /// Whether the pair in use is valid at an instant.
    ///
    /// # Errors
    /// [`PairError::Expired`], [`PairError::NotYet`].
    pub(crate) fn check_dates(&self, now: UnixMillis) -> Result<(), PairError> {
        self.current.0.read().check_dates(&self.files, now)
    }

    pub(crate) fn files(&self) -> &PairFiles {
        &self.files
    }

    /// Until when the pair in use is valid.
    pub(super) fn expires(&self) -> UnixMillis {
        self.current.0.read().expires
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().key))
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current(…)")
    }
}
