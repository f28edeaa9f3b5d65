//! What a status page shows, in words for people who know nothing of the inside.

use askama::Template;
use wayfarer_model::units::UnixMillis;

use super::days::days;
use crate::protocol::{ServiceInfo, ServiceState, StatusIncidentInfo, StatusMaintenanceInfo, StatusPageInfo};
use crate::server::assets::public_style;
use crate::server::web::figures::percent;
use crate::server::web::markup::Markup;

#[derive(Template)]
#[template(path = "web/status.html")]
pub(super) struct StatusPage<'a> {
    info: &'a StatusPageInfo,
    style: &'static str,
    headline: String,
    /// The name of the state's drawing.
    icon: &'static str,
    services: Vec<Service<'a>>,
    open: Vec<Incident<'a>>,
    past: Vec<Incident<'a>>,
    maintenance: Vec<Window>,
    at: Moment,
}

struct Service<'a> {
    name: &'a str,
    about: &'a str,
    icon: &'static str,
    word: &'static str,
    drawing: Markup,
    /// None if it was never measured.
    share: Option<String>,
}

pub(super) struct Incident<'a> {
    services: String,
    what: &'static str,
    began: Moment,
    over: Option<Moment>,
    lasted: String,
    words: Vec<Word<'a>>,
}

struct Word<'a> {
    at: Moment,
    text: &'a str,
}

struct Window {
    services: String,
    in_force: bool,
    from: Moment,
    until: Moment,
}

/// An instant, to the minute.
struct Moment {
    machine: String,
    shown: String,
}

impl Moment {
    fn new(at_ms: u64) -> Self {
        let machine = UnixMillis(at_ms / 60_000 * 60_000).rfc3339();
        let (date, time) = (machine.get(..10).unwrap_or_default(), machine.get(11..16).unwrap_or_default());
        let shown = format!("{date} {time}");
        Self { machine, shown }
    }
}

impl<'a> StatusPage<'a> {
    pub(super) fn new(info: &'a StatusPageInfo) -> Self {
        let (open, past): (Vec<_>, Vec<_>) =
            info.incidents.iter().partition(|incident| incident.resolved_ms.is_none());
        Self {
            info,
            style: public_style(),
            headline: headline(info),
            icon: icon(info.state),
            services: info.services.iter().map(service).collect(),
            open: open.into_iter().map(incident).collect(),
            past: past.into_iter().map(incident).collect(),
            maintenance: info.maintenance.iter().map(window).collect(),
            at: Moment::new(info.at_ms),
        }
    }
}

/// The page's state in a sentence.
fn headline(info: &StatusPageInfo) -> String {
    let of = |state| -> Vec<String> {
        let services = info.services.iter().filter(|service| service.state == state);
        services.map(|service| service.name.clone()).collect()
    };
    let worst = of(info.state);
    let is_each = worst.len() == info.services.len() && worst.len() > 1;
    let who = if is_each { "Everything".to_owned() } else { list(&worst) };
    let are = if worst.len() > 1 && !is_each { "are" } else { "is" };
    match info.state {
        ServiceState::Working => "Everything works".to_owned(),
        ServiceState::Down => format!("{who} {are} down"),
        ServiceState::Impaired => format!("{who} {are} slow or impaired"),
        ServiceState::Maintenance => format!("{who} {are} under maintenance"),
        ServiceState::Unknown => format!("{who} {are} not measured now"),
    }
}

/// `a, b and c`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// The symbol of `sprite.html`, which has a form of its own for each state.
fn icon(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Down => "failing",
        ServiceState::Impaired => "degraded",
        ServiceState::Maintenance => "maintenance",
        ServiceState::Unknown => "no-data",
        ServiceState::Working => "passing",
    }
}

/// What is said of one service.
pub(super) fn word(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Down => "down",
        ServiceState::Impaired => "slow or impaired",
        ServiceState::Maintenance => "under maintenance",
        ServiceState::Unknown => "not measured now",
        ServiceState::Working => "works",
    }
}

fn service(info: &ServiceInfo) -> Service<'_> {
    let (good, counted) =
        info.days.iter().fold((0, 0), |(good, counted), day| (good + day.good, counted + day.counted));
    Service {
        name: &info.name,
        about: &info.about,
        icon: icon(info.state),
        word: word(info.state),
        drawing: days(&info.days),
        share: percent(good, counted),
    }
}

