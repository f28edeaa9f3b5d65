//! Routes, links and gateways of the runner's own machine, in a network namespace for each row.
//!
//! Where the system gives no such namespace, or has no `ip`, the output says that nothing was tried, and `make verify` fails.

use std::process::Command;

use wayfarer_tests::support::{Case, Ended, is_in_full};

use super::rows::{Row, all_hold, row};

/// An address of RFC 5737 that no network routes.
const FAR: &str = "203.0.113.5";
/// A cable whose other end nobody answers at, and a gateway there.
const CABLE: &str = "ip link set lo up
ip link add here type veth peer name there
ip link set here up
ip link set there up
ip addr add 192.0.2.2/24 dev here
ip route add default via 192.0.2.1
echo 100 > /proc/sys/net/ipv4/neigh/here/retrans_time_ms 2>/dev/null || true
";
/// A name server in the namespace, at port 5353 of loopback, that knows one address for every name.
const NAME_SERVER: &str = r#"python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('127.0.0.1', 5353))
print('ready', flush=True)
while True:
    q, who = s.recvfrom(512)
    end = q.index(0, 12) + 5
    is_a = q[end - 4:end - 2] == bytes([0, 1])
    head = q[:2] + bytes([0x84, 0, 0, 1, 0, int(is_a), 0, 0, 0, 0]) + q[12:end]
    record = bytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 5])
    s.sendto(head + (record if is_a else b''), who)
" > ready &
"#;
/// A target in the namespace, whose only client has the only port that a client may have.
const LAST_PORT: &str = r#"ip link set lo up
echo "40000 40000" > /proc/sys/net/ipv4/ip_local_port_range
python3 -c "
import socket
s = socket.socket()
s.bind(('127.0.0.1', 7301))
s.listen()
c = socket.create_connection(('127.0.0.1', 7301))
print('ready', flush=True)
while True:
    s.accept()
" > ready &
"#;
/// Waits for the helper, runs the binary, and takes the helper down.
const BESIDE_HELPER: &str = r#"helper=$!
while [ ! -s ready ]; do sleep 0.05; done
"$0" "$@"
code=$?
kill $helper
exit $code
"#;

fn unshare(script: &str) -> [&str; 6] {
    ["unshare", "--map-root-user", "--net", "sh", "-c", script]
}

fn is_possible() -> bool {
    let tried = unshare("ip link set lo up");
    Command::new(tried[0]).args(&tried[1..]).output().is_ok_and(|output| output.status.success())
}

/// Walks a journey to a host, once the script has laid out the network.
fn laid_out(
    script: &str,
    journey: &'static str,
    host: &'static str,
) -> impl FnOnce() -> Ended + Send + use<> {
    let script = if script.contains("ready &") {
        format!("{script}{BESIDE_HELPER}")
    } else {
        format!("{script}\nexec \"$0\" \"$@\"")
    };
    move || {
        let toml =
            "[network]\nallow = ['0.0.0.0/0', '127.0.0.1:7301', 'shop.test']\nresolver = '127.0.0.1:5353'\n";
        let case = Case::odd(journey).url(&format!("http://{host}/")).toml(toml);
        case.started_by(unshare(&script)).run()
    }
}

#[test]
fn what_the_machines_network_lacks_is_the_runners() {
    if !is_possible() {
        assert!(!is_in_full(), "this system gives nobody a network namespace: verify it elsewhere");
        println!("not tried: this system gives nobody a network namespace");
        return;
    }
    all_hold("runner's network", 11, rows());
}

fn rows() -> Vec<Row> {
    let trouble = "inconclusive/runner-network";
    let with = |more: &str| format!("{CABLE}{more}\n");
    let names = format!("{CABLE}{NAME_SERVER}");
    vec![
        row("netns: not even a loopback", trouble, laid_out("", "get", FAR)),
        row("netns: no route, address given", trouble, laid_out("ip link set lo up", "get", FAR)),
        row(
            "netns: no route, name, no resolver reachable",
            trouble,
            laid_out("ip link set lo up", "get", "shop.test"),
        ),
        row("netns: link up, default gateway dead, address given", trouble, laid_out(CABLE, "get", FAR)),
        row(
            "netns: gateway dead, resolver local (cached name)",
            trouble,
            laid_out(&names, "get", "shop.test"),
        ),
        row(
            "netns: link down (cable out), local resolver",
            trouble,
            laid_out(&format!("{CABLE}ip link set there down\n{NAME_SERVER}"), "hasty", "shop.test"),
        ),
        row(
            "netns: host on the same net is gone (ARP)",
            "failed/connect or failed/timeout",
            laid_out(CABLE, "get", "192.0.2.77"),
        ),
        row(
            "netns: prohibit route (own policy routing)",
            trouble,
            laid_out(&with("ip route add prohibit 203.0.113.0/24"), "get", FAR),
        ),
        row(
            "netns: blackhole route",
            trouble,
            laid_out(&with("ip route add blackhole 203.0.113.0/24"), "get", FAR),
        ),
        row(
            "netns: unreachable route",
            trouble,
            laid_out(&with("ip route add unreachable 203.0.113.0/24"), "get", FAR),
        ),
        row(
            "no local port left (port range of 1, taken)",
            trouble,
            laid_out(LAST_PORT, "get", "127.0.0.1:7301"),
        ),
    ]
}
