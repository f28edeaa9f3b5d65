//! Whom a handshake trusts, and until when.
//!
//! The rules are webpki's (RFC 5280), with two differences. A certificate that was itself configured as trusted is
//! accepted as a server's, whatever else it says of itself: `openssl req -x509` makes one that calls itself an
//! authority. And what counts as the expiry is the nearest one of the whole chain that was verified, from the leaf to
//! the authority: from then on nobody accepts the host.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use webpki::{EndEntityCert, KeyUsage};
use x509_parser::prelude::X509Certificate;

/// The trusted authorities, each with its certificate.
#[derive(Debug)]
pub(super) struct Trust {
    anchors: RootCertStore,
    /// In the order of the anchors.
    certificates: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What is wrong with a chain, where rustls has no word for it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChainFault {
    /// Nobody vouches for it but itself.
    #[error("it is self-signed")]
    SelfSigned,
    /// A certificate between the leaf and the authority expired.
    #[error("an intermediate certificate expired")]
    IntermediateExpired(UnixTime),
    /// It is not valid yet.
    #[error("an intermediate certificate is not valid yet")]
    IntermediateNotYet(UnixTime),
    /// Any other.
    #[error(transparent)]
    Other(#[from] webpki::Error),
}

/// What one handshake found.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    /// The nearest expiry of the chain, in unix milliseconds.
    pub(super) expires_ms: Option<i64>,
    /// What is wrong with a certificate that was accepted all the same.
    pub(super) unverified: Option<Error>,
}

/// What of a certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// All of it.
    All,
    /// Everything but whether it is valid today.
    ButDates,
    /// Nothing.
    None,
}

/// Verifies the certificate of one handshake.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Arc<Trust>,
    checks: Checks,
    found: OnceLock<Found>,
}

impl Trust {
    pub(super) fn new(algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { anchors: RootCertStore::empty(), certificates: Vec::new(), algorithms }
    }

