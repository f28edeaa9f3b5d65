//! The server speaks TLS itself: to its own command line, to browsers and scripts, with a certificate that changes under it.

use std::io::{Read as _, Write as _};
use std::path::Path;

use rustix::process::Signal;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::{Authority, Browser, Identity, Runner, TWO_TENANTS, true_ms};

const HOST: &str = "127.0.0.1";
const TLS: &str = "[server.tls]\ncertificate = \"server.pem\"\nkey = \"server.key\"\n";

fn place(folder: &Path, identity: &Identity) {
    std::fs::write(folder.join("server.pem"), identity.pem()).unwrap();
    std::fs::write(folder.join("server.key"), identity.key_pem()).unwrap();
}

/// A server with that certificate, and a command line that trusts its authority.
fn serving(config: &str, authority: &Authority, identity: &Identity) -> Runner {
    Runner::among(&format!("{config}{TLS}"), &[("WAYFARER_CA_FILE", "ca.pem")], |folder| {
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        place(folder, identity);
    })
}

#[test]
fn everybody_is_served_over_tls_by_http_1_and_2() {
    let authority = Authority::new();
    let runner = serving(TWO_TENANTS, &authority, &authority.leaf(HOST));
    assert!(runner.url().starts_with("https://127.0.0.1:"), "{}", runner.url());
    assert!(runner.ok(&["tenants"]).contains("acme"), "the command line, by WAYFARER_CA_FILE");
    let health = format!("{}/healthz", runner.url());
    for (offered, version) in [
        (&["http/1.1"][..], "HTTP/1.1"),
        (&["h2"], "HTTP/2.0"),
        (&["h2", "http/1.1"], "HTTP/2.0"),
        (&[], "HTTP/1.1"),
    ] {
        let page = Browser::offering(&authority, offered).get(&health).is(200).shows("ok");
        assert_eq!(format!("{:?}", page.version), version, "{offered:?}");
    }
    let mut browser = Browser::offering(&authority, &["h2"]);
    let (token, api) =
        (format!("Bearer {}", runner.admin_token()), format!("{}/api/v1/tenants", runner.url()));
    let listed = browser.send(hyper::Method::GET, &api, &[("authorization", &token)], bytes::Bytes::new());
    listed.is(200).shows("globex");
    let doctor = runner.call(&["doctor"]).1;
    assert!(doctor.contains("certificate"), "{doctor}");
}

#[test]
fn a_supervisor_that_speaks_no_tls_has_an_address_of_its_own() {
    let authority = Authority::new();
    let environment = [("WAYFARER_CA_FILE", "ca.pem"), ("WAYFARER_HEALTH", "127.0.0.1:0")];
    let runner = Runner::among(TLS, &environment, |folder| {
        std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
        place(folder, &authority.leaf(HOST));
    });
    let said = runner.start_said();
    let url = said.lines().find_map(|line| line.split_once("health on ")).map(|(_, url)| url.trim());
    let url = url.unwrap_or_else(|| panic!("no address of health in {said}"));
    Browser::plain().get(&format!("{url}/healthz")).is(200).shows("ok");
    let readiness = || Browser::plain().get(&format!("{url}/readyz")).status;
    until_blocking("the server is ready", readiness, |status| *status == 200);
    Browser::plain().get(&format!("{url}/metrics")).is(404);
}

#[test]
fn who_does_not_trust_the_server_is_told_how_to() {
    let authority = Authority::new();
    let runner = serving("", &authority, &authority.leaf(HOST));
    let output = runner.command(&["tenants"]).env_remove("WAYFARER_CA_FILE").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("name the authority that signed it by `--ca-file FILE`"), "{said}");
    let stranger = runner.folder().join("stranger.pem");
    std::fs::write(&stranger, Authority::new().pem()).unwrap();
    let (code, said) = runner.call(&["tenants", "--ca-file", &stranger.display().to_string()]);
    assert_eq!((code, said.contains("is refused")), (Some(5), true), "{said}");
    for (content, why) in [("hello", "there is none"), ("-----BEGIN CERTIFICATE-----\nAAAA\n", "cannot use")]
    {
        std::fs::write(&stranger, content).unwrap();
        let (code, said) = runner.call(&["tenants", "--ca-file", &stranger.display().to_string()]);
        assert_eq!((code, said.contains(why)), (Some(2), true), "{content}: {said}");
    }
    let (code, said) = runner.call(&["tenants", "--ca-file", "absent.pem"]);
    assert_eq!((code, said.contains("absent.pem")), (Some(2), true), "{said}");
}

