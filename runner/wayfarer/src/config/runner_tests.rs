//! The errors of a wrong `wayfarer.toml`, the documented example, and the order in which files are searched.

use std::path::Path;
use std::time::Duration;

use wayfarer_model::egress::EgressPolicy;

use super::runner_toml::RunnerToml;
use super::{EVERY_HOST, FromText as _, Keep, RunnerFile, parse};

fn error(text: &str) -> String {
    parse::parse::<RunnerToml>(Path::new("wayfarer.toml"), text).unwrap_err().to_string()
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/wayfarer.toml")
}

#[test]
fn an_unknown_key_names_its_nearest_neighbour_and_its_line() {
    insta::assert_snapshot!(error("[server]\nlisen = \"127.0.0.1:1\""), @"wayfarer.toml:2:1: unknown key `lisen`: did you mean `listen`?");
    insta::assert_snapshot!(error("[telemetry]\nto = 1"), @"wayfarer.toml:1:2: unknown key `telemetry`: expected one of `server`, `storage`, `limits`, `retention`, `evidence`, `network`, `domains`, `otlp`, `alerting`, `channels`, `alerts`, `tenants`");
    insta::assert_snapshot!(error("[channels.a]\nslak.url.env = \"X\""), @"wayfarer.toml:2:1: unknown key `slak`: did you mean `slack`?");
    insta::assert_snapshot!(error("[channels.a.webhook]\nulr = \"https://a.example\""), @"wayfarer.toml:2:1: unknown key `ulr`: did you mean `url`?");
    insta::assert_snapshot!(error("[[tenants.a.alerts]]\nescalate_too = \"x\""), @"wayfarer.toml:2:1: unknown key `escalate_too`: did you mean `escalate_to`?");
    insta::assert_snapshot!(error("[[alerts]]\nkinds = \"faling\""), @"wayfarer.toml:2:9: `faling` is no kind of incident: use one of `failing`, `over-budget`, `flaky`, `unproven`, `broken`, `no-data`, `certificate`, `domain`, `common-mode`, `runner-unwell`");
    insta::assert_snapshot!(error("[[alerts]]\nreasons = [\"time-out\"]"), @"wayfarer.toml:2:12: `time-out` is no reason: did you mean `timeout`?");
    insta::assert_snapshot!(error("[tenants.shop]\nrun_per_day = 1"), @"wayfarer.toml:2:1: unknown key `run_per_day`: did you mean `runs_per_day`?");
    insta::assert_snapshot!(error("[tenants.shop.secrets.password]\nenvironment = \"X\""), @"wayfarer.toml:2:1: unknown key `environment`: expected one of `env`, `file`, `hosts`, `plaintext`, `header`, `basic`, `query`, `form`, `json`, `totp`, `hmac`, `reveal`");
    insta::assert_snapshot!(error("[tenants.shop.network]\ntls.cas = []"), @"wayfarer.toml:2:5: unknown key `cas`: did you mean `ca`?");
    insta::assert_snapshot!(error("[tenants.shop.limits]\nwall = \"1s\""), @"wayfarer.toml:2:1: unknown key `wall`: expected one of `timeout`, `cpu`, `memory`, `steps`, `checks`, `metrics`, `requests`, `concurrent_requests`, `traffic`, `request_body`, `response_body`, `log`, `artifacts`");
}

#[test]
fn a_bad_value_names_its_rule_and_its_line() {
    insta::assert_snapshot!(error("[server]\nlisten = \"7300\""), @"wayfarer.toml:2:10: `7300` is not an address with a port: write both, such as `127.0.0.1:53`");
    insta::assert_snapshot!(error("[server]\ngrace = 25"), @"wayfarer.toml:2:9: `25` is not a duration: write a number and a unit, such as `250ms`, `30s`, `5m` or `1h`");
    insta::assert_snapshot!(error("[server]\nlocation = \"Frankfurt 1\""), @"wayfarer.toml:2:12: `Frankfurt 1` is not a name: use 1 to 64 lower-case letters, digits and `-`, beginning with a letter");
    insta::assert_snapshot!(error("[limits]\nruns = 0"), @"wayfarer.toml:2:8: `0` is out of range: expected a whole number of at least 1");
    insta::assert_snapshot!(error("[tenants.shop]\n\n[tenants.Shop]\nruns = 1"), @"wayfarer.toml:3:10: `Shop` is not a name: use 1 to 64 lower-case letters, digits and `-`, beginning with a letter");
    insta::assert_snapshot!(error("[tenants.shop]\nretries = -1"), @"wayfarer.toml:2:11: invalid value: integer `-1`, expected u32");
    insta::assert_snapshot!(error("[tenants.shop.network]\nallow = [\"https://a.example\"]"), @"wayfarer.toml:2:10: `https://a.example` is a URL, not a host: write `a.example`");
}

