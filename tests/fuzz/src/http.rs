//! Answers of a target, byte by byte: the whole engine over a socket of this machine, in one thread. HTTP/2 comes after an
//! honest TLS handshake, because that is where the engine speaks it.

use std::cell::LazyCell;
use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::limits::Limits;
use wayfarer_sandbox::http::{
    HttpRequest, HttpResponse, RedirectPolicy, SealedSecrets, Secret, SendError, fuzz,
};
use wayfarer_sandbox::net::{Network, NetworkSettings, RootStore, Timeouts};

use crate::Target;

/// The value of a secret that the target knows; no answer may show it to a guest.
const VALUE: &str = "s3cret-0f1e2d3c";
/// The most of a body that a guest is given.
const KEEP: u64 = 4 << 10;

/// An answer's bytes. The first byte says how many of them are written at once.
pub(crate) const HTTP1: Target = Target {
    name: "http1",
    run: |data| with_scene(|scene| scene.exchange(data, false)),
    seeds: || {
        [
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n5;a=b\r\nabcde\r\n0\r\nt: u\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\ns3cret-0f1e2d3c s3cret-0f1e",
            "HTTP/1.1 302 Found\r\nlocation: /s3cret-0f1e2d3c\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 500 s3cret-0f1e2d3c\r\nx: s3cret-0f1e2d3c\r\ncontent-type: text/plain\r\n\r\ns3cret-0f1e2d3c",
            "HTTP/1.1 302 Found\r\nset-cookie: a=s3cret-0f1e2d3c; path=/; secure; max-age=9\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n",
            "ICY 200 OK\r\n\r\n",
        ]
        .map(|answer| [b"\xff".as_slice(), answer.as_bytes()].concat())
        .into_iter()
        .chain(ENCODED.iter().map(|(name, body)| {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {name}\r\ncontent-length: {}\r\n\r\n", body.len());
            [b"\xff", head.as_bytes(), body].concat()
        }))
        .collect()
    },
    is_slow: true,
};

