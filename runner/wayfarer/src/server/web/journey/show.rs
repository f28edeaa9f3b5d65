//! The page of one journey.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use url::form_urlencoded::Serializer;
use wayfarer_model::access::Role;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::units::UnixMillis;
use wayfarer_model::verdict::Verdict;
use wayfarer_store::{Pause, RunPage, Version};

use super::days::{Day, days};
use super::latency::{DOTS_UP_TO_MS, MOST_DOTS, chart, events};
use super::list::{PAGE, RunLine, next};
use super::query::{JourneyQuery, SPANS};
use super::steps::{self, StepRow};
use super::versions::{self, VersionRow};
use crate::protocol::{OverviewInfo, ProblemKind, RatesInfo, RunInfo};
use crate::server::api::{Asked, Named, Problem, Shared};
use crate::server::use_cases::IncidentsWanted;
use crate::server::web::answer;
use crate::server::web::charts::{Chart, Event};
use crate::server::web::figures::percent;
use crate::server::web::frame::{Frame, Part};
use crate::server::web::incidents::{IncidentLine, lines};
use crate::server::web::instants::Instant;
use crate::server::web::links::{journey_url, web_url};
use crate::server::web::visitor::{Refusal, Visitor};
use crate::view::{FailureGroup, groups};

/// Bad runs that are looked at for what they have in common.
const BAD: u32 = 500;
/// Incidents that are marked in the chart, the newest.
const MOST_INCIDENTS: u32 = 1_000;
/// Groups of failures that are shown.
const GROUPS: usize = 12;

