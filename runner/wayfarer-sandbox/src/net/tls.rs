//! Trust: the TLS configurations of a [`Network`](super::Network), and what a handshake's failure means.
//!
//! There is one configuration without a client certificate and one for each. They are made at the first handshake,
//! because reading the system's authorities takes milliseconds. The crypto provider is named here and is never the
//! process's default. Sessions are not resumed: every attempt pays for its handshake as a first visitor would. A
//! protocol offers its ALPN names at each handshake, so they are no part of a configuration.

use std::io;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use wayfarer_model::egress::HostPattern;
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use x509_parser::time::ASN1Time;

use super::fault::{runners, targets};
use super::network::{NetworkError, RootStore};

/// A client certificate, read and checked.
struct ClientIdentity {
    hosts: Vec<HostPattern>,
    key: Arc<SingleCertAndKey>,
}

/// The configured authorities and client certificates, read and checked. The system's own authorities are not read yet.
pub(super) struct TlsSettings {
    provider: Arc<CryptoProvider>,
    system: bool,
    extra: Vec<CertificateDer<'static>>,
    identities: Vec<ClientIdentity>,
}

/// Ready for handshakes.
pub(super) struct TlsConfigs {
    anonymous: Arc<ClientConfig>,
    identified: Vec<(Vec<HostPattern>, Arc<ClientConfig>)>,
}

impl TlsSettings {
    /// Reads the authorities that are configured.
    pub(super) fn new(roots: RootStore) -> Result<Self, NetworkError> {
        let (system, pems) = match roots {
            RootStore::System => (true, Vec::new()),
            RootStore::SystemAndExtra(pems) => (true, pems),
            RootStore::Only(pems) => (false, pems),
        };
        let mut extra = Vec::new();
        for pem in pems {
            let before = extra.len();
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                extra.push(certificate.map_err(|error| NetworkError::Authority(error.to_string()))?);
            }
            if extra.len() == before {
                return Err(NetworkError::Authority("no `BEGIN CERTIFICATE` in it".to_owned()));
            }
        }
        for certificate in &extra {
            // Reported at the start rather than at the first handshake.
            RootCertStore::empty()
                .add(certificate.clone())
                .map_err(|error| NetworkError::Authority(error.to_string()))?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        Ok(Self { provider, system, extra, identities: Vec::new() })
    }

    /// Reads a client certificate.
    pub(super) fn identify(
        &mut self,
        hosts: Vec<HostPattern>,
        chain_pem: &[u8],
        key_pem: &[u8],
    ) -> Result<(), NetworkError> {
        let odd = |error: &dyn std::fmt::Display| NetworkError::ClientCertificate(error.to_string());
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem)
            .collect::<Result<_, _>>()
            .map_err(|error| odd(&error))?;
        if chain.is_empty() {
            return Err(odd(&"no `BEGIN CERTIFICATE` in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem).map_err(|error| odd(&error))?;
        let key = CertifiedKey::from_der(chain, key, &self.provider).map_err(|error| odd(&error))?;
        self.identities.push(ClientIdentity { hosts, key: Arc::new(SingleCertAndKey::from(key)) });
        Ok(())
    }

    /// Reads the system's authorities and builds every configuration.
    pub(super) fn build(&self) -> Result<TlsConfigs, TrafficError> {
        let mut roots = RootCertStore::empty();
        let (_, refused) = roots.add_parsable_certificates(self.extra.iter().cloned());
        debug_assert_eq!(refused, 0, "each was added before");
        if self.system {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!("an authority of the system could not be read: {error}");
            }
            roots.add_parsable_certificates(found.certs);
        }
        if roots.is_empty() {
            let message =
                "the runner trusts no certificate authority: install ca-certificates or set network.tls.ca";
            return Err(runners(TrafficErrorKind::Tls, message));
        }
        let roots = Arc::new(roots);
        let anonymous = Arc::new(self.config(&roots, None)?);
        let identified = self.identities.iter().map(|identity| {
            let config = self.config(&roots, Some(&identity.key))?;
            Ok((identity.hosts.clone(), Arc::new(config)))
        });
        Ok(TlsConfigs { anonymous, identified: identified.collect::<Result<_, TrafficError>>()? })
    }

    fn config(
        &self,
        roots: &Arc<RootCertStore>,
        identity: Option<&Arc<SingleCertAndKey>>,
    ) -> Result<ClientConfig, TrafficError> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| runners(TrafficErrorKind::Tls, format!("no TLS in this build: {error}")))?
            .with_root_certificates(Arc::clone(roots));
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(key) => builder.with_client_cert_resolver(Arc::clone(key) as _),
        };
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

