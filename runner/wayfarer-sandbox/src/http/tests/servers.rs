//! Peers: an honest HTTP server with or without TLS, and a scripted one that does as it likes with a socket.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// A server; it ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
    /// Connections accepted so far.
    pub(crate) accepted: Arc<AtomicUsize>,
    /// Told whenever a connection ended.
    pub(crate) ended: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn https(&self, host: &str, path: &str) -> String {
        format!("https://{host}:{}{path}", self.address.port())
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// A server in the clear.
    pub(crate) async fn plain<F, R>(answer: F) -> Self
    where
        F: Fn(Seen) -> R + Send + Sync + 'static,
        R: Future<Output = Response<Bytes>> + Send + 'static,
    {
        Self::honest(None, answer).await
    }

    /// A server behind TLS.
    pub(crate) async fn tls<F, R>(config: rustls::ServerConfig, answer: F) -> Self
    where
        F: Fn(Seen) -> R + Send + Sync + 'static,
        R: Future<Output = Response<Bytes>> + Send + 'static,
    {
        Self::honest(Some(TlsAcceptor::from(Arc::new(config))), answer).await
    }

    async fn honest<F, R>(acceptor: Option<TlsAcceptor>, answer: F) -> Self
    where
        F: Fn(Seen) -> R + Send + Sync + 'static,
        R: Future<Output = Response<Bytes>> + Send + 'static,
    {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (answer, log) = (Arc::new(answer), Arc::clone(&seen));
        let mut server = Self::scripted(move |_, tcp| {
            let (answer, log, acceptor) = (Arc::clone(&answer), Arc::clone(&log), acceptor.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let path = parts.uri.path_and_query().unwrap().to_string();
                    let seen = Seen { method: parts.method.to_string(), path, headers: parts.headers, body };
                    log.lock().push(seen.clone());
                    Ok::<_, hyper::Error>(answer(seen).await.map(Full::new))
                }
            });
            async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                let _ = match acceptor {
                    None => builder.serve_connection(TokioIo::new(tcp), service).await,
                    Some(acceptor) => match acceptor.accept(tcp).await {
                        Ok(tls) => builder.serve_connection(TokioIo::new(tls), service).await,
                        Err(_) => Ok(()),
                    },
                };
            }
        })
        .await;
        server.seen = seen;
        server
    }

    /// A peer that does with each connection, numbered from 0, what it is told to.
    pub(crate) async fn scripted<F, R>(script: F) -> Self
    where
        F: Fn(usize, TcpStream) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (accepted, ended): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
        let (count, end) = (Arc::clone(&accepted), Arc::clone(&ended));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                tcp.set_nodelay(true).unwrap();
                let (scene, end) = (script(count.fetch_add(1, Ordering::SeqCst), tcp), Arc::clone(&end));
                connections.spawn(async move {
                    scene.await;
                    end.notify_one();
                });
            }
        });
        Self { address, seen: Arc::default(), accepted, ended, task }
    }
}

/// Reads up to the end of a request's head.
pub(crate) async fn read_head(tcp: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if tcp.read(&mut byte).await.unwrap_or(0) == 0 {
            break;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A peer that reads each request's head, says these words and then holds the line.
pub(crate) async fn says(words: &'static str) -> Server {
    Server::scripted(move |_, mut tcp| async move {
        read_head(&mut tcp).await;
        tcp.write_all(words.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await
}

/// A peer that reads a request's head, says these words and hangs up.
pub(crate) async fn says_and_closes(words: &'static str) -> Server {
    Server::scripted(move |_, mut tcp| async move {
        read_head(&mut tcp).await;
        tcp.write_all(words.as_bytes()).await.unwrap();
    })
    .await
}

/// Always the same.
pub(crate) async fn hello(_: Seen) -> Response<Bytes> {
    Response::new(Bytes::from_static(b"hello"))
}

/// What was sent.
pub(crate) async fn echo(seen: Seen) -> Response<Bytes> {
    Response::new(seen.body)
}
