//! What travels at a deploy, and everything that is wrong with it at once.

use std::time::Duration;

use wayfarer_model::deployment::{Code, JourneySpec, Overlap, Timing};
use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::ids::ComponentDigest;
use wayfarer_model::parameter::{Parameter, ParameterKind};

use super::{Candidate, Deployable, deployable};
use super::{Given, JourneyIn};
use crate::config::Project;
use crate::protocol::JourneyBody;
use crate::runnable::ResolveErrors;

const DIGEST: ComponentDigest = ComponentDigest([7; 32]);

fn project(toml: &str) -> Project {
    Project {
        dir: "shop".into(),
        file: Some("shop/journey.toml".into()),
        toml: toml::from_str(toml).unwrap(),
    }
}

fn parameter(name: &str, required: bool, preset: Option<&str>) -> Parameter {
    let (name, preset) = (name.to_owned(), preset.map(str::to_owned));
    Parameter { name, title: String::new(), kind: ParameterKind::Text, required, preset }
}

fn journey(name: &str) -> Descriptor {
    Descriptor {
        title: "Buys".into(),
        schedule: Some("*/5 * * * *".into()),
        timeout: Some(Duration::from_secs(7)),
        steps: vec!["pay".into()],
        parameters: vec![parameter("base_url", true, None), parameter("user", true, Some("ana"))],
        secrets: vec!["password".into()],
        ..wayfarer_testkit::descriptor(name)
    }
}

/// Everything in one project: a component's journey and the checks without code.
fn deploy(project: &Project, given: &Given) -> Result<Deployable, ResolveErrors> {
    let of = JourneyIn::new(project, journey("checkout"));
    let checks: Vec<JourneyIn<'_>> = project
        .toml
        .http_checks
        .iter()
        .map(|(name, table)| JourneyIn::without_code(project, name.parse().unwrap(), table).unwrap())
        .collect();
    let mut candidates = vec![Candidate { of: &of, component: Some(DIGEST) }];
    candidates.extend(checks.iter().map(|of| Candidate { of, component: None }));
    deployable(&candidates, given)
}

const WHOLE: &str = r#"
    [params]
    base_url = "http://one.example"
    [profiles.live.params]
    base_url = "http://live.example"
    [secrets.password]
    env = "SHOP_PASSWORD"
    hosts = ["live.example"]
    plaintext = true
    header = "X-Api-Key"
    json = "user.password"
    reveal = true
    [secrets.unused]
    file = "never-read"
    [network]
    allow = ["live.example"]
    tls.ca = ["ca.pem"]
    [limits]
    memory = "64MiB"
    [journeys.checkout]
    schedule = "every 30s"
    timezone = "Europe/Berlin"
    spread = "10s"
    grace = "15s"
    overlap = "queue"
    confirm_every = "every 10s"
    locations = ["us-1", "eu-1"]
    group = "account-a"
    retries = 1
    tags = ["tier-1"]
    [http-check.front]
    url = "https://a.example/x"
    status = "2xx"
    schedule = "@hourly"
    timeout = "3s"
    [http-check.old]
    url = "https://b.example/"
    enabled = false
"#;

