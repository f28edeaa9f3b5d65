//! Questions to a server and its answers.
//!
//! One client a command, with one connection pool and one TLS configuration. The server's words come out as
//! [`ClientError::Refused`]; everything else that can go wrong is told apart by what a person would do about it.

use std::error::Error as _;
use std::sync::Once;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::target::is_here;
use super::{ClientError, Place};
use crate::protocol::ProblemDetails;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take that nobody is asked to wait for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Names and values of a query.
pub(crate) type Query = Vec<(&'static str, String)>;

/// Talks to one server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    place: Place,
}

/// One TLS provider for the whole process.
pub(crate) fn install_tls() {
    static ONCE: Once = Once::new();
    // Whoever was first has installed the same.
    ONCE.call_once(|| drop(rustls::crypto::aws_lc_rs::default_provider().install_default()));
}

impl Client {
    /// For one server.
    pub(crate) fn new(place: Place) -> Result<Self, ClientError> {
        install_tls();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("wayfarer/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none());
        if is_here(&place.url) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| broken(&place.url, &error))?;
        Ok(Self { http, place })
    }

    /// Where it asks.
    pub(crate) fn url(&self) -> &Url {
        &self.place.url
    }

    /// Asks for something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Query) -> Result<T, ClientError> {
        self.read(self.question(Method::GET, path)?.query(query), PATIENCE).await
    }

    /// Asks for something that the server may wait for.
    pub(crate) async fn wait<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        wait: Duration,
    ) -> Result<T, ClientError> {
        let wait_query = [("wait_ms", wait.as_millis().to_string())];
        let question = self.question(method, path)?.query(query).query(&wait_query);
        self.read(question, PATIENCE + wait).await
    }

    /// Sends something to be done.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &Query,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read(self.question(method, path)?.query(query).json(body), PATIENCE).await
    }

    /// Uploads bytes; the server may take its time over them.
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &Query,
        bytes: Vec<u8>,
        patience: Duration,
    ) -> Result<T, ClientError> {
        let question = self
            .question(Method::PUT, path)?
            .query(query)
            .header(header::CONTENT_TYPE, "application/wasm")
            .body(bytes);
        self.read(question, patience).await
    }

    /// Takes something away, or does what has no answer.
    pub(crate) async fn delete(&self, path: &str, query: &Query) -> Result<(), ClientError> {
        let answer = self.ask(self.question(Method::DELETE, path)?.query(query), PATIENCE).await?;
        if answer.status().is_success() { Ok(()) } else { Err(self.refused(answer).await) }
    }

    /// Asks what everybody may know.
    pub(super) async fn ask_openly(&self, path: &str) -> Result<Response, ClientError> {
        let url = self.place.url.join(path).unwrap_or_else(|_| self.place.url.clone());
        self.ask(self.http.get(url), CONNECT).await
    }

    fn question(&self, method: Method, path: &str) -> Result<RequestBuilder, ClientError> {
        let Some(token) = &self.place.token else {
            return Err(ClientError::NoToken { url: self.place.url.clone() });
        };
        // The paths are our own and names in them are of letters, digits and dashes.
        let url = self.place.url.join(&format!("api/v1/{path}")).unwrap_or_else(|_| self.place.url.clone());
        Ok(self.http.request(method, url).bearer_auth(token.reveal()))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        question: RequestBuilder,
        patience: Duration,
    ) -> Result<T, ClientError> {
        let answer = self.ask(question, patience).await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        let status = answer.status().as_u16();
        let is_json = media_type(&answer) == "application/json";
        let bytes = answer.bytes().await.map_err(|error| self.failed(&error, patience))?;
        let url = || self.place.url.clone();
        match serde_json::from_slice(&bytes) {
            Ok(value) => Ok(value),
            Err(error) if is_json => Err(ClientError::Unreadable { url: url(), reason: error.to_string() }),
            Err(_) => Err(ClientError::Foreign { url: url(), status }),
        }
    }

    async fn ask(&self, question: RequestBuilder, patience: Duration) -> Result<Response, ClientError> {
        question.timeout(patience).send().await.map_err(|error| self.failed(&error, patience))
    }

    /// An answer that is no success.
    async fn refused(&self, answer: Response) -> ClientError {
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap_or_default();
        match serde_json::from_slice::<ProblemDetails>(&bytes) {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => ClientError::Foreign { url: self.place.url.clone(), status },
        }
    }

    fn failed(&self, error: &reqwest::Error, patience: Duration) -> ClientError {
        let url = self.place.url.clone();
        if error.is_connect() && !is_about_trust(error) {
            ClientError::Unreachable { url, reason: cause(error) }
        } else if error.is_timeout() {
            ClientError::Slow { url, seconds: patience.as_secs() }
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

/// Whether a connection came about and was not trusted. The TLS error is inside an I/O error.
fn is_about_trust(error: &reqwest::Error) -> bool {
    let is_tls = |error: &(dyn std::error::Error + 'static)| {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        error.is::<rustls::Error>()
            || inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>)
    };
    let mut source = error.source();
    while let Some(error) = source {
        if is_tls(error) {
            return true;
        }
        source = error.source();
    }
    false
}
