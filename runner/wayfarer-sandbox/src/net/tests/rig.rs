//! One attempt's dialer, and peers that send back whatever they receive.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::limits::Limits;
use wayfarer_model::traffic::{HttpFacts, TrafficError, TrafficKind, TrafficRecord};

use crate::net::{
    Budget, Dialer, Endpoint, Network, NetworkSettings, RootStore, Security, Stream, Timeouts, Trace,
};
use crate::tape::{Tape, TrafficOwner};

pub(super) struct Rig {
    pub(super) tape: Tape,
    dialer: Dialer,
}

impl Rig {
    pub(super) fn new(allowed: &[&str], settings: NetworkSettings) -> Self {
        let policy = EgressPolicy::parse("network.allow", allowed.iter().copied()).unwrap();
        let network = Network::new(NetworkSettings { policy, ..settings }).unwrap();
        let tape = Tape::live(Limits::default(), [7; 32], None);
        Self { tape, dialer: Dialer::new(Arc::new(network)) }
    }

    /// Loopback is allowed by address and by the name `localhost`.
    pub(super) fn local() -> Self {
        Self::new(&["127.0.0.0/8", "localhost:*"], NetworkSettings::default())
    }

    pub(super) fn trusting(authority_pem: &str) -> Self {
        let roots = RootStore::Only(vec![authority_pem.as_bytes().to_vec()]);
        Self::new(&["127.0.0.0/8", "localhost:*"], NetworkSettings { roots, ..NetworkSettings::default() })
    }

    pub(super) async fn dial(
        &self,
        host: &str,
        port: u16,
        security: Security<'_>,
        timeouts: Timeouts,
    ) -> Result<Stream, TrafficError> {
        // The network asks nothing of the kind.
        let kind = TrafficKind::Http(HttpFacts::request("DIAL", host));
        let mut trace = Trace::begin(&self.tape, kind, TrafficOwner::default()).unwrap();
        let budget = Budget::begin(&self.tape, timeouts);
        let dial = self.dialer.dial(Endpoint { host, port }, security, &budget, &mut trace);
        // A test that hangs should fail, and say where.
        let dialled = tokio::time::timeout(Duration::from_secs(20), dial).await.unwrap();
        match &dialled {
            Ok(stream) => trace.board(stream.peer(), false, 0),
            Err(error) => trace.fail(error),
        }
        dialled
    }

    /// What the attempt's clock says.
    pub(super) fn elapsed(&self) -> Duration {
        self.tape.now().to_duration()
    }

    /// Ends the tape.
    pub(super) fn records(&self) -> Vec<TrafficRecord> {
        self.tape.finish().recording.traffic
    }
}

/// A peer that sends back whatever it receives. It ends with the test.
pub(super) struct Echo {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Echo {
    pub(super) async fn plaintext() -> Self {
        Self::start(None).await
    }

    pub(super) async fn tls(config: rustls::ServerConfig) -> Self {
        Self::start(Some(TlsAcceptor::from(Arc::new(config)))).await
    }

    async fn start(acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    // A client that breaks off is no concern of the peer's.
                    let _ = match acceptor {
                        None => echo(tcp).await,
                        Some(acceptor) => match acceptor.accept(tcp).await {
                            Ok(tls) => echo(tls).await,
                            Err(_) => Ok(0),
                        },
                    };
                });
            }
        });
        Self { address, task }
    }
}

async fn echo(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite) -> std::io::Result<u64> {
    let (mut read, mut write) = split(stream);
    copy(&mut read, &mut write).await
}

/// Sends words and reads as many bytes back.
pub(super) async fn exchange(stream: &mut Stream, words: &str) -> String {
    stream.write_all(words.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = vec![0; words.len()];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
