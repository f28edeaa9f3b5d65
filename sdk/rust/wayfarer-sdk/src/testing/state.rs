//! The fake runner's state during an attempt.

use super::answer::{Answer, Sent};
use super::network::{Hop, Kept, Network, Next};
use super::report::{CleanupSeen, Report};
use super::rules::{self, Answering, Rules};
use crate::bindings::wayfarer::journey::cleanups::CleanupError;
use crate::bindings::wayfarer::journey::context::Attempt;
use crate::bindings::wayfarer::journey::http as wit;
use crate::bindings::wayfarer::journey::secrets::SecretError;
use crate::http::ErrorKind;

/// The fake's state. [`crate::host`] calls its methods.
pub(crate) struct State {
    pub(crate) attempt: Attempt,
    pub(crate) elapsed_us: u64,
    pub(crate) deadline_us: u64,
    pub(crate) seen: Report,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) secrets: Vec<(String, String)>,
    pub(super) rules: Rules,
    pub(super) has_store: bool,
    pub(crate) network: Network,
}

impl Default for State {
    fn default() -> Self {
        Self {
            attempt: Attempt {
                run_id: "01990000-0000-7000-8000-000000000001".to_owned(),
                tenant: "local".to_owned(),
                journey: String::new(),
                slot_ms: 1_767_225_600_000.0,
                number: 1,
                location: "local".to_owned(),
                lane: "manual".to_owned(),
                idempotency_key: "01990000-0000-7000-8000-000000000001".to_owned(),
                extensions: Vec::new(),
            },
            elapsed_us: 0,
            deadline_us: 30_000_000,
            seen: Report::new(),
            parameters: Vec::new(),
            secrets: Vec::new(),
            rules: Rules::default(),
            has_store: false,
            network: Network::default(),
        }
    }
}

impl State {
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    pub(crate) fn placeholder(&self, name: &str) -> Result<String, SecretError> {
        self.reveal(name).map(|_| placeholder_of(name))
    }

