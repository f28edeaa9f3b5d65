//! A journey as the component offers it: what `#[journey]` registers, and how a run finds and walks it.
//!
//! The way of one call: the runner calls `run(name)`; the glue of `journeys!` hands the component's
//! list to [`run`]; the entry loads its parameters and calls the author's function.

use crate::bindings::exports::wayfarer::journey::guest::{Cleaned, Cleanup, Descriptor, Parameter};
use crate::bindings::wayfarer::journey::failures as wit;
use crate::failure::{Failure, FailureKind, Outcome};
use crate::journey::Journey;
use crate::params::Params;

/// What `#[journey]` says about a journey; its fields are those of the descriptor.
#[derive(Debug)]
pub struct Meta {
    /// Unique in the component.
    pub name: &'static str,
    /// One sentence for people.
    pub title: &'static str,
    /// Default schedule.
    pub schedule: Option<&'static str>,
    /// IANA timezone.
    pub timezone: Option<&'static str>,
    /// The longest that one attempt may take.
    pub timeout_ms: Option<u64>,
    /// Words to select by.
    pub tags: &'static [&'static str],
    /// Names of the steps, as far as known.
    pub steps: &'static [&'static str],
    /// Hosts it means to call.
    pub hosts: &'static [&'static str],
    /// Kinds of cleanup.
    pub cleanups: &'static [&'static str],
    /// What has no field of its own, such as retries.
    pub extensions: &'static [(&'static str, &'static str)],
}

/// One journey of a component.
#[derive(Debug)]
pub struct Entry {
    /// What the attribute says.
    pub meta: Meta,
    /// What the parameters' type says.
    pub needs: fn() -> Needs,
    /// Loads the parameters and calls the author's function.
    pub walk: fn(&Journey) -> Outcome,
}

/// What a journey reads.
#[derive(Debug, Default)]
pub struct Needs {
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The names of its secrets.
    pub secrets: Vec<String>,
}

/// A function that is a journey: `fn(&Journey) -> Outcome`, or with a second argument that is
/// [`Params`].
///
/// `Marker` keeps the two apart and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the function of a journey",
    label = "not `fn(&Journey) -> Outcome`, nor `fn(&Journey, P) -> Outcome` where `P: Params`",
    note = "a struct becomes `Params` by `#[derive(Params)]`"
)]
pub trait Walk<Marker> {
    /// What it reads.
    #[doc(hidden)]
    fn needs() -> Needs;
    /// Walks it once.
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

/// [`Walk::needs`] of a function item, whose type cannot be written.
pub fn needs<Marker, F: Walk<Marker>>(_: F) -> Needs {
    F::needs()
}

/// [`Walk::walk`] of a function item.
pub fn walk<Marker, F: Walk<Marker>>(function: &F, journey: &Journey) -> Outcome {
    function.walk(journey)
}

/// Whether no other entry has the name of the one at `index`; evaluated by the compiler.
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

/// The component's answer to `describe`.
pub fn describe(entries: &[Entry]) -> Vec<Descriptor> {
    entries.iter().map(descriptor).collect()
}

fn descriptor(entry: &Entry) -> Descriptor {
    let Meta { name, title, schedule, timezone, timeout_ms, tags, steps, hosts, cleanups, extensions } =
        &entry.meta;
    let Needs { parameters, secrets } = (entry.needs)();
    Descriptor {
        name: (*name).to_owned(),
        title: (*title).to_owned(),
        schedule: schedule.map(ToOwned::to_owned),
        timezone: timezone.map(ToOwned::to_owned),
        timeout_ms: *timeout_ms,
        tags: owned(tags),
        steps: owned(steps),
        parameters,
        secrets,
        hosts: owned(hosts),
        cleanups: owned(cleanups),
        extensions: extensions.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The component's answer to `run`.
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
    // A component is not told that it ends: what is printed without a newline would be lost.
    drop(std::io::Write::flush(&mut std::io::stdout()));
    outcome.map_err(|failure| failure.to_wit())
}

/// The component's answer to `clean`. Functions for kinds of cleanup come with a later version.
#[allow(clippy::result_large_err, reason = "the type is the interface's")]
pub fn clean(cleanup: &Cleanup) -> Result<Cleaned, wit::Failure> {
    let message = format!("no cleanup of kind `{}` in this component", cleanup.kind);
    Err(Failure::at(FailureKind::Error, message, None).to_wit())
}
