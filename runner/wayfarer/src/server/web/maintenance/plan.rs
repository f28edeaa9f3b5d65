//! The form that plans a window.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use wayfarer_model::ids::NameError;
use wayfarer_model::maintenance::MaintenanceMode;
use wayfarer_model::schedule::TimezoneError;
use wayfarer_model::units::UnixMillis;

use super::show::{URL, page};
use crate::protocol::{MaintenanceRequest, ProblemKind};
use crate::server::access::Signed;
use crate::server::api::{Concerning, Problem, Shared};
use crate::server::web::answer;
use crate::server::web::said::{Done, Said};
use crate::server::web::typed::{after, instant};
use crate::server::web::visitor::{Refusal, Visitor};

/// What was typed. Everything may be left out, or empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::server::web) struct Typed {
    /// Whose it is; [`ALL`](Self::ALL) is every tenant's, empty the visitor's own.
    pub(super) tenant: String,
    /// Names with commas or spaces between them; empty: all.
    pub(super) journeys: String,
    pub(super) mode: String,
    pub(super) from: String,
    pub(super) length: String,
    pub(super) until: String,
    pub(super) weekly: String,
    pub(super) timezone: String,
    pub(super) note: String,
}

impl Typed {
    /// No tenant has this name.
    pub(super) const ALL: &'static str = "*";

    fn request(&self, now: UnixMillis) -> Result<MaintenanceRequest, Problem> {
        let refused = |error: String| Problem::new(ProblemKind::Refused, error);
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let all_tenants = self.tenant == Self::ALL;
        let tenant = given(&self.tenant).filter(|_| !all_tenants).map(|name| name.parse()).transpose();
        let names = self.journeys.split([',', ' ']).filter(|name| !name.is_empty()).map(str::parse);
        let mode = given(&self.mode).map(|word| word.parse::<MaintenanceMode>()).transpose();
        let (from, until) = (instant(&self.from), instant(&self.until));
        let from = from.map_err(|error| refused(error.to_string()))?;
        let until = until.map_err(|error| refused(error.to_string()))?;
        let weekly = given(&self.weekly);
        // A length is always chosen, so it counts only where nothing else says when it ends.
        let of_length = || after(&self.length, from.unwrap_or(now)).filter(|_| weekly.is_none());
        let until = until.or_else(of_length);
        let timezone =
            given(&self.timezone).filter(|_| weekly.is_some()).map(|name| name.parse()).transpose();
        Ok(MaintenanceRequest {
            tenant: tenant.map_err(|error: NameError| refused(error.to_string()))?,
            all_tenants,
            journeys: names
                .collect::<Result<_, _>>()
                .map_err(|error: NameError| refused(error.to_string()))?,
            mode: mode.map_err(refused)?.unwrap_or_default(),
            note: self.note.trim().to_owned(),
            from_ms: from.map(|at| at.0),
            until_ms: until.map(|at| at.0),
            timezone: timezone.map_err(|error: TimezoneError| refused(error.to_string()))?,
            weekly,
        })
    }
}

/// Plans a window
pub(in crate::server::web) async fn plan(
    State(shared): State<Shared>,
    Signed { visitor, form }: Signed<Typed>,
) -> Result<Response, Refusal> {
    let planned = match form.request(shared.use_cases.clock.now()) {
        Ok(request) => {
            shared.use_cases.plan_maintenance(&visitor.caller, request).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    let (status, said) = match planned {
        Ok(window) => return Ok(Done::Planned.at(URL, Concerning::planned(&window))),
        Err(problem) => Said::refused(problem),
    };
    let visitor = Visitor::of_form(visitor, said);
    let page = page(&shared, &visitor, form).await?;
    Ok(answer::page(status, &visitor.headers, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_once_or_every_week_and_a_length_counts_where_nothing_else_ends_it() {
        let now = UnixMillis(1_790_000_000_000);
        let typed = Typed { length: "1h".to_owned(), journeys: "pay, log-in".to_owned(), ..Typed::default() };
        let once = typed.request(now).unwrap();
        assert_eq!((once.from_ms, once.until_ms), (None, Some(now.0 + 3_600_000)));
        assert_eq!(once.journeys.len(), 2);
        let later = Typed { from: "2099-01-01T10:00".to_owned(), ..typed.clone() }.request(now).unwrap();
        assert_eq!(later.until_ms.unwrap() - later.from_ms.unwrap(), 3_600_000);
        let until = Typed { until: "2099-01-01T10:00".to_owned(), ..typed.clone() }.request(now).unwrap();
        assert_eq!(until.until_ms, Some(4_070_944_800_000));
        let weekly = Typed {
            weekly: "sat 02:00-04:00".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            tenant: Typed::ALL.to_owned(),
            ..typed.clone()
        };
        let weekly = weekly.request(now).unwrap();
        assert_eq!((weekly.until_ms, weekly.all_tenants, weekly.tenant), (None, true, None));
        assert!(weekly.timezone.is_some());
        for wrong in [
            Typed { mode: "hide".to_owned(), ..typed.clone() },
            Typed { journeys: "a/b".to_owned(), ..typed.clone() },
            Typed { from: "soon".to_owned(), ..typed },
        ] {
            assert!(wrong.request(now).is_err(), "{wrong:?}");
        }
    }
}
