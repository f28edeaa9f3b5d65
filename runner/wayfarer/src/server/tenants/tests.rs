//! What a tenant makes of a journey: the narrower of both holds, all errors at once, and no value is ever shown.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use wayfarer_model::deployment::{Code, JourneySpec, SecretUse};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::{ComponentDigest, LocationName};
use wayfarer_model::limits::Limits;
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_model::retry::RetryPolicy;

use super::{Locations, Tenant, Tenants};
use crate::config::RunnerFile;
use crate::runnable::{JourneyCode, RunnableJourney};

const DIGEST: ComponentDigest = ComponentDigest([7; 32]);

/// A runner's folder with a secret's file in it.
fn folder(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wayfarer.toml"), text).unwrap();
    std::fs::write(folder.path().join("password"), "sesame\n").unwrap();
    folder
}

fn tenants(folder: &Path) -> Tenants {
    Tenants::read(&RunnerFile::find(None, folder).unwrap()).unwrap()
}

fn tenant(text: &str) -> Arc<Tenant> {
    let folder = folder(text);
    let tenants = tenants(folder.path());
    let first = tenants.iter().next().unwrap();
    Arc::clone(first)
}

const SHOP: &str = r#"
    [tenants.shop]
    title = "The shop"
    journeys = 2
    retries = 1
    [tenants.shop.network]
    allow = ["*.shop.example", "127.0.0.1:7301"]
    [tenants.shop.limits]
    memory = "64MiB"
    steps = 10
    [tenants.shop.secrets.password]
    file = "password"
    hosts = ["*.shop.example:443"]
"#;

fn spec() -> JourneySpec {
    let parameter = Parameter {
        name: "base_url".into(),
        title: String::new(),
        kind: ParameterKind::Url,
        required: true,
        preset: Some("https://a.shop.example".into()),
    };
    let plain = wayfarer_testkit::spec("checkout");
    let (parameters, secrets) = (vec![parameter], vec!["password".into()]);
    JourneySpec {
        descriptor: Descriptor { parameters, secrets, ..plain.descriptor },
        code: Code::Component(DIGEST),
        timing: None,
        secrets: [("password".to_owned(), SecretUse { plaintext: true, ..SecretUse::default() })].into(),
        allow: vec!["a.shop.example".into(), "other.example".into()],
        retry: RetryPolicy::of(1),
        ..plain
    }
}

fn resolve(tenant: &Tenant, spec: &JourneySpec) -> RunnableJourney {
    let check = wayfarer_sandbox::http_check::HttpCheck::new("http://a.example");
    tenant.resolve(spec, Arc::new(JourneyCode::HttpCheck(Box::new(check)))).unwrap()
}

fn local() -> Locations {
    let here: LocationName = "local".parse().unwrap();
    Locations { known: [here.clone()].into(), here }
}

/// The admission of some versions, of a component that says of itself what they say.
fn admit(tenant: &Tenant, specs: &[JourneySpec]) -> Result<Vec<String>, String> {
    let described = [(DIGEST, specs.iter().map(|spec| spec.descriptor.clone()).collect())].into();
    tenant.admit(specs, &described, &BTreeSet::new(), &local()).map_err(|errors| errors.to_string())
}