#[derive(Template)]
#[template(path = "web/journey.html")]
struct JourneyPage {
    frame: Frame,
    url: String,
    info: OverviewInfo,
    runbook: String,
    next: Option<Instant>,
    /// Each with the overview of its journeys.
    tags: Vec<(String, String)>,
    version: u32,
    query: JourneyQuery,
    /// The ranges to choose from: name, URL, and whether it is chosen.
    spans: Vec<(&'static str, String, bool)>,
    from: Instant,
    until: Instant,
    chart: Chart,
    has_dots: bool,
    has_deployments: bool,
    success: Success,
    steps: Vec<StepRow>,
    failures: Vec<FailureGroup>,
    days: Vec<Day>,
    incidents: Vec<IncidentLine>,
    versions: Vec<VersionRow>,
    runs: Vec<RunLine>,
    /// The verdicts to choose from: word, URL, and whether it is chosen.
    verdicts: Vec<(&'static str, String, bool)>,
    older: Option<String>,
    pause: Option<PauseLine>,
    /// None for who may not run or pause it.
    form_token: Option<String>,
    /// What was typed into the form.
    note: String,
}

/// Why no slot runs.
#[derive(Debug)]
struct PauseLine {
    from: Instant,
    by: String,
    note: String,
}

impl PauseLine {
    fn new(pause: Pause, now: UnixMillis) -> Self {
        Self { from: Instant::new(pause.from.0, now), by: pause.by, note: pause.note }
    }
}

/// How often the journey was good over the range.
#[derive(Debug)]
struct Success {
    last_attempt: Option<String>,
    first_attempt: Option<String>,
    coverage: Option<String>,
    counted: u64,
}

/// One journey over a range of time
pub(in crate::server::web) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    Named((tenant, journey)): Named<(String, String)>,
    Asked(query): Asked<JourneyQuery>,
) -> Result<Response, Refusal> {
    let named = names(&tenant, &journey)?;
    let page = page(&shared, &visitor, &named, query, String::new()).await?;
    Ok(answer::page(StatusCode::OK, &visitor.headers, &page))
}

/// The names in a path.
pub(super) fn names(tenant: &str, journey: &str) -> Result<(TenantName, JourneyName), Problem> {
    let missing = |error| Problem::new(ProblemKind::NotFound, error);
    Ok((tenant.parse().map_err(missing)?, journey.parse().map_err(missing)?))
}

/// The page, with the note that was typed into its form.
pub(super) async fn page(
    shared: &Shared,
    visitor: &Visitor,
    (tenant, journey): &(TenantName, JourneyName),
    query: JourneyQuery,
    note: String,
) -> Result<impl Template + use<>, Refusal> {
    let (use_cases, caller) = (&shared.use_cases, &visitor.caller);
    let now = use_cases.clock.now();
    let (newest, older) = use_cases.versions(caller, Some(tenant), journey).await?;
    let versions: Vec<&Version> = std::iter::once(&newest).chain(&older).collect();
    let all = use_cases.overview(caller, Some(tenant)).await?;
    let gone =
        || Problem::new(ProblemKind::NotFound, format!("tenant `{tenant}` has no journey `{journey}`"));
    let info = all.into_iter().find(|info| info.journey == *journey).ok_or_else(gone)?;
    let (from, until) = query.span(now);
    let history = use_cases.history(newest.journey, (from, until)).await?;
    let marks = if until.0 - from.0 <= DOTS_UP_TO_MS {
        Some(use_cases.run_marks(newest.journey, (from, until), MOST_DOTS).await?)
    } else {
        None
    };
    let wanted = IncidentsWanted {
        tenant: Some(tenant.clone()),
        journey: Some(journey.clone()),
        past: true,
        limit: MOST_INCIDENTS,
        ..IncidentsWanted::default()
    };
    let incidents = use_cases.incidents(caller, wanted).await?;
    let windows = use_cases.windows_of(tenant, journey, from).await?;
    let events = events(&versions, &incidents, &windows, (from, until));
    let bad =
        RunPage { verdicts: vec![Verdict::Failed, Verdict::Broken], from, until, before: None, limit: BAD };
    let bad: Vec<RunInfo> =
        use_cases.journey_runs(newest.journey, &bad).await?.into_iter().map(RunInfo::from).collect();
    let verdicts = query.verdict().into_iter().collect();
    let list = RunPage { verdicts, from, until, before: query.before(), limit: PAGE };
    let runs = use_cases.journey_runs(newest.journey, &list).await?;
    let url = journey_url(tenant.as_str(), journey.as_str());
    let declared = newest.spec.as_ref().map(|spec| spec.descriptor.steps.clone()).unwrap_or_default();
    let older = next(&runs).map(|before| JourneyQuery { before, ..query.clone() }.url(&url));
    Ok(JourneyPage {
        frame: Frame::new(&format!("{journey} {}", info.state.as_str()), Part::Journeys, Some(caller))
            .saying(visitor.said.clone()),
        pause: use_cases.pause_of(newest.journey).await?.map(|pause| PauseLine::new(pause, now)),
        form_token: visitor.form_token(Role::Author),
        note,
        runbook: web_url(&info.runbook),
        tags: info.tags.iter().map(|tag| (tag.clone(), tag_url(tag))).collect(),
        next: info.next_ms.map(|next| Instant::new(next, now)),
        info,
        version: newest.number,
        spans: spans(&query, &url),
        from: Instant::new(from.0, now),
        until: Instant::new(until.0, now),
        chart: chart(marks.as_deref(), &history, &events),
        has_dots: marks.is_some(),
        has_deployments: events.iter().any(|event| matches!(event, Event::Deployment(_))),
        success: success(history.periods.iter().map(|period| period.rates)),
        steps: steps::rows(&history.steps, &declared),
        failures: groups(&bad).into_iter().take(GROUPS).collect(),
        days: days(&use_cases.days(newest.journey).await?, now),
        incidents: lines(&incidents, now),
        versions: versions::rows(&versions, now),
        runs: runs.iter().map(|run| RunLine::new(run, now)).collect(),
        verdicts: choices(&query, &url),
        older,
        query,
        url,
    })
}

fn spans(query: &JourneyQuery, url: &str) -> Vec<(&'static str, String, bool)> {
    let chosen = query.name().to_owned();
    let span = |(name, _): (&'static str, u64)| {
        let asked = JourneyQuery {
            range: name.to_owned(),
            verdict: query.verdict.clone(),
            ..JourneyQuery::default()
        };
        (name, asked.url(url), chosen == name)
    };
    SPANS.into_iter().map(span).collect()
}

fn choices(query: &JourneyQuery, url: &str) -> Vec<(&'static str, String, bool)> {
    let choice = |word: &'static str| {
        let is_chosen = query.verdict == word;
        let verdict = if is_chosen { String::new() } else { word.to_owned() };
        (word, JourneyQuery { verdict, before: String::new(), ..query.clone() }.url(url), is_chosen)
    };
    Verdict::ALL.into_iter().map(|verdict| choice(verdict.as_str())).collect()
}

fn success(periods: impl Iterator<Item = RatesInfo>) -> Success {
    let mut all = RatesInfo::default();
    for rates in periods {
        all.slots += rates.slots;
        all.counted += rates.counted;
        all.good += rates.good;
        all.good_first_attempt += rates.good_first_attempt;
    }
    Success {
        last_attempt: percent(all.good, all.counted),
        first_attempt: percent(all.good_first_attempt, all.counted),
        coverage: percent(all.counted, all.slots),
        counted: all.counted,
    }
}

fn tag_url(tag: &str) -> String {
    format!("/?{}", Serializer::new(String::new()).append_pair("tag", tag).finish())
}

impl JourneyPage {
    /// The URL of a day.
    fn day_url(&self, day: &Day) -> String {
        JourneyQuery { from: Some(day.from_ms), until: Some(day.until_ms), ..JourneyQuery::default() }
            .url(&self.url)
    }
}
