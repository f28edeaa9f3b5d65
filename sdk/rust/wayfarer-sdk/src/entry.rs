//! The component's exports: what `#[journey]` registers, and how a call finds its journey.
//!
//! When the runner calls `run(name)`, the code of `journeys!` passes the component's list to [`run`]. The
//! entry with that name loads its parameters and calls the author's function.

use crate::bindings::exports::wayfarer::journey::guest::{Cleaned, Cleanup, Descriptor, Parameter, Secret};
use crate::bindings::wayfarer::journey::failures as wit;
use crate::failure::{Failure, FailureKind, Outcome};
use crate::journey::Journey;
use crate::params::Params;

/// The arguments of `#[journey]`. `wit/guest.wit` documents the fields, under `descriptor`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Meta {
    pub name: &'static str,
    pub title: &'static str,
    pub owner: &'static str,
    pub runbook: &'static str,
    pub schedule: Option<&'static str>,
    pub timezone: Option<&'static str>,
    pub timeout_ms: Option<u32>,
    pub retries: Option<u32>,
    pub tags: &'static [&'static str],
    pub steps: &'static [&'static str],
    pub hosts: &'static [&'static str],
    pub cleanups: &'static [&'static str],
}

/// One journey of a component.
#[doc(hidden)]
#[derive(Debug)]
pub struct Entry {
    pub meta: Meta,
    /// The parameters and secrets of the function's second argument.
    pub needs: fn() -> Needs,
    /// Loads the parameters and calls the author's function.
    pub walk: fn(&Journey) -> Outcome,
}

/// The parameters and secrets that a journey reads.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Needs {
    pub parameters: Vec<Parameter>,
    pub secrets: Vec<Secret>,
}

/// A function that is a journey: `fn(&Journey) -> Outcome`, or `fn(&Journey, P) -> Outcome` where `P` is
/// [`Params`].
///
/// `Marker` distinguishes the two and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the function of a journey",
    label = "expected `fn(&Journey) -> Outcome`, or `fn(&Journey, P) -> Outcome` where `P: Params`",
    note = "write `#[derive(Params)]` above the struct of the parameters"
)]
pub trait Walk<Marker> {
    #[doc(hidden)]
    fn needs() -> Needs;
    #[doc(hidden)]
    fn walk(&self, journey: &Journey) -> Outcome;
}

impl<F: Fn(&Journey) -> Outcome> Walk<()> for F {
    fn needs() -> Needs {
        Needs::default()
    }

    fn walk(&self, journey: &Journey) -> Outcome {
        self(journey)
    }
}

impl<P: Params, F: Fn(&Journey, P) -> Outcome> Walk<(P,)> for F {
    fn needs() -> Needs {
        Needs { parameters: P::parameters(), secrets: P::secrets() }
    }

    fn walk(&self, journey: &Journey) -> Outcome {
        self(journey, P::load()?)
    }
}

/// Calls [`Walk::needs`] for a function item, because its type has no name.
pub fn needs<Marker, F: Walk<Marker>>(_: F) -> Needs {
    F::needs()
}

#[doc(hidden)]
pub fn walk<Marker, F: Walk<Marker>>(function: &F, journey: &Journey) -> Outcome {
    function.walk(journey)
}

/// Whether no earlier entry has the name of the entry at `index`. The compiler evaluates it.
pub const fn is_unique(entries: &[Entry], index: usize) -> bool {
    let mut other = 0;
    while other < index {
        if let (Some(one), Some(two)) = (name_of(entries, index), name_of(entries, other))
            && same(one.as_bytes(), two.as_bytes())
        {
            return false;
        }
        other += 1;
    }
    true
}

const fn name_of(entries: &[Entry], index: usize) -> Option<&'static str> {
    let (_, from) = entries.split_at(index);
    match from.first() {
        Some(entry) => Some(entry.meta.name),
        None => None,
    }
}

const fn same(mut one: &[u8], mut two: &[u8]) -> bool {
    loop {
        match (one.split_first(), two.split_first()) {
            (Some((a, rest_one)), Some((b, rest_two))) if *a == *b => {
                one = rest_one;
                two = rest_two;
            }
            (None, None) => return true,
            _ => return false,
        }
    }
}

#[doc(hidden)]
pub fn describe(entries: &[Entry]) -> Vec<Descriptor> {
    entries.iter().map(descriptor).collect()
}

fn descriptor(entry: &Entry) -> Descriptor {
    let Meta {
        name,
        title,
        owner,
        runbook,
        schedule,
        timezone,
        timeout_ms,
        retries,
        tags,
        steps,
        hosts,
        cleanups,
    } = &entry.meta;
    let Needs { parameters, secrets } = (entry.needs)();
    Descriptor {
        name: (*name).to_owned(),
        title: (*title).to_owned(),
        owner: (*owner).to_owned(),
        runbook: (*runbook).to_owned(),
        schedule: schedule.map(ToOwned::to_owned),
        timezone: timezone.map(ToOwned::to_owned),
        timeout_ms: *timeout_ms,
        retries: *retries,
        tags: owned(tags),
        steps: owned(steps),
        parameters,
        secrets,
        hosts: owned(hosts),
        cleanups: owned(cleanups),
        extensions: Vec::new(),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[doc(hidden)]
#[allow(clippy::result_large_err, reason = "the type is the interface's")]
pub fn run(entries: &[Entry], name: &str) -> Result<(), wit::Failure> {
    #[cfg(target_arch = "wasm32")]
    crate::panics::install();
    let Some(entry) = entries.iter().find(|entry| entry.meta.name == name) else {
        let known: Vec<_> = entries.iter().map(|entry| entry.meta.name).collect();
        let message = format!("no journey `{name}` in this component, which has: {}", known.join(", "));
        return Err(Failure::at(FailureKind::Error, message, None).to_wit());
    };
    let outcome = (entry.walk)(&Journey::new());
    // Nothing runs when a component ends. Without this, output that lacks a final newline would be lost.
    drop(std::io::Write::flush(&mut std::io::stdout()));
    outcome.map_err(|failure| failure.to_wit())
}

/// A later version adds functions for kinds of cleanup.
#[allow(clippy::result_large_err, reason = "the type is the interface's")]
pub fn clean(cleanup: &Cleanup) -> Result<Cleaned, wit::Failure> {
    let message = format!("no cleanup of kind `{}` in this component", cleanup.kind);
    Err(Failure::at(FailureKind::Error, message, None).to_wit())
}