impl TlsConfigs {
    /// The configuration with the first client certificate that covers a host, or the one without.
    pub(super) fn for_host(&self, host: &str, port: u16) -> &Arc<ClientConfig> {
        let covers =
            |(hosts, _): &&(Vec<HostPattern>, _)| hosts.iter().any(|hosts| hosts.covers_host(host, port));
        self.identified.iter().find(covers).map_or(&self.anonymous, |(_, config)| config)
    }
}

/// When a certificate expires, in unix milliseconds.
pub(super) fn expiry_ms(certificate: &CertificateDer<'_>) -> Option<i64> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    parsed.validity().not_after.timestamp().checked_mul(1_000)
}

/// What a failed handshake means.
pub(super) fn handshake(fault: &io::Error, host: &str) -> TrafficError {
    if let Some(error) = fault.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return error_of(error, host);
    }
    let what = match fault.kind() {
        io::ErrorKind::UnexpectedEof => format!("{host} closed the connection during the TLS handshake"),
        io::ErrorKind::ConnectionReset => format!("connection reset by {host} during the TLS handshake"),
        _ => format!("no TLS handshake with {host}: {fault}"),
    };
    targets(TrafficErrorKind::Tls, what)
}

/// A TLS error in words.
pub(super) fn error_of(error: &Error, host: &str) -> TrafficError {
    let what = match error {
        Error::InvalidCertificate(why) => certificate(why, host),
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            format!("{host} asks for a client certificate: add one for it to network.tls.client")
        }
        Error::AlertReceived(
            alert @ (AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::AccessDenied),
        ) => format!("{host} does not accept the client certificate of network.tls.client: {alert:?}"),
        Error::AlertReceived(alert) => format!("{host} broke off the TLS handshake: {alert:?}"),
        Error::InvalidMessage(_) => format!("{host} does not speak TLS on this port: {error}"),
        Error::PeerIncompatible(_) => {
            format!("{host} and the runner have no TLS version or cipher in common: {error}")
        }
        _ => format!("no TLS with {host}: {error}"),
    };
    targets(TrafficErrorKind::Tls, what)
}

fn certificate(why: &CertificateError, host: &str) -> String {
    match why {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("the certificate of {host} expired on {}: renew it", date(*not_after))
        }
        CertificateError::Expired => format!("the certificate of {host} has expired: renew it"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!(
                "the certificate of {host} is not valid before {}: is the runner's clock right?",
                date(*not_before)
            )
        }
        CertificateError::NotValidYet => format!("the certificate of {host} is not valid yet"),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            format!("the certificate is for {}, not for {host}", names(presented))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the certificate is not for {host}")
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is signed by an authority that is not trusted: add its CA to network.tls.ca"
        ),
        // An authority that was made anew under its old name causes this.
        CertificateError::BadSignature => format!(
            "the certificate of {host} is not signed by the authority of that name that is trusted: renew it, or add \
             its CA to network.tls.ca"
        ),
        CertificateError::Revoked => format!("the certificate of {host} was revoked"),
        other => format!("the certificate of {host} is not valid: {other}"),
    }
}

/// `DnsName("a.example")` as `a.example`, the first few.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| match name.split_once('(') {
        Some((_, inner)) => inner.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.clone(),
    };
    let mut shown: Vec<String> = presented.iter().take(3).map(bare).collect();
    if presented.len() > shown.len() {
        shown.push(format!("{} more", presented.len() - shown.len()));
    }
    shown.join(", ")
}

fn date(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    ASN1Time::from_timestamp(seconds)
        .map_or_else(|_| format!("second {seconds}"), |time| time.to_datetime().date().to_string())
}
