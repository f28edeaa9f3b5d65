//! What a server says without a token: whether it works, and its time.

use reqwest::header::DATE;
use reqwest::tls::TlsInfo;
use wayfarer_model::units::UnixMillis;

use super::{Client, ClientError};
use crate::protocol::ProblemDetails;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// Why the server does not work; none if it works.
    pub(crate) unready: Option<String>,
    /// The server's time, cut to whole seconds.
    pub(crate) date: Option<UnixMillis>,
    /// Until when its certificate is valid; none without TLS.
    pub(crate) certificate_expires: Option<UnixMillis>,
}

impl Client {
    pub(crate) async fn health(&self) -> Result<Health, ClientError> {
        let answer = self.get_without_token("readyz").await?;
        let date =
            answer.headers().get(DATE).and_then(|date| UnixMillis::parse_http(date.to_str().ok()?).ok());
        let shown = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        let certificate_expires = shown.and_then(expiry);
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap_or_default();
        let unready = match (status, serde_json::from_slice::<ProblemDetails>(&body)) {
            (200, _) => None,
            (503, Ok(problem)) => Some(problem.detail),
            _ => return Err(ClientError::Foreign { url: self.url().clone(), status }),
        };
        Ok(Health { unready, date, certificate_expires })
    }
}

fn expiry(certificate: &[u8]) -> Option<UnixMillis> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let seconds = u64::try_from(parsed.validity().not_after.timestamp()).ok()?;
    Some(UnixMillis(seconds.saturating_mul(1_000)))
}
