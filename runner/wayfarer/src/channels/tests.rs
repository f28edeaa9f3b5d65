//! What each channel is sent when an incident opens and when it is over, and what each refuses in its table.

use std::collections::BTreeMap;
use std::path::Path;

use wayfarer_model::notice::{Notice, NoticeKind};
use wayfarer_model::units::UnixMillis;

use super::{Channel, ChannelRequest, ChannelTable, HttpRequest, SecretReader};

pub(crate) const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn read(table: &str) -> Result<Channel, String> {
    let table: ChannelTable = toml::from_str(table).map_err(|error| error.message().to_owned())?;
    let values: BTreeMap<&str, &str> = [
        ("KEY", KEY),
        ("OLD_KEY", OLD_KEY),
        ("HOOK", "https://hooks.example/services/T0/B0/secret"),
        ("TOKEN", "token-of-the-channel"),
        ("WORD", "just a word"),
    ]
    .into();
    let variable_of = |name: &str| values.get(name).map(|value| (*value).to_owned());
    let path_of = |path: &Path| path.to_owned();
    table.read(&mut SecretReader::new(&path_of, &variable_of))
}

/// With marks that a channel has to escape.
fn notice(kind: NoticeKind) -> Notice {
    let mut notice = Notice::example(kind).unwrap();
    if let Some(actual) = notice.evidence.as_mut().and_then(|evidence| evidence.actual.as_mut()) {
        actual.push_str(" <b>&\"no\"</b>");
    }
    notice
}

/// The requests of an incident that opens and is over, as text.
fn shown(table: &str) -> String {
    let channel = read(table).unwrap();
    let kinds = [NoticeKind::Opened, NoticeKind::Resolved];
    let shown = kinds.map(|kind| {
        let notice = notice(kind);
        let at = UnixMillis(notice.at.0 + 4_000);
        let request = channel.request(&notice, at).unwrap();
        let text = match request {
            ChannelRequest::Http(requests) => requests.iter().map(http).collect::<Vec<_>>().join("\n"),
            ChannelRequest::Mail(mail) => {
                format!("{mail:?}\n").split("message: [").next().unwrap_or_default().to_owned()
                    + "\n"
                    + &String::from_utf8(mail.message).unwrap().replace("\r\n", "\n")
            }
        };
        format!("# {}\n{text}\n", kind.as_str())
    });
    shown.join("\n")
}

fn http(request: &HttpRequest) -> String {
    let own = request.own_headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).chain(own);
    let body = serde_json::from_slice::<serde_json::Value>(&request.body).map_or_else(
        |_| String::from_utf8_lossy(&request.body).into_owned(),
        |json| serde_json::to_string_pretty(&json).unwrap(),
    );
    format!("{} {}\n{}\n{body}\n", request.method, request.url, headers.collect::<String>())
}

macro_rules! snapshot {
    ($name:ident, $table:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), shown($table));
        }
    };
}

snapshot!(
    a_webhook_is_signed_by_each_key,
    "[webhook]\nurl = \"https://hooks.example/in\"\nsecret.env = \"KEY\"\nold_secret.env = \"OLD_KEY\""
);
snapshot!(slack, "slack.url.env = \"HOOK\"");
snapshot!(teams, "teams.url.env = \"HOOK\"");
snapshot!(pagerduty, "pagerduty.routing_key.env = \"TOKEN\"");
snapshot!(opsgenie, "[opsgenie]\napi_key.env = \"TOKEN\"\nurl = \"https://api.eu.opsgenie.com\"");
snapshot!(
    alertmanager,
    "[alertmanager]\nurls = [\"http://one.example:9093\", \"https://two.example/am/\"]\nlabels.team = \"sre\"\ntoken.env = \"TOKEN\""
);
snapshot!(
    email,
    "[email]\nhost = \"mail.example\"\nfrom = \"Wayfarer <wayfarer@example.com>\"\nto = [\"ana@example.com\", \"Bo Ö <bo@example.com>\"]\nuser = \"wayfarer\"\npassword.env = \"TOKEN\""
);
snapshot!(ntfy, "[ntfy]\ntopic.env = \"TOKEN\"\nurl = \"https://ntfy.example\"");
snapshot!(
    template,
    "[template]\nurl = \"https://chat.example/send\"\nheaders.x-key = \"Key {{ secret.key }}\"\nsecrets.key.env = \"TOKEN\"\n\
     body = '{\"text\": {{ headline | tojson }}, \"over\": {{ is_over | tojson }}, \"kind\": \"{{ kind }}\"}'"
);

