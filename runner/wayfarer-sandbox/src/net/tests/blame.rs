//! Whose fault a failure is where the error does not tell: control names, beacons and the clock.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wayfarer_model::egress::EgressPolicy;
use wayfarer_model::traffic::{Blame, Phase, TrafficError, TrafficErrorKind};
use wayfarer_model::units::UnixMillis;

use super::authority::Authority;
use super::name_server::{NameServer, Word, book};
use super::rig::{Echo, Rig};
use crate::clock::{monotonic_now, unix_now};
use crate::net::{
    Beacon, ControlName, ControlSettings, Controls, NetworkSettings, RootStore, Security, Timeouts,
};

const PLAINTEXT: Security<'_> = Security::Plaintext;
const TLS: Security<'_> = Security::Tls { alpn: &[] };

fn short() -> Timeouts {
    Timeouts { dns: Some(Duration::from_millis(100)), ..Timeouts::default() }
}

async fn failure(know: fn(&str) -> Word, host: &str, names: &[&str]) -> TrafficError {
    let server = NameServer::start(know).await;
    let names = names.iter().map(|name| name.parse::<ControlName>().unwrap()).collect();
    let controls = Controls::new(ControlSettings { names, ..ControlSettings::default() }).unwrap();
    let settings = NetworkSettings {
        resolver: Some(server.address),
        controls: Some(Arc::new(controls)),
        ..NetworkSettings::default()
    };
    let rig = Rig::new(&["127.0.0.0/8", "*:*"], settings);
    rig.dial(host, 25, PLAINTEXT, short()).await.err().unwrap()
}

/// Has the root and the top-level domains in its cache, and no way out.
fn cut_off(then: Word) -> impl Fn(&str) -> Word {
    move |name| match name {
        "" => Word::Nothing,
        "com" | "org" => Word::Zone,
        _ => then,
    }
}

#[tokio::test]
async fn a_name_server_that_denies_or_refuses_everything_is_the_runners() {
    let kinds: [fn(&str) -> Word; 6] = [
        |_| Word::NoSuchName,
        |_| Word::Nothing,
        |_| Word::Refusal,
        |_| Word::Failure,
        |name| if name.is_empty() { Word::Nothing } else { Word::NoSuchName },
        // It denies its control names too, and fails for this one.
        |name| if name == "a.example" { Word::Failure } else { Word::NoSuchName },
    ];
    for (number, know) in kinds.into_iter().enumerate() {
        let error = failure(know, "a.example", &[]).await;
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Dns, Blame::Runner), "{number}: {error:?}");
        assert!(error.message.contains("does not know `com.` and `org.` either"), "{}", error.message);
    }
}

#[tokio::test]
async fn a_name_server_that_lost_its_way_out_is_the_runners_whatever_it_has_in_its_cache() {
    let kinds: [fn(&str) -> Word; 3] = [
        |name| cut_off(Word::Failure)(name),
        |name| cut_off(Word::Refusal)(name),
        |name| cut_off(Word::Silence)(name),
    ];
    for know in kinds {
        let error = failure(know, "a.example", &[]).await;
        assert_eq!((error.kind, error.blame), (TrafficErrorKind::Dns, Blame::Runner), "{error:?}");
    }
}

#[tokio::test]
async fn a_fault_of_this_name_alone_is_the_targets() {
    for (host, kind) in [
        ("missing.example", TrafficErrorKind::Dns),
        ("empty.example", TrafficErrorKind::Dns),
        ("failing.example", TrafficErrorKind::Dns),
        ("slow.example", TrafficErrorKind::Timeout),
    ] {
        let error = failure(book, host, &[]).await;
        assert_eq!((error.kind, error.blame), (kind, Blame::Target), "{host}: {error:?}");
    }
    let error = failure(|_| Word::NoSuchName, "nowhere.invalid", &[]).await;
    assert_eq!(error.blame, Blame::Target, "no server knows a name of that domain: {error:?}");
}

