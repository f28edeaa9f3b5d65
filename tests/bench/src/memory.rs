//! Memory of runs under way: a hundred and a thousand at the same time, each waiting for its first answer, in a
//! process of their own; beside hyper's.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tokio::runtime::Handle;

use crate::contest::round_of;
use crate::floor::Floor;
use crate::measure::peak_memory_kib;
use crate::sandboxed::Sandboxed;
use crate::summary::Summary;

const FEW: u32 = 100;
const MANY: u32 = 1_000;

/// Runs everything.
pub(crate) fn run(plain: &str, component: &Path, folder: &Path, summary: &mut Summary) -> anyhow::Result<()> {
    let peak = |who: &str, runs: u32| -> anyhow::Result<f64> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["hold", who, &runs.to_string(), plain]).arg(component).arg(folder);
        let output = command.stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "{runs} runs of {who} at a time failed");
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    let each = |few: f64, many: f64| (many - few) / f64::from(MANY - FEW);
    let bare = each(peak("hyper", FEW)?, peak("hyper", MANY)?);
    let (few, many) = (peak("sandbox", FEW)?, peak("sandbox", MANY)?);
    summary.figure("memory of a further run: hyper", bare, "KiB");
    summary.at_most("memory of a further run: sandbox", each(few, many), "KiB", 150.0);
    summary.at_most(
        "memory of 1,000 runs at a time: sandbox",
        many / 1_024.0,
        "MiB",
        180.0 * 1e6 / 1_048_576.0,
    );
    Ok(())
}

/// So many runs that are all under way at the same time; prints the peak in KiB.
pub(crate) async fn hold(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let mut next = || arguments.next().context("usage: hold hyper|sandbox RUNS ADDRESS COMPONENT FOLDER");
    let (who, runs, address) = (next()?, next()?.parse()?, next()?);
    let (component, folder) = (next()?, next()?);
    let prefix = format!("/held/{runs}");
    if who == "hyper" {
        let floor = Floor { address: address.parse()?, tls: None, prefix: prefix.into() };
        round_of(runs, runs, Handle::current, move || {
            let floor = floor.clone();
            async move { floor.run().await }
        })
        .await?;
    } else {
        let sandboxed = Sandboxed::new(component.as_ref(), folder.as_ref(), None, MANY).await?;
        let base_url: Arc<str> = format!("http://{address}{prefix}").into();
        sandboxed.round(runs, runs, &base_url).await?;
    }
    println!("{}", peak_memory_kib("self"));
    Ok(())
}
