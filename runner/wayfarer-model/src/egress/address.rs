//! Public addresses. An entry of an allow-list must name any other address itself. Otherwise a name under
//! somebody else's control could lead a journey into the runner's own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reserved::is_metadata;

/// Whether an address belongs to one host of the public internet.
///
/// Source: IANA's special-purpose address registries (RFC 6890 and its updates). For an address that embeds an
/// IPv4 address (mapped, NAT64, 6to4), the embedded address decides.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        // Azure's is within a public network.
        address if is_metadata(address) => false,
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some((_, v4)) = embedded_v4(address) {
        return is_public(v4.into());
    }
    match address.segments() {
        [0x2001, low, ..] if low < 0x0200 || low == 0x0db8 => false,
        [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The IPv4 address that an IPv6 address stands for (mapped, NAT64, 6to4), and how many bits stand before it.
pub(super) fn embedded_v4(address: Ipv6Addr) -> Option<(u8, Ipv4Addr)> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some((96, v4(high, low)))
        }
        [0x2002, high, low, ..] => Some((16, v4(high, low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_and_special_are_told_apart() {
        for public in
            ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
        {
            assert!(is_public(public.parse().unwrap()), "{public} is public");
        }
        for special in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.168.1.1",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            // Clouds' credentials within public networks, embedded.
            "::ffff:168.63.129.16",
            "64:ff9b::a83f:8110",
            "2002:a83f:8110::1",
            "2001:db8::1",
            "2001::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special} is special");
        }
    }
}
