//! The pages in a real browser, over what guests, targets and people wrote to do harm.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use wayfarer_tests::support::server::{Answer, http, text};
use wayfarer_tests::support::{Runner, TWO_TENANTS, answer};
use wayfarer_tests::toolchain::{axe_core, chromium, java_runtime, playwright_core, vnu_jar};

/// What a browser might take for a script, if a page forgot to escape it in an element, in an attribute, in a URL, in a drawing or in a
/// comment: the forms that lists of such attacks have, each with a mark that the script looks for.
static HARM: [&str; 60] = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "\"><svg onload=window.pwned=1>",
    "' onmouseover='window.pwned=1' x='",
    "</title><script>window.pwned=1</script>",
    "</pre></code><script>window.pwned=1</script>",
    "</svg><script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;",
    "{{ 7 * 7 }}{% raw %}",
    "<!--<script>-->",
    "\u{202e}<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "<SCRIPT>window.pwned=1</SCRIPT>",
    "<ScRiPt >window.pwned=1</ScRiPt >",
    "<script/x>window.pwned=1</script>",
    "<<script>window.pwned=1//<</script>",
    "<script>window.pwned=1",
    "<scr<script>ipt>window.pwned=1</scr</script>ipt>",
    "<img/src=x/onerror=window.pwned=1>",
    "<img src=\"x\" onerror=\"window.pwned=1\"",
    "<img src=x onerror=\"&#119;indow.pwned=1\">",
    "<img src=`x` onerror=window.pwned=1>",
    "<IMG \"\"\"><SCRIPT>window.pwned=1</SCRIPT>\">",
    "<image href=x onerror=window.pwned=1>",
    "<svg><script>window.pwned=1</script></svg>",
    "<svg/onload=window.pwned=1>",
    "<svg><animate onbegin=window.pwned=1 attributeName=x dur=1s>",
    "<svg><set onbegin=window.pwned=1 attributeName=x>",
    "<svg><a xlink:href=\"javascript:window.pwned=1\"><text y=20>x</text></a>",
    "<svg><foreignObject><script>window.pwned=1</script></foreignObject>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
    "<body onload=window.pwned=1>",
    "<input autofocus onfocus=window.pwned=1>",
    "<select autofocus onfocus=window.pwned=1>",
    "<textarea autofocus onfocus=window.pwned=1>",
    "<details open ontoggle=window.pwned=1>",
    "<video src=x onerror=window.pwned=1>",
    "<video><source onerror=window.pwned=1></video>",
    "<audio src=x onerror=window.pwned=1>",
    "<marquee onstart=window.pwned=1>",
    "<iframe src=\"javascript:parent.pwned=1\">",
    "<object data=\"javascript:window.pwned=1\">",
    "<embed src=\"javascript:window.pwned=1\">",
    "<a href=\"javascript:window.pwned=1\">x</a>",
    "<a href=\"JaVaScRiPt:window.pwned=1\">x</a>",
    "<a href=\"java\tscript:window.pwned=1\">x</a>",
    "<a href=\"data:text/html,<script>opener.pwned=1</script>\">x</a>",
    "<form action=\"javascript:window.pwned=1\"><button>x</button></form>",
    "<button formaction=\"javascript:window.pwned=1\">x</button>",
    "<base href=\"https://evil.example/\">",
    "<link rel=stylesheet href=\"https://evil.example/x.css\">",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example/\">",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<div style=\"background:url(https://evil.example/x)\">",
    "</textarea><script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "--><script>window.pwned=1</script>",
    "]]><script>window.pwned=1</script>",
    "\" autofocus onfocus=window.pwned=1 x=\"",
    "\\\"><script>window.pwned=1</script>",
];

/// The words of each spelling that nobody has to write otherwise for a terminal.
fn seen(harm: &str) -> String {
    harm.trim_start_matches('\u{202e}').replace('\t', " ")
}

/// A check that holds nothing of what a target says, with harm in each text that an author may write.
fn check(url: &str) -> String {
    let harm = |number: usize| Value::from(HARM[number]).to_string();
    let mut text = format!(
        "[alert]\nconsecutive = 2\n\n[http-check.shop]\nowner = {}\nrunbook = \"https://wiki.example/shop\"\ntags = [\"tier-1\"]\n",
        harm(1)
    );
    // As many spellings as a check may have requests are names of steps. The last step's rules have all of them, and fail.
    for spelling in HARM.iter().take(50) {
        let name = Value::from(seen(spelling)).to_string();
        let harmful = harm(8);
        text.extend([
            "[[http-check.shop.request]]\nurl = \"",
            url,
            "/\"\nname = ",
            &name,
            "\nheaders = { x-harm = ",
            &harmful,
            " }\n",
        ]);
    }
    let rules: Vec<String> = (0..HARM.len()).map(harm).collect();
    text + &format!("contains = [{}, \"nothing that it says\"]\n", rules.join(", "))
}