/// A body with the value in it, encoded.
const ENCODED: [(&str, &[u8]); 4] = [
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\x28\x36\x4e\x2e\x4a\x2d\xd1\x35\x48\x33\x4c\x35\x4a\x31\x4e\x56\xc8\x20\x41\x14\x00\x65\xe7\x1a\x20\x42\x00\x00\x00"),
    ("deflate", b"\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\x28\x36\x4e\x2e\x4a\x2d\xd1\x35\x48\x33\x4c\x35\x4a\x31\x4e\x56\xc8\x20\x41\x14\x00\xe5\x36\x15\x88"),
    ("br", b"\x0b\x02\x80hello\x03"),
    ("zstd", b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"),
];

/// Frames: kind, flags, stream, length, payload.
pub(crate) const HTTP2: Target = Target {
    name: "http2",
    run: |data| with_scene(|scene| scene.exchange(&frames(data), true)),
    seeds: || {
        let head = [1, 4, 1, 1, 0x88];
        let frame = |frames: &[&[u8]]| frames.concat();
        vec![
            frame(&[&head, &[0, 1, 1, 5], b"hello"]),
            frame(&[&[1, 4, 1, 5, 0x08, 3, b'1', b'0', b'3'], &head, &[0, 1, 1, 0]]),
            frame(&[&[1, 0, 1, 1, 0x88], &[9, 0, 1, 0], &[9, 4, 1, 0], &[0, 1, 1, 0]]),
            frame(&[
                &[4, 0, 0, 6, 0, 3, 0, 0, 0, 0],
                &[6, 0, 0, 8],
                &[7; 8],
                &[8, 0, 1, 4, 0x7f, 0xff, 0xff, 0xff],
            ]),
            frame(&[&[7, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0]]),
            frame(&[&[3, 0, 1, 4, 0, 0, 0, 8]]),
            frame(&[&[5, 4, 1, 5, 0, 0, 0, 2, 0x82]]),
            frame(&[&head, &[0, 8, 1, 3, 2, 0, 0], &[0, 9, 1, 1, 0]]),
            frame(&[&[1, 5, 1, 20, 0x88, 0x40, 1, b'x', 15], VALUE.as_bytes()]),
            frame(&[&[99, 0, 0, 0], &head, &[2, 0, 1, 5, 0, 0, 0, 1, 0], &[0, 1, 1, 15], VALUE.as_bytes()]),
        ]
    },
    is_slow: true,
};

/// Frames whose lengths are right, as most of a real peer's are, behind the settings that begin a connection.
fn frames(mut data: &[u8]) -> Vec<u8> {
    let mut wire = vec![255, 0, 0, 0, 4, 0, 0, 0, 0, 0];
    while let [kind, flags, stream, length, rest @ ..] = data {
        let (payload, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        let length = u8::try_from(payload.len()).unwrap();
        wire.extend([0, 0, length, *kind, *flags, 0, 0, 0, *stream]);
        wire.extend(payload);
        data = rest;
    }
    wire
}

/// Both ends of an exchange, set up once in a process.
struct Scene {
    runtime: Runtime,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    network: Arc<Network>,
}

fn with_scene(run: impl FnOnce(&Scene)) {
    thread_local!(static SCENE: LazyCell<Scene> = LazyCell::new(Scene::new));
    SCENE.with(|scene| run(scene));
}

impl Scene {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let (authority, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params.self_signed(&authority).unwrap();
        let issuer = Issuer::new(params, authority);
        let leaf =
            CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let settings = NetworkSettings {
            policy: EgressPolicy::parse("here", ["127.0.0.0/8"]).unwrap(),
            roots: RootStore::Only(vec![root.pem().into_bytes()]),
            ..NetworkSettings::default()
        };
        let network = Arc::new(Network::new(settings).unwrap());
        Self { runtime, listener, acceptor: TlsAcceptor::from(Arc::new(config)), network }
    }

    fn exchange(&self, answer: &[u8], is_h2: bool) {
        let Some((at_once, answer)) = answer.split_first() else { return };
        let at_once = usize::from(*at_once).saturating_mul(16) + 1;
        let scheme = if is_h2 { "https" } else { "http" };
        let address = self.listener.local_addr().unwrap();
        let hosts = vec![address.to_string().parse().unwrap()];
        let secret = Secret { hosts, plaintext: true, ..Secret::new("key", VALUE) };
        let secrets = Arc::new(SealedSecrets::new(vec![secret], |bytes| bytes.fill(7)));
        let limits = Limits { traffic: 1 << 20, ..Limits::default() };
        let session = fuzz::session(Arc::clone(&self.network), limits, secrets);
        let short = Some(Duration::from_millis(200));
        let request = HttpRequest {
            redirects: RedirectPolicy::Follow(2),
            jar: Some(0),
            max_body: Some(KEEP),
            timeouts: Timeouts { wait: short, receive: short, ..Timeouts::default() },
            ..HttpRequest::new("GET", format!("{scheme}://{address}/"))
        };
        let client = async {
            let ended = session.send(request).await;
            drop(session);
            ended
        };
        let peer = async {
            // A redirect to it brings further connections.
            loop {
                let (tcp, _) = self.listener.accept().await.unwrap();
                tcp.set_nodelay(true).unwrap();
                if is_h2 {
                    if let Ok(tls) = self.acceptor.accept(tcp).await {
                        speak(tls, answer, at_once).await;
                    }
                } else {
                    speak(tcp, answer, at_once).await;
                }
            }
        };
        let ended = self.runtime.block_on(first(client, peer));
        judge(ended);
    }
}

/// The output of the client, whatever the peer still does.
async fn first<T>(client: impl Future<Output = T>, peer: impl Future<Output = ()>) -> T {
    tokio::select! {
        ended = client => ended,
        () = peer => unreachable!("it accepts without end"),
    }
}

/// Reads what a request begins with, writes the answer, and closes.
async fn speak(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8], at_once: usize) {
    let mut request = [0; 4 << 10];
    if stream.read(&mut request).await.is_err() {
        return;
    }
    for part in answer.chunks(at_once) {
        if stream.write_all(part).await.is_err() || stream.flush().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
    // An orderly end; a reset could take what is on the way with it.
    let _ = stream.shutdown().await;
    while stream.read(&mut request).await.is_ok_and(|count| count > 0) {}
}

fn judge(ended: Result<HttpResponse, SendError>) {
    match ended {
        Ok(response) => {
            // An answer of 101 that nobody asked for is shown as what it is; others below 200 are no answers.
            let is_answer = response.status == 101 || (200..1_000).contains(&response.status);
            assert!(is_answer, "{}", response.status);
            assert!(response.body.len() as u64 <= KEEP, "{} bytes", response.body.len());
            assert!(response.redirects <= 2);
            let headers = response.header_texts().into_iter().map(|(name, value)| format!("{name}: {value}"));
            let shown =
                headers.chain([response.url.clone(), String::from_utf8_lossy(&response.body).into_owned()]);
            for text in shown {
                assert!(!text.to_ascii_lowercase().contains(VALUE), "{text}");
            }
        }
        Err(SendError::Failed(error)) => {
            assert!(!error.message.contains(VALUE) && error.message.len() < 4_000, "{error:?}");
        }
        Err(SendError::Stop(_)) => {}
    }
}
