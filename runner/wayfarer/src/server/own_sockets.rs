//! The sockets at which this server can be reached, which journeys may call only where an entry names them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A socket for each address of this machine, if the server listens at all of them.
pub(crate) fn own_sockets(listen: SocketAddr) -> Vec<SocketAddr> {
    if !listen.ip().is_unspecified() {
        return vec![listen];
    }
    let mut addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => addresses.extend(interfaces.iter().map(if_addrs::Interface::ip)),
        Err(error) => tracing::warn!(
            %error,
            "cannot list this machine's addresses: journeys may call the server where their tenant's list allows it"
        ),
    }
    addresses.into_iter().map(|address| SocketAddr::new(address, listen.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_at_every_address() {
        let own = own_sockets("0.0.0.0:7300".parse().unwrap());
        assert!(own.contains(&"127.0.0.1:7300".parse().unwrap()), "{own:?}");
        let here: SocketAddr = "10.1.2.3:7300".parse().unwrap();
        assert_eq!(own_sockets(here), [here]);
    }
}