#[test]
fn how_long_to_keep_is_days_or_forever_and_a_tenant_has_the_last_word() {
    insta::assert_snapshot!(error("[retention]\nruns = \"two weeks\""), @"wayfarer.toml:2:8: `two weeks` is not a retention time: write a number of days such as `14d`, or `forever`");
    insta::assert_snapshot!(error("[retention]\nlogs = 14"), @"wayfarer.toml:2:8: `14` is not a retention time: write a number of days such as `14d`, or `forever`");
    insta::assert_snapshot!(error("[tenants.shop.retention]\nbodies = \"6h\""), @"wayfarer.toml:2:10: `6h` is shorter than a day: write `1d` or longer, or `forever`");
    insta::assert_snapshot!(error("[retention]\nlog = \"1d\""), @"wayfarer.toml:2:1: unknown key `log`: did you mean `logs`?");
    let text = "[retention]\nlogs = \"3d\"\nrollups = \"400d\"\n[tenants.shop.retention]\nlogs = \"forever\"\nruns = \"36h\"";
    let toml = parse::parse::<RunnerToml>(Path::new("x"), text).unwrap();
    let days = |days: u64| Keep::For(Duration::from_hours(24 * days));
    let own = toml.tenants[&"shop".parse().unwrap()].retention.over(toml.retention);
    assert_eq!((own.logs(), own.rollups(), own.bodies()), (Keep::Forever, days(400), days(14)));
    assert_eq!(own.runs(), Keep::For(Duration::from_hours(36)));
    assert_eq!((toml.retention.logs(), toml.retention.runs()), (days(3), days(90)));
    assert_eq!(toml.retention.audit(), days(365));
    for text in ["36h", "14d", "forever"] {
        let keep = Keep::from_text(text).unwrap();
        assert_eq!(Keep::from_text(&keep.to_text()), Ok(keep), "{text}");
    }
}

#[test]
fn the_audit_trail_is_kept_for_all_tenants_alike() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wayfarer.toml");
    std::fs::write(&path, "[retention]\naudit = \"30d\"\n[tenants.a.retention]\naudit = \"1d\"\n").unwrap();
    let error = RunnerFile::find(Some(&path), folder.path()).unwrap_err().to_string();
    assert!(error.contains("[tenants.a.retention] cannot set `audit`"), "{error}");
    assert!(error.contains("set it in [retention]"), "{error}");
}

#[test]
fn every_secret_says_where_it_comes_from_and_all_that_do_not_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[tenants.a.secrets.one]\nhosts = []\n[tenants.b.secrets.two]\nenv = \"X\"\nfile = \"y\"\n";
    std::fs::write(folder.path().join("wayfarer.toml"), text).unwrap();
    let error = RunnerFile::find(None, folder.path()).unwrap_err().to_string();
    let said = error.split_once("wayfarer.toml: ").unwrap().1;
    insta::assert_snapshot!(said, @r#"[tenants.a.secrets.one] needs either `env = "VARIABLE"` or `file = "PATH"`; [tenants.b.secrets.two] needs either `env = "VARIABLE"` or `file = "PATH"`"#);
}

#[test]
fn what_is_wrong_with_a_host_or_a_proxy_is_said_at_its_line() {
    let host = |keys: &str| error(&format!("[[tenants.shop.network.host]]\nhosts = [\"a.example\"]\n{keys}"));
    for (keys, words) in [
        ("family = \"ipv5\"", "`ipv5` is not a family of addresses: write `ipv4` or `ipv6`"),
        ("resolve = [\"a.example\"]", "`a.example` is not an address: write one such as `10.0.0.7`"),
        ("sni = \"a b\"", "`a b` is not a name that a certificate can be for"),
        ("host = \"http://a.example\"", "`http://a.example` is not a host: write a name"),
        ("insecured = true", "unknown key `insecured`: did you mean `insecure`?"),
    ] {
        let error = host(keys);
        assert!(error.starts_with("wayfarer.toml:3:") && error.contains(words), "{error}");
    }
    assert_eq!(
        error("[network]\nproxi = 1"),
        "wayfarer.toml:2:1: unknown key `proxi`: did you mean `proxy`?"
    );
}

