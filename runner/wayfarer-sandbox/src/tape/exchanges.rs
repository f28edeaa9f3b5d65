//! Heads and bodies of the last requests and answers, in memory while an attempt runs: whether they are kept is known at its end.
//!
//! Invariant: they never hold more than the bound of the attempt. They are charged to the run and not to the attempt, so that no journey
//! fails because the runner looks on, and its memory is measured without them. Where the run's account is full, the oldest ones go.

use std::collections::VecDeque;

use wayfarer_model::exchange::{BodyRecord, EvidenceBounds, ExchangeRecord, MessageRecord};

use super::recorder::Tape;
use super::traffic::TrafficTicket;
use crate::memory::MemoryAccount;

/// What a header or an exchange takes beside its texts, in bytes.
const BESIDE: u64 = 64;

pub(super) struct HeldExchanges {
    bounds: EvidenceBounds,
    account: MemoryAccount,
    held: VecDeque<ExchangeRecord>,
    bytes: u64,
}

impl HeldExchanges {
    pub(super) fn new(bounds: EvidenceBounds, account: &MemoryAccount) -> Self {
        Self { bounds, account: account.clone(), held: VecDeque::new(), bytes: 0 }
    }

    fn begin(&mut self, request: u32, sent: MessageRecord) {
        if self.make_room(BESIDE + size_of(&sent)) {
            self.held.push_back(ExchangeRecord { request, sent, received: None });
        }
    }

    /// Adds so many bytes to an exchange, if it is still held.
    fn add(&mut self, request: u32, bytes: u64, add: impl FnOnce(&mut ExchangeRecord)) {
        if !self.held.iter().any(|held| held.request == request) || !self.make_room(bytes) {
            return;
        }
        match self.held.iter_mut().rev().find(|held| held.request == request) {
            Some(exchange) => add(exchange),
            // Making room has cost the exchange itself.
            None => self.give_back(bytes),
        }
    }

    /// Takes so many bytes more, and drops the oldest exchanges for that. False if they do not fit at all, and then nothing is dropped for them.
    fn make_room(&mut self, bytes: u64) -> bool {
        if bytes > self.bounds.attempt {
            return false;
        }
        while self.bytes + bytes > self.bounds.attempt || self.account.grow(bytes).is_err() {
            let Some(oldest) = self.held.pop_front() else { return false };
            let freed = BESIDE + size_of(&oldest.sent) + oldest.received.as_ref().map_or(0, size_of);
            self.give_back(freed);
        }
        self.bytes += bytes;
        true
    }

    fn give_back(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.account.shrink(bytes);
    }
}

impl Drop for HeldExchanges {
    fn drop(&mut self) {
        self.account.shrink(self.bytes);
    }
}

fn size_of(message: &MessageRecord) -> u64 {
    let header = |(name, value): &(String, String)| (name.len() + value.len()) as u64 + BESIDE;
    message.headers.iter().map(header).sum::<u64>() + message.body.content.len() as u64
}

impl Tape {
    /// How much of heads and bodies is kept; none if nothing is.
    pub(crate) fn evidence(&self) -> Option<EvidenceBounds> {
        let bounds = self.shared.bounds;
        (bounds.attempt > 0).then_some(bounds)
    }

    /// Notes what is sent.
    pub(crate) fn note_sent(&self, ticket: TrafficTicket, sent: MessageRecord) {
        if let Ok(request) = u32::try_from(ticket.place()) {
            self.shared.exchanges.lock().begin(request, sent);
        }
    }

    /// Notes the head of the answer.
    pub(crate) fn note_answered(&self, ticket: TrafficTicket, received: MessageRecord) {
        let Ok(request) = u32::try_from(ticket.place()) else { return };
        let bytes = size_of(&received);
        self.shared.exchanges.lock().add(request, bytes, |exchange| exchange.received = Some(received));
    }

    /// Notes the body of the answer, whose head was noted.
    pub(crate) fn note_body(&self, ticket: TrafficTicket, body: BodyRecord) {
        let Ok(request) = u32::try_from(ticket.place()) else { return };
        let bytes = body.content.len() as u64;
        self.shared.exchanges.lock().add(request, bytes, |exchange| {
            exchange.received.get_or_insert_default().body = body;
        });
    }

    /// What is held, in the order of the requests. Nothing is held afterwards.
    pub(super) fn take_exchanges(&self) -> Vec<ExchangeRecord> {
        let mut exchanges = self.shared.exchanges.lock();
        let bytes = std::mem::take(&mut exchanges.bytes);
        exchanges.account.shrink(bytes);
        let mut held: Vec<ExchangeRecord> = std::mem::take(&mut exchanges.held).into();
        held.sort_by_key(|exchange| exchange.request);
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Whose;

    fn message(bytes: usize) -> MessageRecord {
        let body = BodyRecord { content: vec![b'x'; bytes], ..BodyRecord::default() };
        MessageRecord { body, ..MessageRecord::default() }
    }

    #[test]
    fn the_last_ones_are_held_within_the_bound_and_given_back() {
        let account = MemoryAccount::of_runner(100_000);
        let bounds = EvidenceBounds { attempt: 1_000, ..EvidenceBounds::default() };
        let mut held = HeldExchanges::new(bounds, &account);
        for request in 0..5 {
            held.begin(request, message(36));
            held.add(request, 300, |exchange| exchange.received = Some(message(300)));
            assert!(held.bytes <= 1_000 && account.held() == held.bytes, "{}", held.bytes);
        }
        let left: Vec<(u32, bool)> = held.held.iter().map(|it| (it.request, it.received.is_some())).collect();
        assert_eq!(left, [(3, true), (4, true)]);
        held.begin(5, message(2_000));
        held.add(5, 1, |exchange| exchange.received = Some(message(1)));
        held.add(4, 2_000, |exchange| exchange.received = Some(message(2_000)));
        let left: Vec<u32> = held.held.iter().map(|it| it.request).collect();
        assert_eq!(left, [3, 4], "what does not fit at all costs nothing that does");
        drop(held);
        assert_eq!(account.held(), 0);
    }

    #[test]
    fn a_full_account_costs_exchanges_and_nothing_else() {
        let runner = MemoryAccount::of_runner(1_000);
        let run = runner.open(Whose::Run, u64::MAX, 0);
        let mut held = HeldExchanges::new(EvidenceBounds::default(), &run);
        held.begin(0, message(400));
        held.begin(1, message(400));
        assert_eq!(held.held.iter().map(|it| it.request).collect::<Vec<_>>(), [0, 1]);
        held.begin(2, message(800));
        assert_eq!(held.held.iter().map(|it| it.request).collect::<Vec<_>>(), [2]);
        assert_eq!((run.held(), run.open(Whose::Attempt, 100, 0).held()), (864, 0));
    }
}