    pub(crate) fn reveal(&self, name: &str) -> Result<String, SecretError> {
        let found = self.secrets.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            SecretError::Unknown(format!("it has no value: set it with `.secret({name:?}, \"..\")`"))
        })
    }

    /// Advances the clock. Returns whether the attempt's deadline has passed.
    pub(crate) fn pass_us(&mut self, duration_us: u64) -> bool {
        self.elapsed_us = self.elapsed_us.saturating_add(duration_us);
        self.is_overdue()
    }

    pub(crate) fn is_overdue(&self) -> bool {
        self.elapsed_us > self.deadline_us
    }

    /// Ends the attempt as the runner does after the deadline. It unwinds without calling the panic hook, so that
    /// `panics::caught` can tell it from a panic.
    pub(crate) fn end_the_attempt() -> ! {
        std::panic::resume_unwind(Box::new("deadline"))
    }

    /// Records a hop and finds its answer.
    pub(crate) fn receive(&mut self, hop: &Hop) -> (Answering, Sent) {
        let request = &hop.request;
        let mut headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| (name.clone(), self.unsealed(value))).collect();
        self.network.add_cookies(request, &mut headers);
        let sent = Sent {
            method: request.method.clone(),
            url: self.unsealed(&request.url),
            headers,
            body: match std::str::from_utf8(&request.body) {
                Ok(text) => self.unsealed(text).into_bytes(),
                Err(_) => request.body.clone(),
            },
        };
        self.seen.requests.push(sent.clone());
        (self.rules.find(&sent), sent)
    }

    /// Follows a scripted answer as the runner would, or keeps it.
    pub(crate) fn answer(&mut self, hop: &Hop, answer: Result<Answer, ErrorKind>) -> Next {
        let mut hop = hop.clone();
        let began_us = *hop.began_us.get_or_insert(self.elapsed_us);
        let kept = answer.map_err(rules::to_wit).and_then(|answer| {
            self.pass_latency(&hop, &answer, began_us)?;
            self.network.store_cookies(&hop.request, &answer);
            match hop.next(&answer)? {
                Some(next) => Ok(Next::Hop(Box::new(next))),
                None => Ok(Next::Done(Ok(self.kept(&hop, &answer, began_us)))),
            }
        });
        kept.unwrap_or_else(|error| Next::Done(Err(error)))
    }

    fn pass_latency(&mut self, hop: &Hop, answer: &Answer, began_us: u64) -> Result<(), wit::Error> {
        let latency_us = u64::try_from(answer.after.as_micros()).unwrap_or(u64::MAX);
        let limit_us = |ms: Option<u32>| ms.map_or(u64::MAX, |ms| u64::from(ms) * 1_000);
        let spent_us = self.elapsed_us.saturating_sub(began_us);
        let timeouts = &hop.request.timeouts;
        for (limit_us, phase) in [
            (limit_us(timeouts.wait_ms), wit::Phase::Wait),
            (limit_us(timeouts.total_ms).saturating_sub(spent_us), wit::Phase::Total),
        ] {
            if latency_us > limit_us {
                self.pass_us(limit_us);
                return Err(wit::Error::Timeout(phase));
            }
        }
        self.pass_us(latency_us);
        Ok(())
    }

    fn kept(&self, hop: &Hop, answer: &Answer, began_us: u64) -> Kept {
        let saturated = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let most = hop.request.max_body.map_or(usize::MAX, |most| most as usize);
        let body = match std::str::from_utf8(&answer.body) {
            Ok(text) => self.sealed(text).into_bytes(),
            Err(_) => answer.body.clone(),
        };
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), self.sealed(value))).collect();
        Kept {
            status: answer.status,
            headers,
            is_truncated: body.len() > most,
            body: body.get(..body.len().min(most)).unwrap_or_default().to_vec(),
            wire_size: saturated(answer.body.len() as u64),
            url: hop.request.url.clone(),
            redirects: hop.followed,
            wait_us: saturated(u64::try_from(answer.after.as_micros()).unwrap_or(u64::MAX)),
            total_us: saturated(self.elapsed_us.saturating_sub(began_us)),
            certificate_expires_ms: answer.certificate_expires_ms.map(|ms| ms as f64),
        }
    }

    fn unsealed(&self, text: &str) -> String {
        let replace =
            |text: String, (name, value): &(String, String)| text.replace(&placeholder_of(name), value);
        self.secrets.iter().fold(text.to_owned(), replace)
    }

    fn sealed(&self, text: &str) -> String {
        let replace =
            |text: String, (name, value): &(String, String)| text.replace(value, &placeholder_of(name));
        self.secrets.iter().filter(|(_, value)| !value.is_empty()).fold(text.to_owned(), replace)
    }

    pub(crate) fn arm(&mut self, kind: &str, payload: &str) -> Result<String, CleanupError> {
        if !self.has_store {
            return Err(CleanupError::Unattached);
        }
        let cleanup = CleanupSeen { kind: kind.to_owned(), payload: payload.to_owned(), disarmed: false };
        self.seen.cleanups.push(cleanup);
        Ok((self.seen.cleanups.len() - 1).to_string())
    }

    pub(crate) fn amend(&mut self, id: &str, payload: &str) -> Result<(), CleanupError> {
        payload.clone_into(&mut self.armed(id)?.payload);
        Ok(())
    }

    pub(crate) fn disarm(&mut self, id: &str) -> Result<(), CleanupError> {
        self.armed(id)?.disarmed = true;
        Ok(())
    }

    fn armed(&mut self, id: &str) -> Result<&mut CleanupSeen, CleanupError> {
        let place: Option<usize> = id.parse().ok();
        let armed = place.and_then(|place| self.seen.cleanups.get_mut(place));
        armed.ok_or_else(|| CleanupError::UnknownCleanup(id.to_owned()))
    }
}

/// Has unreserved characters only, so that percent-encoding does not change it.
fn placeholder_of(name: &str) -> String {
    format!("wf-sealed-{name}-0000")
}