#[tokio::test]
async fn a_name_server_of_an_inner_network_is_believed_by_its_own_names() {
    fn inner(name: &str) -> Word {
        match name {
            "wiki.corp.test" => Word::Address([127, 0, 0, 1].into()),
            "corp.test" => Word::Zone,
            "failing.corp.test" => Word::Failure,
            name if name.ends_with("corp.test") => Word::NoSuchName,
            _ => Word::Refusal,
        }
    }
    // It has the zone, so the name is not there.
    assert_eq!(failure(inner, "missing.corp.test", &[]).await.blame, Blame::Target);
    // It has no such zone, and nobody says whether it should.
    assert_eq!(failure(inner, "missing.other.test", &[]).await.blame, Blame::Runner);
    assert_eq!(failure(inner, "failing.corp.test", &[]).await.blame, Blame::Runner);
    for host in ["missing.corp.test", "failing.corp.test", "missing.other.test"] {
        let error = failure(inner, host, &["gone.corp.test", "wiki.corp.test"]).await;
        assert_eq!(error.blame, Blame::Target, "{host}: {error:?}");
    }
    let error = failure(inner, "missing.corp.test", &["gone.corp.test"]).await;
    assert_eq!(error.blame, Blame::Runner, "{error:?}");
    assert!(error.message.contains("does not know the control names either"), "{}", error.message);
}

#[tokio::test]
async fn many_failures_at_once_ask_once_and_the_attempt_does_not_pay_for_it() {
    // Silent but for the name itself: the questions take all their time.
    let know: fn(&str) -> Word = |name| if name == "a.example" { Word::NoSuchName } else { Word::Silence };
    let server = NameServer::start(know).await;
    let settings = NetworkSettings { resolver: Some(server.address), ..NetworkSettings::default() };
    let rig = Rig::new(&["*:*"], settings);
    let began = monotonic_now();
    let dials = (0..20).map(|_| rig.dial("a.example", 25, PLAINTEXT, Timeouts::default()));
    for dialled in futures_util::future::join_all(dials).await {
        assert_eq!(dialled.err().unwrap().blame, Blame::Runner);
    }
    let took = monotonic_now().duration_since(began);
    let elapsed = rig.elapsed();
    assert!(elapsed + Duration::from_secs(1) < took, "{elapsed:?} of {took:?}");
    let records = rig.records();
    assert!(records.iter().all(|record| record.phases.dns_us.0 < 1_000_000), "{records:?}");
    // Each of the twenty asks for its name. For all of them together there is one made-up label below each of two domains, which the
    // resolver sends a few times while nobody answers.
    let asked = server.asked.load(Ordering::SeqCst);
    assert!(asked <= 20 + 10, "{asked}");
}

/// A host of the operator's that answers with that date, as long as it lives.
struct Lighthouse {
    address: SocketAddr,
    asked: Arc<std::sync::atomic::AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Lighthouse {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lighthouse {
    async fn start(date: UnixMillis) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<std::sync::atomic::AtomicUsize> = Arc::default();
        let count = Arc::clone(&asked);
        let date = std::time::UNIX_EPOCH + Duration::from_millis(date.0);
        let answer = format!("HTTP/1.1 200 OK\r\nDate: {}\r\n\r\n", httpdate::fmt_http_date(date));
        let task = tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 512];
                let _ = tcp.read(&mut request).await;
                let _ = tcp.write_all(answer.as_bytes()).await;
            }
        });
        Self { address, asked, task }
    }
}

async fn unused() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

fn controls(beacons: &[String], settings: ControlSettings) -> Arc<Controls> {
    let beacons = beacons.iter().map(|text| text.parse::<Beacon>().unwrap()).collect();
    let policy = EgressPolicy::parse("beacons", ["127.0.0.0/8", "localhost:*"]).unwrap();
    let network = NetworkSettings { policy, ..settings.network };
    Arc::new(Controls::new(ControlSettings { beacons, network, ..settings }).unwrap())
}

/// Somebody who takes connections and says nothing. The kernel has one way to every address of these tests, loopback, so
/// beacons are not asked about it; the test makes the question by hand.
#[tokio::test]
async fn beacons_are_asked_once_for_many_and_one_sign_is_enough() {
    let house = Lighthouse::start(unix_now()).await;
    let dead = unused().await;
    let both = [format!("http://{}", house.address), format!("tcp://{dead}")];
    let controls = controls(&both, ControlSettings::default());
    let (one, other) = tokio::join!(controls.signs(), controls.signs());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.has_any() && Arc::ptr_eq(&one, &other), "asked once");
    assert!(Arc::ptr_eq(&one, &controls.signs().await.unwrap()), "and not again for a while");
    assert_eq!(house.asked.load(Ordering::SeqCst), 1);
    let [(_, Ok(sign)), (beacon, Err(why))] = &one.0[..] else { panic!("{one:?}") };
    assert!(sign.date.unwrap().0.abs_diff(unix_now().0) < 60_000 && sign.took.0 > 0, "{sign:?}");
    assert_eq!(beacon.to_string(), format!("tcp://{dead}"));
    assert!(why.contains("connection refused"), "{why}");
    let none = self::controls(&[format!("tcp://{dead}")], ControlSettings::default());
    assert!(!none.signs().await.unwrap().has_any());
    assert!(Controls::default().signs().await.is_none(), "nobody is asked without any");
}

