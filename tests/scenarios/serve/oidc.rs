//! People sign in at an identity provider that others wrote (`oidc-provider` from npm), and what it says wrong is refused.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use wayfarer_tests::support::{Browser, Page, Runner};
use wayfarer_tests::toolchain::oidc_provider;

/// Where the server sends browsers back to. The provider compares texts alone, so no name has to lead there.
const URL: &str = "https://wayfarer.test";
const SECRET: &str = "a secret: with+signs & spaces";

/// The provider's process.
struct Provider {
    child: Child,
    /// Kept open, because the process ends when it writes to a closed pipe.
    _output: BufReader<ChildStdout>,
    url: String,
}

impl Provider {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("consumers/identity_provider.mjs");
        let mut command = Command::new("node");
        command.arg(script).arg(oidc_provider().unwrap()).arg(format!("{URL}/sign-in/provider/callback"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut lines = output.by_ref().lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned)).unwrap();
        Self { child, _output: output, url }
    }

    /// Says who signs in next, or what is wrong with the next tokens; answers with what was asked so far.
    fn control(&self, query: &str) -> Value {
        let page = Browser::plain().get(&format!("{}/control?{query}", self.url));
        serde_json::from_str(&page.body).unwrap()
    }

    /// A server that relies on it.
    fn server(&self, more: &str) -> Runner {
        let config = format!(
            "[server]
url = \"{URL}\"
[server.oidc]
issuer = \"{}\"
client_id = \"wayfarer\"
client_secret.env = \"OIDC_SECRET\"
scopes = [\"openid\", \"profile\", \"email\", \"groups\"]
{more}
[[server.oidc.grants]]
claim = \"groups\"
value = \"platform\"
role = \"operator\"
[[server.oidc.grants]]
claim = \"groups\"
value = \"acme\"
role = \"viewer\"
tenant = \"acme\"
[[server.oidc.grants]]
claim = \"groups\"
value = \"globex\"
role = \"author\"
tenant = \"globex\"
[tenants.acme]
[tenants.globex]
",
            self.url
        );
        Runner::with(&config, &[("OIDC_SECRET", SECRET)])
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From the server to the provider and as far as to its answer: the address of the callback.
#[track_caller]
fn at_provider(browser: &mut Browser, provider: &Provider, runner: &Runner) -> String {
    let mut next =
        browser.get(&format!("{}/sign-in/provider?next=/sign-out%3Fa%3Db", runner.url())).is(303).location();
    for _ in 0..10 {
        if let Some(rest) = next.strip_prefix(URL) {
            return format!("{}{rest}", runner.url());
        }
        let page = browser.get(&next);
        assert!((300..400).contains(&page.status), "{next}: {page:#?}");
        let to = page.location();
        next = if to.starts_with('/') { format!("{}{to}", provider.url) } else { to };
    }
    panic!("the provider leads in circles: {next}");
}

/// The whole way.
#[track_caller]
fn sign_in(browser: &mut Browser, provider: &Provider, runner: &Runner) -> Page {
    let callback = at_provider(browser, provider, runner);
    browser.get(&callback)
}

#[test]
fn a_person_signs_in_by_the_provider_is_named_in_the_trail_and_signs_out() {
    let provider = Provider::start();
    let runner = provider.server("");
    provider.control("account=ana&groups=staff,platform");
    let mut browser = Browser::plain();
    browser
        .get(&format!("{}/sign-in?next=/journeys", runner.url()))
        .is(200)
        .shows("href=\"/sign-in/provider?next=/journeys\"");
    let page = sign_in(&mut browser, &provider, &runner).is(303);
    assert_eq!(page.location(), "/", "the door is no destination");
    let out =
        browser.get(&format!("{}/sign-out", runner.url())).is(200).shows("signed in as ana@example.com");
    let session = &runner.json(&["sessions", "list"])[0];
    let told = ["name", "issuer", "subject", "role"].map(|key| session[key].as_str().unwrap_or_default());
    assert_eq!(told, ["ana@example.com", provider.url.as_str(), "ana", "operator"]);
    assert!(session["token"].is_null() && session["tenant"].is_null(), "{session:#}");
    let form = out.field("form_token");
    browser
        .post(&format!("{}/sign-out", runner.url()), &[("form_token", &form)])
        .is(200)
        .shows("/session/end");
    browser.get(&format!("{}/sign-out", runner.url())).is(303);
    let events = runner.query("SELECT actor_kind, actor_name, action FROM v1_audit_events WHERE action LIKE 'sign-%' ORDER BY event");
    assert_eq!(events, "person|ana@example.com|sign-in\nperson|ana@example.com|sign-out");
    assert_eq!(provider.control("")["methods"], serde_json::json!(["basic"]));
}

#[test]
fn what_the_provider_says_wrong_is_refused_with_what_is_wrong() {
    let provider = Provider::start();
    let runner = provider.server("");
    provider.control("account=ana&groups=platform");
    for (twist, why) in [
        ("nonce", "answers another sign-in than that of this browser"),
        ("no-nonce", "answers another sign-in"),
        ("audience", "InvalidAudience"),
        ("party", "made for another client"),
        ("issuer", "InvalidIssuer"),
        ("expired", "check both clocks, or raise `clock_skew`"),
        ("early", "is valid from"),
        ("no-expiry", "Missing required claim: exp"),
        ("unknown-key", "told of no key"),
        ("wrong-signature", "InvalidSignature"),
        ("unsigned", "The ID token is refused"),
        ("shared", "is not that of the provider&#39;s key"),
        ("other-subject", "told of another person"),
    ] {
        provider.control(&format!("twist={twist}"));
        let mut browser = Browser::plain();
        let page = sign_in(&mut browser, &provider, &runner);
        assert!(page.status == 502 && page.body.contains(why), "{twist}: {page:#?}");
        browser.get(&format!("{}/sign-out", runner.url())).is(303);
    }
    assert_eq!(runner.json(&["sessions", "list", "--past"]), serde_json::json!([]), "nobody got in");
    provider.control("twist=skewed");
    sign_in(&mut Browser::plain(), &provider, &runner).is(303);
}

#[test]
fn the_provider_may_change_its_keys() {
    let provider = Provider::start();
    let runner = provider.server("");
    provider.control("account=ana&groups=platform");
    for _ in 0..3 {
        sign_in(&mut Browser::plain(), &provider, &runner).is(303);
    }
    assert_eq!(provider.control("twist=rotated")["keys"], 1, "they are kept");
    sign_in(&mut Browser::plain(), &provider, &runner).is(303);
    assert_eq!(provider.control("twist=unknown-key")["keys"], 2);
    for _ in 0..3 {
        sign_in(&mut Browser::plain(), &provider, &runner).is(502).shows("told of no key");
    }
    assert_eq!(provider.control("")["keys"], 2, "tokens with unknown keys do not make it ask all the time");
}

#[test]
fn a_callback_is_for_the_browser_that_asked_once() {
    let provider = Provider::start();
    let runner = provider.server("");
    provider.control("account=ana&groups=platform");
    let mut browser = Browser::plain();
    let callback = at_provider(&mut browser, &provider, &runner);
    let mut other = Browser::plain();
    other.get(&callback).is(403).shows("began in another browser");
    at_provider(&mut other, &provider, &runner);
    other.get(&callback).is(403).shows("began in another browser");
    let without = callback.split("&state=").next().unwrap().to_owned();
    browser.get(&without).is(403);
    browser.get(&callback.replace("&state=", "&state=A")).is(403);
    browser.get(&callback).is(303);
    browser.get(&callback).is(403);
    let exchanges = provider.control("")["exchanges"].clone();
    assert_eq!(exchanges, 1, "a code of somebody else's is not even tried");
    let foreign = "?code=x&iss=https%3A%2F%2Fevil.example";
    let mut third = Browser::plain();
    let own = at_provider(&mut third, &provider, &runner);
    let state = own.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mixed = format!("{}/sign-in/provider/callback{foreign}&state={state}", runner.url());
    third.get(&mixed).is(502).shows("https://evil.example");
    let unknown = format!("{}/sign-in/provider/callback?code=x&state={state}", runner.url());
    third.get(&unknown).is(502).shows("did not take the code: invalid_grant");
}

#[test]
fn who_has_no_grant_is_told_and_who_has_several_chooses() {
    let provider = Provider::start();
    let runner = provider.server("name_claim = \"preferred_username\"\n");
    provider.control("account=eve&groups=visitors");
    let mut browser = Browser::plain();
    let page = sign_in(&mut browser, &provider, &runner).is(403);
    page.shows("`eve` has no access").shows("groups = [&#34;visitors&#34;]");
    provider.control("account=nobody");
    let page = sign_in(&mut Browser::plain(), &provider, &runner).is(403);
    assert!(page.body.contains("access_denied") && !page.body.contains("<b>changed"), "{}", page.body);

    provider.control("account=bob&groups=acme,globex");
    let mut browser = Browser::plain();
    let page = sign_in(&mut browser, &provider, &runner).is(200).shows("as viewer").shows("as author");
    browser.get(&format!("{}/sign-out", runner.url())).is(303);
    let (form, choice) = (page.field("form_token"), page.field("choice"));
    let url = format!("{}/sign-in/provider/tenant", runner.url());
    let choose = |tenant: &str| {
        [("form_token", form.clone()), ("choice", choice.clone()), ("tenant", tenant.to_owned())]
    };
    let mut send = |fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&url, &fields)
    };
    send(&choose("initech")).is(403);
    let mut forged = choose("globex");
    forged[1].1 = format!("A{choice}");
    send(&forged).is(403);
    send(&choose("globex")).is(303);
    let session = &runner.json(&["sessions", "list"])[0];
    let told = ["name", "role", "tenant"].map(|key| session[key].as_str().unwrap_or_default());
    assert_eq!(told, ["bob", "author", "globex"]);
}

