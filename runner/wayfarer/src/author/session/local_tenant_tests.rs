//! What a laptop makes of a journey: all errors at once, and the stronger layer wins.

use std::time::Duration;

use wayfarer_model::descriptor::Descriptor;
use wayfarer_model::parameter::{Parameter, ParameterKind};
use wayfarer_sandbox::http_check::HttpCheck;

use super::*;

fn project(toml: &str) -> Project {
    Project {
        dir: "shop".into(),
        file: Some("shop/journey.toml".into()),
        // The table gives the journey its code: a component takes a compiler.
        toml: toml::from_str(&format!("{toml}\n[http-check.checkout]\nurl = \"http://127.0.0.1/\"\n"))
            .unwrap(),
    }
}

fn journey() -> Descriptor {
    let parameter = |name: &str, kind, required| Parameter {
        name: name.into(),
        title: String::new(),
        kind,
        required,
        preset: None,
    };
    Descriptor {
        timeout: Some(Duration::from_secs(7)),
        parameters: vec![
            parameter("base_url", ParameterKind::Url, true),
            parameter("tries", ParameterKind::Integer, false),
        ],
        secrets: vec!["password".into()],
        retries: Some(1),
        ..wayfarer_testkit::descriptor("checkout")
    }
}

fn given(params: &[(&str, &str)]) -> Given {
    let params = params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Given { params, ..Given::default() }
}

fn resolve(project: &Project, given: &Given) -> Result<RunnableJourney, String> {
    let of = JourneyIn::new(project, journey());
    let code = Arc::new(JourneyCode::HttpCheck(Box::new(HttpCheck::new("http://127.0.0.1/"))));
    let network =
        NetworkGiven { allow: vec!["also.example".parse().unwrap()], resolver: None, controls: None };
    let resolved = resolve_here(&[(&of, &code)], given, &network);
    resolved.map(|mut ready| ready.remove(0)).map_err(|error| error.to_string())
}

#[test]
fn all_errors_come_at_once_and_name_the_mend() {
    let error = resolve(&project(""), &given(&[("tries", "many")])).err().unwrap();
    insta::assert_snapshot!(error, @r#"
    journey `checkout`: parameter `base_url` has no value: it must be an absolute http or https URL without user and password, such as `https://shop.example.com`; give it with `-e base_url=VALUE` or under [params] in journey.toml
    journey `checkout`: parameter `tries` is `many`: it must be a whole number, such as `42`; give it with `-e tries=VALUE` or under [params] in journey.toml
    journey `checkout`: the secret `password` is not configured: add to journey.toml [secrets.password] with `env = "PASSWORD"` or `file = "PATH"`
    "#);
    let other = project("[secrets.password]\nenv = \"WAYFARER_TEST_NOT_SET\"");
    let error = resolve(&other, &given(&[("base_url", "http://a.example")])).err().unwrap();
    insta::assert_snapshot!(error, @"journey `checkout`: the secret `password` comes from the environment variable `WAYFARER_TEST_NOT_SET`, which is not set: set it, or write it into a file for `--env-file`");
    let mut empty = given(&[("base_url", "http://a.example")]);
    empty.env_file.insert("WAYFARER_TEST_NOT_SET".into(), String::new());
    let error = resolve(&other, &empty).err().unwrap();
    insta::assert_snapshot!(error, @"journey `checkout`: the secret `password` is empty: write its value into its variable or file");
    let timed = project(
        "[params]\nbase_url = \"http://a.example\"\n[network]\nallow = [\"127.0.0.1:80\"]\n\
         [secrets.password]\nenv = \"PATH\"\n[journeys.checkout]\nspread = \"5s\"",
    );
    let error = resolve(&timed, &given(&[])).err().unwrap();
    insta::assert_snapshot!(error, @"journey `checkout`: journey.toml gives it `spread` and no schedule, and neither does its code: add `schedule`, or take that out");
}

#[test]
fn the_stronger_layer_wins() {
    let project = project(
        "[params]\nbase_url = \"http://one.example\"\ntries = 1\n\
         [journeys.checkout]\nretries = 3\nparams.tries = 2\n\
         [profiles.staging.params]\nbase_url = \"http://two.example\"\n\
         [limits]\ncpu = \"2s\"\ntimeout = \"9s\"\n\
         [network]\nallow = [\"one.example\"]\n\
         [secrets.password]\nenv = \"SHOP_PASSWORD\"\n",
    );
    let mut given = Given { profile: Some("staging".into()), ..given(&[]) };
    given.env_file.insert("SHOP_PASSWORD".into(), "sesame".into());
    let ready = resolve(&project, &given).unwrap();
    let expected = [("base_url", "http://two.example"), ("tries", "2")];
    assert_eq!(ready.params, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    assert_eq!(ready.secrets[0].value, "sesame");
    assert_eq!(ready.secrets[0].hosts[0], "one.example".parse().unwrap());
    assert_eq!((ready.limits.wall.as_secs(), ready.limits.cpu.as_secs()), (7, 2));
    assert_eq!(ready.retry.retries, 3);
    given.params.insert("tries".into(), "5".into());
    given.timeout = Some(Duration::from_secs(1));
    let ready = resolve(&project, &given).unwrap();
    assert_eq!(ready.params[1].1, "5");
    assert_eq!(ready.limits.wall.as_secs(), 1);
    assert!(project.path(Path::new("x")).ends_with("shop/x"));
}

#[test]
fn the_journeys_own_list_decides_and_what_is_named_on_the_spot_is_allowed() {
    let project = project(
        "[params]\nbase_url = \"http://one.example\"\n[network]\nallow = [\"one.example\"]\n\
         [secrets.password]\nenv = \"SHOP_PASSWORD\"\n",
    );
    let mut given = given(&[]);
    given.env_file.insert("SHOP_PASSWORD".into(), "sesame".into());
    let ready = resolve(&project, &given).unwrap();
    let policy = ready.network.policy();
    assert_eq!(policy.check_host("one.example", 443), Ok(()));
    assert_eq!(policy.check_host("also.example", 443), Ok(()));
    assert_eq!(policy.check_address("127.0.0.1", "127.0.0.1".parse().unwrap(), 80), Ok(()));
    insta::assert_snapshot!(policy.check_host("two.example", 443).unwrap_err(), @r#"host `two.example` is not allowed: add "two.example" to network.allow in journey.toml"#);
    assert!(policy.check_address("one.example", "10.0.0.1".parse().unwrap(), 443).is_err());
    let hosts = &ready.secrets[0].hosts;
    assert!(hosts.iter().any(|host| host.covers_host("one.example", 443)), "{hosts:?}");
    assert!(!hosts.iter().any(|host| host.covers_host("also.example", 443)), "{hosts:?}");
}