#[test]
fn everything_is_in_its_place_and_nothing_else_travels() {
    let project = project(WHOLE);
    let mut given = Given { profile: Some("live".into()), ..Given::default() };
    given.env_file.insert("SHOP_PASSWORD".into(), "sesame".into());
    given.env_file.insert("PATH_OF_SOMETHING_ELSE".into(), "private".into());
    let deployed = deploy(&project, &given).unwrap();
    let [checkout, front] = deployed.specs.as_slice() else { panic!("{:?}", deployed.specs) };

    assert_eq!(checkout.code, Code::Component(DIGEST));
    let timing = checkout.timing.clone().unwrap();
    assert_eq!((timing.schedule.as_str(), timing.timezone.name()), ("every 30s", "Europe/Berlin"));
    assert_eq!((timing.spread.window(), timing.grace), (Duration::from_secs(10), Duration::from_secs(15)));
    assert_eq!(timing.overlap, Overlap::Queue);
    assert_eq!(timing.confirm_every.unwrap().as_str(), "every 10s");
    assert_eq!(timing.locations, ["eu-1", "us-1"].map(|name| name.parse().unwrap()).into());
    assert_eq!(checkout.group.as_ref().unwrap().as_str(), "account-a");
    assert_eq!(checkout.descriptor.schedule.as_deref(), Some("every 30s"));
    assert_eq!(checkout.descriptor.tags, ["tier-1"]);
    assert_eq!(checkout.params, [("base_url".into(), "http://live.example".into())].into());
    assert_eq!(checkout.secrets.keys().collect::<Vec<_>>(), ["password"]);
    assert!(checkout.secrets["password"].plaintext);
    assert_eq!(checkout.secrets["password"].hosts, ["live.example"]);
    let asks = [r#"header = "x-api-key""#, r#"json = "$.user.password""#, "reveal = true"];
    assert_eq!(checkout.secrets["password"].asks, asks.map(str::to_owned).into());
    assert_eq!(checkout.allow, ["live.example"]);
    assert_eq!((checkout.limits.memory, checkout.limits.wall), (64 << 20, Duration::from_secs(7)));
    assert_eq!(checkout.retry.retries, 1);

    insta::assert_debug_snapshot!(front.code, @r#"
    HttpCheck(
        "{\"format\":2,\"request\":[{\"url\":\"https://a.example/x\",\"status\":\"2xx\"}]}",
    )
    "#);
    assert_eq!(front.allow, ["live.example", "a.example:443"]);
    let timing = front.timing.clone().unwrap();
    assert_eq!((timing.timezone.name(), timing.grace, timing.overlap), ("UTC", Timing::GRACE, Overlap::Skip));
    assert_eq!((timing.confirm_every, &front.group), (None, &None));
    assert!(timing.locations.is_empty());
    assert_eq!(front.limits.wall, Duration::from_secs(3));
    insta::assert_snapshot!(deployed.notes.join("\n"), @"
    `network.tls.ca` in shop/journey.toml is for `wayfarer test`: for deployed journeys it stands under [tenants.NAME.network] in the runner's wayfarer.toml
    journey `old` is disabled in journey.toml and is not deployed
    ");

    let bodies: Vec<JourneyBody> = deployed.specs.iter().cloned().map(Into::into).collect();
    let sent = serde_json::to_string(&bodies).unwrap();
    for kept in ["sesame", "private", "SHOP_PASSWORD", "never-read", "unused", "ca.pem"] {
        assert!(!sent.contains(kept), "{kept} stays here: {sent}");
    }
    let again: Vec<JourneyBody> = serde_json::from_str(&sent).unwrap();
    let again: Vec<JourneySpec> = again.into_iter().map(Into::into).collect();
    assert_eq!(again, deployed.specs, "equal specs are one version");
}

#[test]
fn a_journey_is_deployed_without_a_schedule_only_on_purpose() {
    let text = |keys: &str| {
        format!("[params]\nbase_url = \"x\"\n[secrets.password]\nenv = \"X\"\n[journeys.checkout]\n{keys}")
    };
    let off = deploy(&project(&text("schedule = \"off\"\ngrace = \"5s\"")), &Given::default()).unwrap();
    assert_eq!((&off.specs[0].timing, &off.specs[0].descriptor.schedule), (&None, &None));
    let usual = deploy(&project(&text("")), &Given::default()).unwrap();
    assert_eq!(usual.specs[0].timing.as_ref().unwrap().schedule.as_str(), "*/5 * * * *");
    let check = "[http-check.front]\nurl = \"http://[::1]:8080/\"\nspread = \"5s\"\noverlap = \"allow\"\nlocations = [\"eu-1\"]\n";
    let error = deploy(&project(&(check.to_owned() + &text(""))), &Given::default()).unwrap_err();
    insta::assert_snapshot!(error, @"journey `front`: journey.toml gives it `spread`, `overlap`, `locations` and no schedule, and neither does its code: add `schedule`, or take that out");
    let nowhere = deploy(&project(&text("locations = []")), &Given::default()).unwrap_err();
    insta::assert_snapshot!(nowhere, @"journey `checkout`: `locations` in journey.toml is empty: name a location, or leave it out for every location");
}

#[test]
fn all_errors_come_at_once_and_name_the_mend() {
    let mut given = Given::default();
    // A secret's variable is no parameter, even where the names are the same.
    given.env_file.insert("base_url".into(), "sesame".into());
    let error = deploy(&project("[secrets.other]\nenv = \"base_url\""), &given).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    journey `checkout`: parameter `base_url` has no value: it must be text; give it with `-e base_url=VALUE` or under [params] in journey.toml
    journey `checkout`: the secret `password` is not configured: add to journey.toml [secrets.password] with `env = "PASSWORD"` or `file = "PATH"`
    "#);
    let (one, other) = (project(WHOLE), project(WHOLE));
    let (one, other) =
        (JourneyIn::new(&one, journey("checkout")), JourneyIn::new(&other, journey("checkout")));
    let candidates = [&one, &other].map(|of| Candidate { of, component: Some(DIGEST) });
    insta::assert_snapshot!(deployable(&candidates, &Given::default()).unwrap_err(), @"journey `checkout`: another project here has a journey of that name, and a tenant has one of each: rename one");
}
