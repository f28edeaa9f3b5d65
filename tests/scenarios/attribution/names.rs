//! Name servers: which fault is this name's, and which the runner's.

use std::net::Ipv4Addr;
use std::time::Duration;

use wayfarer_tests::support::server::{NameServer, Names, http, text};
use wayfarer_tests::support::{Case, Ended};

use super::rows::{all_hold, row};

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Nobody listens on any port of it.
const NOT_HERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 200);
const NOBODY: &str = "127.0.0.1:1";

/// Walks a journey to a target that is there, by a name.
fn by_name(journey: &str, resolver: &str) -> Ended {
    let target = http(|_| text("hello"));
    let port = target.port();
    let allow = format!("allow = ['shop.test:{port}', '{HERE}:{port}', '{NOT_HERE}:{port}']");
    let toml = format!("[network]\nresolver = '{resolver}'\n{allow}\n");
    Case::odd(journey).url(&target.url_by("shop.test")).toml(&toml).run()
}

fn asking(journey: &'static str, names: Names) -> impl FnOnce() -> Ended + Send {
    move || by_name(journey, &NameServer::start(names).address().to_string())
}

#[test]
fn a_name_is_the_targets_unless_the_name_server_is_not_to_be_believed() {
    let slow = Names::Slow(HERE, Duration::from_millis(1_200));
    let trouble = "inconclusive/runner-network";
    let rows = vec![
        row("DNS: works", "passed/none", asking("get", Names::All(HERE))),
        row("DNS: NXDOMAIN", "failed/dns", asking("get", Names::Nothing)),
        row("DNS: SERVFAIL for this name only", "failed/dns", asking("get", Names::Failing)),
        row("DNS: REFUSED for this name only", "failed/dns", asking("get", Names::Refusing)),
        row("DNS: no address record", "failed/dns", asking("get", Names::Empty)),
        row("DNS: silent on this name only", "failed/timeout", asking("hasty", Names::SilentAboutIt)),
        row("DNS: resolver SERVFAILs everything", trouble, asking("get", Names::FailingAll)),
        row("DNS: resolver silent", trouble, asking("hasty", Names::Silent)),
        row("DNS: nobody at the resolver's port", trouble, || by_name("get", NOBODY)),
        row("DNS: resolver says NXDOMAIN to everything", trouble, asking("get", Names::Denying)),
        row("DNS: resolver REFUSEs everything (ACL)", trouble, asking("get", Names::RefusingAll)),
        row("DNS: resolver lost its uplink, root still in its cache", trouble, asking("get", Names::CutOff)),
        row("DNS: root from cache, silent on names", trouble, asking("hasty", Names::CutOffAndSilent)),
        row("DNS: two addresses, one dead", "passed/none", asking("get", Names::Two(NOT_HERE, HERE))),
        row("DNS: resolver 1.2 s slow", "passed/none", asking("get", slow)),
    ];
    all_hold("dns", 15, rows);
}
