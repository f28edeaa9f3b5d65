//! One request of an attempt, with what was kept of its head and body, and that of its answer.

use wayfarer_model::exchange::{ExchangeRecord, MessageRecord};
use wayfarer_model::failure::Failure;
use wayfarer_model::report::Recording;
use wayfarer_model::traffic::TrafficRecord;

/// Headers of an answer that help to tell why it is not the expected one, in the order in which they are shown.
const TELLING: [&str; 7] = [
    "content-type",
    "content-encoding",
    "location",
    "retry-after",
    "www-authenticate",
    "x-request-id",
    "traceparent",
];

/// What is shown of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestView<'a> {
    pub(crate) record: &'a TrafficRecord,
    /// None if the runner kept nothing of it.
    pub(crate) exchange: Option<&'a ExchangeRecord>,
    /// Whether the failure is about it, so that a person should see its answer first.
    pub(crate) is_cause: bool,
}

/// The requests of a step, or of what is outside of steps, in the order sent. A failure that names none is about the last one.
pub(super) fn requests<'a>(
    recording: &'a Recording,
    step: Option<u32>,
    cause: Option<&Failure>,
) -> Vec<RequestView<'a>> {
    let own = (0..).zip(&recording.traffic).filter(|(_, record)| record.step == step);
    let mut views: Vec<(u32, RequestView<'a>)> = own
        .map(|(place, record)| {
            let exchange = recording.exchanges.iter().find(|exchange| exchange.request == place);
            (place, RequestView { record, exchange, is_cause: false })
        })
        .collect();
    let named = cause.and_then(|failure| failure.request);
    let about = match (cause, named) {
        (None, _) => None,
        (Some(_), Some(named)) => views.iter_mut().find(|(place, _)| *place == named),
        (Some(_), None) => views.last_mut(),
    };
    if let Some((_, view)) = about {
        view.is_cause = true;
    }
    views.into_iter().map(|(_, view)| view).collect()
}

/// The headers of an answer that are worth a line of their own.
pub(crate) fn telling_headers(message: &MessageRecord) -> impl Iterator<Item = (&str, &str)> {
    TELLING.iter().filter_map(|name| Some((*name, message.header(name)?)))
}
