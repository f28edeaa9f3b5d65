//! What HTTP adds to a hop's record while the hop is under way.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

use wayfarer_model::text::clip;
use wayfarer_model::traffic::{HttpFacts, Phase, Phases, TrafficKind};
use wayfarer_model::units::Micros;

use crate::net::Trace;
use crate::tape::{Stop, Tape, TrafficOwner};

/// The most of a URL that is kept; enough to recognise it.
const URL_KEPT: usize = 2_048;

/// A [`Trace`] of one hop. Dropped before the hop is over, it notes that the guest let go of the request.
pub(super) struct HttpTrace<'a>(Trace<'a>);

impl<'a> HttpTrace<'a> {
    /// Begins a record; `url` is redacted already.
    pub(super) fn begin(tape: &'a Tape, method: &str, url: &str, owner: TrafficOwner) -> Result<Self, Stop> {
        let facts = HttpFacts::request(clip(method, 64), clip(url, URL_KEPT));
        Ok(Self(Trace::begin(tape, TrafficKind::Http(facts), owner)?))
    }

    /// Notes the head of the answer and ends the wait for it.
    pub(super) fn answered(&mut self, status: u16, protocol: &'static str, since: Micros) {
        self.measure(Phase::Wait, since);
        self.begin_stage(Phase::Receive);
        self.note(|http| {
            http.status = Some(status);
            http.protocol = Some(Cow::Borrowed(protocol));
        });
    }

    /// Notes that the answer is complete. `excerpt` is redacted already.
    pub(super) fn finished(&mut self, received: u64, excerpt: Option<String>) -> Phases {
        self.complete(received, |record| {
            if let Some(http) = record.kind.http_mut() {
                http.excerpt = excerpt;
            }
        })
    }

    /// Notes that the answer, a redirect, is followed.
    pub(super) fn followed(&self) {
        self.note(|http| http.redirected = true);
    }

    /// Notes when the target asks to be asked again.
    pub(super) fn asks_to_wait(&self, text: &str) {
        self.tape().note_retry_after(self.ticket(), text);
    }

    /// Notes in the attempt's log that the request is sent again.
    pub(super) fn sent_again(&self, request: &str, why: &str) {
        self.tape().log_of_host("info", &format!("{request} was sent again: {why}"));
    }

    fn note(&self, change: impl FnOnce(&mut HttpFacts)) {
        self.update(|record| {
            if let Some(http) = record.kind.http_mut() {
                change(http);
            }
        });
    }
}

impl Drop for HttpTrace<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

impl<'a> Deref for HttpTrace<'a> {
    type Target = Trace<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for HttpTrace<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
