//! Who the runner says that it is: client certificates, and what a server asked for in one handshake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use wayfarer_model::egress::HostPattern;

use super::network::{ClientCertificate, NetworkError};
use super::trust;

/// A client certificate, read and checked.
#[derive(Debug)]
pub(super) struct Identity {
    hosts: Vec<HostPattern>,
    /// Where the certificate comes from.
    file: String,
    key: SingleCertAndKey,
    begins: Option<UnixTime>,
    ends: Option<UnixTime>,
}

/// What is wrong with the dates of a client certificate at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dates {
    Good,
    Expired(UnixTime),
    NotYet(UnixTime),
}

impl Identity {
    /// # Errors
    /// Certificate and key cannot be read, or do not belong together.
    pub(super) fn read(client: ClientCertificate, provider: &CryptoProvider) -> Result<Self, NetworkError> {
        let ClientCertificate { hosts, file, chain_pem, key_pem } = client;
        let odd = |error: &dyn std::fmt::Display| NetworkError::ClientCertificate(error.to_string());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&chain_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| odd(&error))?;
        let Some(leaf) = chain.first() else { return Err(odd(&"no `BEGIN CERTIFICATE` in it")) };
        let (begins, ends) = (trust::begin(leaf), trust::end(leaf));
        let key = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| odd(&error))?;
        let key = CertifiedKey::from_der(chain, key, provider).map_err(|error| odd(&error))?;
        Ok(Self { hosts, file, key: SingleCertAndKey::from(key), begins, ends })
    }

    /// Whether it is shown to a host.
    pub(super) fn is_for(&self, host: &str, port: u16) -> bool {
        self.hosts.iter().any(|hosts| hosts.covers_host(host, port))
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn dates_at(&self, now: UnixTime) -> Dates {
        let seconds = |time: &UnixTime| time.as_secs();
        match (self.begins, self.ends) {
            (Some(begins), _) if seconds(&now) < seconds(&begins) => Dates::NotYet(begins),
            (_, Some(ends)) if seconds(&now) > seconds(&ends) => Dates::Expired(ends),
            _ => Dates::Good,
        }
    }
}

/// Who the runner is toward one host, and whether the host wanted to know. For one handshake.
#[derive(Debug, Default)]
pub(super) struct Introduction {
    identity: Option<Arc<Identity>>,
    was_asked: AtomicBool,
}

impl Introduction {
    pub(super) fn new(identity: Option<Arc<Identity>>) -> Self {
        Self { identity, was_asked: AtomicBool::new(false) }
    }

    /// Whether the host asked for a client certificate.
    pub(super) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// The client certificate for the host, if there is one.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }
}

impl ResolvesClientCert for Introduction {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.identity.as_ref()?.key.resolve(hints, schemes)
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}