#[test]
fn a_new_certificate_is_shown_after_sighup_and_a_bad_one_never() {
    let authority = Authority::new();
    let (first, second) = (authority.leaf(HOST), authority.leaf(HOST));
    let runner = serving("", &authority, &first);
    let health = format!("{}/healthz", runner.url());
    let shown = || Browser::trusting(&authority).get(&health).is(200).certificate.unwrap();
    let old = shown();
    place(runner.folder(), &second);
    runner.signal(Signal::HUP);
    runner.until_said("the server's certificate was read again");
    let new = shown();
    assert_ne!(old, new);

    let file = |name: &str| runner.folder().join(name);
    let mut times = 0;
    let mut refused = |why: &str| {
        times += 1;
        runner.signal(Signal::HUP);
        runner.until_said(why);
        assert_eq!(shown(), new, "the one from before stays: {why}");
    };
    std::fs::write(file("server.pem"), first.pem()).unwrap();
    refused("is not that of the first certificate in");
    std::fs::write(file("server.pem"), "hello").unwrap();
    refused("has no certificate");
    place(runner.folder(), &authority.expired_leaf(HOST));
    refused("expired at 2020-01-02");
    place(runner.folder(), &authority.early_leaf(HOST));
    refused("is not valid before 2090-01-01");
    place(runner.folder(), &second);
    std::fs::write(file("server.key"), "hello").unwrap();
    refused("has no key that can be read");
    std::fs::remove_file(file("server.pem")).unwrap();
    refused("cannot read");
    let events = runner.json(&["audit-log", "--action", "configuration-read"]);
    let outcomes: Vec<&str> =
        events.as_array().unwrap().iter().filter_map(|event| event["outcome"].as_str()).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "failed").count(), times, "{events:#}");
}

#[test]
fn a_server_does_not_start_without_its_certificate_and_the_check_says_the_same_of_an_expired_one() {
    let authority = Authority::new();
    let mut runner = Runner::at_rest(TLS, |_| {});
    let said = runner.comes_up().unwrap_err();
    assert!(
        said.contains("cannot read") && said.contains("server.pem") && said.contains("[server.tls]"),
        "{said}"
    );
    place(runner.folder(), &authority.expired_leaf(HOST));
    let (code, said) = runner.call(&["serve", "--check"]);
    assert_eq!((code, said.contains("renew it")), (Some(2), true), "{said}");
    // Nobody would look at the targets on the day after.
    runner.comes_up().unwrap();
    let said = runner.start_said();
    assert!(said.contains("journeys run all the same"), "{said}");
    runner.end(Signal::TERM);
    let config = runner.folder().join("wayfarer.toml");
    std::fs::write(&config, "[server.tls]\ncertificate = \"server.pem\"\n").unwrap();
    let (code, said) = runner.call(&["serve", "--check"]);
    assert_eq!((code, said.contains("key")), (Some(2), true), "{said}");
}

#[test]
fn a_certificate_that_expires_soon_is_told_in_the_log_and_by_the_doctor() {
    let authority = Authority::new();
    // Three days from now, as a date.
    let day = (true_ms() / 86_400_000 + 3) as i32;
    let (year, month, day) = civil(day);
    let runner = serving("", &authority, &authority.leaf_until(HOST, (year, month, day)));
    // It is said beside the start, before or after the server listens.
    let warning = "within 3 days: renew it and send SIGHUP";
    if !runner.start_said().contains(warning) {
        runner.until_said(warning);
    }
    let (_, doctor) = runner.call(&["doctor"]);
    assert!(doctor.contains("within 3 days"), "{doctor}");
}

/// The date of a day since 1970 (Howard Hinnant's algorithm for the Gregorian calendar).
fn civil(days: i32) -> (i32, u8, u8) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i32::from(month <= 2), month as u8, day as u8)
}

#[test]
fn plain_http_and_slow_handshakes_keep_nobody_out() {
    let authority = Authority::new();
    let limits = "[server]\nconnections = 40\nconnections_per_peer = 40\n";
    let runner = serving(limits, &authority, &authority.leaf(HOST));
    let address = runner.url().trim_start_matches("https://").to_owned();
    let connect = || std::net::TcpStream::connect(&address).unwrap();
    let mut plain = connect();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut said = String::new();
    // The rest of the request is unread, so the end of the connection may be a reset.
    let _ = plain.read_to_string(&mut said);
    assert!(
        said.starts_with("HTTP/1.1 400") && said.contains("write https:// in place of http://"),
        "{said}"
    );

    // Some say nothing, some begin a record and stop.
    let silent: Vec<_> = (0..60)
        .map(|number| {
            let mut stream = connect();
            if number % 2 == 0 {
                let _ = stream.write_all(&[0x16, 3, 1, 2, 0, 1]);
            }
            stream
        })
        .collect();
    let health = format!("{}/healthz", runner.url());
    for _ in 0..5 {
        Browser::trusting(&authority).get(&health).is(200);
    }
    let open = || std::fs::read_dir(format!("/proc/{}/fd", runner.pid())).unwrap().count();
    let before = open();
    until_blocking("slow handshakes end", open, |now| *now + 20 < before);
    drop(silent);
}

#[test]
fn a_server_that_others_reach_without_tls_says_so() {
    let runner = Runner::at_rest("", |_| {});
    let mut command = runner.command(&["serve", "--listen", "0.0.0.0:0"]);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let mut said = String::new();
    for line in lines.map_while(Result::ok) {
        said += &line;
        if line.contains("server started") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains("without TLS") && said.contains("[server.tls]"), "{said}");
}
