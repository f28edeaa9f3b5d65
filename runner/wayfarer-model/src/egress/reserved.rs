//! Addresses that an entry grants only if it names them, or the block that they are in. An entry for a wider network, such as
//! `0.0.0.0/0`, means "everything out there" and not this machine, its links, or what gives clouds' machines their
//! credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::embedded_v4;

/// The credentials services of clouds. Sources: the documentation of AWS (EC2, ECS, EKS), Azure, Google Cloud, Alibaba and
/// Oracle.
const METADATA_V4: [Ipv4Addr; 5] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(100, 100, 100, 200),
];

const METADATA_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// Whether it is one of the credentials services.
pub(super) fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => METADATA_V4.contains(&v4),
        IpAddr::V6(v6) => METADATA_V6.contains(&v6),
    }
}

/// How long the prefix of an entry must be to grant an address that it contains.
pub(super) fn least_prefix(address: IpAddr) -> u8 {
    match address {
        address if is_metadata(address) => {
            if address.is_ipv4() {
                32
            } else {
                128
            }
        }
        IpAddr::V4(v4) => match v4.octets() {
            [0 | 127, ..] => 8,
            [169, 254, ..] => 16,
            _ => 0,
        },
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() => 128,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => 10,
        IpAddr::V6(v6) => match embedded_v4(v6) {
            Some((before, v4)) => match least_prefix(v4.into()) {
                0 => 0,
                bits => before + bits,
            },
            None => 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_embeds_a_reserved_one_is_as_reserved() {
        for (address, bits) in [
            ("::1", 128),
            ("127.0.0.1", 8),
            ("169.254.169.254", 32),
            ("64:ff9b::7f00:1", 104),
            ("64:ff9b::a9fe:1", 112),
            ("64:ff9b::a9fe:a9fe", 128),
            ("2002:7f00:1::1", 24),
            ("2002:a9fe:a9fe::1", 48),
            ("64:ff9b::a00:1", 0),
            ("fd00::1", 0),
        ] {
            assert_eq!(least_prefix(address.parse().unwrap()), bits, "{address}");
        }
    }
}
