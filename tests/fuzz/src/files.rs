//! `journey.toml`, `wayfarer.toml` and environment files.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::product::config::{Project, RunnerFile, read_env_file};
use crate::{Target, texts};

/// The file of a project.
pub(crate) const JOURNEY_TOML: Target = Target {
    name: "journey-toml",
    run: |data| {
        let folder = written("journey.toml", data);
        match Project::named(folder) {
            Ok(project) => {
                for table in project.toml.journeys.values() {
                    let _ = table.slots();
                }
                let _ = project.profile("local");
            }
            Err(error) => is_mending(&error.to_string(), data),
        }
    },
    seeds: || {
        texts(&[
            include_str!("../../../examples/checkout/journey.toml"),
            include_str!("../../../runner/wayfarer/templates/rust/journey.toml.in"),
            "[http-check.front]\nurl = \"https://ana:x@shop.example/\"\nschedule = \"*/5 * * * *\"\nstatus = \"200-204\"\ncontains = [\"a\"]\njson_path = \"$.a == ${param.n}\"\ncapture.a = \"regex:a(.)\"\n",
            "[secrets.p]\nenv = \"P\"\nhosts = [\"*.example.com:8443\"]\njson = '$.a[?@.b==1]'\nheader = \"x y\"\n",
            "[journeys.a]\nschedul = 'off'\n[limits]\ncpu='0s'\nmemory='99999999999GiB'\n",
        ])
    },
    is_slow: false,
};

/// The file of a runner.
pub(crate) const WAYFARER_TOML: Target = Target {
    name: "wayfarer-toml",
    run: |data| {
        let folder = written("wayfarer.toml", data);
        match RunnerFile::find(None, folder) {
            Ok(file) => {
                let _ = (file.tenants(), file.location(), file.has_only_tenant());
            }
            Err(error) => is_mending(&error.to_string(), data),
        }
    },
    seeds: || {
        texts(&[
            include_str!("../../../examples/wayfarer.toml"),
            "[server]\nlisten = \"127.0.0.1:0\"\nhealth = '[::1]:1'\ngrace = \"2s\"\n[tenants.acme]\nnetwork.allow = [\"127.0.0.1:*\"]\n[tenants.acme.secrets.p]\nfile = 'p'\ntotp = true\n",
            "[retention]\nresults = \"400d\"\naudit = 'forever'\n[tenants.a.retention]\naudit = '1d'\n",
        ])
    },
    is_slow: false,
};

/// A file of variables.
pub(crate) const ENV_FILE: Target = Target {
    name: "env-file",
    run: |data| {
        let folder = written(".env", data);
        match read_env_file(&folder.join(".env")) {
            Ok(variables) => {
                assert!(variables.keys().all(|key| !key.is_empty() && !key.contains(char::is_whitespace)));
                // A value between simple quotes is read as it is.
                let again = |value: &str| value.contains(['\'', '\n', '\r']);
                let kept = variables.iter().filter(|(key, value)| !again(value) && !key.starts_with('#'));
                let lines: Vec<String> =
                    kept.map(|(key, value)| format!("export {key}='{value}'\n")).collect();
                let lines = lines.concat();
                std::fs::write(folder.join("again.env"), &lines).unwrap();
                for (key, value) in read_env_file(&folder.join("again.env")).unwrap() {
                    assert_eq!(variables.get(&key), Some(&value), "{lines}");
                }
            }
            Err(error) => is_mending(&error.to_string(), data),
        }
    },
    seeds: || {
        texts(&[
            "# note\nexport A=1\nB = two # note\nC=\"x\\ny \\\"z\\\"\"\nD='a # b'\nE=\n",
            "A=\"\\",
            "=",
            "a b=c",
        ])
    },
    is_slow: false,
};

/// A folder of this process in which a file has that content.
fn written(name: &str, content: &[u8]) -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        // In memory where that is possible, because a file is written for each input.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        folder.unwrap().keep()
    });
    std::fs::write(folder.join(name), content).unwrap();
    folder
}

/// Requires that an error names the file and is not much longer than what it is about.
fn is_mending(error: &str, content: &[u8]) {
    assert!(error.contains(".toml") || error.contains(".env"), "{error}");
    assert!(error.len() < 6 * content.len() + 4_000, "{} bytes for {}", error.len(), content.len());
}
