//! Lists page by page: nothing is left out, nothing comes twice, also while rows are added.

use serde_json::Value;
use wayfarer_tests::support::server::{http, redirect, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS};

/// All pages of a list of two entries each, by the flag that goes on and the key that it takes.
fn pages(runner: &Runner, list: &[&str], flag: &str, key: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let ended =
            all.last().map(|entry| entry[key].as_str().map_or_else(|| entry[key].to_string(), str::to_owned));
        let mut arguments = [list, &["-n", "2"]].concat();
        if let Some(ended) = &ended {
            arguments.extend([flag, ended.as_str()]);
        }
        let page = runner.json(&arguments);
        let page = page.as_array().unwrap();
        assert!(page.len() <= 2, "{page:#?}");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().cloned());
    }
}

#[test]
fn every_list_that_grows_is_read_page_by_page() {
    let target = http(|_| text("hello"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &format!("[http-check.front]\nurl = \"{}/\"\n", target.url()), &[]);
    for number in 0..5 {
        runner.ok(&["trigger", "--tenant", "acme", "front"]);
        runner.ok(&["-q", "tokens", "add", &format!("token-{number}"), "--tenant", "acme"]);
        runner.ok(&[
            "maintenance",
            "add",
            "--tenant",
            "acme",
            "--from",
            "2090-01-01T00:00",
            "--for",
            "1h",
            "--note",
            "x",
        ]);
    }
    for (list, flag, key) in [
        (&["runs"][..], "--before", "run"),
        (&["tokens", "list"], "--after", "id"),
        (&["maintenance", "list", "--past"], "--after", "id"),
        (&["audit-log"], "--before", "event"),
    ] {
        let whole = runner.json(&[list, &["-n", "1000"]].concat());
        let whole = whole.as_array().unwrap();
        assert!(whole.len() >= 5, "{list:?}: {whole:#?}");
        let paged = pages(&runner, list, flag, key);
        let keys = |all: &[Value]| all.iter().map(|entry| entry[key].to_string()).collect::<Vec<_>>();
        assert_eq!(keys(&paged), keys(whole), "{list:?}");
        let said = runner.call(&[list, &["-n", "2"]].concat()).1;
        assert!(said.contains(&format!("there may be more: `{flag} ")), "{list:?}: {said}");
    }
    let newest = runner.json(&["runs", "-n", "2"]);
    let before = newest[1]["run"].as_str().unwrap();
    runner.ok(&["trigger", "--tenant", "acme", "front"]);
    let rest = runner.json(&["runs", "--before", before]);
    assert_eq!(rest.as_array().unwrap().len(), 3, "what came meanwhile is not in the next page: {rest:#}");
}

#[test]
fn journeys_and_incidents_are_read_page_by_page_too() {
    let target = http(|_| redirect("http://10.0.0.1/"));
    let runner = Runner::start(TWO_TENANTS);
    let url = target.url();
    for (tenant, names) in [("globex", &["a", "b"][..]), ("acme", &["a", "b", "c"])] {
        let check = |name: &&str| format!("[http-check.{name}]\nurl = \"{url}/\"\nschedule = \"every 1s\"\n");
        runner.deploy(tenant, &names.iter().map(check).collect::<String>(), &[]);
    }
    let list = |query: &str| -> Vec<Value> {
        let (status, body) = runner.ask(&format!("GET /api/v1/journeys?{query} HTTP/1.1"), b"");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    };
    let name =
        |info: &Value| format!("{}/{}", info["tenant"].as_str().unwrap(), info["journey"].as_str().unwrap());
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = list(&format!("limit=2{after}"));
        let Some(end) = page.last() else { break };
        after = format!("&after={}", name(end));
        seen.extend(page.iter().map(name));
    }
    assert_eq!(seen, ["acme/a", "acme/b", "acme/c", "globex/a", "globex/b"]);
    assert_eq!(list("after=acme/bb").len(), 3, "a journey that is gone has its place");
    let (status, said) = runner.ask("GET /api/v1/journeys?after=acme HTTP/1.1", b"");
    assert!(status == 400 && said.contains("write it as `TENANT/JOURNEY`"), "{status} {said}");

    runner.until("SELECT count(*) FROM v1_incidents", |count| count == "5");
    let whole = runner.json(&["incidents", "list", "-n", "1000"]);
    let paged = pages(&runner, &["incidents", "list"], "--before", "incident");
    assert_eq!(paged.len(), 5);
    let numbers = |all: &[Value]| all.iter().map(|row| row["incident"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers(&paged), numbers(whole.as_array().unwrap()));
}
