//! Failures of steps and journeys, with the author's file and line.
//!
//! A check, `?` on an error, `bail!` and a panic all produce a [`Failure`]. The runner gets it twice: with
//! the step that it ended, and as the result of the journey.

use std::any::Any;
use std::fmt;
use std::panic::Location;

use crate::bindings::wayfarer::journey::failures as wit;
use crate::http;

/// What a journey returns: `Ok(())`, or why it failed.
pub type Outcome = Result<(), Failure>;

/// The result of a step or of a journey's own functions.
pub type Result<T = (), E = Failure> = std::result::Result<T, E>;

/// What caused a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// An expectation did not hold.
    Check,
    /// The code panicked.
    Panic,
    /// A condition that the journey needs did not hold. It says nothing about the target.
    Unmet,
    /// The journey's own code asked for what cannot be: a URL that is none, a malformed JSON path.
    Misuse,
    /// A parameter or a secret has no value, or one that cannot be read.
    Parameter,
    /// Any other cause.
    Error,
}

impl FailureKind {
    fn to_wit(self) -> wit::FailureKind {
        match self {
            Self::Check => wit::FailureKind::Check,
            Self::Panic => wit::FailureKind::Panic,
            Self::Unmet => wit::FailureKind::Unmet,
            Self::Misuse => wit::FailureKind::Other("misuse".to_owned()),
            Self::Parameter => wit::FailureKind::Other("parameter".to_owned()),
            Self::Error => wit::FailureKind::Error,
        }
    }
}

/// Why a step or a journey failed.
///
/// `?` converts any [`std::error::Error`] into a failure that names the line of the `?`:
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn port(text: &str) -> Result<u16> {
///     Ok(text.parse()?)
/// }
///
/// let failure = port("eighty").unwrap_err();
/// assert_eq!(failure.message(), "invalid digit found in string");
/// assert!(failure.location().is_some());
/// ```
///
/// `Failure` itself does not implement `std::error::Error`, because that would forbid the conversion.
#[derive(Clone)]
pub struct Failure(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: FailureKind,
    message: String,
    location: Option<Place>,
    actual: Option<String>,
    expected: Option<String>,
    eventually: bool,
    permanent: bool,
    /// The number of the request that it is about.
    request: Option<u32>,
}

/// A place in the author's source. Owned, because the location of a panic is borrowed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Place {
    file: String,
    line: u32,
    column: u32,
}

impl From<&Location<'_>> for Place {
    fn from(location: &Location<'_>) -> Self {
        Self { file: location.file().to_owned(), line: location.line(), column: location.column() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Place {
    pub(crate) fn to_wit(&self) -> wit::SourceLocation {
        wit::SourceLocation { file: self.file.clone(), line: self.line, column: self.column }
    }
}

impl Failure {
    /// Creates a failure with this message and the caller's line.
    ///
    /// ```
    /// # use wayfarer_sdk::Failure;
    /// let failure = Failure::new("the response has no token");
    /// assert_eq!(failure.message(), "the response has no token");
    /// ```
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self::at(FailureKind::Error, message.into(), Some(Location::caller().into()))
    }

    /// Creates a failure that says nothing about the target: a condition that the journey needs does not hold, such as an
    /// account that a person must set up. The run is `broken`.
    #[track_caller]
    pub fn unmet(message: impl Into<String>) -> Self {
        Self::at(FailureKind::Unmet, message.into(), Some(Location::caller().into())).permanent()
    }

    pub(crate) fn at(kind: FailureKind, message: String, location: Option<Place>) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            location,
            actual: None,
            expected: None,
            eventually: false,
            permanent: false,
            request: None,
        }))
    }

    pub(crate) fn with_values(mut self, actual: Option<String>, expected: Option<String>) -> Self {
        self.0.actual = actual;
        self.0.expected = expected;
        self
    }

    /// Says that the journey's own code is wrong, which another try cannot change.
    pub(crate) fn misuse(mut self) -> Self {
        self.0.kind = FailureKind::Misuse;
        self.permanent()
    }

    /// Says which request it is about.
    pub(crate) fn about(mut self, request: Option<u32>) -> Self {
        self.0.request = request;
        self
    }

    /// Puts `context` and a colon before the message.
    ///
    /// ```
    /// # use wayfarer_sdk::Failure;
    /// let failure = Failure::new("it has no member `id`").context("cannot read the order");
    /// assert_eq!(failure.message(), "cannot read the order: it has no member `id`");
    /// ```
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message);
        self
    }

    /// Marks a failure that another try cannot change. `eventually` then gives up at once.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }

    pub(crate) fn is_permanent(&self) -> bool {
        self.0.permanent
    }

    pub(crate) fn waited(mut self, how_long: &str, tries: u32) -> Self {
        let tries = if tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
        self.0.message = format!("{} (after {how_long}, {tries})", self.0.message);
        self.0.eventually = true;
        self
    }

    /// The message, without location and values.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What caused it.
    pub fn kind(&self) -> FailureKind {
        self.0.kind
    }

    /// The actual value, if the journey compared two values.
    pub fn actual(&self) -> Option<&str> {
        self.0.actual.as_deref()
    }

    /// The expected value, if the journey compared two values.
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// The place in the source, as `file:line:column`.
    pub fn location(&self) -> Option<String> {
        self.0.location.as_ref().map(ToString::to_string)
    }

    /// Whether `eventually` returned it after its last try.
    pub fn ended_a_wait(&self) -> bool {
        self.0.eventually
    }

    pub(crate) fn to_wit(&self) -> wit::Failure {
        wit::Failure {
            message: self.0.message.clone(),
            kind: self.0.kind.to_wit(),
            request: self.0.request,
            eventually: self.0.eventually,
            source: self.0.location.as_ref().map(Place::to_wit),
            actual: self.0.actual.clone(),
            expected: self.0.expected.clone(),
            extensions: Vec::new(),
        }
    }
}

impl<E: std::error::Error + 'static> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        let known: &dyn Any = &error;
        let sent = known.downcast_ref::<http::Error>();
        let permanent = sent.is_some_and(http::Error::is_permanent);
        let is_misuse = sent.is_some_and(|sent| matches!(sent.kind(), http::ErrorKind::Request(_)));
        let failure = Self::at(FailureKind::Error, with_sources(&error), Some(Location::caller().into()));
        let failure = failure.about(sent.and_then(http::Error::request));
        match (is_misuse, permanent) {
            (true, _) => failure.misuse(),
            (false, true) => failure.permanent(),
            (false, false) => failure,
        }
    }
}

/// The error's text and those of its sources, except where one repeats the other.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(actual) = &self.0.actual {
            write!(f, "\n  actual: {actual}")?;
        }
        if let Some(expected) = &self.0.expected {
            write!(f, "\nexpected: {expected}")?;
        }
        if let Some(location) = &self.0.location {
            write!(f, "\n    at {location}")?;
        }
        Ok(())
    }
}

/// Prints the same as [`Display`](fmt::Display), because a test that returns an [`Outcome`] prints it by `Debug`.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
