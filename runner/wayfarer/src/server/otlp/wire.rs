//! The JSON of OTLP's `ExportTraceServiceRequest`, as far as Wayfarer says it: ids are hexadecimal, 64-bit numbers are texts, enums are
//! numbers (OpenTelemetry Protocol Specification, "JSON Protobuf Encoding").

use serde::Serialize;
use wayfarer_model::text::clip;
use wayfarer_model::trace_context::{SpanId, TraceId};

/// The longest text of an attribute, in bytes: receivers cut off or refuse more.
const LONGEST: usize = 2_048;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportRequest {
    pub(super) resource_spans: [ResourceSpans; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceSpans {
    pub(super) resource: Resource,
    pub(super) scope_spans: [ScopeSpans; 1],
    pub(super) schema_url: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Resource {
    pub(super) attributes: Attributes,
}

#[derive(Debug, Serialize)]
pub(super) struct ScopeSpans {
    pub(super) scope: Scope,
    pub(super) spans: Vec<Span>,
}

#[derive(Debug, Serialize)]
pub(super) struct Scope {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Span {
    #[serde(rename = "traceId", serialize_with = "text")]
    pub(super) trace: TraceId,
    #[serde(rename = "spanId", serialize_with = "text")]
    pub(super) id: SpanId,
    #[serde(
        rename = "parentSpanId",
        serialize_with = "text_if_there",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) parent: Option<SpanId>,
    pub(super) name: String,
    pub(super) kind: u8,
    #[serde(rename = "startTimeUnixNano", serialize_with = "text")]
    pub(super) start: u64,
    #[serde(rename = "endTimeUnixNano", serialize_with = "text")]
    pub(super) end: u64,
    pub(super) attributes: Attributes,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Event>,
    pub(super) status: Status,
}

/// Of [`Span::kind`].
pub(super) const INTERNAL: u8 = 1;
pub(super) const CLIENT: u8 = 3;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    #[serde(rename = "timeUnixNano", serialize_with = "text")]
    pub(super) at: u64,
    pub(super) name: &'static str,
    pub(super) attributes: Attributes,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Status {
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    code: u8,
}

impl Status {
    pub(super) fn ok() -> Self {
        Self { message: String::new(), code: 1 }
    }

    pub(super) fn error(message: &str) -> Self {
        Self { message: clip(message, LONGEST), code: 2 }
    }
}

/// Attributes in the order in which they were added.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Attributes(Vec<KeyValue>);

#[derive(Debug, Serialize)]
struct KeyValue {
    key: String,
    value: AnyValue,
}

#[derive(Debug, Serialize)]
enum AnyValue {
    #[serde(rename = "stringValue")]
    Text(String),
    #[serde(rename = "intValue")]
    Number(String),
    #[serde(rename = "boolValue")]
    Truth(bool),
}

impl Attributes {
    pub(super) fn text(mut self, key: impl Into<String>, value: impl AsRef<str>) -> Self {
        self.0.push(KeyValue { key: key.into(), value: AnyValue::Text(clip(value.as_ref(), LONGEST)) });
        self
    }

    /// Leaves it out if there is none.
    pub(super) fn text_if(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self,
        }
    }

    pub(super) fn number(mut self, key: impl Into<String>, value: u64) -> Self {
        self.0.push(KeyValue { key: key.into(), value: AnyValue::Number(value.to_string()) });
        self
    }

    /// Leaves it out if there is none.
    pub(super) fn number_if(self, key: &str, value: Option<u64>) -> Self {
        match value {
            Some(value) => self.number(key, value),
            None => self,
        }
    }

    pub(super) fn truth(mut self, key: &str, value: bool) -> Self {
        self.0.push(KeyValue { key: key.to_owned(), value: AnyValue::Truth(value) });
        self
    }
}

fn text<T: ToString, S: serde::Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&value.to_string())
}

#[expect(clippy::ref_option, reason = "serde hands it over so")]
fn text_if_there<T: ToString, S: serde::Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => text(value, to),
        None => to.serialize_none(),
    }
}
