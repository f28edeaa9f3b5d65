//! `make bench`: CPU, throughput and memory of one journey, in the sandbox and on the whole way of the real binary, beside
//! bare hyper doing the same; what evidence costs good runs; the same journey in other languages, and by other clients; how late slots begin; how quickly
//! results get into the store and answers out of it; what a plan of a hundred thousand journeys costs.
//!
//! The reference work J5 is five requests over one new connection to a local server, which runs in a process
//! of its own. Contestants take turns, round by round; what is shown is the median round. Figures of
//! different machines do not compare, ratios within one run do.

mod audit;
mod clients;
mod cold;
mod contest;
mod evidence;
mod floor;
mod ingest;
mod languages;
mod lateness;
mod measure;
mod memory;
mod million;
mod page;
mod planner;
mod queries;
mod retention;
mod sandboxed;
mod served;
mod server;
mod signal;
mod storing;
mod summary;
mod whole;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use contest::Parts;

const USAGE: &str =
    "usage: wayfarer-bench run WAYFARER J5.wasm J5-MANY.wasm FOLDER [CONTEST]; `make bench` gives them";

/// The binary's own, for all who are compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some("__compile") {
        // Before any runtime starts: the child gives up the system calls that a runtime's threads need.
        return Ok(wayfarer_sandbox::compile_child());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    match first.as_deref() {
        Some("serve") => {
            runtime.block_on(server::serve())?;
            Ok(ExitCode::SUCCESS)
        }
        Some("hold") => {
            runtime.block_on(memory::hold(arguments))?;
            Ok(ExitCode::SUCCESS)
        }
        Some("run") => {
            let mut next = || arguments.next().map(PathBuf::from).context(USAGE);
            let (binary, component, many, folder) = (next()?, next()?, next()?, next()?);
            let parts = Parts { binary, component, many, folder, only: arguments.next() };
            runtime.block_on(contest::run(&parts))?;
            Ok(ExitCode::SUCCESS)
        }
        _ => anyhow::bail!(USAGE),
    }
}
