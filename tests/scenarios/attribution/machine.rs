//! What a runner's machine may lack beside its network: file descriptors, authorities to trust, the time of day.

use wayfarer_tests::support::server::{NameServer, Names, Served, Web, http, https, text};
use wayfarer_tests::support::{Authority, Case, Ended, SteppedClock};

use super::rows::{Row, all_hold, row};

const HOST: &str = "127.0.0.1";
/// Nobody is blamed who is not to blame.
const EITHER: &str = "passed/none or inconclusive/runner-network or inconclusive/runner or exit 5";

#[test]
fn what_the_machine_lacks_is_the_runners() {
    all_hold("runner's machine", 42, [descriptors(), trust(), clocks()].into_iter().flatten().collect());
}

/// Calls it with so many file descriptors.
fn limited(case: Case, descriptors: u32) -> Ended {
    case.in_script(&format!("ulimit -n {descriptors} && exec \"$0\" \"$@\"")).run()
}

fn plain(descriptors: u32) -> Ended {
    limited(Case::odd("get").target(&http(|_| text("hello"))), descriptors)
}

fn named(descriptors: u32) -> Ended {
    let target = http(|_| text("hello"));
    let names = NameServer::start(Names::All([127, 0, 0, 1].into()));
    let allow = format!("allow = ['shop.test:{port}', '{HOST}:{port}']", port = target.port());
    let toml = format!("[network]\nresolver = '{}'\n{allow}\n", names.address());
    limited(Case::odd("get").url(&target.url_by("shop.test")).toml(&toml), descriptors)
}

fn secure(descriptors: u32) -> Ended {
    let authority = Authority::new();
    let target = https(authority.leaf(HOST).server(&["http/1.1"]), |_| text("hello"));
    limited(trusting(&authority, &target), descriptors)
}

fn trusting(authority: &Authority, target: &Served) -> Case {
    let toml = format!("[network]\nallow = ['{}']\ntls.ca = ['ca.pem']\n", target.place());
    Case::odd("get").url(&target.url()).toml(&toml).file("ca.pem", authority.pem())
}

/// The list has two groups, which overlap in a few limits; each limit is tried once.
fn descriptors() -> Vec<Row> {
    let mut rows = Vec::new();
    for (how, limits, walk) in [
        ("", &[9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 24, 28, 32, 40][..], plain as fn(u32) -> Ended),
        (", a name", &[11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 24, 28, 32], named),
        (", https", &[11, 12, 13, 14, 15, 16, 17, 18, 19, 20], secure),
    ] {
        for limit in limits {
            let situation: &'static str = format!("ulimit -n {limit}{how}").leak();
            rows.push(row(situation, EITHER, move || walk(*limit)));
        }
    }
    rows
}

fn trust() -> Vec<Row> {
    vec![
        row("HTTPS_PROXY set to a dead proxy", "passed/none", || {
            let target = http(|_| text("hello"));
            let case = Case::odd("get").target(&target);
            case.env("HTTPS_PROXY", "http://127.0.0.1:1").env("HTTP_PROXY", "http://127.0.0.1:1").run()
        }),
        row("no CA on the runner at all", "inconclusive/runner-network", || {
            let target = https(Authority::new().leaf(HOST).server(&["http/1.1"]), |_| text("hello"));
            let case = Case::odd("get").target(&target).file("none.pem", "");
            let none = case.folder().join("none.pem");
            let folder = case.folder().join("none");
            case.env("SSL_CERT_FILE", none).env("SSL_CERT_DIR", folder).run()
        }),
    ]
}

fn clocks() -> Vec<Row> {
    const YEAR_MS: i64 = 365 * 24 * 3_600 * 1_000;
    // The target says what time it is by the true clock.
    fn off_by(years: i64) -> Ended {
        let authority = Authority::new();
        let target: Web = https(authority.passing_leaf(HOST).server(&["http/1.1"]), |_| text("hello"));
        let (_clock, case) = SteppedClock::between(trusting(&authority, &target), years * YEAR_MS);
        case.run()
    }
    vec![
        row("runner clock 2 years ahead, good certificate", "inconclusive/runner-clock", || off_by(2)),
        row("runner clock 10 years behind, good certificate", "inconclusive/runner-clock", || off_by(-10)),
    ]
}
