//! What this machine's own network does to a dial: real routes, links and gateways, in a network namespace of a process's own.
//!
//! The test starts itself once more below `unshare`, and that process lays out its network with messages to the kernel. Where the
//! system forbids that, the output says so, `make verify` fails, and only what the kernel says of this machine's own network is tested
//! (`route`).

use std::net::IpAddr;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use wayfarer_model::traffic::{Blame, Phase, TrafficErrorKind};
use wayfarer_testkit::{is_in_full, verified};

use super::rig::Rig;
use crate::net::netlink::tests::{Link, Way};
use crate::net::{NetworkSettings, Security, Timeouts};

/// Set in the process that has a namespace of its own.
const INSIDE: &str = "WAYFARER_TEST_NAMESPACE";

/// The name of the test below.
const NAME: &str = "net::tests::namespaces::what_the_machines_network_lacks_is_the_runners_fault";

#[test]
fn what_the_machines_network_lacks_is_the_runners_fault() {
    if std::env::var_os(INSIDE).is_some() {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(inside());
        return;
    }
    let this = std::env::current_exe().unwrap();
    let unshare = |arguments: &[&str]| {
        let arguments = [&["--user", "--map-root-user", "--net"], arguments].concat();
        Command::new("unshare").args(arguments).env(INSIDE, "1").output()
    };
    let is_allowed = unshare(&["true"]).is_ok_and(|tried| tried.status.success());
    if !is_allowed {
        assert!(
            !is_in_full(),
            "this system gives a process no network namespace of its own: verify it elsewhere"
        );
        println!("not tried: this system gives a process no network namespace of its own");
        return;
    }
    let path = this.to_str().unwrap();
    let ended = unshare(&[path, "--exact", NAME, "--nocapture", "--test-threads=1"]).unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    print!("{said}");
    assert!(ended.status.success() && said.contains("all situations tried"), "{said}");
}

/// Dials an address, and says who is to blame.
async fn blamed(address: &str, limit: Duration) -> (TrafficErrorKind, Blame, String) {
    let rig = Rig::new(&["0.0.0.0/0", "::/0"], NetworkSettings::default());
    let timeouts = Timeouts { connect: Some(limit), ..Timeouts::default() };
    let error = rig.dial(address, 80, Security::Plaintext, timeouts).await.err().unwrap();
    assert!(error.kind != TrafficErrorKind::Timeout || error.phase == Some(Phase::Connect), "{error:?}");
    (error.kind, error.blame, error.message)
}

async fn inside() {
    const LONG: Duration = Duration::from_secs(4);
    const SHORT: Duration = Duration::from_millis(300);
    let expect = async |case: &str, address: &str, limit, blame, words: &str| {
        let (kind, actual, message) = blamed(address, limit).await;
        println!("{case}: {kind:?} {actual:?} {message}");
        assert!(message.contains(words), "{case}: {message}");
        verified(case, &json!(format!("{blame:?}")), &json!(format!("{actual:?}")));
    };
    expect("no interface at all", "203.0.113.5", LONG, Blame::Runner, "cannot dial").await;

    // Two ends of one cable. Nobody at the other end has an address, so nobody answers for one.
    let cable = Link::pair("here", "there");
    cable.up();
    // The kernel asks for a neighbour three times, a second apart; where the test may, it makes that shorter.
    std::fs::write("/proc/sys/net/ipv4/neigh/here/retrans_time_ms", "100").ok();
    cable.address([192, 0, 2, 2], 24);
    Way::Gateway([192, 0, 2, 1]).lead([0, 0, 0, 0], 0, &cable);
    Way::Unreachable.lead([198, 51, 100, 0], 24, &cable);
    Way::Prohibited.lead([198, 18, 0, 0], 24, &cable);
    Way::Dropped.lead([198, 18, 1, 0], 24, &cable);

    expect(
        "an unreachable route",
        "198.51.100.7",
        LONG,
        Blame::Runner,
        "own routes call the address unreachable",
    )
    .await;
    expect("a prohibited route", "198.18.0.7", LONG, Blame::Runner, "").await;
    expect("a route that drops", "198.18.1.7", LONG, Blame::Runner, "").await;
    let gateway = "the runner's gateway does not answer";
    tokio::join!(
        expect("a dead gateway", "203.0.113.5", LONG, Blame::Runner, gateway),
        expect("a dead gateway, and no patience", "203.0.113.6", SHORT, Blame::Runner, gateway),
        expect("a neighbour that is gone", "192.0.2.77", LONG, Blame::Target, ""),
    );

    cable.pull_out();
    let down = "the runner's link is down";
    tokio::join!(
        expect("the cable is out, beyond the gateway", "203.0.113.5", SHORT, Blame::Runner, down),
        expect("the cable is out, a neighbour", "192.0.2.77", SHORT, Blame::Runner, down),
    );
    assert_eq!(
        "192.0.2.2".parse::<IpAddr>().map(crate::net::route::way_to),
        Ok(crate::net::route::Way::Near)
    );
    println!("all situations tried");
}
