//! `wayfarer doctor`: problems of this machine and its server, and how to fix them.

use std::fmt::Write as _;

use serde_json::json;
use wayfarer_model::text::printable_lines;

use crate::app;
use crate::author::doctor::{Finding, Rating, connection, controls, folders, machine, toolchain};
use crate::author::report::Style;
use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::walk::runtime;
use crate::clock::now;
use crate::config::RunnerFile;
use crate::exit::Exit;
use crate::runnable::runner_controls;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(global: &Global, _: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let cache_dir = global.cache_dir(&user);
    let mut findings = machine();
    findings.extend(folders(&global.data_dir(&user)?, &cache_dir));
    findings.push(match app::author(cache_dir, 1) {
        Ok(_) => Finding::good("sandbox", "starts"),
        Err(error) => Finding::bad("sandbox", error.to_string(), "fix the problems above, then try again"),
    });
    let is_named = global.remote.server.is_some() || user.server.is_some();
    match global.client(&user) {
        Ok(client) => findings.extend(runtime()?.block_on(connection(&client, is_named, now))),
        Err(error) => {
            findings.push(Finding::bad("server", error.to_string(), "name a server with `--server URL`"));
        }
    }
    let here = std::env::current_dir().map_err(anyhow::Error::from)?;
    match RunnerFile::find(global.config.as_deref(), &here).and_then(|file| runner_controls(&file)) {
        Ok(asked) => findings.extend(runtime()?.block_on(controls(&asked))),
        Err(error) => findings.push(Finding::bad("wayfarer.toml", error.to_string(), "mend the file")),
    }
    findings.extend(toolchain());
    if console.json {
        console.print_json(&json!(findings));
    } else {
        console.print(&shown(console.out, &findings));
    }
    let worst = findings.iter().map(|finding| finding.state).max();
    Ok(if worst == Some(Rating::Bad) { Exit::Inconclusive } else { Exit::Passed })
}

fn shown(style: Style, findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.state {
            Rating::Good => style.good("✓"),
            Rating::Odd => style.odd("!"),
            Rating::Bad => style.bad("✗"),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{mark} {:<width$}  {}", finding.what, printable_lines(&finding.found));
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "  {:<width$}  {}", "", style.dim(fix));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_how_to_fix_it() {
        let findings = [
            Finding::good("kernel", "Linux 6.8.0"),
            Finding::odd("open files", "1024 at a time", "raise the limit"),
            Finding::bad("server", "no server at http://127.0.0.1:7300/", "start it"),
        ];
        insta::assert_snapshot!(shown(Style { colour: false }, &findings), @"
        ✓ kernel      Linux 6.8.0
        ! open files  1024 at a time
                      raise the limit
        ✗ server      no server at http://127.0.0.1:7300/
                      start it
        ");
    }
}
