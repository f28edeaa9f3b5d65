//! One hop's record on the tape, kept up to date while it is under way, so that an attempt that is cut off
//! shows how far it came.

use std::borrow::Cow;

use wayfarer_model::request::{Phase, Phases, RequestError};
use wayfarer_model::units::Micros;

use super::connection::Line;
use crate::tape::{RequestTicket, Stop, Tape, clipped};

/// The most of a URL that is kept; enough to recognise it.
const URL_KEPT: usize = 2_048;

/// Writes one record.
pub(super) struct Trace<'a> {
    pub(super) tape: &'a Tape,
    ticket: RequestTicket,
    began: Micros,
    phases: Phases,
}

/// What is known once the last byte is here.
pub(super) struct Finish {
    pub(super) received: u64,
    pub(super) excerpt: Option<String>,
}

impl<'a> Trace<'a> {
    /// Begins a record; `url` is redacted already.
    pub(super) fn begin(tape: &'a Tape, method: &str, url: &str) -> Result<Self, Stop> {
        let began = tape.now();
        let ticket = tape.begin_request(clipped(method, 64), clipped(url, URL_KEPT))?;
        Ok(Self { tape, ticket, began, phases: Phases::default() })
    }

    /// Ends a phase that began at `since`.
    pub(super) fn ended(&mut self, phase: Phase, since: Micros) {
        let took = self.tape.now().since(since);
        match phase {
            Phase::Dns => self.phases.dns_us = took,
            Phase::Connect => self.phases.connect_us = took,
            Phase::Tls => self.phases.tls_us = took,
            Phase::Wait => self.phases.wait_us = took,
            Phase::Receive => self.phases.receive_us = took,
            Phase::Total => self.phases.total_us = took,
        }
        let mut phases = self.phases;
        // A total would say that the request is over.
        phases.total_us = Micros(0);
        self.tape.update_request(self.ticket, |record| record.phases = phases);
    }

    /// Notes who answered the dial.
    pub(super) fn reached(&self, remote: &str) {
        self.tape.update_request(self.ticket, |record| record.remote_address = Some(remote.to_owned()));
    }

    /// Notes which connection serves it, and that `sent` bytes of body go out on it.
    pub(super) fn on_line(&self, line: &Line, reused: bool, sent: u64) {
        self.tape.update_request(self.ticket, |record| {
            record.remote_address.get_or_insert_with(|| line.remote.as_ref().to_owned());
            record.tls_version = line.tls_version.map(Cow::Borrowed);
            record.certificate_expires_ms = line.certificate_expires_ms;
            record.reused = reused;
            record.sent_bytes = sent;
        });
    }

    /// Notes the head of the answer and ends the wait for it.
    pub(super) fn answered(&mut self, status: u16, protocol: &'static str, since: Micros) {
        self.phases.wait_us = self.tape.now().since(since);
        let phases = self.phases;
        self.tape.update_request(self.ticket, |record| {
            record.status = Some(status);
            record.protocol = Some(Cow::Borrowed(protocol));
            record.phases = phases;
        });
    }

    /// Notes that the answer is complete.
    pub(super) fn finished(&mut self, receiving_since: Micros, finish: Finish) -> Phases {
        let now = self.tape.now();
        self.phases.receive_us = now.since(receiving_since);
        let phases = self.total(now);
        self.tape.update_request(self.ticket, |record| {
            record.received_bytes = finish.received;
            record.excerpt = finish.excerpt;
            record.phases = phases;
        });
        phases
    }

    /// Notes that the answer, a redirect, is followed.
    pub(super) fn followed(&self) {
        self.tape.update_request(self.ticket, |record| record.redirected = true);
    }

    /// Notes why there is no answer, or none that is of use.
    pub(super) fn failed(&mut self, error: &RequestError) {
        let phases = self.total(self.tape.now());
        self.tape.update_request(self.ticket, |record| {
            record.phases = phases;
            record.error = Some(error.clone());
        });
    }

    fn total(&mut self, now: Micros) -> Phases {
        // A total of 0 means pending.
        self.phases.total_us = Micros(now.since(self.began).0.max(1));
        self.phases
    }
}
