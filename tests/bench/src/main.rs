//! `make bench`: CPU, throughput and memory of one journey in the sandbox beside bare hyper doing the same.
//!
//! The reference work J5 is five requests over one new connection to a local server, which runs in a process
//! of its own. Contestants take turns, round by round; what is shown is the median round. Figures of
//! different machines do not compare, ratios within one run do.

mod contest;
mod floor;
mod ingest;
mod measure;
mod sandboxed;
mod server;
mod storing;
mod summary;

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let runtime = tokio::runtime::Runtime::new()?;
    match arguments.next().as_deref() {
        Some("__compile") => Ok(wayfarer_sandbox::compile_child()),
        Some("serve") => {
            runtime.block_on(server::serve())?;
            Ok(ExitCode::SUCCESS)
        }
        Some(component) => {
            let folder = arguments.next().unwrap_or_else(|| "target/bench".to_owned());
            runtime.block_on(contest::run(component.as_ref(), folder.as_ref()))?;
            Ok(ExitCode::SUCCESS)
        }
        None => anyhow::bail!("usage: wayfarer-bench COMPONENT.wasm [FOLDER]; `make bench` gives both"),
    }
}
