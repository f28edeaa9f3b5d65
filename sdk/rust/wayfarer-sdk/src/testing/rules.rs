//! Rules: which answer a request gets, by method and path, and in which order.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::answer::{Answer, Sent};
use crate::bindings::wayfarer::journey::http as wit;
use crate::http::{ErrorKind, Phase};

/// Creates an answer. The fake does not borrow its state during the call, because this may be the author's
/// function.
pub(crate) type Answering = Rc<dyn Fn(&Sent) -> Result<Answer, ErrorKind>>;

/// The rules of a fake. The last matching rule wins.
#[derive(Clone, Default)]
pub(super) struct Rules(Rc<RefCell<Vec<Scripted>>>);

struct Scripted {
    method: String,
    path: String,
    answers: Vec<Answering>,
    used: usize,
}

/// The answers to requests with one method and path. Returned by [`Fake::on`](super::Fake::on).
///
/// The fake sends the answers in the order given, and repeats the last one.
#[derive(Clone)]
pub struct Rule {
    rules: Rules,
    place: usize,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Rule {
    /// Adds an answer.
    // A chain may end with any of these methods.
    #[allow(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "it is set already")]
    pub fn answer(self, answer: Answer) -> Self {
        self.answer_with(move |_| answer.clone())
    }

    /// Adds the answer to the next request.
    #[allow(clippy::return_self_not_must_use, reason = "it is set already")]
    pub fn then(self, answer: Answer) -> Self {
        self.answer(answer)
    }

    /// Adds an answer that depends on the request.
    #[allow(clippy::return_self_not_must_use, reason = "it is set already")]
    pub fn answer_with(self, answering: impl Fn(&Sent) -> Answer + 'static) -> Self {
        self.push(Rc::new(move |sent| Ok(answering(sent))))
    }

    /// Adds an error in place of an answer.
    #[allow(clippy::return_self_not_must_use, reason = "it is set already")]
    pub fn fail(self, kind: ErrorKind) -> Self {
        self.push(Rc::new(move |_| Err(kind.clone())))
    }

    fn push(self, answering: Answering) -> Self {
        if let Some(scripted) = self.rules.0.borrow_mut().get_mut(self.place) {
            scripted.answers.push(answering);
        }
        self
    }
}

impl Rules {
    pub(super) fn add(&self, method: &str, path: &str) -> Rule {
        let mut rules = self.0.borrow_mut();
        rules.push(Scripted {
            method: method.to_owned(),
            path: path.to_owned(),
            answers: Vec::new(),
            used: 0,
        });
        Rule { rules: self.clone(), place: rules.len() - 1 }
    }

    /// Starts every rule at its first answer again.
    pub(super) fn rewind(&self) {
        for scripted in self.0.borrow_mut().iter_mut() {
            scripted.used = 0;
        }
    }

    /// Finds the answer to a request. If no rule matches, the answer is an error that shows how to write the rule.
    pub(super) fn find(&self, sent: &Sent) -> Answering {
        let mut rules = self.0.borrow_mut();
        let fitting = rules.iter_mut().rev().find(|rule| rule.fits(sent) && !rule.answers.is_empty());
        let Some(rule) = fitting else {
            let text = format!(
                "the fake has no answer: write `fake.on({:?}, {:?}).answer(..)`",
                sent.method,
                sent.path()
            );
            return Rc::new(move |_| Err(ErrorKind::Denied(text.clone())));
        };
        let place = rule.used.min(rule.answers.len() - 1);
        rule.used += 1;
        let unreachable: Answering = Rc::new(|_| Err(ErrorKind::Cancelled));
        rule.answers.get(place).map_or(unreachable, Rc::clone)
    }
}

impl Scripted {
    fn fits(&self, sent: &Sent) -> bool {
        let seen = if self.path.contains("://") { sent.url.as_str() } else { sent.path() };
        // A rule without a query matches every query.
        let seen = if self.path.contains('?') { seen } else { seen.split('?').next().unwrap_or(seen) };
        self.method.eq_ignore_ascii_case(&sent.method)
            && self.path.split('/').count() == seen.split('/').count()
            && self.path.split('/').zip(seen.split('/')).all(|(rule, seen)| rule == "*" || rule == seen)
    }
}

pub(super) fn to_wit(kind: ErrorKind) -> wit::Error {
    match kind {
        ErrorKind::Denied(text) => wit::Error::Denied(text),
        ErrorKind::Dns(text) => wit::Error::Dns(text),
        ErrorKind::Connect(text) => wit::Error::Connect(text),
        ErrorKind::Tls(text) => wit::Error::Tls(text),
        ErrorKind::Timeout(phase) => wit::Error::Timeout(match phase {
            Phase::Dns => wit::Phase::Dns,
            Phase::Connect => wit::Phase::Connect,
            Phase::Tls => wit::Phase::Tls,
            Phase::Wait => wit::Phase::Wait,
            Phase::Receive => wit::Phase::Receive,
            Phase::Total => wit::Phase::Total,
            Phase::Other(phase) => wit::Phase::Other(phase),
        }),
        ErrorKind::Protocol(text) => wit::Error::Protocol(text),
        ErrorKind::TooLarge(text) => wit::Error::TooLarge(text),
        ErrorKind::Cancelled => wit::Error::Cancelled,
        ErrorKind::Request(text) | ErrorKind::Other(text) => wit::Error::Other(text),
    }
}
