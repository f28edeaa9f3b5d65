//! `wayfarer channels`: where notices of incidents go, and whether they arrive.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use wayfarer_model::ids::ChannelName;
use wayfarer_model::text::printable;

use crate::cli::CliError;
use crate::cli::global::Global;
use crate::cli::table::Table;
use crate::cli::walk::runtime;
use crate::exit::Exit;
use crate::protocol::{ChannelInfo, ChannelTestInfo};

/// A channel may take twenty seconds.
const WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List the channels that a tenant's alerts may go to
    List,
    /// Send a test notice to a channel and show its answer; exit code 1 if the channel did not take it
    Test {
        /// The channel's name, as `channels list` shows it
        #[arg(value_name = "NAME")]
        name: ChannelName,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let client = global.client(&user)?;
    let query = global.tenant_query(&user);
    runtime()?.block_on(async {
        match &args.what {
            What::List => {
                let channels: Vec<ChannelInfo> = client.get("channels", &query).await?;
                if console.json {
                    console.print_json(&json!(channels));
                } else if channels.is_empty() {
                    console.say("no channel is configured: add a table [channels.NAME] to wayfarer.toml");
                } else {
                    let mut table = Table::new(console.out, &["channel", "kind", "of", "fallback"]);
                    for channel in &channels {
                        table.row([
                            channel.channel.as_str().into(),
                            channel.kind.as_str().into(),
                            if channel.is_platform { "platform".into() } else { "tenant".into() },
                            channel.fallback.as_deref().unwrap_or_default().into(),
                        ]);
                    }
                    console.print(&table.text());
                }
                Ok(Exit::Passed)
            }
            What::Test { name } => {
                let path = format!("channels/{name}/test");
                let tried: ChannelTestInfo = client.slow(Method::POST, &path, &query, WAIT).await?;
                if console.json {
                    console.print_json(&json!(tried));
                } else {
                    let verb = if tried.is_delivered { "has taken" } else { "has not taken" };
                    let ChannelTestInfo { channel, kind, answer, .. } = &tried;
                    console.print(&format!(
                        "{channel} ({kind}) {verb} the test notice: {}\n",
                        printable(answer)
                    ));
                }
                Ok(if tried.is_delivered { Exit::Passed } else { Exit::Failed })
            }
        }
    })
}
