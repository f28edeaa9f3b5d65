//! A certificate and its key, read from files. What could not be served is refused, whole. Whether a pair is valid at an instant is a question of its
//! own: a server must run journeys on the day after its certificate expired too.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use wayfarer_model::units::UnixMillis;

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PairFiles {
    /// The server's certificate first, then those between it and its authority.
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A pair with which the server can answer.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(super) key: Arc<CertifiedKey>,
    /// The latest beginning of the chain's certificates.
    begins: UnixMillis,
    /// The nearest end of them.
    pub(super) expires: UnixMillis,
}

/// Why a pair is not used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PairError {
    #[error("cannot read {}: {source}; [server.tls] in wayfarer.toml names it", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} has no certificate: it takes PEM with `BEGIN CERTIFICATE`, the server's own first", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} has no key that can be read ({reason}): it takes PEM with `BEGIN PRIVATE KEY` and no password", path.display())]
    NoKey { path: PathBuf, reason: String },
    #[error("{} is not a certificate that can be read: {reason}", path.display())]
    Malformed { path: PathBuf, reason: String },
    #[error("the key in {} is not that of the first certificate in {}: name the two files of one pair", .0.key.display(), .0.certificate.display())]
    Mismatched(PairFiles),
    #[error("the certificate in {} expired at {}: renew it", path.display(), at.rfc3339())]
    Expired { path: PathBuf, at: UnixMillis },
    #[error("the certificate in {} is not valid before {}: check the clock, or the certificate", path.display(), at.rfc3339())]
    NotYet { path: PathBuf, at: UnixMillis },
}

/// Reads a pair.
///
/// # Errors
/// A [`PairError`] that names the file and what to mend.
pub(crate) fn read(files: &PairFiles) -> Result<Pair, PairError> {
    let (certificate, key) = (bytes(&files.certificate)?, bytes(&files.key)?);
    let path = || files.certificate.clone();
    let malformed = |reason: String| PairError::Malformed { path: path(), reason };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| malformed(error.to_string()))?;
    if chain.is_empty() {
        return Err(PairError::NoCertificate(path()));
    }
    let no_key = |reason: String| PairError::NoKey { path: files.key.clone(), reason };
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| no_key(error.to_string()))?;
    let (mut begins, mut expires) = (UnixMillis(0), UnixMillis(u64::MAX));
    for der in &chain {
        let (from, until) = validity(der).map_err(malformed)?;
        (begins, expires) = (begins.max(from), expires.min(until));
    }
    let provider = aws_lc_rs::default_provider();
    match CertifiedKey::from_der(chain, key, &provider) {
        Ok(key) => Ok(Pair { key: Arc::new(key), begins, expires }),
        Err(rustls::Error::InconsistentKeys(_)) => Err(PairError::Mismatched(files.clone())),
        Err(error) => Err(no_key(error.to_string())),
    }
}

impl Pair {
    /// Whether peers accept it at an instant, as far as its dates say.
    pub(super) fn check_dates(&self, files: &PairFiles, now: UnixMillis) -> Result<(), PairError> {
        let path = files.certificate.clone();
        if self.begins > now {
            return Err(PairError::NotYet { path, at: self.begins });
        }
        if self.expires <= now { Err(PairError::Expired { path, at: self.expires }) } else { Ok(()) }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, PairError> {
    std::fs::read(path).map_err(|source| PairError::Unreadable { path: path.to_owned(), source })
}

/// From when until when a certificate is valid.
fn validity(der: &[u8]) -> Result<(UnixMillis, UnixMillis), String> {
    let (_, parsed) = x509_parser::parse_x509_certificate(der).map_err(|error| error.to_string())?;
    let at = |seconds: i64| UnixMillis(u64::try_from(seconds).unwrap_or(0).saturating_mul(1_000));
    let validity = parsed.validity();
    Ok((at(validity.not_before.timestamp()), at(validity.not_after.timestamp())))
}