#[test]
fn the_narrower_of_both_holds() {
    let shop = tenant(SHOP);
    let ready = resolve(&shop, &spec());
    assert_eq!(ready.params, [("base_url".into(), "https://a.shop.example".into())]);
    let secret = &ready.secrets[0];
    assert_eq!(secret.value, "sesame");
    assert_eq!(secret.hosts, ["a.shop.example:443".parse().unwrap()]);
    assert!(!secret.plaintext, "the journey would, the tenant would not");
    assert_eq!((ready.limits.memory, ready.limits.steps), (64 << 20, 10));
    assert_eq!(ready.limits.wall, Duration::from_secs(30));
    let policy = ready.network.policy();
    assert_eq!(policy.check_host("a.shop.example", 443), Ok(()));
    insta::assert_snapshot!(policy.check_host("b.shop.example", 443).unwrap_err(), @r#"host `b.shop.example` is not allowed: add "b.shop.example" to network.allow of the project, and deploy again"#);
    insta::assert_snapshot!(policy.check_host("other.example", 443).unwrap_err(), @r#"host `other.example` is not allowed: add "other.example" to [tenants.shop.network] allow in wayfarer.toml"#);
}

#[test]
fn a_runner_without_a_file_leaves_it_to_the_journey() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = tenants(folder.path());
    let local = tenants.get(&"local".parse().unwrap()).unwrap();
    let mut spec = spec();
    spec.descriptor.secrets.clear();
    spec.secrets.clear();
    spec.allow = vec!["127.0.0.1:7301".into(), "10.0.0.0/8".into(), "db.internal:5432".into()];
    let policy = resolve(local, &spec);
    let policy = policy.network.policy();
    assert_eq!(policy.check_host("db.internal", 5432), Ok(()));
    assert_eq!(policy.check_address("db.internal", "10.1.2.3".parse().unwrap(), 5432), Ok(()));
    assert_eq!(policy.check_address("127.0.0.1", "127.0.0.1".parse().unwrap(), 7301), Ok(()));
    assert_eq!(admit(local, &[spec.clone()]), Ok(vec![]));
    spec.descriptor.secrets = vec!["password".into()];
    insta::assert_snapshot!(admit(local, &[spec]).unwrap_err(), @r#"journey `checkout`: the secret `password` is not configured for tenant `local`: start the server, without a wayfarer.toml, in the folder of a project whose journey.toml has [secrets.password], or with `--project DIR`; or add to wayfarer.toml [tenants.local.secrets.password] with `env = "PASSWORD"` or `file = "PATH"`, and [tenants.local.network] with `allow = ["*:*", "0.0.0.0/0", "::/0", "127.0.0.0/8", "[::1]:*"]`, which holds while no tenant is written down"#);
}

#[test]
fn a_deploy_is_refused_with_everything_that_is_wrong() {
    let shop = tenant(SHOP);
    assert_eq!(
        admit(&shop, &[spec()]).unwrap(),
        [
            "journey `checkout`: the secret `password` goes over TLS only: to send it without, add `plaintext = true` under [tenants.shop.secrets.password] in wayfarer.toml",
            "journey `checkout`: host `other.example` is not allowed: add \"other.example\" to [tenants.shop.network] allow in wayfarer.toml",
        ]
    );
    let mut wrong = spec();
    wrong.descriptor.secrets.push("token".into());
    wrong.params = [("base_url".into(), "shop".into()), ("bsae_url".into(), "x".into())].into();
    wrong.allow = vec!["b.example".into(), "10.0.0.0/8".into()];
    wrong.limits = Limits { memory: 128 << 20, steps: 11, ..Limits::default() };
    wrong.retry.retries = 9;
    insta::assert_snapshot!(admit(&shop, &[wrong]).unwrap_err(), @r#"
    journey `checkout`: parameter `base_url` is `shop`: it must be an absolute http or https URL without user and password, such as `https://shop.example.com`; write it under [params] of the project and deploy again
    journey `checkout` has no parameter `bsae_url`: take its value out of the project's file, or did you mean `base_url`?
    journey `checkout`: the secret `password` may be sent to no host: add `b.example`, `10.0.0.0/8` to `hosts` under [tenants.shop.secrets.password] in wayfarer.toml
    journey `checkout`: the secret `token` is not configured for tenant `shop`: add to wayfarer.toml [tenants.shop.secrets.token] with `env = "TOKEN"` or `file = "PATH"`
    journey `checkout`: host `b.example` is not allowed: add "b.example" to [tenants.shop.network] allow in wayfarer.toml
    journey `checkout`: host `10.0.0.0/8` is not allowed: add "10.0.0.0/8" to [tenants.shop.network] allow in wayfarer.toml
    journey `checkout` asks for a memory of 128.0 MiB, and tenant `shop` may use 64.0 MiB: ask for less, or raise `memory` under [tenants.shop.limits] in wayfarer.toml
    journey `checkout` asks for a steps of 11, and tenant `shop` may use 10: ask for less, or raise `steps` under [tenants.shop.limits] in wayfarer.toml
    journey `checkout` asks for a retries of 9, and tenant `shop` may use 1: ask for less, or raise `retries` under [tenants.shop] in wayfarer.toml
    "#);
}

#[test]
fn the_only_tenant_takes_the_secrets_of_a_project_toward_its_hosts_alone() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    write("password", "sesame\n");
    write(
        "journey.toml",
        "[secrets.password]\nfile = \"password\"\nhosts = [\"*.shop.example:443\"]\n[secrets.unset]\nenv = \"WAYFARER_TEST_IS_NOT_SET\"\n\
         hosts = [\"a.example\"]\n",
    );
    let file = RunnerFile::find(None, folder.path()).unwrap().with_secrets_of(&[], folder.path()).unwrap();
    let tenants = Tenants::read(&file).unwrap();
    let local = tenants.get(&"local".parse().unwrap()).unwrap();
    let resolved = |spec: &JourneySpec| {
        let mut errors = Vec::new();
        let secrets = local.settings.secrets(spec, &mut errors);
        (secrets, errors.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let mut spec = spec();
    let (secrets, errors) = resolved(&spec);
    assert_eq!((secrets.len(), errors.len()), (1, 0), "{errors:?}");
    assert_eq!((secrets[0].value.as_str(), secrets[0].plaintext), ("sesame", false));

    // What a deployment says of the secret can only narrow what the server's own file says.
    let asks = SecretUse { hosts: vec!["evil.example".into()], plaintext: true, ..SecretUse::default() };
    spec.allow = vec!["evil.example".into()];
    spec.secrets.insert("password".into(), asks);
    let (secrets, errors) = resolved(&spec);
    assert!(secrets.is_empty() && errors[0].contains("`evil.example`"), "{errors:?}");

    spec.descriptor.secrets[0].name = "unset".into();
    let (_, errors) = resolved(&spec);
    assert!(errors[0].contains("`WAYFARER_TEST_IS_NOT_SET`, which is not set"), "{errors:?}");
}

#[test]
fn what_a_journey_asks_of_a_secret_is_given_by_its_entry_or_named_at_the_deploy() {
    let mut asking = spec();
    asking.params.clear();
    let all =
        [r#"header = "authorization""#, r#"json = "$.user.password""#, r#"query = "key""#, "reveal = true"];
    asking.secrets.get_mut("password").unwrap().asks = all.map(str::to_owned).into();
    let refused = admit(&tenant(SHOP), &[asking.clone()]).unwrap_err();
    insta::assert_snapshot!(refused, @r#"journey `checkout` asks for a use of the secret `password` that it may not make: add `query = "key"`, `reveal = true` under [tenants.shop.secrets.password] in wayfarer.toml, or take that out of the project"#);
    let with = |lines: &str| tenant(&format!("{SHOP}\n{lines}"));
    let refused = admit(&with(r#"query = ["key", "token"]"#), &[asking.clone()]).unwrap_err();
    assert!(
        refused.contains(r#"add `header = "authorization"`, `json = "#),
        "the usual places are gone: {refused}"
    );
    let whole = "header = ['Authorization', 'x-key']\njson = 'user.password'\nquery = 'key'\nreveal = true";
    assert!(admit(&with(whole), &[asking.clone()]).is_ok());
    // What the component itself declares counts as well.
    let mut declaring = asking.clone();
    declaring.descriptor.secrets[0].place = Some("header:X-Other".into());
    let refused = admit(&with(whole), &[declaring]).unwrap_err();
    assert!(refused.contains(r#"add `header = "x-other"`"#), "{refused}");
    // The same function speaks when the entry changes after the deploy.
    let check = wayfarer_sandbox::http_check::HttpCheck::new("http://a.example");
    let code = Arc::new(JourneyCode::HttpCheck(Box::new(check)));
    let error = tenant(SHOP).resolve(&asking, code).err().unwrap().to_string();
    assert!(error.contains("add `query = "), "{error}");
}

#[test]
fn nothing_that_comes_from_outside_is_believed() {
    let shop = tenant(SHOP);
    let named = |name: &str| {
        let mut spec = spec();
        spec.descriptor.name = name.parse().unwrap();
        spec
    };
    insta::assert_snapshot!(admit(&shop, &[named("a"), named("b"), named("c"), named("c")]).unwrap_err(), @"
    journey `c`: it is deployed twice: give each journey a name of its own
    tenant `shop` would have 3 journeys and may have 2: remove some with `wayfarer deploy --prune`, or raise `journeys` under [tenants.shop] in wayfarer.toml
    ");
    let described = [(DIGEST, vec![named("a").descriptor])].into();
    let mut other = named("a");
    other.descriptor.secrets.clear();
    let mut elsewhere = named("c");
    elsewhere.code = Code::Component(ComponentDigest([8; 32]));
    let mut table = named("d");
    table.code = Code::HttpCheck(r#"{"url":"http://a.shop.example","statsu":"200"}"#.into());
    table.descriptor.timezone = Some("Berlin".into());
    table.allow = vec!["http://a.shop.example".into()];
    let specs = [other, named("b"), elsewhere, table];
    let others = ["z".parse().unwrap()].into();
    insta::assert_snapshot!(shop.admit(&specs, &described, &others, &local()).unwrap_err(), @"
    journey `a`: what is said of its parameters, secrets, steps, hosts or cleanups is not what its component says: build and deploy it again
    journey `b`: its component 0707070707070707070707070707070707070707070707070707070707070707 holds no journey of that name: build and deploy it again
    journey `c`: its component 0808080808080808080808080808080808080808080808080808080808080808 is not here: upload it first, as `wayfarer deploy` does
    journey `d`: `http://a.shop.example` is a URL, not a host: write `a.shop.example`
    journey `d`: its [http-check] table cannot be read: unknown field `statsu`, expected one of `url`, `method`, `headers`, `body`, `status`, `contains`, `not_contains`, `json`, `max_latency`, `certificate_days`, `follow`; deploy it with this version of wayfarer
    journey `d`: `Berlin` is not an IANA timezone: did you mean `Europe/Berlin`?
    tenant `shop` would have 5 journeys and may have 2: remove some with `wayfarer deploy --prune`, or raise `journeys` under [tenants.shop] in wayfarer.toml
    ");
}

#[test]
fn a_check_without_code_is_ready_by_itself() {
    let mut spec = spec();
    assert!(JourneyCode::without_component(&spec).unwrap().is_none());
    spec.code = Code::HttpCheck(r#"{"url":"http://a.shop.example/x","status":"2xx"}"#.into());
    let Some(JourneyCode::HttpCheck(check)) = JourneyCode::without_component(&spec).unwrap() else {
        panic!("no check")
    };
    let request = &check.requests[0];
    assert_eq!(request.url.as_literal(), Some("http://a.shop.example/x"));
    assert_eq!(request.rules.status, [200..=299]);
}

#[test]
fn everything_that_is_wrong_with_any_tenant_is_said_at_the_start() {
    let folder = folder(
        r#"
        [tenants.a.secrets.one]
        env = "WAYFARER_TEST_NOT_SET"
        [tenants.a.secrets.two]
        file = "no-such-file"
        [tenants.b.secrets.three]
        file = "empty"
        [tenants.c.network]
        tls.ca = ["password"]
        "#,
    );
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    let error = Tenants::read(&RunnerFile::find(None, folder.path()).unwrap()).unwrap_err().to_string();
    let said = error.replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!(said, @r#"
    tenant `a`: the secret `one` comes from the environment variable `WAYFARER_TEST_NOT_SET`, which is not set: set it before the runner starts, or use `file = "PATH"`
    tenant `a`: the secret `two` comes from the file DIR/no-such-file, which cannot be read: No such file or directory (os error 2)
    tenant `b`: the secret `three` is empty: write its value into its variable or file
    tenant `c`: network.tls.ca: not a PEM file of certificates: no `BEGIN CERTIFICATE` in it
    "#);
}

#[test]
fn a_value_is_shown_nowhere_and_read_anew_on_demand() {
    let folder = folder(SHOP);
    let file = RunnerFile::find(None, folder.path()).unwrap();
    let before = Tenants::read(&file).unwrap();
    std::fs::write(folder.path().join("password"), "open").unwrap();
    let after = Tenants::read(&file).unwrap();
    let of = |tenants: &Tenants| resolve(tenants.iter().next().unwrap(), &spec()).secrets[0].clone();
    assert_eq!((of(&before).value, of(&after).value), ("sesame".to_owned(), "open".to_owned()));
    let policy = before.iter().next().unwrap().policy_json().unwrap();
    assert_eq!(
        policy,
        after.iter().next().unwrap().policy_json().unwrap(),
        "another value is no other policy"
    );
    for shown in [format!("{before:?}"), format!("{:?}", of(&before)), policy.clone()] {
        assert!(!shown.contains("sesame"), "{shown}");
    }
    insta::assert_snapshot!(policy, @r#"{"runs":8,"journeys":2,"retries":1,"network":{"allow":["*.shop.example","127.0.0.1:7301"],"ca":[],"client":[]},"limits":{"timeout_us":600000000,"cpu_us":60000000,"memory":67108864,"table_elements":200000,"steps":10,"checks":100000,"metrics":10000,"requests":10000,"concurrent_requests":64,"traffic":1073741824,"request_body":67108864,"response_body":67108864,"log":1048576,"artifacts":16777216,"handles":10000},"secrets":{"password":{"hosts":["*.shop.example:443"],"plaintext":false}}}"#);
}
