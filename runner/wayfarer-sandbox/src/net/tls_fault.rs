//! What a failed handshake, or a TLS session that broke off, means in words that name what to do.

use std::io;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};
use wayfarer_model::traffic::{TrafficError, TrafficErrorKind};
use x509_parser::time::ASN1Time;

use super::fault::{journeys, targets};
use super::identity::{Dates, Introduction};
use super::trust::ChainFault;
use crate::clock::wall_now;

/// What a failed handshake means. `first` are the first bytes that the peer sent.
pub(super) fn handshake(
    fault: &io::Error,
    host: &str,
    first: &[u8],
    introduction: &Introduction,
) -> TrafficError {
    if first.starts_with(b"HTTP/") {
        let what = format!(
            "{host} does not speak TLS on this port, but plain HTTP: use `http://`, or the port of its TLS"
        );
        return targets(TrafficErrorKind::Tls, what);
    }
    if let Some(error) = fault.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return error_of(error, host, introduction);
    }
    let what = match fault.kind() {
        io::ErrorKind::UnexpectedEof if first.is_empty() => {
            format!("{host} closed the connection during the TLS handshake: does it speak TLS on this port?")
        }
        io::ErrorKind::UnexpectedEof => format!("{host} closed the connection during the TLS handshake"),
        io::ErrorKind::ConnectionReset => format!("connection reset by {host} during the TLS handshake"),
        _ => format!("no TLS handshake with {host}: {fault}"),
    };
    targets(TrafficErrorKind::Tls, what)
}

/// A TLS error in words. A host that does not like who the runner says that it is has the configuration to blame.
pub(super) fn error_of(error: &Error, host: &str, introduction: &Introduction) -> TrafficError {
    if let Error::AlertReceived(alert) = error
        && let Some(why) = unwelcome(*alert, host, introduction)
    {
        return journeys(TrafficErrorKind::Credentials, why);
    }
    let what = match error {
        Error::InvalidCertificate(why) => certificate(why, host),
        Error::AlertReceived(alert) => alerted(*alert, host),
        Error::InvalidMessage(_) => format!("{host} does not speak TLS on this port: {error}"),
        Error::PeerIncompatible(_) => {
            format!("{host} and the runner have no TLS version or cipher in common: {error}")
        }
        Error::NoCertificatesPresented => format!("{host} shows no certificate"),
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord => format!("{host} does not speak TLS as it should: {error}"),
        Error::DecryptError => {
            format!("{host} sent what cannot be deciphered: something between may change the bytes")
        }
        Error::NoApplicationProtocol => format!("{host} speaks none of the protocols offered to it"),
        _ => format!("no TLS with {host}: {error}"),
    };
    targets(TrafficErrorKind::Tls, what)
}

/// Why a host does not accept the client certificate, or the lack of one; none if it did not say that. Whoever asks for none
/// does not speak of it.
fn unwelcome(alert: AlertDescription, host: &str, introduction: &Introduction) -> Option<String> {
    use AlertDescription as Said;
    let is_about_it = match alert {
        Said::CertificateRequired => true,
        Said::BadCertificate
        | Said::UnsupportedCertificate
        | Said::UnknownCA
        | Said::CertificateUnknown
        | Said::CertificateExpired
        | Said::CertificateRevoked
        | Said::AccessDenied => introduction.was_asked(),
        // How some servers say over TLS 1.2 that they want one.
        Said::HandshakeFailure => introduction.was_asked() && introduction.identity().is_none(),
        _ => false,
    };
    if !is_about_it {
        return None;
    }
    let Some(identity) = introduction.identity() else {
        return Some(format!("{host} asks for a client certificate: add one for it to network.tls.client"));
    };
    let file = identity.file();
    Some(match identity.dates_at(UnixTime::since_unix_epoch(wall_now())) {
        Dates::Expired(when) => {
            format!("the client certificate {file} for {host} expired on {}: renew it", date(when))
        }
        Dates::NotYet(when) => format!(
            "the client certificate {file} for {host} is not valid before {}: renew it, or is the runner's clock wrong?",
            date(when)
        ),
        Dates::Good => format!(
            "{host} does not accept the client certificate {file} of network.tls.client ({alert:?}): is it from an authority \
             that the host trusts?"
        ),
    })
}

