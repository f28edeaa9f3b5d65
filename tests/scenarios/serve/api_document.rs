//! The API's document, read by three programs of others: a validator, a generator of clients, and schemathesis, which calls every route
//! with what the document allows and with what it does not.

use std::path::Path;
use std::process::Command;

use wayfarer_tests::support::server::{Web, http, status};
use wayfarer_tests::support::{Runner, TWO_TENANTS};
use wayfarer_tests::toolchain::{openapi_python_client, openapi_spec_validator, schemathesis};

/// Runs Python with a package, and returns what it printed.
#[track_caller]
fn python(packages: &Path, folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("python3");
    command.args(arguments).env("PYTHONPATH", packages).env("NO_COLOR", "1").current_dir(folder);
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?} in {}\n{said}", folder.display());
    said
}

/// A target that fails, a server with a journey to it, and the server's document in a file.
fn described() -> (Web, Runner, String) {
    let target = http(|_| status(503, "{\"error\":\"inventory\"}"));
    let runner = Runner::start(TWO_TENANTS);
    runner.deploy("acme", &format!("[http-check.front]\nurl = \"{}/\"\n", target.url()), &[]);
    let (status, document) = runner.ask("GET /api/v1/openapi.json HTTP/1.1", &[]);
    assert_eq!(status, 200);
    let file = runner.folder().join("openapi.json");
    std::fs::write(&file, document).unwrap();
    (target, runner, file.display().to_string())
}

#[test]
fn the_document_is_valid_and_a_generated_client_reads_the_api() {
    let (_target, runner, document) = described();
    let folder = runner.folder();
    let said =
        python(&openapi_spec_validator().unwrap(), folder, &["-m", "openapi_spec_validator", &document]);
    assert!(said.contains("OK"), "{said}");

    std::fs::write(folder.join("client.yml"), "post_hooks: []\n").unwrap();
    let generate = ["-m", "openapi_python_client", "generate", "--fail-on-warning", "--config", "client.yml"];
    let client = openapi_python_client().unwrap();
    python(&client, folder, &[&generate[..], &["--path", &document, "--output-path", "client"]].concat());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("consumers/api.py").display().to_string();
    let token = runner.admin_token();
    python(&client, folder, &[&script, &folder.join("client").display().to_string(), runner.url(), &token]);
}

#[test]
fn every_route_answers_as_documented_whatever_it_is_asked() {
    let (_target, runner, document) = described();
    // Without routes after which other answers would be the same whatever is asked: kill switches, and the end of the test's own token.
    // A route that waits a minute for news answers after a minute.
    std::fs::write(runner.folder().join("schemathesis.toml"), "[parameters]\n\"query.wait_ms\" = 0\n")
        .unwrap();
    let start = "from schemathesis.cli import schemathesis; schemathesis()";
    let (url, token) = (runner.url(), format!("Authorization: Bearer {}", runner.admin_token()));
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let arguments = ["-c", start, "run", &document, "--url", url, "--header", &token, "--checks", checks];
    let bounds = ["--phases", "coverage,fuzzing", "--max-examples", "10", "--seed", "15", "--no-color"];
    let without = ["--exclude-path-regex", "/(stop|tokens/\\{id\\})$"];
    let said =
        python(&schemathesis().unwrap(), runner.folder(), &[&arguments[..], &bounds, &without].concat());
    assert!(said.contains(" generated, ") && said.contains(" passed"), "{said}");
    assert_eq!(runner.get("/healthz"), "ok\n");
}
