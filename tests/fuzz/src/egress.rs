//! Entries of an allow-list, hosts and addresses, against an oracle of its own: the special networks by name.

use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;

use ipnet::IpNet;
use wayfarer_model::egress::{EgressPolicy, HostPattern, is_public};

use crate::input::Input;
use crate::{Target, texts};

/// Entries on the first line, a host on the second, an address on the third, a port on the fourth.
pub(crate) const EGRESS: Target = Target {
    name: "egress",
    run: egress,
    seeds: || {
        texts(&[
            "*\nshop.example\n1.1.1.1\n443",
            "*:* 0.0.0.0/0 ::/0\nshop.example\n169.254.169.254\n80",
            "10.0.0.0/8:8080 *.example.com\na.example.com.\n10.2.3.4\n8080",
            "localhost:3000\nLOCALHOST\n::1\n3000",
            "[2001:db8::1]:8080\n[2001:db8::1]\n2001:db8::1\n8080",
            "127.0.0.0/7\nx\n::ffff:127.0.0.1\n80",
            "http://shop.example/\nx\n64:ff9b::7f00:1\n80",
            "a*b.example *. .\n.\nfe80::1\n0",
            "168.63.0.0/16\nx\n168.63.129.16\n443",
            "*\nx\n64:ff9b::a83f:8110\n80",
            "::/0:*\nx\n64:ff9b::7f00:1\n80",
        ])
    },
    is_slow: false,
};

/// Networks whose addresses are nobody's on the public internet (IANA's registries), and clouds' credentials within public
/// ones.
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
];

fn is_special_v4(address: IpAddr) -> bool {
    static NETWORKS: OnceLock<Vec<IpNet>> = OnceLock::new();
    let networks = NETWORKS.get_or_init(|| SPECIAL.iter().map(|network| network.parse().unwrap()).collect());
    networks.iter().any(|network| network.contains(&address))
}

/// The oracle for addresses: for an address that embeds one of IPv4, that one decides.
fn is_special(address: IpAddr) -> bool {
    let IpAddr::V6(v6) = address.to_canonical() else { return is_special_v4(address.to_canonical()) };
    let inside = |network: &str| network.parse::<IpNet>().unwrap().contains(&address);
    let bytes = v6.octets();
    let embedded =
        |at: usize| is_special_v4(IpAddr::from([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
    if inside("64:ff9b::/96") {
        return embedded(12);
    }
    if inside("2002::/16") {
        return embedded(2);
    }
    !inside("2000::/3") || ["2001::/23", "2001:db8::/32", "3fff::/20"].into_iter().any(inside)
}

fn egress(data: &[u8]) {
    let mut input = Input::new(data);
    let (Some(entries), Some(host), Some(address), Some(port)) =
        (input.text_line(), input.text_line(), input.text_line(), input.text_line())
    else {
        return;
    };
    let port = port.trim().parse().unwrap_or(443);
    let patterns: Vec<HostPattern> = entries.split(' ').filter_map(|entry| entry.parse().ok()).collect();
    for pattern in &patterns {
        let again: HostPattern =
            pattern.to_string().parse().unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(again.to_string(), pattern.to_string());
        assert_eq!(again.covers_host(host, port), pattern.covers_host(host, port), "{pattern}");
    }
    let written: Vec<String> = patterns.iter().map(ToString::to_string).collect();
    let policy = EgressPolicy::parse("here", written.iter().map(String::as_str)).unwrap();
    let own = SocketAddr::new([127, 0, 0, 1].into(), 7300);
    let guarded = policy.clone().guarding([own]);
    assert_eq!(
        policy.check_host(host, port).is_ok(),
        patterns.iter().any(|pattern| pattern.covers_host(host, port))
    );
    meets(&patterns, host, port);
    let Ok(address) = address.trim().parse::<IpAddr>() else { return };
    assert_eq!(is_public(address.to_canonical()), !is_special(address), "{address}");
    let is_allowed = policy.check_address(host, address, port).is_ok();
    let granted = || patterns.iter().any(|pattern| pattern.grants_address(address.to_canonical(), port));
    assert_eq!(is_allowed, !is_special(address) || granted(), "{entries}: {host} {address} {port}");
    let is_wide = |entry: &String| matches!(entry.split_once('/'), Some((_, bits)) if bits.split(':').next().is_some_and(|bits| bits.parse().unwrap_or(0) < 8));
    let embeds_loopback = ["64:ff9b::7f00:0/104", "2002:7f00::/24"]
        .iter()
        .any(|network| network.parse::<IpNet>().unwrap().contains(&address));
    if (address.to_canonical().is_loopback() || embeds_loopback) && written.iter().all(is_wide) {
        assert!(!is_allowed, "{entries}: a wide entry does not mean this machine");
    }
    if SocketAddr::new(address.to_canonical(), port) == own && !entries.contains("7300") {
        assert!(guarded.check_address(host, address, port).is_err(), "{entries}: the runner's own listener");
    }
    if let Err(denial) = guarded.check_address("shop.example", address, port) {
        let inner = address.to_canonical().to_string();
        assert!(!denial.to_string().contains(&inner), "a map of the network: {denial}");
    }
}

/// What two entries have in common covers a host exactly if both do.
fn meets(patterns: &[HostPattern], host: &str, port: u16) {
    let [one, other, ..] = patterns else { return };
    let both = one.covers_host(host, port) && other.covers_host(host, port);
    let common = one.meet(other).iter().any(|pattern| pattern.covers_host(host, port));
    // A name covers no address and a network no name, and `*` covers both.
    assert_eq!(both, common, "{one} and {other}: {host}:{port}");
}