#[test]
fn an_address_counts_only_if_it_is_verified() {
    let provider = Provider::start();
    let config =
        "[[server.oidc.grants]]\nclaim = \"email\"\nvalue = \"ana@example.com\"\nrole = \"operator\"\n";
    let runner = provider.server(config);
    provider.control("account=ana&verified=false");
    sign_in(&mut Browser::plain(), &provider, &runner).is(403).shows("nothing of a verified email");
    provider.control("account=ana&verified=true");
    sign_in(&mut Browser::plain(), &provider, &runner).is(303);
}

#[test]
fn a_provider_that_cannot_be_reached_or_is_another_is_told() {
    let provider = Provider::start();
    let runner = provider.server("");
    let slash = runner.folder().join("wayfarer.toml");
    let config = std::fs::read_to_string(&slash).unwrap();
    let mut other = Runner::at_rest(&config.replace(&provider.url, &format!("{}/", provider.url)), |_| {});
    std::fs::write(other.folder().join("secret"), SECRET).unwrap();
    let by_file = std::fs::read_to_string(other.folder().join("wayfarer.toml")).unwrap();
    let by_file = by_file.replace("client_secret.env = \"OIDC_SECRET\"", "client_secret.file = \"secret\"");
    std::fs::write(other.folder().join("wayfarer.toml"), by_file).unwrap();
    other.again();
    let page = Browser::plain().get(&format!("{}/sign-in/provider", other.url())).is(502);
    page.shows("write it exactly so");
    drop(provider);
    let page = Browser::plain().get(&format!("{}/sign-in/provider", runner.url())).is(502);
    page.shows("Cannot reach the identity provider");
    runner.until_said("a sign-in by the identity provider failed");
}

