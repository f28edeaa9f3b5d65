//! `wayfarer schedule next`: when a schedule is due. Needs no server.

use serde_json::json;
use wayfarer_model::ids::{JourneyName, NameError, TenantName};
use wayfarer_model::schedule::{Expression, Schedule, Spread, Timezone};
use wayfarer_model::units::{Micros, UnixMillis};

use crate::author::report::{Style, padded, width};
use crate::cli::CliError;
use crate::cli::global::{Console, Global};
use crate::clock::now;
use crate::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, clap::Subcommand)]
enum Question {
    /// Show the next instants of a schedule
    Next(Next),
}

#[derive(Debug, clap::Args)]
struct Next {
    /// Cron, such as `*/5 9-17 * * MON-FRI`; an interval, such as `every 1h30m`; `quartz(0 0 12 ? * 6L)` as Quartz writes it, or
    /// `cron(0 12 ? * 6L *)` and `rate(5 minutes)` as AWS does
    #[arg(value_name = "EXPR")]
    expression: Expression,
    /// The timezone of the expression
    #[arg(long, value_name = "TIMEZONE", default_value = "UTC")]
    timezone: Timezone,
    /// How many instants to show
    #[arg(short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
    /// Show instants after this one, a date or RFC 3339; by default now
    #[arg(long, value_name = "INSTANT", value_parser = UnixMillis::parse)]
    after: Option<UnixMillis>,
    /// The spread of the schedule; the delay shown is that of `--journey`
    #[arg(long, value_name = "DURATION", requires = "journey")]
    spread: Option<Spread>,
    /// The journey, for `--spread`
    #[arg(long, value_name = "NAME")]
    journey: Option<JourneyName>,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, CliError> {
    let user = global.user()?;
    let console = global.console(&user);
    let Question::Next(next) = &args.question;
    let tenant = match global.tenant(&user) {
        Some(tenant) => tenant,
        None => "local".parse().map_err(|error: NameError| CliError::Usage(error.to_string()))?,
    };
    print(console, next, &tenant, next.after.unwrap_or_else(now));
    Ok(Exit::Passed)
}

fn print(console: Console, next: &Next, tenant: &TenantName, after: UnixMillis) {
    let schedule = schedule(next, tenant);
    let fires: Vec<UnixMillis> = schedule.fires(after, next.count.into()).collect();
    if console.json {
        let shown: Vec<_> = fires
            .iter()
            .map(|at| json!({"ms": at.0, "at": at.rfc3339(), "local": next.timezone.show(*at)}))
            .collect();
        console.print_json(&json!({
            "expression": next.expression.as_str(),
            "meaning": next.expression.meaning(),
            "timezone": next.timezone.name(),
            "fires": shown,
        }));
    } else {
        console.say(&next.expression.meaning());
        console.print(&lines(console.out, next.timezone, &fires, after));
    }
}

fn schedule(next: &Next, tenant: &TenantName) -> Schedule {
    let schedule = Schedule::new(next.expression.clone(), next.timezone);
    match (next.spread, &next.journey) {
        (Some(spread), Some(journey)) => schedule.with_spread(spread, tenant, journey),
        _ => schedule,
    }
}

/// One line for each instant, with the time until then.
fn lines(style: Style, timezone: Timezone, fires: &[UnixMillis], after: UnixMillis) -> String {
    let shown: Vec<String> = fires.iter().map(|at| timezone.show(*at)).collect();
    let widest = shown.iter().map(|text| width(text)).max().unwrap_or(0);
    let line = |(text, at): (&String, &UnixMillis)| {
        let wait = ahead(at.0.saturating_sub(after.0));
        format!("{}  {}\n", padded(text, widest), style.dim(&format!("in {wait}")))
    };
    shown.iter().zip(fires).map(line).collect()
}

/// A span with the precision that people need: seconds for minutes, hours for days.
fn ahead(ms: u64) -> String {
    let minutes = ms / 60_000;
    match minutes {
        0 => Micros(ms * 1_000).to_string(),
        1..60 => format!("{minutes}m{:02}s", ms / 1_000 % 60),
        60..1_440 => format!("{}h{:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d{:02}h", minutes / 1_440, minutes / 60 % 24),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn shown(words: &str) -> String {
        let Question::Next(next) = Line::try_parse_from(words.split('|')).unwrap().args.question;
        let after = next.after.unwrap();
        let fires: Vec<_> =
            schedule(&next, &"local".parse().unwrap()).fires(after, next.count.into()).collect();
        lines(Style { colour: false }, next.timezone, &fires, after)
    }

    #[test]
    fn the_next_instants_are_shown_in_their_timezone() {
        let night = "x|next|30 2 * * *|--timezone|Europe/Berlin|-n|3|--after|2026-03-28T00:00:00Z";
        insta::assert_snapshot!(shown(night), @"
        2026-03-28T02:30:00+01:00 CET   in 1h30m
        2026-03-29T03:00:00+02:00 CEST  in 1d01h
        2026-03-30T02:30:00+02:00 CEST  in 2d00h
        ");
        insta::assert_snapshot!(shown("x|next|every 20s|-n|2|--after|2026-03-28"), @"
        2026-03-28T00:00:20+00:00 UTC  in 20.00s
        2026-03-28T00:00:40+00:00 UTC  in 40.00s
        ");
        insta::assert_snapshot!(shown("x|next|quartz(0 0 12 ? * 6#3)|-n|2|--after|2026-03-28"), @"
        2026-04-17T12:00:00+00:00 UTC  in 20d12h
        2026-05-15T12:00:00+00:00 UTC  in 48d12h
        ");
        insta::assert_snapshot!(shown("x|next|rate(90 minutes)|-n|1|--after|2026-03-28"), @"2026-03-28T01:30:00+00:00 UTC  in 1h30m");
        let spread = "x|next|*/5 * * * *|-n|2|--after|2026-03-28|--spread|60s|--journey|checkout";
        insta::assert_snapshot!(shown(spread), @"
        2026-03-28T00:00:41.829+00:00 UTC  in 41.83s
        2026-03-28T00:05:41.829+00:00 UTC  in 5m41s
        ");
    }
}