#[tokio::test]
async fn a_target_on_this_machine_is_to_blame_for_its_silence_whatever_the_beacons_say() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let controls = controls(&[format!("tcp://{}", unused().await)], ControlSettings::default());
    let authority = Authority::new();
    let roots = RootStore::Only(vec![authority.pem.into_bytes()]);
    let settings = NetworkSettings { roots, controls: Some(controls), ..NetworkSettings::default() };
    let rig = Rig::new(&["127.0.0.0/8", "localhost:*"], settings);
    let timeouts = Timeouts { tls: Some(Duration::from_millis(50)), ..Timeouts::default() };
    let error = rig.dial("localhost", port, TLS, timeouts).await.err().unwrap();
    assert_eq!((error.phase, error.blame), (Some(Phase::Tls), Blame::Target), "{error:?}");
}

#[tokio::test]
async fn dates_of_certificates_mean_nothing_by_a_clock_that_is_not_to_be_believed() {
    let authority = Authority::new();
    let expired = Echo::tls(authority.server(&authority.leaf_until(&["localhost"], 2024), &[])).await;
    let early = Echo::tls(authority.server(&authority.leaf_until(&["localhost"], 2090), &[])).await;
    let year = 365 * 24 * 3_600 * 1_000;
    let house = Lighthouse::start(UnixMillis(unix_now().0 - 2 * year)).await;
    let behind = [format!("http://{}", house.address)];
    let right = Lighthouse::start(unix_now()).await;
    let agreeing = [format!("http://{}", right.address)];
    let clock = |built, is_synchronised: fn() -> bool| ControlSettings {
        built: UnixMillis(built),
        is_clock_synchronised: Some(is_synchronised),
        ..ControlSettings::default()
    };
    for (controls, is_runners) in [
        (None, false),
        (Some(controls(&[], clock(0, || false))), false),
        (Some(controls(&[], clock(unix_now().0 + year, || true))), true),
        (Some(controls(&behind, clock(0, || false))), true),
        (Some(controls(&behind, clock(0, || true))), false),
        (Some(controls(&agreeing, clock(0, || false))), false),
    ] {
        for echo in [&expired, &early] {
            let roots = RootStore::Only(vec![authority.pem.clone().into_bytes()]);
            let settings =
                NetworkSettings { roots, controls: controls.clone(), ..NetworkSettings::default() };
            let rig = Rig::new(&["127.0.0.0/8", "localhost:*"], settings);
            let dialled = rig.dial("localhost", echo.address.port(), TLS, Timeouts::default()).await;
            let error = dialled.err().unwrap();
            let expected = if is_runners {
                (TrafficErrorKind::Clock, Blame::Runner)
            } else {
                (TrafficErrorKind::Tls, Blame::Target)
            };
            assert_eq!((error.kind, error.blame), expected, "{controls:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_beacon_is_heard_over_tls_whatever_day_it_is_here_and_by_nobody_else() {
    let (authority, stranger) = (Authority::new(), Authority::named("somebody else"));
    let signs = async |by: &Authority, until| {
        let echo = Echo::tls(by.server(&by.leaf_until(&["localhost"], until), &[])).await;
        let roots = RootStore::Only(vec![authority.pem.clone().into_bytes()]);
        let network = NetworkSettings { roots, ..NetworkSettings::default() };
        let beacon = [format!("https://localhost:{}", echo.address.port())];
        let controls = controls(&beacon, ControlSettings { network, ..ControlSettings::default() });
        let signs = controls.signs().await.unwrap();
        signs.0[0].1.clone().unwrap_err()
    };
    // The peer sends the request back, which is no answer: so far it came.
    assert_eq!(signs(&authority, 2024).await, "it does not speak HTTP");
    assert_eq!(signs(&authority, 2090).await, "it does not speak HTTP");
    for until in [2024, 2040] {
        let why = signs(&stranger, until).await;
        assert!(why.contains("certificate of localhost"), "{why}");
    }
}
