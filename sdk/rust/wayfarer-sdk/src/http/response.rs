//! The response. It stays with the runner: this file asks for a part of it when the journey does.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::path;
use crate::bindings::wayfarer::journey::http as wit;
use crate::failure::Failure;
use crate::{host, recorder};

/// Longest excerpt of a body in an error, in bytes.
const EXCERPT: u32 = 200;

/// A response, whatever its status. Clones are cheap. The runner keeps the body until the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Response {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    method: String,
    /// As asked for, before redirects.
    asked: String,
    head: wit::Response,
    details: OnceCell<wit::ResponseDetails>,
    body: OnceCell<Vec<u8>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        host::release(self.head.id);
    }
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
    pub(super) fn new(method: String, asked: String, head: wit::Response) -> Self {
        let (details, body) = (OnceCell::new(), OnceCell::new());
        Self { inner: Rc::new(Inner { method, asked, head, details, body }) }
    }

    fn id(&self) -> u32 {
        self.inner.head.id
    }

    /// What the journey looks at: the next check is about it.
    fn head(&self) -> &wit::Response {
        recorder::read(self.id());
        &self.inner.head
    }

    fn details(&self) -> &wit::ResponseDetails {
        recorder::read(self.id());
        self.inner.details.get_or_init(|| host::details(self.id()))
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.head().status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// The first header with that name, in any case.
    pub fn header(&self, name: &str) -> Option<String> {
        host::header(self.head().id, name)
    }

    /// All headers in the order received, names in lower case.
    pub fn headers(&self) -> Vec<(String, String)> {
        host::headers(self.head().id)
    }

    /// The decoded body; only its first part if [`Response::is_truncated`].
    pub fn bytes(&self) -> &[u8] {
        recorder::read(self.id());
        self.inner.body.get_or_init(|| host::body(self.id(), 0, u32::MAX))
    }

    /// The size of [`Response::bytes`].
    pub fn body_size(&self) -> u32 {
        self.head().body_size
    }

    /// The size of the body on the wire in bytes, whether the runner kept it or not.
    pub fn wire_size(&self) -> u32 {
        self.details().wire_size
    }

    /// The encoding that the runner undid, such as `gzip`; none if the body came as it is.
    pub fn decoded(&self) -> Option<&str> {
        self.details().decoded.as_deref()
    }

    /// Whether [`Response::bytes`] has only the first part of the body.
    pub fn is_truncated(&self) -> bool {
        self.head().is_truncated
    }

    /// The body as text, by the charset that the response declares; UTF-8 by default.
    #[track_caller]
    pub fn text(&self) -> Result<String, Failure> {
        self.check_whole()?;
        Ok(host::text(self.id()))
    }

    /// The body as JSON, read into a type.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.check_whole()?;
        // By its text, because a body may have another charset or a byte order mark.
        match serde_json::from_str(&host::text(self.id())) {
            Ok(value) => Ok(value),
            Err(error) => {
                Err(self.failure(&format!("the body is not the expected JSON: {error}{}", self.excerpt())))
            }
        }
    }

    /// Reads values of a JSON body, by a path of RFC 9535 such as `$.items[0].name`. A path that may select several values,
    /// such as `$.items[*].price`, gives a list.
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
        self.check_whole()?;
        let found = match host::json(self.id(), path) {
            Ok(found) => found,
            Err(wit::JsonError::NotJson(why)) => {
                return Err(self.failure(&format!("the body is not JSON: {why}{}", self.excerpt())));
            }
            Err(wit::JsonError::Path(why)) => return Err(self.failure(&why).misuse()),
            Err(wit::JsonError::Other(why)) => return Err(self.failure(&why)),
        };
        let value = match (path::selects_several(path), found.first()) {
            (true, _) => format!("[{}]", found.join(",")),
            (false, Some(value)) => value.clone(),
            (false, None) => {
                return Err(self.failure(&format!("{path} matches nothing{}", self.nearest(path))));
            }
        };
        let read = serde_json::from_str(&value);
        read.map_err(|error| self.failure(&format!("{path} is {}: {error}", path::brief(&value))))
    }

    /// What stands at the longest part of a path that leads somewhere.
    fn nearest(&self, path: &str) -> String {
        let shorter = path::shorter(path);
        let found = shorter.into_iter().find_map(|part| {
            let values = host::json(self.id(), part).ok()?;
            values.first().map(|value| format!(": {part} is {}", path::brief(value)))
        });
        found.unwrap_or_default()
    }

    /// The URL that answered, after redirects.
    pub fn url(&self) -> &str {
        &self.details().url
    }

    /// The number of redirects that the runner followed.
    pub fn redirects(&self) -> u32 {
        self.details().redirects
    }

    /// `HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.
    pub fn protocol(&self) -> &str {
        &self.details().protocol
    }

    /// The address and port that answered.
    pub fn remote_address(&self) -> &str {
        &self.details().remote_address
    }

    /// `TLSv1.2` or `TLSv1.3`; none without TLS.
    pub fn tls_version(&self) -> Option<&str> {
        self.details().tls_version.as_deref()
    }

    /// The instant at which the server's certificate expires, in unix milliseconds; none without TLS.
    #[expect(clippy::cast_possible_truncation, reason = "a whole number, far below 2^53")]
    pub fn certificate_expires_ms(&self) -> Option<i64> {
        self.details().certificate_expires_ms.map(|ms| ms as i64)
    }

    /// How long the server's certificate is valid, counted from the slot; none without TLS.
    pub fn certificate_left(&self) -> Option<Duration> {
        let left_ms = (self.details().certificate_expires_ms? - host::attempt().slot_ms).max(0.0);
        Some(Duration::from_secs_f64(left_ms / 1_000.0))
    }

    /// The duration of each phase; after redirects, of the last hop.
    pub fn phases(&self) -> Phases {
        let phases = &self.details().phases;
        let us = |us: u32| Duration::from_micros(us.into());
        Phases {
            dns: us(phases.dns_us),
            connect: us(phases.connect_us),
            tls: us(phases.tls_us),
            wait: us(phases.wait_us),
            receive: us(phases.receive_us),
            total: us(phases.total_us),
        }
    }

    /// Method and URL, for the beginning of a message.
    pub(super) fn asked(&self) -> String {
        format!("{} {}", self.inner.method, self.inner.asked)
    }

    /// The number of the request.
    pub(crate) fn number(&self) -> u32 {
        self.id()
    }

    #[track_caller]
    fn failure(&self, what: &str) -> Failure {
        Failure::new(format!("{}: {what}", self.asked())).about(Some(self.id()))
    }

    /// A failure if the body is incomplete.
    #[track_caller]
    fn check_whole(&self) -> Result<(), Failure> {
        if self.is_truncated() && self.body_size() == 0 {
            return Err(self.failure("`.discard_body()` discarded the body").misuse());
        }
        if self.is_truncated() {
            let (kept, wire) = (self.body_size(), self.wire_size());
            return Err(self.failure(&format!(
                "the body was cut after {kept} bytes, of {wire} on the wire: raise the limit with `.max_body(bytes)`"
            )));
        }
        Ok(())
    }

    fn excerpt(&self) -> String {
        let shown = host::body(self.id(), 0, EXCERPT);
        let shown = String::from_utf8_lossy(&shown);
        if shown.is_empty() { "; it is empty".to_owned() } else { format!("; it begins {shown}") }
    }
}
