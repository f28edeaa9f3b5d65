//! Keeps one exchange's record on the tape up to date while the exchange is under way, so that an attempt that is cut
//! off shows how far it came. A protocol adds its own facts by [`Trace::update`].

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use wayfarer_model::traffic::{Phase, Phases, TrafficError, TrafficErrorKind, TrafficKind, TrafficRecord};
use wayfarer_model::units::Micros;

use super::fault::targets;
use super::stream::Peer;
use crate::tape::{Stop, Tape, TrafficOwner, TrafficTicket};

/// Writes one record.
pub(crate) struct Trace<'a> {
    tape: &'a Tape,
    ticket: TrafficTicket,
    began: Micros,
    phases: Phases,
    /// What is under way, and since when.
    stage: (Phase, Micros),
    /// Whose connection serves the exchange.
    peer: Option<Arc<str>>,
}

impl<'a> Trace<'a> {
    /// Begins a record. `kind` must hold no secret.
    ///
    /// # Errors
    /// [`Stop::Exhausted`] beyond the limit on requests.
    pub(crate) fn begin(tape: &'a Tape, kind: TrafficKind, owner: TrafficOwner) -> Result<Self, Stop> {
        let began = tape.now();
        let ticket = tape.begin_traffic(began, kind, owner)?;
        Ok(Self {
            tape,
            ticket,
            began,
            phases: Phases::default(),
            stage: (Phase::Connect, began),
            peer: None,
        })
    }

    pub(crate) fn tape(&self) -> &'a Tape {
        self.tape
    }

    /// Names the record.
    pub(crate) fn ticket(&self) -> TrafficTicket {
        self.ticket
    }

    /// Notes what became known, with the phases so far.
    pub(crate) fn update(&self, change: impl FnOnce(&mut TrafficRecord)) {
        let phases = self.phases;
        self.tape.update_traffic(self.ticket, |record| {
            record.phases = phases;
            change(record);
        });
    }

    /// The address at the other end of the connection that serves the exchange.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        let address: SocketAddr = self.peer.as_ref()?.parse().ok()?;
        Some(address.ip())
    }

    /// Whether a connection serves the exchange.
    pub(crate) fn has_peer(&self) -> bool {
        self.peer.is_some()
    }

    /// When the exchange began, from the attempt's start.
    pub(crate) fn began(&self) -> Micros {
        self.began
    }

    /// Measures a phase that began at `since` and ends now, without noting it yet.
    pub(crate) fn measure(&mut self, phase: Phase, since: Micros) {
        let took = self.tape.now().since(since);
        match phase {
            Phase::Dns => self.phases.dns_us = took,
            Phase::Connect => self.phases.connect_us = took,
            Phase::Tls => self.phases.tls_us = took,
            Phase::Wait => self.phases.wait_us = took,
            Phase::Receive => self.phases.receive_us = took,
            // A total says that the exchange is over; only `complete` and `fail` set it.
            Phase::Total => {}
        }
    }

    /// Measures a phase and notes it.
    pub(crate) fn end_phase(&mut self, phase: Phase, since: Micros) {
        self.measure(phase, since);
        self.update(|_| {});
    }

    /// Notes which address answered the dial.
    pub(crate) fn reach(&self, address: &str) {
        self.update(|record| record.remote_address = Some(address.to_owned()));
    }

    /// Notes which connection serves the exchange, and that `sent` bytes of content go out on it.
    pub(crate) fn board(&mut self, peer: &Peer, reused: bool, sent: u64) {
        self.peer = Some(Arc::clone(&peer.address));
        self.update(|record| {
            record.remote_address.get_or_insert_with(|| peer.address.as_ref().to_owned());
            record.tls_version = peer.tls_version.map(Cow::Borrowed);
            record.certificate_expires_ms = peer.certificate_expires_ms;
            record.reused = reused;
            record.sent_bytes = sent;
        });
        self.begin_stage(Phase::Wait);
    }

    /// Notes that the exchange is over and succeeded, after `received` bytes of content.
    pub(crate) fn complete(&mut self, received: u64, change: impl FnOnce(&mut TrafficRecord)) -> Phases {
        self.end();
        self.update(|record| {
            record.received_bytes = received;
            change(record);
        });
        self.phases
    }

    /// Notes that the exchange is over and failed.
    pub(crate) fn fail(&mut self, error: &TrafficError) {
        self.end();
        self.update(|record| record.error = Some(error.clone()));
    }

    /// From now on the exchange is in this phase.
    pub(crate) fn begin_stage(&mut self, phase: Phase) {
        self.stage = (phase, self.tape.now());
    }

    /// Notes that the guest no longer wants the answer, at this instant. What it was waiting for is the target's.
    ///
    /// Nothing is noted of an exchange that is over, or that the end of the attempt cuts off.
    pub(crate) fn let_go(&mut self) {
        let is_cut_off = self.tape.is_call_over() || self.tape.stop().is_some();
        if self.phases.total_us != Micros(0) || is_cut_off {
            return;
        }
        let (phase, since) = self.stage;
        let what = match phase {
            Phase::Wait => "waiting for the response",
            Phase::Receive => "receiving the response",
            _ => "connecting",
        };
        if matches!(phase, Phase::Wait | Phase::Receive) {
            self.measure(phase, since);
        }
        let took = self.tape.now().since(self.began);
        let message = format!("the journey let go of the request after {took}, while {what}");
        self.fail(&targets(TrafficErrorKind::Cancelled, message));
    }

    fn end(&mut self) {
        // A total of 0 would mean pending.
        self.phases.total_us = Micros(self.tape.now().since(self.began).0.max(1));
    }
}
