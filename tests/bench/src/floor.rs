//! The floor: J5 on bare hyper, one new connection a run, the TLS configuration shared.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Method, path, body, expected status, and where the value is that is looked at.
pub(crate) const WORK: [(Method, &str, &str, u16, &str); 5] = [
    (Method::GET, "/page", "", 200, "/ok"),
    (Method::POST, "/session", r#"{"user":"ana"}"#, 200, "/token"),
    (Method::POST, "/items", r#"{"sku":"A1"}"#, 201, "/id"),
    (Method::GET, "/items/7", "", 200, "/id"),
    (Method::DELETE, "/items/7", "", 200, "/deleted"),
];

/// Where to, and how.
#[derive(Clone)]
pub(crate) struct Floor {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
    /// What every path begins with.
    pub(crate) prefix: Arc<str>,
}

impl Floor {
    /// One run.
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.walk(stream).await,
            Some(config) => {
                let name = ServerName::from(self.address.ip());
                self.walk(TlsConnector::from(Arc::clone(config)).connect(name, stream).await?).await
            }
        }
    }

    async fn walk(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> anyhow::Result<()> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);
        let host = self.address.to_string();
        for (method, path, body, status, pointer) in WORK {
            let request = Request::builder()
                .method(method)
                .uri(format!("{}{path}", self.prefix))
                .header(http::header::HOST, &host)
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(Full::new(Bytes::from_static(body.as_bytes())))?;
            let response = sender.send_request(request).await?;
            ensure!(response.status() == status, "{path} answered {}", response.status());
            let body = response.into_body().collect().await?.to_bytes();
            serde_json::from_slice::<Value>(&body)?.pointer(pointer).context("the value is not there")?;
        }
        driver.abort();
        Ok(())
    }
}

/// The TLS configuration that trusts the bench's own server; without resumption, as in the sandbox.
pub(crate) fn tls(pem: &str) -> anyhow::Result<Arc<rustls::ClientConfig>> {
    use rustls::pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}
