//! Questions to registries, over the network that the operator gave the server, its proxy included.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::LOCATION;
use serde::de::DeserializeOwned;
use url::Url;
use wayfarer_model::domain::{Registration, RegistrationError, Registries};
use wayfarer_model::units::UnixMillis;
use wayfarer_sandbox::Network;

use crate::channels::HttpRequest;
use crate::server::exchange::{Answered, Bounds, ExchangeError, exchange};

/// The list of registries is read anew after so many milliseconds: they rarely move.
const LIST_LASTS_MS: u64 = 86_400_000;

/// How long one answer may take.
const WITHIN: Duration = Duration::from_secs(15);

/// The longest answer, in bytes. The list of registries has 100 kB in 2026.
const LONGEST: usize = 4 << 20;

/// A registry may send the question on to the registrar's server, and a directory of registries to the registry's.
const REDIRECTS: usize = 3;

/// Asks registries. The list of them is kept in memory.
pub(crate) struct DomainLookup {
    network: Arc<Network>,
    list: String,
    registries: Option<(UnixMillis, Registries)>,
}

/// Why the list of registries is not known.
#[derive(Debug, thiserror::Error)]
#[error(
    "the list of registries at {list} cannot be read: {why}; `[domains]` in wayfarer.toml can name another, or turn `lookup` off"
)]
pub(crate) struct LookupError {
    list: String,
    why: String,
}

/// Why nobody knows when a domain expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoAnswer {
    pub(crate) problem: String,
    /// For how long the registry does not want to be asked.
    pub(crate) after: Option<Duration>,
    /// Whether another question would have the same end, as far as one knows.
    pub(crate) is_final: bool,
}

impl DomainLookup {
    pub(crate) fn new(network: Arc<Network>, list: String) -> Self {
        Self { network, list, registries: None }
    }

    /// The URL that tells of a domain; none if no registry does.
    ///
    /// # Errors
    /// Nobody knows the registries: their list cannot be read, and none was read before.
    pub(crate) async fn question(
        &mut self,
        domain: &str,
        now: UnixMillis,
    ) -> Result<Option<Url>, LookupError> {
        let is_old = |(read, _): &(UnixMillis, _)| now.0.abs_diff(read.0) > LIST_LASTS_MS;
        if self.registries.as_ref().is_none_or(is_old) {
            match self.read_list().await {
                Ok(list) => self.registries = Some((now, list)),
                Err(why) => {
                    let error = LookupError { list: self.list.clone(), why };
                    if self.registries.is_none() {
                        return Err(error);
                    }
                    tracing::warn!("{error}; the list that was read before is used");
                }
            }
        }
        Ok(self.registries.as_ref().and_then(|(_, registries)| registries.question(domain)))
    }

    async fn read_list(&self) -> Result<Registries, String> {
        let url = Url::parse(&self.list).map_err(|error| error.to_string())?;
        let body = self.get(&url).await.map_err(|failed| failed.problem)?;
        read(&body)
    }

    /// When the registration of a domain expires.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub(crate) async fn expires(&self, question: &Url, domain: &str) -> Result<UnixMillis, NoAnswer> {
        let host = question.host_str().unwrap_or_default();
        let of_registry =
            |failed: NoAnswer| NoAnswer { problem: format!("{host}: {}", failed.problem), ..failed };
        let body = self.get(question).await.map_err(of_registry)?;
        let registration: Registration = read(&body).map_err(|why| of_registry(NoAnswer::later(why)))?;
        registration.expires(domain).map_err(|error| {
            let is_final = error == RegistrationError::NoDate;
            of_registry(NoAnswer { is_final, ..NoAnswer::later(error.to_string()) })
        })
    }

    async fn get(&self, url: &Url) -> Result<Bytes, NoAnswer> {
        let getting = async {
            let mut url = url.clone();
            for _ in 0..=REDIRECTS {
                let answered = self.get_once(&url).await?;
                match redirect(&url, &answered) {
                    None => return body(answered),
                    Some(next) => url = next?,
                }
            }
            Err(NoAnswer::later(format!("it redirects more than {REDIRECTS} times")))
        };
        let late = || NoAnswer::later(format!("it took longer than {} s", WITHIN.as_secs()));
        tokio::time::timeout(WITHIN, getting).await.unwrap_or_else(|_| Err(late()))
    }

    async fn get_once(&self, url: &Url) -> Result<Answered, NoAnswer> {
        let request = HttpRequest {
            method: http::Method::GET,
            url: url.clone(),
            headers: vec![("accept", "application/rdap+json, application/json".to_owned())],
            own_headers: Vec::new(),
            body: Bytes::new(),
        };
        let bounds = Bounds { connect: WITHIN, body: LONGEST, body_within: WITHIN };
        exchange(&self.network, &request, bounds)
            .await
            .map_err(|error: ExchangeError| NoAnswer::later(error.to_string()))
    }
}

impl NoAnswer {
    fn later(problem: String) -> Self {
        Self { problem, after: None, is_final: false }
    }
}

/// Where an answer sends the question on to. From `https` it goes on to `https` alone.
fn redirect(from: &Url, answered: &Answered) -> Option<Result<Url, NoAnswer>> {
    if !matches!(answered.head.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answered.head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| from.join(location).ok());
    let next =
        next.filter(|next| next.scheme() == "https" || (next.scheme() == "http" && from.scheme() == "http"));
    Some(next.ok_or_else(|| {
        NoAnswer::later(format!("it redirects to `{}`, where nobody asks", location.unwrap_or_default()))
    }))
}

fn body(answered: Answered) -> Result<Bytes, NoAnswer> {
    let status = answered.head.status;
    if !status.is_success() {
        return Err(NoAnswer {
            after: answered.retry_after(),
            // It does not know the domain, and will not tomorrow.
            is_final: status.as_u16() == 404,
            ..NoAnswer::later(format!("it answered {status}"))
        });
    }
    answered.body.ok_or_else(|| NoAnswer::later("its answer is too long, or broke off".to_owned()))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| format!("its answer is not what was expected: {error}"))
}
