//! What is said of a listener without TLS.

use std::net::SocketAddr;

use crate::config::RunnerFile;

/// Tokens that travel in clear are anybody's.
pub(crate) fn warn_of_clear_text(address: SocketAddr, file: &RunnerFile) {
    let server = &file.toml.server;
    if server.tls.is_none() && server.trusted_proxies().is_empty() && !address.ip().is_loopback() {
        tracing::warn!(
            "the server listens at {address} without TLS: whoever is on the way can read tokens; name a certificate under [server.tls] \
             in wayfarer.toml, or the proxy that speaks TLS in trusted_proxies under [server]"
        );
    }
}
