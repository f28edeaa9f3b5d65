//! Targets: each listens on a port of its own, on a runtime in the background, until it is dropped.

mod dns;
mod floods;
mod http;
mod odd;
mod scripted;
mod shop;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub use dns::{NameServer, Names};
pub use floods::{Frames, flood};
pub use http::{Answer, Asked, Web, http, http_together, https, redirect, status, text};
pub use odd::{Manner, odd};
pub use scripted::{End, Script, scripted};
pub use shop::shop;

/// Where servers run.
pub(super) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Runtime::new().unwrap())
}

/// A server. Dropping it closes its port; connections that it has end by themselves.
pub struct Served {
    address: SocketAddr,
    scheme: &'static str,
    task: JoinHandle<()>,
}

impl Served {
    /// Listens and hands the listener to what serves it.
    fn start<F>(scheme: &'static str, serve: impl FnOnce(TcpListener) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = runtime().block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, scheme, task: runtime().spawn(serve(listener)) }
    }

    /// Its URL, by its address.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Its URL, by a name.
    pub fn url_by(&self, name: &str) -> String {
        format!("{}://{name}:{}", self.scheme, self.address.port())
    }

    /// Its address and port, as an allow-list names it.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address on which nobody listens: ports below 1024 are given to nobody who did not ask for them, and
/// nothing has asked for the first one in decades.
pub const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