/// What an incident says, while it is open or afterwards.
pub(super) fn what(info: &StatusIncidentInfo) -> &'static str {
    let are_many = info.services.len() > 1;
    match (info.state, info.resolved_ms.is_some(), are_many) {
        (ServiceState::Down, false, false) => "is down",
        (ServiceState::Down, false, true) => "are down",
        (ServiceState::Down, true, false) => "was down",
        (ServiceState::Down, true, true) => "were down",
        (_, false, false) => "is slow or impaired",
        (_, false, true) => "are slow or impaired",
        (_, true, false) => "was slow or impaired",
        (_, true, true) => "were slow or impaired",
    }
}

fn incident(info: &StatusIncidentInfo) -> Incident<'_> {
    let lasted = info.resolved_ms.map_or(0, |over| over.saturating_sub(info.began_ms));
    Incident {
        services: list(&info.services),
        what: what(info),
        began: Moment::new(info.began_ms),
        over: info.resolved_ms.map(Moment::new),
        lasted: minutes(lasted),
        words: info.words.iter().map(|word| Word { at: Moment::new(word.at_ms), text: &word.text }).collect(),
    }
}

/// A span, in whole minutes, rounded up.
fn minutes(ms: u64) -> String {
    match ms.div_ceil(60_000).max(1) {
        1 => "1 minute".to_owned(),
        some @ ..60 => format!("{some} minutes"),
        many => format!("{} h {} min", many / 60, many % 60),
    }
}

fn window(info: &StatusMaintenanceInfo) -> Window {
    Window {
        services: list(&info.services),
        in_force: info.in_force,
        from: Moment::new(info.from_ms),
        until: Moment::new(info.until_ms),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::protocol::PublishedInfo;

    /// Checkout is down, search works.
    pub(in crate::server::web::status) fn shop() -> StatusPageInfo {
        let service = |name: &str, state| ServiceInfo {
            name: name.to_owned(),
            about: String::new(),
            state,
            days: Vec::new(),
        };
        let began_ms = 1_790_000_000_000;
        let incident = |incident, resolved_ms, words: &[&str]| StatusIncidentInfo {
            incident,
            services: vec!["Checkout".to_owned()],
            state: ServiceState::Down,
            began_ms,
            resolved_ms,
            words: words
                .iter()
                .map(|text| PublishedInfo { at_ms: began_ms + 60_000, text: (*text).to_owned() })
                .collect(),
        };
        StatusPageInfo {
            path: "shop".to_owned(),
            title: "The shop & more".to_owned(),
            about: String::new(),
            state: ServiceState::Down,
            at_ms: began_ms + 3_600_000,
            services: vec![service("Checkout", ServiceState::Down), service("Search", ServiceState::Working)],
            incidents: vec![
                incident(8, None, &["We <b>look</b> into it."]),
                incident(7, Some(began_ms + 61_000), &[]),
            ],
            maintenance: Vec::new(),
        }
    }

    #[test]
    fn the_headline_names_what_is_worst() {
        let mut info = shop();
        assert_eq!(headline(&info), "Checkout is down");
        info.services[1].state = ServiceState::Down;
        assert_eq!(headline(&info), "Everything is down");
        info.services.push(ServiceInfo { state: ServiceState::Working, ..info.services[0].clone() });
        assert_eq!(headline(&info), "Checkout and Search are down");
        info.state = ServiceState::Working;
        assert_eq!(headline(&info), "Everything works");
    }

    #[test]
    fn an_incident_says_how_long_it_lasted_and_what_was_published() {
        let html = StatusPage::new(&shop()).render().unwrap();
        for text in [
            "Checkout is down",
            "Checkout was down",
            ", 2 minutes",
            "We &#60;b&#62;look&#60;/b&#62; into it.",
            "The shop &#38; more",
        ] {
            assert!(html.contains(text), "no `{text}` in {html}");
        }
        assert_eq!(
            [minutes(0), minutes(60_001), minutes(5_400_000)],
            ["1 minute", "2 minutes", "1 h 30 min"]
        );
    }
}