#[test]
fn a_table_that_cannot_work_says_what_is_wrong_with_it() {
    let error = |table: &str| read(table).unwrap_err();
    insta::assert_snapshot!(error(""), @"needs exactly one of `webhook`, `slack`, `teams`, `pagerduty`, `opsgenie`, `alertmanager`, `email`, `ntfy` or `template`");
    let two = error("slack.url.env = \"HOOK\"\nteams.url.env = \"HOOK\"");
    assert!(two.contains("exactly one"), "{two}");
    insta::assert_snapshot!(error("slack.url.env = \"NO\""), @"`slack.url` takes its value from the environment variable `NO`, which is not set");
    insta::assert_snapshot!(error("slack.url = {}"), @"`slack.url` needs either `env = \"VARIABLE\"` or `file = \"PATH\"`");
    insta::assert_snapshot!(error("slack.url.env = \"WORD\""), @"`slack.url` has a value that is no http or https URL");
    assert!(
        error("slack.url = \"https://hooks.example/secret\"").contains("SecretSource"),
        "a secret stands in no file"
    );
    insta::assert_snapshot!(error("[webhook]\nurl = \"https://a.example\"\nsecret.env = \"WORD\""), @"`webhook.secret` is no secret of Standard Webhooks: it is `whsec_` and 24 to 64 bytes in base64, as `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one");
    insta::assert_snapshot!(error("[email]\nhost = \"m.example\"\nfrom = \"nobody\"\nto = \"a@example.com\""), @"`email.from` has `nobody`, which is no address: write `ana@example.com` or `Ana <ana@example.com>`");
    insta::assert_snapshot!(error("[email]\nhost = \"m.example\"\nfrom = \"a@example.com\"\nto = \"a@example.com\"\nsecurity = \"none\"\nuser = \"a\"\npassword.env = \"TOKEN\""), @"`email` sends no password without TLS: set `security` to `starttls` or `tls`");
    insta::assert_snapshot!(error("[alertmanager]\nurls = []"), @"`alertmanager.urls` needs the URL of each instance, such as `http://alertmanager:9093`");
    insta::assert_snapshot!(error("[alertmanager]\nurls = \"http://a.example\"\nlabels.b-c = \"1\""), @"`alertmanager.labels` has `b-c`, which is no name of a label: use letters, digits and `_`");
}

#[test]
fn a_template_is_tried_before_it_is_needed() {
    let error = |body: &str| {
        read(&format!("[template]\nurl = \"https://a.example\"\nbody = '''{body}'''")).unwrap_err()
    };
    insta::assert_snapshot!(error("{{ headlin }}"), @"`template` fails for a notice of the kind `opened`: undefined value (line 1)");
    insta::assert_snapshot!(error("{{ headline"), @"`template.body`: syntax error: unexpected end of input, expected end of variable block (line 1)");
    let endless =
        error("{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}");
    insta::assert_snapshot!(endless, @"`template` fails for a notice of the kind `opened`: it takes more than 100000 steps, or makes more than 6.1 MiB of text and values (line 1): loop over less, and let no value grow");
    let doubled = "{% set s.t = s.t ~ s.t %}".repeat(40);
    insta::assert_snapshot!(error(&format!("{{% set s = namespace(t='x') %}}{doubled}{{{{ s.t | length }}}}")), @"`template` fails for a notice of the kind `opened`: it takes more than 100000 steps, or makes more than 6.1 MiB of text and values (line 1): loop over less, and let no value grow");
    let long = error("{{ 'x' * 300000 }}");
    assert!(long.contains("262144 are allowed"), "{long}");
    for grows in [
        "{{ ('x' * 99999999) | length }}",
        "{% set ns = namespace(l=[1]) %}{% for n in range(40) %}{% set ns.l = (ns.l + ns.l) | list %}{% endfor %}",
        "{% set ns = namespace(t='x') %}{% for n in range(40) %}{% set ns.t = ns.t | replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(t='x') %}{% for n in range(40) %}{% set t %}{{ ns.t }}{{ ns.t }}{% endset %}{% set ns.t = t %}{% endfor %}",
    ] {
        let error = error(grows);
        assert!(error.contains("let no value grow") || error.contains("too large"), "{grows}: {error}");
    }
    let header =
        read("[template]\nurl = \"https://a.example\"\nheaders.x = '''{{ 'x' * 9000 }}'''\nbody = 'x'");
    assert!(header.unwrap_err().contains("8192 are allowed"));
    let split = read("[template]\nurl = \"https://a.example\"\nheaders.x = '''{{ plain }}'''\nbody = 'x'")
        .unwrap_err();
    assert!(split.contains("line break"), "{split}");
}

