//! E-mail to `aiosmtpd`: STARTTLS, TLS, AUTH, and what a server refuses.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wayfarer_testkit::until_blocking;
use wayfarer_tests::support::server::{http, status};
use wayfarer_tests::support::{Authority, Runner};
use wayfarer_tests::toolchain;

use super::incident::{failing_journey, opened, resolved};

/// A mail server, until it is dropped.
struct Mails {
    child: Child,
    port: u16,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl Mails {
    fn start(manner: &str, authority: &Authority, credentials: (&str, &str)) -> Self {
        let packages = toolchain::aiosmtpd().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap();
        let leaf = authority.leaf("127.0.0.1");
        let (certificate, key) = (folder.path().join("certificate"), folder.path().join("key"));
        std::fs::write(&certificate, leaf.pem()).unwrap();
        std::fs::write(&key, leaf.key_pem()).unwrap();
        let program =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/serve/alerts/mail_server.py");
        let mut python = Command::new("python3");
        python.arg(program).arg(manner).args([&certificate, &key]).args([credentials.0, credentials.1]);
        python.env("PYTHONPATH", packages).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = python.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.next().unwrap().parse().unwrap();
        let taken = Arc::<Mutex<Vec<Value>>>::default();
        let keeping = Arc::clone(&taken);
        std::thread::spawn(move || {
            for line in lines {
                keeping.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, port, taken }
    }

    fn until(&self, count: usize) -> Vec<Value> {
        until_blocking("the mail comes", || self.taken.lock().unwrap().clone(), |taken| taken.len() >= count)
    }
}

impl Drop for Mails {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server whose tenant has a channel to that mail server.
fn runner(authority: &Authority, mails: &Mails, keys: &str, more: &str) -> Runner {
    let config = format!(
        "[alerting]\ngroup_within = \"1s\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\nnetwork.tls.ca = [\"ca.pem\"]\n\
         [tenants.acme.channels.post.email]\nhost = \"127.0.0.1\"\nport = {}\nfrom = \"Wayfarer <wayfarer@example.com>\"\n{keys}\n\
         {more}[[tenants.acme.alerts]]\nto = \"post\"\n",
        mails.port
    );
    let pem = authority.pem();
    Runner::among(&config, &[("PASSWORD", "open sesame")], |folder| {
        std::fs::write(folder.join("ca.pem"), pem).unwrap();
    })
}

const CREDENTIALS: &str = "user = \"ana\"\npassword.env = \"PASSWORD\"";

#[test]
fn a_mail_goes_by_starttls_with_credentials_as_text_and_html_and_its_recovery_refers_to_it() {
    let authority = Authority::new();
    let mails = Mails::start("starttls", &authority, ("ana", "open sesame"));
    let shop = http(|_| status(503, "<b>inventory</b>"));
    let keys = format!("to = [\"sre@example.com\", \"Bo <bo@example.com>\"]\n{CREDENTIALS}");
    let runner = runner(&authority, &mails, &keys, "");
    failing_journey(&runner, &["shop"], &shop.url());
    let incident = opened(&runner, "shop");
    let first = mails.until(1)[0].clone();
    assert_eq!((&first["tls"], &first["user"]), (&true.into(), &"ana".into()));
    assert_eq!(first["to"], serde_json::json!(["sre@example.com", "bo@example.com"]));
    let content = first["content"].as_str().unwrap();
    for part in
        ["text/plain", "text/html", "Auto-Submitted: auto-generated", "From: Wayfarer <wayfarer@example.com>"]
    {
        assert!(content.contains(part), "{part}\n{content}");
    }
    let line = |content: &str, name: &str| {
        let start = format!("{name}: ");
        content.lines().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
    };
    let thread = line(content, "In-Reply-To");
    resolved(&runner, &incident);
    let second = mails.until(2)[1].clone();
    let over = second["content"].as_str().unwrap();
    assert!(over.contains("works again"), "{over}");
    assert_eq!(line(over, "In-Reply-To"), thread);
    assert_ne!(line(over, "Message-ID"), line(content, "Message-ID"));
}

#[test]
fn a_mail_goes_by_tls_from_the_first_byte_and_in_clear_where_the_table_says_so() {
    let authority = Authority::new();
    for (manner, user) in [("tls", "ana"), ("none", "")] {
        let mails = Mails::start(manner, &authority, (user, "open sesame"));
        let credentials = if user.is_empty() { "" } else { CREDENTIALS };
        let keys = format!("to = \"sre@example.com\"\nsecurity = \"{manner}\"\n{credentials}");
        let runner = runner(&authority, &mails, &keys, "");
        let said = runner.ok(&["channels", "test", "post", "--tenant", "acme"]);
        assert!(said.contains("post (email) has taken the test notice: 250"), "{said}");
        assert_eq!(mails.until(1)[0]["to"][0], "sre@example.com");
    }
}

#[test]
fn what_a_mail_server_refuses_is_told() {
    let authority = Authority::new();
    let mails = Mails::start("starttls", &authority, ("ana", "another word"));
    let refused = |keys: &str, trusted: &Authority, words: &str| {
        let runner = runner(trusted, &mails, keys, "");
        let (code, said) = runner.call(&["channels", "test", "post", "--tenant", "acme"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(words) && !said.contains("sesame"), "{words}\n{said}");
    };
    let to = "to = \"sre@example.com\"";
    refused(&format!("{to}\n{CREDENTIALS}"), &authority, "535");
    refused(&format!("{to}\n{CREDENTIALS}"), &Authority::new(), "certificate");
    let open = Mails::start("none", &authority, ("", ""));
    let runner = runner(&authority, &open, to, "");
    let (_, said) = runner.call(&["channels", "test", "post", "--tenant", "acme"]);
    assert!(said.contains("it offers no STARTTLS"), "{said}");
    let runner = self::runner(&authority, &open, "to = \"nobody@example.com\"\nsecurity = \"none\"", "");
    let (_, said) = runner.call(&["channels", "test", "post", "--tenant", "acme"]);
    assert!(said.contains("nobody lives here"), "{said}");
    assert!(mails.taken.lock().unwrap().is_empty());
}

#[test]
fn a_mail_goes_to_those_whom_the_server_knows_and_once_though_it_never_says_goodbye() {
    let authority = Authority::new();
    let mails = Mails::start("none-silent", &authority, ("", ""));
    let keys = "to = [\"nobody@example.com\", \"sre@example.com\"]\nsecurity = \"none\"";
    let runner = runner(&authority, &mails, keys, "");
    let said = runner.ok(&["channels", "test", "post", "--tenant", "acme"]);
    assert!(said.contains("has taken the test notice: 250"), "{said}");
    assert!(said.contains("not for nobody@example.com") && said.contains("nobody lives here"), "{said}");
    assert_eq!(mails.until(1)[0]["to"], serde_json::json!(["sre@example.com"]));
}
