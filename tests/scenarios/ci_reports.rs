//! What CI systems read: JUnit that Jenkins' xUnit plugin and GitLab take, whatever a target sends, and annotations for GitHub.

use std::path::Path;
use std::process::Command;

use wayfarer_tests::support::server::{Web, http, shop, status, text};
use wayfarer_tests::support::{Case, Ended, case, component, guest};

/// What a validator says of a file; nothing if it is right.
fn wrong_with(junit: &str, more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("junit.xml");
    std::fs::write(&file, junit).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/junit.py");
    let output = Command::new("python3").arg(script).arg(file).args(more).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), said.trim().is_empty(), "{said}");
    said
}

#[track_caller]
fn is_taken(ended: &Ended) {
    let wrong = wrong_with(&ended.junit, &[]);
    assert!(wrong.trim().is_empty(), "{wrong}\n{ended}");
}

/// All that XML, a terminal or a CI system could stumble over.
fn hostile() -> Vec<u8> {
    let mut body =
        b"\x00\x01\x1b[2J\x1b]0;title\x07]]>&<![CDATA[</system-out>\r\n::error::forged\r\n".to_vec();
    // U+FFFE and U+FFFF, which no XML has, and a lone surrogate as UTF-8 and as JSON.
    body.extend(b"\xef\xbf\xbe\xef\xbf\xbf \xed\xa0\x80 \\ud800 \xff\xfe");
    body.extend("x".repeat(2_000_000).into_bytes());
    body
}

#[test]
fn junit_is_well_formed_whatever_a_target_sends() {
    let target = http(|_| {
        let mut answer = text(hostile());
        *answer.status_mut() = 503.try_into().unwrap();
        answer
    });
    let ended = Case::odd("get").target(&target).arguments(["--retries", "1", "-v"]).run();
    ended.exits(1);
    is_taken(&ended);
    assert!(ended.junit.contains("<rerunFailure "), "{ended}");
    assert!(ended.junit.len() < 2_000_000, "{} bytes", ended.junit.len());
}

#[test]
fn every_ending_of_a_run_is_in_a_form_that_its_readers_take() {
    let shop = shop();
    let all = ["passes", "hard-check", "soft-check", "step-passed-over", "panics-before-any", "no-step"];
    let run = |more: &[&str]| {
        let case = component(guest("wayfarer_guest_odd")).target(&shop).arguments(more.iter().copied());
        all.iter().fold(case, |case, journey| case.journey(journey)).run()
    };
    for more in [&[][..], &["--repeat", "3"], &["--retries", "2"], &["--fail-on", "degraded,flaky"]] {
        is_taken(&run(more));
    }
    let soft = |more: &[&str]| Case::odd("soft-check").target(&shop).arguments(more.iter().copied()).run();
    assert!(!soft(&[]).exits(0).junit.contains("<failure"));
    let ended = soft(&["--fail-on", "degraded"]);
    ended.exits(1);
    assert!(ended.junit.contains("<failure message=\"check failed: the page is long\""), "{ended}");
    assert!(ended.junit.contains("file=\"") && ended.junit.contains("verdicts.rs"), "{ended}");
}

#[test]
fn a_flaky_run_fails_if_a_person_wants_that() {
    let fails_once =
        || -> Web { http(|asked| if asked.number == 0 { status(503, "later") } else { text("hello") }) };
    let run = |more: &[&str]| {
        let arguments = [&["--retries", "1"], more].concat();
        Case::odd("get").target(&fails_once()).arguments(arguments).run()
    };
    let ended = run(&[]);
    ended.exits(0);
    is_taken(&ended);
    assert!(ended.junit.contains("<flakyFailure ") && !ended.junit.contains("<failure"), "{ended}");
    let ended = run(&["--fail-on", "flaky"]);
    ended.exits(1).shows("FLAKY  get");
    is_taken(&ended);
    assert!(ended.junit.contains("<failure ") && ended.junit.contains("type=\"flaky\""), "{ended}");
}

#[test]
fn on_gitlab_a_case_has_its_file_and_nothing_else_changes() {
    let ended = Case::odd("hard-check").target(&shop()).env("GITLAB_CI", "true").run();
    assert!(wrong_with(&ended.junit, &["--gitlab"]).trim().is_empty(), "{ended}");
    assert!(wrong_with(&ended.junit, &[]).contains("testcase may not have file"), "{ended}");
}

#[test]
fn the_validator_finds_what_it_is_for() {
    let of = |inside: &str| {
        let suite = "<testsuite name='a' tests='1' failures='0' errors='0' skipped='0' time='0.1' timestamp='2026-11-30T00:00:00Z'>";
        wrong_with(&format!("<testsuites>{suite}{inside}</testsuite></testsuites>"), &[])
    };
    assert_eq!(of("<testcase name='a' classname='b' time='0.1'/>").trim(), "");
    assert!(of("<testcase name='a' classname='b' line='1'/>").contains("may not have line"));
    assert!(of("<testcase name='a' classname='b'><failure>x</failure></testcase>").contains("has 1"));
    assert!(of("<testcase name='a' classname='b'>\u{1}</testcase>").contains("not well-formed"));
    assert!(
        of("<testcase name='a' classname='b'><flakyFailure>x</flakyFailure></testcase>")
            .contains("has no type")
    );
}

#[test]
fn annotations_are_github_s_alone_and_no_target_forges_one() {
    let target = http(|_| {
        let mut answer = text("::error::forged\n   ::add-mask::x\n");
        *answer.status_mut() = 503.try_into().unwrap();
        answer
    });
    let run = |on_github: &str| {
        let arguments = ["test", "--component", "odd.wasm", "=get"];
        let odd = std::fs::read(guest("wayfarer_guest_odd")).unwrap();
        case(arguments).target(&target).file("odd.wasm", odd).env("GITHUB_ACTIONS", on_github).run()
    };
    let ended = run("true");
    ended.exits(1);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").unwrap_or_else(|| panic!("{ended}"));
    let resumed = lines.iter().position(|line| *line == format!("::{token}::")).unwrap();
    assert!(lines[resumed + 1].starts_with("::error file="), "{ended}");
    assert!(lines[resumed + 1].contains("title=get failed"), "{ended}");
    assert_eq!(lines.len(), resumed + 2, "nothing of the target's follows\n{ended}");
    assert!(!run("").exits(1).stdout.lines().any(|line| line.starts_with("::")));
}

#[test]
fn what_cannot_be_reported_is_said_before_anything_runs() {
    let target = http(|_| text("hello"));
    for (reporter, what) in [
        ("nosuch", "there is no reporter `nosuch`"),
        ("junit=no/such/folder/x.xml", "there is no folder no/such/folder"),
        ("junit=.", "it is a folder"),
    ] {
        let ended = Case::odd("get").target(&target).arguments(["--reporter", reporter]).run();
        ended.exits(2).complains(what);
    }
    let ended =
        Case::odd("get").target(&target).file("taken", "").arguments(["--artifacts", "taken/a"]).run();
    ended.exits(2).complains("taken is no folder");
    let project = case(["test", "-C", "project", "--reporter", "jnit"])
        .file("project/journey.toml", "[build]\ncommand = [\"touch\", \"built\"]\noutput = \"x.wasm\"\n");
    let ended = project.run();
    ended.exits(2).complains("did you mean `junit`?").nowhere("building");
    assert!(target.asked().is_empty(), "nothing was asked");
}
