//! The response and its body.

use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json_path;
use crate::bindings::wayfarer::journey::http as wit;
use crate::failure::Failure;
use crate::host;

/// Longest excerpt of a body in an error, in bytes.
const EXCERPT: usize = 200;

/// A response, whatever its status. Clones are cheap.
#[derive(Clone, Debug)]
pub struct Response {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    method: String,
    wire: wit::Response,
    discarded: bool,
}

/// The duration of each phase; zero if it did not happen, as on a kept connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Phases {
    /// Resolving the host name.
    pub dns: Duration,
    /// Opening the connection.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// From the request's first byte to the head of the response.
    pub wait: Duration,
    /// From the head of the response to its last byte.
    pub receive: Duration,
    /// The whole request.
    pub total: Duration,
}

impl Response {
    pub(super) fn new(method: &str, wire: wit::Response, discarded: bool) -> Self {
        Self { inner: Rc::new(Inner { method: method.to_owned(), wire, discarded }) }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.inner.wire.status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// The first header with that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers in the order received, names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.inner.wire.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The decoded body; only its first part if [`Response::truncated`].
    pub fn bytes(&self) -> &[u8] {
        &self.inner.wire.body
    }

    /// The size of the body on the wire in bytes, whether the SDK kept it or not.
    pub fn body_size(&self) -> u64 {
        self.inner.wire.body_size
    }

    /// Whether [`Response::bytes`] has only the first part of the body.
    pub fn truncated(&self) -> bool {
        self.inner.wire.truncated
    }

    /// The body as text. It must be UTF-8, or Latin-1 if the header `content-type` says so.
    #[track_caller]
    pub fn text(&self) -> Result<String, Failure> {
        let bytes = self.whole()?;
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Ok(text.to_owned());
        }
        let kind = self.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.contains("charset=iso-8859-1") || kind.contains("charset=\"iso-8859-1\"") {
            return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
        }
        Err(Failure::new(format!("{}: the body is not UTF-8: read it with `.bytes()`", self.asked())))
    }

    /// The body as JSON, read into a type.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        match serde_json::from_slice(self.whole()?) {
            Ok(value) => Ok(value),
            Err(error) => Err(Failure::new(format!(
                "{}: the body is not the expected JSON: {error}{}",
                self.asked(),
                self.excerpt()
            ))),
        }
    }

    /// Reads one value of a JSON body. A path has `$`, `.name`, `['a name']`, `[0]`, `[-1]`, and `[*]`, which
    /// collects a list from all elements.
    ///
    /// ```
    /// use wayfarer_sdk::prelude::*;
    ///
    /// fn walk(j: &Journey) -> Outcome {
    ///     j.step("catalogue", || {
    ///         let r = j.http().get("http://shop.test/catalogue").send()?;
    ///         let first: String = r.json_path("$.items[0].sku")?;
    ///         let prices: Vec<f64> = r.json_path("$.items[*].price")?;
    ///         check!(first == "A1");
    ///         check!(prices.len() == 2);
    ///         Ok(())
    ///     })
    /// }
    /// # use wayfarer_sdk::testing::{Fake, json};
    /// # let fake = Fake::new();
    /// # let items = json!([{"sku": "A1", "price": 1.5}, {"sku": "B2", "price": 2}]);
    /// # fake.on("GET", "/catalogue").answer(json(200, &json!({ "items": items })));
    /// # let report = fake.run(walk);
    /// # assert!(report.passed(), "{report}");
    /// ```
    #[track_caller]
    pub fn json_path<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let body: Value = self.json()?;
        let wrong = match json_path::select(&body, path) {
            Ok(found) => match serde_json::from_value(found.clone()) {
                Ok(value) => return Ok(value),
                Err(error) => format!("is {}: {error}", json_path::brief(&found)),
            },
            Err(wrong) => wrong,
        };
        Err(Failure::new(format!("{}: {path} {wrong}", self.asked())))
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &str {
        &self.inner.wire.url
    }

    /// The number of redirects that the client or the runner followed.
    pub fn redirects(&self) -> u32 {
        self.inner.wire.redirects
    }

    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub fn protocol(&self) -> &str {
        &self.inner.wire.protocol
    }

    /// The address and port that answered.
    pub fn remote_address(&self) -> &str {
        &self.inner.wire.remote_address
    }

    /// `TLSv1.2` or `TLSv1.3`; none without TLS.
    pub fn tls_version(&self) -> Option<&str> {
        self.inner.wire.tls_version.as_deref()
    }

    /// The instant at which the server's certificate expires, in unix milliseconds; none without TLS.
    pub fn certificate_expires_ms(&self) -> Option<i64> {
        self.inner.wire.certificate_expires_ms
    }

    /// How long the server's certificate is valid, counted from the slot; none without TLS.
    pub fn certificate_left(&self) -> Option<Duration> {
        let now_ms = i64::try_from(host::attempt().slot_ms).unwrap_or(i64::MAX);
        let left_ms = self.certificate_expires_ms()?.saturating_sub(now_ms);
        Some(Duration::from_millis(u64::try_from(left_ms).unwrap_or(0)))
    }

    /// The duration of each phase; after redirects, of the last hop.
    pub fn phases(&self) -> Phases {
        let phases = &self.inner.wire.phases;
        Phases {
            dns: Duration::from_micros(phases.dns_us),
            connect: Duration::from_micros(phases.connect_us),
            tls: Duration::from_micros(phases.tls_us),
            wait: Duration::from_micros(phases.wait_us),
            receive: Duration::from_micros(phases.receive_us),
            total: Duration::from_micros(phases.total_us),
        }
    }

    /// Method and URL, for the beginning of a message.
    pub(super) fn asked(&self) -> String {
        format!("{} {}", self.inner.method, self.url())
    }

    /// The body, or a failure if it is incomplete.
    #[track_caller]
    fn whole(&self) -> Result<&[u8], Failure> {
        let kept = self.bytes().len();
        if self.inner.discarded {
            return Err(Failure::new(format!("{}: `.discard_body()` discarded the body", self.asked())));
        }
        if self.truncated() {
            return Err(Failure::new(format!(
                "{}: the body was cut after {kept} of {} bytes: raise the limit with `.max_body(bytes)`",
                self.asked(),
                self.body_size()
            )));
        }
        Ok(self.bytes())
    }

    fn excerpt(&self) -> String {
        let shown = String::from_utf8_lossy(self.bytes().get(..EXCERPT).unwrap_or(self.bytes())).into_owned();
        if shown.is_empty() { "; it is empty".to_owned() } else { format!("; it begins {shown}") }
    }
}