#[test]
fn no_request_shows_a_secret_to_a_log() {
    for table in [
        "slack.url.env = \"HOOK\"",
        "[ntfy]\ntopic.env = \"TOKEN\"\ntoken.env = \"TOKEN\"",
        "pagerduty.routing_key.env = \"TOKEN\"",
    ] {
        let channel = read(table).unwrap();
        let request = channel.request(&notice(NoticeKind::Opened), UnixMillis(0)).unwrap();
        let shown = format!("{request:?}");
        assert!(!shown.contains("secret") && !shown.contains("token-of"), "{shown}");
    }
}

/// What Slack is sent of a notice.
fn slack_blocks(notice: &Notice) -> Vec<serde_json::Value> {
    let request = read("slack.url.env = \"HOOK\"").unwrap().request(notice, UnixMillis(0)).unwrap();
    let ChannelRequest::Http(requests) = request else { panic!("{request:?}") };
    let body: serde_json::Value = serde_json::from_slice(&requests[0].body).unwrap();
    body["blocks"].as_array().unwrap().clone()
}

#[test]
fn slack_gets_every_line_within_its_limits_and_mentions_nobody() {
    let mut long = notice(NoticeKind::Opened);
    if let Some(evidence) = &mut long.evidence {
        let text = "<!channel> @here #general ".repeat(40);
        let of = |word: &str| Some(format!("{word} {text}"));
        (evidence.message, evidence.actual, evidence.expected) = (text.clone(), of("a"), of("e"));
        (evidence.source, evidence.differences) = (of("s"), vec![text.clone()]);
    }
    let held = (0..600).map(|number| format!("2026-11-30T07:00:00Z notice {number}")).collect();
    let digest = Notice { kind: NoticeKind::Digest, held, ..notice(NoticeKind::Opened) };
    for notice in [long, digest] {
        let blocks = slack_blocks(&notice);
        assert!(blocks.len() <= 50, "{}", blocks.len());
        let mut shown = String::new();
        for text in blocks.iter().flat_map(|block| {
            let fields = block["fields"].as_array().cloned().unwrap_or_default();
            fields.into_iter().chain(block["text"].is_object().then(|| block["text"].clone()))
        }) {
            let words = text["text"].as_str().unwrap();
            assert!(words.chars().count() <= 3_000);
            assert!(text["type"] == "plain_text" || text["verbatim"] == true, "{text}");
            assert!(!words.contains("<!"), "{words}");
            shown.push_str(words);
        }
        for fact in notice.facts() {
            assert!(shown.contains(fact.name), "{}", fact.name);
        }
    }
}

#[test]
fn a_mails_parts_are_divided_by_a_line_of_a_length_that_every_reader_takes() {
    let mut long = notice(NoticeKind::Opened);
    long.id = format!("wayfarer-{}-17-1796472000-171-reminder-99", "t".repeat(60));
    let table = "[email]\nhost = \"m.example\"\nfrom = \"a@example.com\"\nto = \"a@example.com\"\nsecurity = \"none\"";
    let ChannelRequest::Mail(mail) = read(table).unwrap().request(&long, UnixMillis(0)).unwrap() else {
        panic!("a mail")
    };
    let message = String::from_utf8(mail.message).unwrap();
    let boundary = message.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(boundary.len() <= 70, "{boundary}");
}
