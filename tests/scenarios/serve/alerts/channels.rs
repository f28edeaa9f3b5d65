//! `wayfarer channels`: listed and tried, with a word in the audit trail; secrets are read anew at SIGHUP.

use rustix::process::Signal;
use wayfarer_tests::support::Runner;
use wayfarer_tests::support::server::{http, status, text};

#[test]
fn channels_are_listed_and_tried_and_no_answer_shows_a_secret() {
    let chat = http(|asked| {
        if asked.target == "/services/new" { text("ok") } else { status(404, "no such hook: /services/old") }
    });
    let config = "[channels.post.email]\nhost = \"127.0.0.1\"\nport = 1\nsecurity = \"none\"\nfrom = \"a@example.com\"\nto = \"b@example.com\"\n\
         [tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n[tenants.acme.channels.chat]\nslack.url.file = \"hook\"\nfallback = \"post\"\n\
         [tenants.globex]\n";
    let old = format!("{}/services/old", chat.url());
    let runner = Runner::among(config, &[], |folder| std::fs::write(folder.join("hook"), &old).unwrap());
    let listed = runner.ok(&["channels", "list", "--tenant", "acme"]);
    assert!(listed.contains("chat     slack  tenant    post"), "{listed}");
    assert!(listed.contains("post     email  platform"), "{listed}");
    assert!(!runner.ok(&["channels", "list", "--tenant", "globex"]).contains("chat"));
    let (code, said) = runner.call(&["channels", "test", "chat", "--tenant", "acme"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("chat (slack) has not taken the test notice: it answered 404 Not Found"), "{said}");
    assert!(!said.contains("/services/old"), "{said}");
    std::fs::write(runner.folder().join("hook"), format!("{}/services/new", chat.url())).unwrap();
    runner.signal(Signal::HUP);
    let read = "SELECT count(*) FROM v1_audit_events WHERE action = 'configuration-read' AND object LIKE 'secrets and %'";
    runner.until(read, |seen| seen == "1");
    let said = runner.ok(&["channels", "test", "chat", "--tenant", "acme"]);
    assert!(said.contains("chat (slack) has taken the test notice: 200 OK: ok"), "{said}");
    let (code, said) = runner.call(&["channels", "test", "chta", "--tenant", "acme"]);
    assert_eq!(code, Some(4), "{said}");
    let (_, said) = runner.call(&["channels", "test", "post"]);
    assert!(said.contains("post (email) has not taken") && said.contains("refused"), "{said}");
    let trail = "SELECT count(*) FROM v1_audit_events WHERE action = 'channel-test' AND outcome = 'done' AND object = 'channel chat'";
    assert_eq!(runner.query(trail), "2");
    let token = runner.ok(&["tokens", "add", "viewer", "--tenant", "acme", "--role", "viewer", "-q"]);
    let (code, said) = runner.call(&["channels", "test", "chat", "--token", token.trim()]);
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn a_server_with_a_wrong_channel_does_not_start() {
    let mut runner =
        Runner::at_rest("[channels.chat]\nslack.url.env = \"NOT_SET\"\n[[alerts]]\nto = \"chta\"\n", |_| ());
    let said = runner.comes_up().unwrap_err();
    assert!(
        said.contains("[channels.chat] `slack.url` takes its value from the environment variable `NOT_SET`"),
        "{said}"
    );
    assert!(said.contains("[[alerts]] number 1 names the channel `chta`"), "{said}");
}
