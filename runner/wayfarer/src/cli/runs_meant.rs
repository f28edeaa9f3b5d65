//! Which stored run a person means: by its id, by the beginning of its id, by its journey, or as the last one.

use wayfarer_model::ids::{JourneyName, RunId, RunPrefix};
use wayfarer_model::nearest::nearest;

use super::CliError;
use crate::client::{Client, Query};
use crate::protocol::{JourneyInfo, RunInfo};

/// How many runs an error lists that a prefix may mean.
const CANDIDATES: usize = 8;

/// The run's id. `=NAME` is a journey, whatever else the name could be.
pub(super) async fn meant(client: &Client, query: &Query, text: &str) -> Result<RunId, CliError> {
    if let Ok(run) = text.parse() {
        return Ok(run);
    }
    if text == "last" {
        let newest = newest(client, query, None).await?;
        return newest
            .map(|run| run.run)
            .ok_or_else(|| CliError::Nothing("there are no runs yet".to_owned()));
    }
    let name = text.strip_prefix('=').unwrap_or(text).replace('_', "-");
    let journey: Option<JourneyName> = name.parse().ok();
    let of_journey = match &journey {
        Some(journey) => newest(client, query, Some(journey)).await?,
        None => None,
    };
    let prefix: Option<RunPrefix> = text.parse().ok();
    let begins = match prefix {
        Some(prefix) => beginning(client, query, prefix).await?,
        None => Vec::new(),
    };
    match (of_journey, begins.as_slice()) {
        (Some(run), []) => Ok(run.run),
        (None, [run]) => Ok(run.run),
        (Some(_), [..]) => Err(CliError::Usage(format!(
            "`{text}` is a journey and the beginning of run {}: write `={text}` for the journey, or more of the id",
            begins.first().map(|run| run.run.to_string()).unwrap_or_default()
        ))),
        (None, []) => Err(unknown(client, query, text, journey.as_ref()).await?),
        (None, several) => Err(CliError::Usage(format!(
            "{} runs begin with `{text}`: write more of the id{}",
            if several.len() > CANDIDATES {
                format!("more than {CANDIDATES}")
            } else {
                several.len().to_string()
            },
            listed(several)
        ))),
    }
}

async fn newest(
    client: &Client,
    query: &Query,
    journey: Option<&JourneyName>,
) -> Result<Option<RunInfo>, CliError> {
    let mut query = query.clone();
    query.extend(journey.map(|journey| ("journey", journey.to_string())));
    query.push(("limit", "1".to_owned()));
    Ok(client.get::<Vec<RunInfo>>("runs", &query).await?.into_iter().next())
}

async fn beginning(client: &Client, query: &Query, prefix: RunPrefix) -> Result<Vec<RunInfo>, CliError> {
    let mut query = query.clone();
    query.push(("prefix", prefix.into()));
    query.push(("limit", (CANDIDATES + 1).to_string()));
    Ok(client.get("runs", &query).await?)
}

fn listed(runs: &[RunInfo]) -> String {
    let line = |run: &RunInfo| format!("\n  {}  {}  {}  {}", run.run, run.journey, run.slot_at, run.verdict);
    let more = if runs.len() > CANDIDATES { "\n  …" } else { "" };
    runs.iter().take(CANDIDATES).map(line).collect::<String>() + more
}

/// The error for a text that means no run.
async fn unknown(
    client: &Client,
    query: &Query,
    text: &str,
    journey: Option<&JourneyName>,
) -> Result<CliError, CliError> {
    let deployed: Vec<JourneyInfo> = client.get("journeys", query).await?;
    if let Some(info) = deployed.iter().find(|info| Some(&info.journey) == journey) {
        return Ok(CliError::Nothing(format!("journey `{}` has no runs yet", info.journey)));
    }
    let near = nearest(text, deployed.iter().map(|info| info.journey.as_str()));
    let hint = near.map_or_else(
        || "write a run's id or its beginning (four digits at least), a journey's name, or `last`".to_owned(),
        |near| format!("did you mean the journey `{near}`?"),
    );
    Ok(CliError::Nothing(format!("no run is meant by `{text}`: {hint}")))
}