/// An answer that is harm from head to end.
fn harmful() -> Answer {
    let mut answer = text(HARM.join("\n"));
    for header in ["x-harm", "x-powered-by"] {
        answer.headers_mut().insert(header, "\"><script>window.pwned=1</script>".parse().unwrap());
    }
    answer
}

/// Looks at pages, and says what is wrong with them.
#[track_caller]
fn look(runner: &Runner, token: &str, plan: &Value) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("consumers/page.cjs");
    let modules = [playwright_core().unwrap(), axe_core().unwrap()].map(|folder| folder.join("node_modules"));
    let output = Command::new("node")
        .arg(script)
        .arg(std::env::join_paths(modules).unwrap())
        .arg(chromium().unwrap())
        .args([runner.url(), &plan.to_string()])
        .env("WAYFARER_TOKEN", token)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn pages_show_what_was_written_to_do_harm_as_text_and_are_for_everybody() {
    let target = http(|_| harmful());
    let harm = Value::from(seen(HARM[0]) + HARM[3]).to_string();
    let public = format!(
        "[tenants.acme.status_page]\npath = \"shop\"\ntitle = {harm}\nabout = {harm}\n[[tenants.acme.status_page.services]]\nname = {harm}\nabout = {harm}\njourneys = [\"shop\"]\n"
    );
    let runner = Runner::start(&format!("{TWO_TENANTS}\n{public}"));
    let token = runner.admin_token();
    look(
        &runner,
        &token,
        &json!({"pages": ["/", "/?q=nothing"], "words": ["wayfarer deploy --tenant acme"]}),
    );

    runner.deploy("acme", &check(&target.url()), &["--schedule", "every 1s"]);
    let open = "SELECT count(*) FROM v1_incidents WHERE resolved_ms IS NULL";
    runner.until(open, |rows| rows == "1");
    runner.ok(&["incidents", "ack", "1", "--note", HARM[5]]);
    runner.ok(&["incidents", "publish", "1", HARM[4]]);
    runner.ok(&["pause", "--tenant", "acme", "shop", "--note", HARM[6]]);
    runner.ok(&["maintenance", "add", "--tenant", "globex", "--for", "1h", "--note", HARM[5]]);
    runner.ok(&["maintenance", "add", "--all-tenants", "--weekly", "sat 02:00-04:00", "--note", HARM[6]]);
    runner.ok(&["tenants", "stop", "globex", "--note", HARM[5]]);
    runner.ok(&["tokens", "add", HARM[1], "--role", "viewer", "--tenant", "globex"]);
    let run =
        runner.query("SELECT run FROM v1_runs WHERE verdict = 'failed' ORDER BY run_number DESC LIMIT 1");
    let odd = "%22%3E%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E";
    let pages = [
        "/".to_owned(),
        format!("/?q={odd}&state={odd}"),
        format!("/?tag={odd}&group=tag&sort=p95"),
        "/?group=tag".to_owned(),
        format!("/runs/{run}"),
        "/journeys/acme/shop".to_owned(),
        format!("/journeys/acme/shop?range=1h&verdict={odd}&before={odd}"),
        "/journeys/acme/shop?range=30d&verdict=failed".to_owned(),
        "/incidents".to_owned(),
        "/incidents/1".to_owned(),
        "/status/shop".to_owned(),
        "/maintenance".to_owned(),
        "/operator".to_owned(),
        "/operator/access".to_owned(),
        format!("/operator/audit?actor={odd}"),
        "/operator/audit".to_owned(),
    ];
    let mut words: Vec<String> = HARM.iter().map(|harm| seen(harm)).collect();
    words.push("\"><script>window.pwned=1</script>".to_owned());
    let html = tempfile::tempdir().unwrap();
    let missing = ["/nothing", "/incidents/99", "/journeys/acme/none"];
    let plan = json!({"pages": pages, "words": words, "missing": missing, "html": html.path()});
    look(&runner, &token, &plan);
    valid(html.path());
}

