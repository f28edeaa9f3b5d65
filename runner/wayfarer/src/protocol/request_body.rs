//! One hop of a request as it travels.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfarer_model::trace_context::SpanId;
use wayfarer_model::traffic::{
    Blame, HttpFacts, Phase, Phases, TrafficError, TrafficErrorKind, TrafficKind, TrafficRecord,
};
use wayfarer_model::units::Micros;

/// One hop of one request
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RequestBody {
    /// The number of the innermost step that was open when it began
    pub(crate) step: Option<u32>,
    /// From the attempt's start, in microseconds
    pub(crate) started_us: u64,
    pub(crate) method: String,
    /// Secrets are replaced by their placeholders
    pub(crate) url: String,
    /// Known from the head of the response on
    pub(crate) status: Option<u16>,
    /// Why there is no complete answer
    pub(crate) error: Option<RequestErrorBody>,
    pub(crate) phases: PhasesBody,
    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`
    pub(crate) protocol: Option<String>,
    /// Address and port that were dialled
    pub(crate) remote_address: Option<String>,
    /// `TLSv1.2` or `TLSv1.3`
    pub(crate) tls_version: Option<String>,
    /// When the server's certificate expires, in unix milliseconds
    pub(crate) certificate_expires_ms: Option<i64>,
    /// Bytes of the body sent
    pub(crate) sent_bytes: u64,
    /// Bytes of the body received
    pub(crate) received_bytes: u64,
    /// Whether a kept connection served it
    pub(crate) reused: bool,
    /// Whether its answer was a redirect that was followed
    pub(crate) redirected: bool,
    /// The beginning of a text body whose status is 400 or above
    pub(crate) excerpt: Option<String>,
    /// The id of its span, as exported by OTLP; a host under `network.trace` got it in `traceparent`
    #[serde(default)]
    pub(crate) span_id: String,
}

/// Why a request has no complete answer
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RequestErrorBody {
    /// `denied`, `dns`, `connect`, `tls`, `credentials`, `clock`, `timeout`, `protocol`, `malformed`, `too-large`, `cancelled` or `other`
    #[schema(value_type = String)]
    pub(crate) kind: TrafficErrorKind,
    /// A sentence for people; a denial names the line to add
    pub(crate) message: String,
    /// The phase that exceeded its time limit: `dns`, `connect`, `tls`, `wait`, `receive` or `total`
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<Phase>,
    /// Whose fault it is: `target`, `journey` or `runner`
    #[schema(value_type = String)]
    pub(crate) blame: Blame,
}

/// How long each phase took, in microseconds; zero if it did not happen
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "in JSON each duration names its unit")]
pub(crate) struct PhasesBody {
    pub(crate) dns_us: u64,
    pub(crate) connect_us: u64,
    pub(crate) tls_us: u64,
    pub(crate) wait_us: u64,
    pub(crate) receive_us: u64,
    pub(crate) total_us: u64,
}

impl RequestBody {
    /// A record, and the span that it is in the run's trace.
    pub(super) fn new(record: TrafficRecord, span: SpanId) -> Self {
        let TrafficRecord {
            step,
            started_us,
            kind,
            error,
            phases,
            remote_address,
            tls_version,
            certificate_expires_ms,
            sent_bytes,
            received_bytes,
            reused,
        } = record;
        let HttpFacts { method, url, status, protocol, redirected, excerpt } = kind.as_request().into_owned();
        Self {
            step,
            started_us: started_us.0,
            method,
            url,
            status,
            error: error.map(Into::into),
            phases: phases.into(),
            protocol: protocol.map(Into::into),
            remote_address,
            tls_version: tls_version.map(Into::into),
            certificate_expires_ms,
            sent_bytes,
            received_bytes,
            reused,
            redirected,
            excerpt,
            span_id: span.to_string(),
        }
    }
}

impl From<RequestBody> for TrafficRecord {
    fn from(body: RequestBody) -> Self {
        let RequestBody {
            step,
            started_us,
            method,
            url,
            status,
            error,
            phases,
            protocol,
            remote_address,
            tls_version,
            certificate_expires_ms,
            sent_bytes,
            received_bytes,
            reused,
            redirected,
            excerpt,
            // It follows from the place.
            span_id: _,
        } = body;
        let protocol = protocol.map(Into::into);
        Self {
            step,
            started_us: Micros(started_us),
            kind: TrafficKind::of_request(HttpFacts { method, url, status, protocol, redirected, excerpt }),
            error: error.map(Into::into),
            phases: phases.into(),
            remote_address,
            tls_version: tls_version.map(Into::into),
            certificate_expires_ms,
            sent_bytes,
            received_bytes,
            reused,
        }
    }
}

impl From<TrafficError> for RequestErrorBody {
    fn from(TrafficError { kind, message, phase, blame }: TrafficError) -> Self {
        Self { kind, message, phase, blame }
    }
}

impl From<RequestErrorBody> for TrafficError {
    fn from(RequestErrorBody { kind, message, phase, blame }: RequestErrorBody) -> Self {
        Self { kind, message, phase, blame }
    }
}

impl From<Phases> for PhasesBody {
    fn from(phases: Phases) -> Self {
        let Phases { dns_us, connect_us, tls_us, wait_us, receive_us, total_us } = phases;
        let [dns_us, connect_us, tls_us, wait_us, receive_us, total_us] =
            [dns_us, connect_us, tls_us, wait_us, receive_us, total_us].map(|phase| phase.0);
        Self { dns_us, connect_us, tls_us, wait_us, receive_us, total_us }
    }
}

impl From<PhasesBody> for Phases {
    fn from(body: PhasesBody) -> Self {
        let PhasesBody { dns_us, connect_us, tls_us, wait_us, receive_us, total_us } = body;
        let [dns_us, connect_us, tls_us, wait_us, receive_us, total_us] =
            [dns_us, connect_us, tls_us, wait_us, receive_us, total_us].map(Micros);
        Self { dns_us, connect_us, tls_us, wait_us, receive_us, total_us }
    }
}
