//! Targets that speak HTTP as they should, with or without TLS, and remember what they were asked.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Barrier;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::Served;

/// What it answers.
pub type Answer = Response<Full<Bytes>>;

/// What it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// How many requests came before.
    pub number: usize,
}

/// A server and what it was asked so far.
pub struct Web {
    served: Served,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Web {
    /// What it was asked so far, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Deref for Web {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

/// An answer of 200 with a text.
pub fn text(body: impl Into<Bytes>) -> Answer {
    Response::builder().header("content-type", "text/plain").body(Full::new(body.into())).unwrap()
}

/// An answer that leads elsewhere.
pub fn redirect(location: &str) -> Answer {
    Response::builder().status(302).header("location", location).body(Full::default()).unwrap()
}

/// An answer of another status.
pub fn status(code: u16, body: &'static str) -> Answer {
    Response::builder().status(code).body(body.into()).unwrap()
}

/// Serves without TLS.
pub fn http(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Web {
    start(None, None, answer)
}

/// Serves without TLS, and answers nobody before so many have asked.
pub fn http_together(count: usize, answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Web {
    start(None, Some(Barrier::new(count)), answer)
}

/// Serves with TLS.
pub fn https(tls: ServerConfig, answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Web {
    start(Some(TlsAcceptor::from(Arc::new(tls))), None, answer)
}

fn start(
    tls: Option<TlsAcceptor>,
    together: Option<Barrier>,
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
) -> Web {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let host = Arc::new(Host { asked: Arc::clone(&asked), together, answer });
    let scheme = if tls.is_some() { "https" } else { "http" };
    let served = Served::start(scheme, |listener| async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (host, tls) = (Arc::clone(&host), tls.clone());
            tokio::spawn(async move {
                match tls {
                    None => host.serve(stream).await,
                    // A handshake that fails is the client's to report.
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            host.serve(stream).await;
                        }
                    }
                }
            });
        }
    });
    Web { served, asked }
}

struct Host<F> {
    asked: Arc<Mutex<Vec<Asked>>>,
    together: Option<Barrier>,
    answer: F,
}

impl<F: Fn(&Asked) -> Answer + Send + Sync + 'static> Host<F> {
    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service_fn(move |request| {
            let host = Arc::clone(&self);
            async move { Ok::<_, Infallible>(host.answer(request).await) }
        });
        // How a connection ends is the client's to report.
        let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        let target = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let mut asked =
            Asked { method: parts.method.to_string(), target, headers: parts.headers, body, number: 0 };
        {
            let mut all = self.asked.lock().unwrap();
            asked.number = all.len();
            all.push(asked.clone());
        }
        if let Some(together) = &self.together {
            together.wait().await;
        }
        (self.answer)(&asked)
    }
}