#[test]
fn every_host_is_every_port_of_it_too() {
    let policy = EgressPolicy::parse("", EVERY_HOST).unwrap();
    for address in ["127.0.0.1", "::1", "10.0.0.1", "2001:db8::1"] {
        assert_eq!(policy.check_address("localhost", address.parse().unwrap(), 8080), Ok(()), "{address}");
    }
}

#[test]
fn a_proxy_is_the_tenants_own_or_the_general_one() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "secret\n").unwrap();
    let settings = |text: &str| {
        std::fs::write(folder.path().join("wayfarer.toml"), text).unwrap();
        let file = RunnerFile::find(None, folder.path()).unwrap();
        let (tenant, table) = file.tenants().unwrap().pop_first().unwrap();
        super::tenant_network_settings(&file, &tenant, &table.network, &std::sync::Arc::default())
    };
    let general = "[network]\nproxy.url = \"http://general.example\"\n";
    let own =
        "[tenants.a.network.proxy]\nurl = \"http://own.example:3128\"\nuser = \"ana\"\nfile = \"password\"\n";
    let proxy = settings(general).unwrap().proxy.unwrap();
    assert_eq!((proxy.host.as_str(), proxy.port, proxy.credentials), ("general.example", 80, None));
    let proxy = settings(&format!("{general}{own}")).unwrap().proxy.unwrap();
    let credentials = Some(("ana".to_owned(), "secret".to_owned()));
    assert_eq!((proxy.host.as_str(), proxy.port, proxy.credentials), ("own.example", 3128, credentials));
    for (bad, words) in [
        ("url = \"https://a.example\"", "needs a url such as `http://proxy.example:3128`"),
        ("url = \"http://a.example/x\"", "without a path"),
        ("url = \"http://a.example\"\nuser = \"ana\"", "needs for its credentials `user`"),
        ("url = \"http://a.example\"\nuser = \"ana\"\nfile = \"none\"", "none, which cannot be read"),
    ] {
        let error = settings(&format!("[tenants.a.network.proxy]\n{bad}\n")).unwrap_err().to_string();
        assert!(error.contains("wayfarer.toml: [network.proxy]") && error.contains(words), "{error}");
    }
}

#[test]
fn the_documented_example_is_read_and_names_every_key() {
    let file = RunnerFile::find(Some(&example()), Path::new("/nowhere")).unwrap();
    let toml = &file.toml;
    assert_eq!(toml.server.listen().to_string(), "127.0.0.1:7300");
    assert_eq!(toml.server.grace(), Duration::from_secs(25));
    assert_eq!(file.location().unwrap().as_str(), "local");
    assert_eq!((toml.limits.runs(), toml.limits.component()), (64, 64 << 20));
    let shop = &toml.tenants[&"shop".parse().unwrap()];
    assert_eq!((shop.runs(), shop.journeys(), shop.retries()), (8, 200, 2));
    assert_eq!(shop.runs_per_day.unwrap().0.0, 100_000);
    assert_eq!(shop.network.tls.client.len(), 1);
    assert_eq!(shop.network.host.len(), 2);
    assert_eq!(super::insecure_hosts(&shop.network).as_deref(), Some("legacy.shop.example"));
    assert!(shop.secrets["partner-token"].plaintext);
    assert!(file.data_dir(None, None).ends_with("examples/data"));

    let text = std::fs::read_to_string(example()).unwrap();
    let tables = [
        "",
        "[server]\n",
        "[storage]\n",
        "[limits]\n",
        "[retention]\n",
        "[tenants.a]\n",
        "[tenants.a.retention]\n",
        "[tenants.a.network]\n",
        "[network]\n",
        "[tenants.a.network.proxy]\nurl = \"http://a:1\"\n",
        "[[tenants.a.network.host]]\nhosts = []\n",
        "[tenants.a.network.tls]\n",
        "[[tenants.a.network.tls.client]]\nhosts = []\ncertificate = \"a\"\nkey = \"b\"\n",
        "[tenants.a.limits]\n",
        "[tenants.a.secrets.b]\n",
        "[alerting]\n",
        "[[alerts]]\n",
        "[channels.a]\n",
        "[channels.a.webhook]\n",
        "[channels.a.slack]\n",
        "[channels.a.teams]\n",
        "[channels.a.pagerduty]\n",
        "[channels.a.opsgenie]\n",
        "[channels.a.alertmanager]\n",
        "[channels.a.email]\n",
        "[channels.a.ntfy]\n",
        "[channels.a.template]\n",
        "[channels.a.slack.url]\n",
    ];
    for table in tables {
        let error = parse::parse::<RunnerToml>(Path::new("x"), &format!("{table}qqqqqqqq = 1")).unwrap_err();
        let super::ConfigError::UnknownKey { known, .. } = error else { panic!("{error}") };
        for key in known {
            assert!(text.contains(&key), "the example does not explain `{key}` of {table}");
        }
    }
}