#[test]
fn a_configuration_that_lets_nobody_in_or_sends_secrets_in_clear_is_refused() {
    let runner = Runner::at_rest("", |_| {});
    let check = |text: &str| {
        std::fs::write(runner.folder().join("wayfarer.toml"), text).unwrap();
        let (code, said) = runner.call(&["serve", "--check"]);
        assert_eq!(code, Some(2), "{said}");
        said
    };
    let oidc = "[server.oidc]\nissuer = \"https://id.example\"\nclient_id = \"w\"\n";
    let said = check(oidc);
    assert!(said.contains("needs `url` under [server]") && said.contains("[[server.oidc.grants]]"), "{said}");
    let said = check("[server.oidc]\nissuer = \"http://id.example\"\nclient_id = \"w\"\n");
    assert!(said.contains("is not encrypted"), "{said}");
    let grants = "[[server.oidc.grants]]\nclaim = \"g\"\nvalue = \"v\"\nrole = \"author\"\n";
    let url = "[server]\nurl = \"https://w.example\"\n";
    let said = check(&format!("{url}{oidc}{grants}"));
    assert!(said.contains("names no tenant"), "{said}");
    let said = check(&format!("{url}{oidc}{grants}tenant = \"acme\"\n"));
    assert!(said.contains("the tenant `acme`, which has no table"), "{said}");
    let good = format!("{url}{oidc}client_secret.env = \"ABSENT\"\n{grants}tenant = \"local\"\n");
    let said = check(&good);
    assert!(said.contains("`ABSENT`, which is not set"), "{said}");
}