    /// Trusts one more authority. One that cannot be read is left out, as the systems' lists have some.
    pub(super) fn add(&mut self, certificate: CertificateDer<'static>) {
        if self.anchors.add(certificate.clone()).is_ok() {
            self.certificates.push(certificate);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// The nearest expiry of a chain that is trusted for a name, in unix milliseconds.
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<Option<i64>, Error> {
        let certificate = EndEntityCert::try_from(leaf).map_err(in_rustls)?;
        if self.certificates.iter().any(|known| known == leaf) {
            valid_at(leaf, now)?;
            certificate.verify_is_valid_for_subject_name(name).map_err(in_rustls)?;
            return Ok(expiry_ms(leaf));
        }
        let (anchors, algorithms) = (&self.anchors.roots, self.algorithms.all);
        let usage = KeyUsage::server_auth();
        let path = certificate
            .verify_for_usage(algorithms, anchors, intermediates, now, usage, None, None)
            .map_err(|error| of_chain(error, leaf, &certificate))?;
        certificate.verify_is_valid_for_subject_name(name).map_err(in_rustls)?;
        let anchor = anchors.iter().position(|anchor| std::ptr::eq(anchor, path.anchor()));
        let anchor = anchor.and_then(|place| self.certificates.get(place)).and_then(expiry_ms);
        let between =
            path.intermediate_certificates().filter_map(|certificate| expiry_ms(&certificate.der()));
        Ok(between.chain(anchor).chain(expiry_ms(leaf)).min())
    }
}

impl Verifier {
    pub(super) fn new(trust: Arc<Trust>, checks: Checks) -> Self {
        Self { trust, checks, found: OnceLock::new() }
    }

    /// Whether what is wrong does not matter.
    fn is_forgiven(&self, why: &Error, in_its_time: impl FnOnce() -> bool) -> bool {
        match self.checks {
            Checks::All => false,
            Checks::ButDates => is_error_of_dates(why) && in_its_time(),
            Checks::None => true,
        }
    }

    /// What the handshake found; nothing before it is over.
    pub(super) fn found(&self) -> Found {
        self.found.get().cloned().unwrap_or_default()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = match self.trust.verify(leaf, intermediates, name, now) {
            Ok(expires_ms) => Found { expires_ms, unverified: None },
            Err(why) => {
                let then = middle(leaf).unwrap_or(now);
                if !self.is_forgiven(&why, || self.trust.verify(leaf, intermediates, name, then).is_ok()) {
                    return Err(why);
                }
                Found { expires_ms: expiry_ms(leaf), unverified: Some(why) }
            }
        };
        self.found.get_or_init(|| found);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls12_signature(message, certificate, signature, &self.trust.algorithms) {
            // It may be of a kind that cannot be read.
            Err(_) if self.checks == Checks::None => Ok(HandshakeSignatureValid::assertion()),
            verified => verified,
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match verify_tls13_signature(message, certificate, signature, &self.trust.algorithms) {
            Err(_) if self.checks == Checks::None => Ok(HandshakeSignatureValid::assertion()),
            verified => verified,
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.algorithms.supported_schemes()
    }
}

/// A chain's error, with what only the certificate itself tells.
fn of_chain(error: webpki::Error, leaf: &CertificateDer<'_>, certificate: &EndEntityCert<'_>) -> Error {
    use webpki::Error as Why;
    let fault = match &error {
        Why::UnknownIssuer | Why::CaUsedAsEndEntity if certificate.issuer() == certificate.subject() => {
            ChainFault::SelfSigned
        }
        Why::CertExpired { not_after, .. } if is_not(expiry_ms(leaf), *not_after) => {
            ChainFault::IntermediateExpired(*not_after)
        }
        Why::CertNotValidYet { not_before, .. } if is_not(begin_ms(leaf), *not_before) => {
            ChainFault::IntermediateNotYet(*not_before)
        }
        _ => return in_rustls(error),
    };
    CertificateError::Other(OtherError(Arc::new(fault))).into()
}

fn is_not(own_ms: Option<i64>, other: UnixTime) -> bool {
    own_ms.is_some_and(|own| i64::try_from(other.as_secs()).ok() != Some(own.div_euclid(1_000)))
}

/// The words of rustls where it has some: they decide what the peer is told.
fn in_rustls(error: webpki::Error) -> Error {
    use webpki::Error as Why;
    match error {
        Why::BadDer | Why::BadDerTime | Why::TrailingData(_) => CertificateError::BadEncoding,
        Why::CertNotValidYet { time, not_before } => {
            CertificateError::NotValidYetContext { time, not_before }
        }
        Why::CertExpired { time, not_after } => CertificateError::ExpiredContext { time, not_after },
        Why::InvalidCertValidity => CertificateError::Expired,
        Why::UnknownIssuer => CertificateError::UnknownIssuer,
        Why::CertNotValidForName(name) => {
            CertificateError::NotValidForNameContext { expected: name.expected, presented: name.presented }
        }
        Why::CertRevoked => CertificateError::Revoked,
        Why::InvalidSignatureForPublicKey => CertificateError::BadSignature,
        other => CertificateError::Other(OtherError(Arc::new(ChainFault::Other(other)))),
    }
    .into()
}

fn valid_at(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let time = now.as_secs().saturating_mul(1_000) as i64;
    match (begin_ms(certificate), expiry_ms(certificate)) {
        (Some(begin), _) if time < begin => {
            Err(CertificateError::NotValidYetContext { time: now, not_before: unix_time(begin) })
        }
        (_, Some(end)) if time > end => {
            Err(CertificateError::ExpiredContext { time: now, not_after: unix_time(end) })
        }
        (Some(_), Some(_)) => Ok(()),
        _ => Err(CertificateError::BadEncoding),
    }
}

/// Whether a handshake failed only because of the day on which it was made.
pub(super) fn is_about_dates(fault: &std::io::Error) -> bool {
    let error = fault.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    error.is_some_and(is_error_of_dates)
}

fn is_error_of_dates(error: &Error) -> bool {
    use CertificateError as Why;
    match error {
        Error::InvalidCertificate(
            Why::Expired | Why::ExpiredContext { .. } | Why::NotValidYet | Why::NotValidYetContext { .. },
        ) => true,
        Error::InvalidCertificate(Why::Other(other)) => matches!(
            other.0.downcast_ref::<ChainFault>(),
            Some(ChainFault::IntermediateExpired(_) | ChainFault::IntermediateNotYet(_))
        ),
        _ => false,
    }
}

/// When a certificate becomes valid.
pub(super) fn begin(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    begin_ms(certificate).map(unix_time)
}

/// When a certificate expires.
pub(super) fn end(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    expiry_ms(certificate).map(unix_time)
}

/// An instant at which a certificate is valid for certain.
fn middle(certificate: &CertificateDer<'_>) -> Option<UnixTime> {
    let (begin, end) = (begin_ms(certificate)?, expiry_ms(certificate)?);
    Some(unix_time(begin.saturating_add(end.saturating_sub(begin) / 2)))
}

fn unix_time(ms: i64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_millis(ms.max(0) as u64))
}

fn begin_ms(certificate: &CertificateDer<'_>) -> Option<i64> {
    parsed(certificate)?.validity().not_before.timestamp().checked_mul(1_000)
}

/// When a certificate expires, in unix milliseconds.
fn expiry_ms(certificate: &CertificateDer<'_>) -> Option<i64> {
    parsed(certificate)?.validity().not_after.timestamp().checked_mul(1_000)
}

fn parsed<'a>(certificate: &'a CertificateDer<'_>) -> Option<X509Certificate<'a>> {
    x509_parser::parse_x509_certificate(certificate).ok().map(|(_, parsed)| parsed)
}