#[test]
fn beacons_and_control_names_are_the_operators_and_nobody_elses() {
    let text = "[network]\nbeacons = [\"https://example.org\", \"tcp://192.0.2.1:443\"]\ncontrol_names = [\"example.com\"]";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wayfarer.toml"), text).unwrap();
    let controls = super::runner_control_settings(&RunnerFile::find(None, folder.path()).unwrap()).unwrap();
    let beacons: Vec<String> = controls.beacons.iter().map(ToString::to_string).collect();
    assert_eq!(beacons, ["https://example.org", "tcp://192.0.2.1:443"]);
    assert_eq!(controls.names.iter().map(ToString::to_string).collect::<Vec<_>>(), ["example.com"]);
    insta::assert_snapshot!(error("[network]\nbeacons = [\"example.org\"]"), @"wayfarer.toml:2:12: `example.org` is not a beacon: write one such as `https://example.org` or `tcp://192.0.2.1:443`");
    insta::assert_snapshot!(error("[network]\ncontrol_names = [\"192.0.2.1\"]"), @"wayfarer.toml:2:18: `192.0.2.1` is not a control name: write the name of a host, such as `example.com`");
    insta::assert_snapshot!(error("[network]\nbeacon = []"), @"wayfarer.toml:2:1: unknown key `beacon`: did you mean `beacons`?");
    for key in ["beacons", "control_names"] {
        let told = error(&format!("[tenants.shop.network]\n{key} = []"));
        assert!(told.contains("unknown key"), "{told}");
        let journeys =
            parse::parse::<super::JourneyToml>(Path::new("journey.toml"), &format!("[network]\n{key} = []"));
        let told = journeys.unwrap_err().to_string();
        assert!(told.contains("unknown key"), "{told}");
    }
}

#[test]
fn without_a_file_there_is_one_tenant_that_may_call_everything() {
    let folder = tempfile::tempdir().unwrap();
    let file = RunnerFile::find(None, folder.path()).unwrap();
    assert_eq!(file.file(), None);
    let tenants = file.tenants().unwrap();
    let names: Vec<&str> = tenants.keys().map(wayfarer_model::ids::TenantName::as_str).collect();
    assert_eq!(names, ["local"]);
    assert_eq!(file.toml.server.listen().to_string(), "127.0.0.1:7300");
    assert_eq!(file.toml.limits.runs(), 64);
    assert!(
        RunnerFile::find(Some(&folder.path().join("no.toml")), folder.path()).is_err(),
        "a named file must be"
    );
}

#[test]
fn a_flag_goes_before_the_file_and_the_file_before_the_users_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wayfarer.toml");
    std::fs::write(&path, "[storage]\ndata_dir = \"store\"\n").unwrap();
    let file = RunnerFile::find(None, folder.path()).unwrap();
    let (flag, user) = (Path::new("/flag"), Path::new("/user"));
    assert_eq!(file.data_dir(Some(flag), Some(user)), flag);
    assert_eq!(file.data_dir(None, Some(user)), folder.path().join("store"));
    assert_eq!(RunnerFile::default().data_dir(None, Some(user)), user);
    assert!(RunnerFile::default().data_dir(None, None).ends_with("wayfarer"));
}
