//! Requests to a server.
//!
//! A command has one client, with one connection pool and one TLS configuration. A problem that the server reports is a
//! [`ClientError::Refused`]. The other errors differ by what a person would do about them.

use std::error::Error as _;
use std::sync::Once;
use std::time::Duration;

use reqwest::{Certificate, Method, RequestBuilder, Response, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::target::is_this_machine;
use super::{ClientError, Target};
use crate::protocol::{ProblemDetails, ProblemKind};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For a response that the server does not hold back.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Names and values of a URL's query.
pub(crate) type Query = Vec<(&'static str, String)>;

/// A client of one server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    target: Target,
}

/// One TLS provider for the whole process.
pub(crate) fn install_tls() {
    static ONCE: Once = Once::new();
    // It fails only if the same provider is installed already.
    ONCE.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
}

impl Client {
    pub(crate) fn new(target: Target) -> Result<Self, ClientError> {
        install_tls();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("wayfarer/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .tls_info(true)
            .redirect(reqwest::redirect::Policy::none());
        if is_this_machine(&target.url) {
            builder = builder.no_proxy();
        }
        if let Some((path, pem)) = &target.authorities {
            let refused = |reason: String| ClientError::Authorities { path: path.clone(), reason };
            let read = Certificate::from_pem_bundle(pem).map_err(|error| refused(cause(&error)))?;
            if read.is_empty() {
                return Err(refused("there is none".to_owned()));
            }
            builder = builder.tls_certs_merge(read);
        }
        let http = builder.build().map_err(|error| broken(&target.url, &error))?;
        Ok(Self { http, target })
    }

    /// The server's root.
    pub(crate) fn url(&self) -> &Url {
        &self.target.url
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Query) -> Result<T, ClientError> {
        self.read(self.request(Method::GET, path)?.query(query), TIMEOUT).await
    }

    /// Sends a request that the server may hold for up to `wait`.
    pub(crate) async fn wait<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        wait: Duration,
    ) -> Result<T, ClientError> {
        let query = [&query[..], &[("wait_ms", wait.as_millis().to_string())]].concat();
        self.slow(method, path, &query, wait).await
    }

    /// Sends a request that keeps the server at work for up to `most`.
    pub(crate) async fn slow<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        most: Duration,
    ) -> Result<T, ClientError> {
        self.read(self.request(method, path)?.query(query), TIMEOUT + most).await
    }

    /// Sends a body as JSON.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read(self.request(method, path)?.query(query).json(body), TIMEOUT).await
    }

    /// Uploads a component.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Query,
        bytes: Vec<u8>,
        timeout: Duration,
    ) -> Result<T, ClientError> {
        let request = self
            .request(Method::PUT, path)?
            .query(query)
            .header(header::CONTENT_TYPE, "application/wasm")
            .body(bytes);
        self.read(request, timeout).await
    }

    /// Requests something that is not JSON, such as an artifact.
    pub(crate) async fn download(&self, path: &str, query: &Query) -> Result<bytes::Bytes, ClientError> {
        let answer = self.execute(self.request(Method::GET, path)?.query(query), TIMEOUT).await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        answer.bytes().await.map_err(|error| self.failed(&error, TIMEOUT))
    }

    /// Deletes something; the response has no body.
    pub(crate) async fn delete(&self, path: &str, query: &Query) -> Result<(), ClientError> {
        let answer = self.execute(self.request(Method::DELETE, path)?.query(query), TIMEOUT).await?;
        if answer.status().is_success() { Ok(()) } else { Err(self.refused(answer).await) }
    }

    /// Requests what needs no token.
    pub(super) async fn get_without_token(&self, path: &str) -> Result<Response, ClientError> {
        let url = self.target.url.join(path).unwrap_or_else(|_| self.target.url.clone());
        self.execute(self.http.get(url), CONNECT_TIMEOUT).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ClientError> {
        let Some(token) = &self.target.token else {
            return Err(ClientError::NoToken { url: self.target.url.clone() });
        };
        // Paths are written in this program, and names in them have letters, digits and dashes only.
        let url = self.target.url.join(&format!("api/v1/{path}")).unwrap_or_else(|_| self.target.url.clone());
        Ok(self.http.request(method, url).bearer_auth(token.reveal()))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        timeout: Duration,
    ) -> Result<T, ClientError> {
        let answer = self.execute(request, timeout).await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        let status = answer.status().as_u16();
        let is_json = media_type(&answer) == "application/json";
        let bytes = answer.bytes().await.map_err(|error| self.failed(&error, timeout))?;
        let url = || self.target.url.clone();
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(value),
            Err(error) if is_json => Err(ClientError::Unreadable { url: url(), reason: error.to_string() }),
            Err(_) => Err(ClientError::Foreign { url: url(), status }),
        }
    }

    async fn execute(&self, request: RequestBuilder, timeout: Duration) -> Result<Response, ClientError> {
        request.timeout(timeout).send().await.map_err(|error| self.failed(&error, timeout))
    }

    /// The error for a response that is not a success.
    async fn refused(&self, answer: Response) -> ClientError {
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap_or_default();
        match serde_json::from_slice::<ProblemDetails>(&bytes) {
            Ok(problem) if matches!(problem.kind(), Some(ProblemKind::BadToken | ProblemKind::Forbidden)) => {
                let source_name = self.target.token_source.clone();
                ClientError::TokenRefused { problem: Box::new(problem), source_name }
            }
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => ClientError::Foreign { url: self.target.url.clone(), status },
        }
    }

    fn failed(&self, error: &reqwest::Error, timeout: Duration) -> ClientError {
        let url = self.target.url.clone();
        if is_about_trust(error) {
            ClientError::Untrusted { url, reason: cause(error) }
        } else if error.is_connect() {
            ClientError::Unreachable { url, reason: cause(error) }
        } else if error.is_timeout() {
            ClientError::Slow { url, seconds: timeout.as_secs() }
        } else {
            broken(&url, error)
        }
    }
}

fn broken(url: &Url, error: &reqwest::Error) -> ClientError {
    ClientError::Broken { url: url.clone(), reason: cause(error) }
}

fn media_type(answer: &Response) -> &str {
    let text = answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    text.split(';').next().unwrap_or("").trim()
}

/// The innermost error: what the operating system or TLS said.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let text = innermost.to_string();
    // `Connection refused (os error 111)` says it twice.
    let short = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = short.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether the server was reached and its certificate refused. The TLS error is inside an I/O error.
fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<rustls::Error>() {
            return true;
        }
        // An I/O error's source is that of the error inside it, which would be passed over.
        let inside = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        source = inside.map(|inside| inside as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    }
    false
}
