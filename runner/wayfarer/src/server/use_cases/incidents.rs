//! Incidents: listed, acknowledged, muted, noted and resolved. Viewers read them, authors change those of their tenant.

use wayfarer_model::access::Role;
use wayfarer_model::ids::{JourneyName, TenantName};
use wayfarer_model::notice::clip;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{
    IncidentChange, IncidentEventRow, IncidentFilter, IncidentKey, IncidentRow, PersonsWord, StoreError,
};

use super::note::{NoteError, check_note};
use super::{AccessError, Caller, UseCases};
use crate::protocol::{IncidentAction, IncidentRequest};

/// Which incidents.
#[derive(Debug, Clone, Default)]
pub(crate) struct IncidentsWanted {
    pub(crate) tenant: Option<TenantName>,
    pub(crate) journey: Option<JourneyName>,
    /// Those that are over, too.
    pub(crate) past: bool,
    /// Those with a smaller number.
    pub(crate) before: Option<i64>,
    pub(crate) limit: u32,
}

/// The longest URL of an analysis, in bytes, and how much of one that is refused is shown, in characters.
const URL: usize = 2_000;
const SHOWN: usize = 200;

/// Why incidents are neither shown nor changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IncidentError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("there is no incident {0}: `wayfarer incidents list --all` lists them")]
    NoSuchIncident(i64),
    #[error("incident {0} is over: what is open can be acknowledged, muted or resolved")]
    Over(i64),
    #[error("a mute ends some time: give a later `until_ms`")]
    NoEnd,
    #[error("the instant is past: give a later `until_ms`")]
    Past,
    #[error("there is nothing to publish: give a `note`, which everybody may read")]
    NoPublicWords,
    #[error("there is nothing to note: give a `note`, or the URL of an analysis as `post_mortem`")]
    NoWords,
    #[error(
        "`{0}` is not a URL of up to 2,000 bytes that begins with `https://` or `http://`: write it in full"
    )]
    NoUrl(String),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCases {
    /// Incidents of the caller's tenants, the newest first.
    pub(crate) async fn incidents(
        &self,
        caller: &Caller,
        wanted: IncidentsWanted,
    ) -> Result<Vec<IncidentRow>, IncidentError> {
        let IncidentsWanted { tenant, journey, past, before, limit } = wanted;
        let (tenant, before) = (caller.scope(tenant.as_ref())?, before.map(IncidentKey));
        let filter = IncidentFilter { tenant, journey, incident: None, before, open_only: !past, limit };
        Ok(self.store.incidents(&filter).await?)
    }

    /// One incident and its time line.
    pub(crate) async fn incident(
        &self,
        caller: &Caller,
        number: i64,
    ) -> Result<(IncidentRow, Vec<IncidentEventRow>), IncidentError> {
        let incident = Some(IncidentKey(number));
        let tenant = caller.tenant.clone();
        let filter = IncidentFilter { tenant, incident, limit: 1, ..IncidentFilter::default() };
        let row = self.store.incidents(&filter).await?.pop().ok_or(IncidentError::NoSuchIncident(number))?;
        let events = self.store.incident_events(row.key).await?;
        Ok((row, events))
    }

    pub(crate) async fn change_incident(
        &self,
        caller: &Caller,
        number: i64,
        request: IncidentRequest,
    ) -> Result<(IncidentRow, Vec<IncidentEventRow>), IncidentError> {
        caller.must_be(Role::Author)?;
        // A foreign tenant's incident does not exist.
        self.incident(caller, number).await?;
        check_note(&request.note)?;
        let now = self.clock.now();
        let change = change(&request, now)?;
        let word = PersonsWord { change, by: caller.signature(), note: request.note };
        let tenant = caller.tenant.as_ref();
        if !self.store.change_incident(IncidentKey(number), tenant, word, now).await? {
            return Err(IncidentError::Over(number));
        }
        self.incident(caller, number).await
    }
}

fn change(request: &IncidentRequest, now: UnixMillis) -> Result<IncidentChange, IncidentError> {
    let until = request.until_ms.map(UnixMillis);
    if until.is_some_and(|until| until <= now) {
        return Err(IncidentError::Past);
    }
    match request.action {
        IncidentAction::Acknowledge => Ok(IncidentChange::Acknowledge { until }),
        IncidentAction::Mute => Ok(IncidentChange::Mute { until: until.ok_or(IncidentError::NoEnd)? }),
        IncidentAction::Resolve => Ok(IncidentChange::Resolve),
        IncidentAction::Publish if request.note.trim().is_empty() => Err(IncidentError::NoPublicWords),
        IncidentAction::Publish => Ok(IncidentChange::Publish),
        IncidentAction::Note => match &request.post_mortem {
            Some(url) if is_url(url) => Ok(IncidentChange::PostMortem { url: url.clone() }),
            Some(text) => Err(IncidentError::NoUrl(clip(text, SHOWN))),
            None if request.note.trim().is_empty() => Err(IncidentError::NoWords),
            None => Ok(IncidentChange::Note),
        },
    }
}

/// Pages link to it, so it is one of the web. The parser would drop line breaks, which are stored.
fn is_url(text: &str) -> bool {
    let is_plain = text.len() <= URL && !text.contains(|letter: char| letter.is_control() || letter == ' ');
    is_plain
        && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_what_it_needs() {
        let now = UnixMillis(1_000);
        let ask = |action, until_ms, post_mortem: Option<&str>| {
            let post_mortem = post_mortem.map(str::to_owned);
            change(&IncidentRequest { action, note: String::new(), until_ms, post_mortem }, now)
        };
        let acknowledged = ask(IncidentAction::Acknowledge, None, None).unwrap();
        assert_eq!(acknowledged, IncidentChange::Acknowledge { until: None });
        assert!(matches!(ask(IncidentAction::Acknowledge, Some(1_000), None), Err(IncidentError::Past)));
        assert!(matches!(ask(IncidentAction::Mute, None, None), Err(IncidentError::NoEnd)));
        let muted = ask(IncidentAction::Mute, Some(1_001), None).unwrap();
        assert_eq!(muted, IncidentChange::Mute { until: UnixMillis(1_001) });
        assert!(matches!(ask(IncidentAction::Note, None, None), Err(IncidentError::NoWords)));
        assert!(ask(IncidentAction::Note, None, Some("https://wiki.example/1")).is_ok());
        assert!(matches!(ask(IncidentAction::Publish, None, None), Err(IncidentError::NoPublicWords)));
        let long = format!("https://wiki.example/{}", "a".repeat(2_000));
        for odd in ["javascript:alert(1)", "wiki/1", "", "https://a.example/\n\u{1b}[31m", &long] {
            let answer = ask(IncidentAction::Note, None, Some(odd));
            assert!(matches!(answer, Err(IncidentError::NoUrl(_))), "{odd}");
        }
    }
}