/// Requires what the checker of the W3C and the WHATWG finds nothing wrong with.
#[track_caller]
fn valid(folder: &Path) {
    let (java, checker) = (java_runtime().unwrap(), vnu_jar().unwrap());
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 10, "{files:?}");
    let mut command = Command::new(java);
    command.arg("-jar").arg(checker).args(["--format", "text", "--html"]).args(&files);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let is_valid = output.status.success() && said.contains("No errors found") && !said.contains("Warning:");
    assert!(is_valid, "{}", said.chars().take(4_000).collect::<String>());
}

#[test]
fn a_keyboard_does_everything_with_and_without_a_script() {
    let target = http(|_| harmful());
    let public = "[tenants.acme.status_page]\npath = \"shop\"\ntitle = \"Shop\"\n[[tenants.acme.status_page.services]]\nname = \"Shop\"\njourneys = [\"shop\"]\n";
    let runner = Runner::start(&format!("{TWO_TENANTS}\n{public}"));
    runner.deploy("acme", &check(&target.url()), &["--schedule", "every 1s"]);
    runner.until("SELECT count(*) FROM v1_incidents WHERE resolved_ms IS NULL", |rows| rows == "1");
    let act = |page: &str, press: &str, says: &str| json!({"page": page, "press": press, "says": says});
    let with = |act: Value, more: Value| {
        let mut act = act;
        act.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        act
    };
    let (shop, incident) = ("/journeys/acme/shop", "/incidents/1");
    let acts = [
        act(shop, "Run now", "This is the run that you asked for."),
        with(
            act(shop, "Pause", "The journey is paused: its slots are skipped until somebody resumes it."),
            json!({"fill": {"note": "the shop moves"}}),
        ),
        act(shop, "Resume", "The journey runs again."),
        with(
            act(incident, "Add to the time line", "The note is in the time line."),
            json!({"fill": {"note": "it is the database"}}),
        ),
        with(
            act(incident, "Publish", "The words are on the status page, for everybody to read."),
            json!({"fill": {"public_words": "we work on it"}}),
        ),
        act(incident, "Acknowledge", "The incident is acknowledged."),
        with(act(incident, "Mute", "The incident is muted."), json!({"fill": {"mute_for": "4h"}})),
        with(
            act("/maintenance", "Plan it", "The maintenance is planned."),
            json!({"fill": {"tenant": "globex", "length": "8h", "note": "a move"}}),
        ),
        with(
            act(
                "/operator",
                "Stop tenant globex",
                "The kill switch is thrown: runs are cancelled, and no more are made.",
            ),
            json!({"open": "Stop tenant globex", "fill": {"note": "a flood"}}),
        ),
        act("/operator", "Run tenant globex again", "The kill switch is taken back: runs are made again."),
    ];
    look(&runner, &runner.admin_token(), &json!({"pages": [], "words": [], "acts": acts}));
    assert_eq!(runner.query("SELECT count(*) FROM v1_runs WHERE lane = 'manual'"), "2");
    assert_eq!(runner.query("SELECT count(*) FROM v1_maintenance WHERE note = 'a move'"), "2");
}

#[test]
fn a_page_of_another_tenant_is_not_there() {
    let target = http(|_| harmful());
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &check(&target.url()), &[]);
    runner.call(&["trigger", "--tenant", "acme", "shop"]);
    let run = runner.query("SELECT run FROM v1_runs");
    let add = ["--quiet", "tokens", "add", "a partner", "--role", "operator", "--tenant", "globex"];
    let foreign = runner.ok(&add).lines().next().unwrap().to_owned();
    let pages = [
        format!("/runs/{run}"),
        format!("/runs/{run}/json"),
        format!("/runs/{run}/har"),
        format!("/runs/{run}/artifact?name=a"),
        format!("/runs/{run}/picture?name=a"),
        "/journeys/acme/shop".to_owned(),
        "/?tenant=acme".to_owned(),
        "/incidents?tenant=acme".to_owned(),
    ];
    for page in pages {
        let ask = |token: &str| {
            let mut stream = runner.connect();
            let head = runner.head(&format!("GET {page} HTTP/1.1"), 0, token);
            stream.write_all(head.as_bytes()).unwrap();
            answer(&mut stream).0
        };
        assert_eq!(ask(&foreign), 404, "{page}");
        let own = ask(&runner.admin_token());
        assert!(own == 200 || page.contains("name="), "{page}: {own}");
        assert_eq!(ask("wf_none"), 401, "{page}");
    }
}