/// What the peer said when it broke off.
fn alerted(alert: AlertDescription, host: &str) -> String {
    use AlertDescription as Said;
    match alert {
        Said::UnrecognisedName => {
            format!(
                "{host} has no certificate for that name: name the one that it has by `sni` in network.host"
            )
        }
        Said::ProtocolVersion => format!("{host} speaks no TLS version that the runner speaks, 1.2 or 1.3"),
        Said::HandshakeFailure | Said::InsufficientSecurity => format!(
            "{host} broke off the TLS handshake ({alert:?}): it has no certificate for that name, or no TLS version or \
             cipher in common with the runner"
        ),
        Said::NoApplicationProtocol => format!("{host} speaks neither h2 nor http/1.1 over TLS"),
        _ => format!("{host} broke off the TLS handshake: {alert:?}"),
    }
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
            format!("the certificate is not for {host}: it names no host as a subject alternative name")
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
        CertificateError::BadEncoding => {
            format!("the certificate of {host} cannot be read: it is badly encoded, so make it anew")
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<ChainFault>() {
            Some(fault) => chain(fault, host),
            None => format!("the certificate of {host} is not valid: {}", other.0),
        },
        other => format!("the certificate of {host} is not valid: {other}"),
    }
}

fn chain(fault: &ChainFault, host: &str) -> String {
    match fault {
        ChainFault::SelfSigned => format!(
            "the certificate of {host} is self-signed and not trusted: add this very certificate to network.tls.ca"
        ),
        ChainFault::IntermediateExpired(when) => format!(
            "an intermediate certificate of {host}, between its own and the authority's, expired on {}: have the host \
             send the renewed one",
            date(*when)
        ),
        ChainFault::IntermediateNotYet(when) => format!(
            "an intermediate certificate of {host}, between its own and the authority's, is not valid before {}: is \
             the runner's clock right?",
            date(*when)
        ),
        ChainFault::Other(why) => format!("the certificate of {host} {}", flaw(why)),
    }
}

/// What is wrong with a certificate, as the end of a sentence about it.
fn flaw(why: &webpki::Error) -> String {
    use webpki::Error as Why;
    let words = match why {
        Why::CaUsedAsEndEntity => {
            "is an authority's (CA:TRUE) and not a server's: make one for the server, signed by it"
        }
        Why::EndEntityUsedAsCa => "is signed by a certificate that may sign none (it lacks CA:TRUE)",
        Why::NameConstraintViolation => {
            "is for a name that its authority may not vouch for (name constraints)"
        }
        Why::PathLenConstraintViolated => {
            "has more intermediate certificates than its authority allows (pathlen)"
        }
        Why::RequiredEkuNotFoundContext(_) | Why::EmptyEkuExtension => {
            "is not for servers: make one whose extended key usage has serverAuth"
        }
        Why::UnsupportedCertVersion => {
            "is not of X.509 version 3: make it anew, with a subject alternative name"
        }
        Why::UnsupportedCriticalExtension => "has a critical extension that the runner does not know",
        Why::UnsupportedSignatureAlgorithmContext(_)
        | Why::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
        | Why::SignatureAlgorithmMismatch => {
            "is signed in a way that is no longer accepted, such as SHA-1 or a short RSA key: renew it"
        }
        Why::MaximumPathBuildCallsExceeded
        | Why::MaximumPathDepthExceeded
        | Why::MaximumSignatureChecksExceeded
        | Why::MaximumNameConstraintComparisonsExceeded => {
            "comes with more certificates than the runner looks through: send only those up to the authority"
        }
        Why::MalformedExtensions
        | Why::MalformedDnsIdentifier
        | Why::MalformedNameConstraint
        | Why::ExtensionValueInvalid
        | Why::InvalidSerialNumber
        | Why::InvalidNetworkMaskConstraint => "is badly made and cannot be used: make it anew",
        Why::CertDistrusted => "is one that nobody trusts any more",
        other => return format!("is not valid: {other}"),
    };
    words.to_owned()
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
