//! One request, built step by step.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::options::{Options, Redirects, Timeouts};
use super::{Client, Error, Multipart, Response, body, exchange};
use crate::http::cookies::Jar;
use crate::url::Url;

/// One request; made by [`Client::get`] and its like, sent by [`Request::send`].
///
/// What is wrong with it (no whole URL, a body that cannot be written) is reported by `send`.
#[derive(Clone, Debug)]
#[must_use = "it is not sent until `send` is called"]
pub struct Request {
    pub(super) method: String,
    /// As the author wrote it, for errors about the URL itself.
    pub(super) path: String,
    pub(super) target: Result<Url, String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Result<Vec<u8>, String>,
    pub(super) options: Rc<Options>,
    pub(super) jar: Option<Jar>,
}

impl Request {
    pub(super) fn new(client: &Client, method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            target: client.resolve(path),
            query: Vec::new(),
            body: Ok(Vec::new()),
            options: Rc::clone(&client.options),
            jar: client.jar.clone(),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(Rc::make_mut(&mut self.options));
        self
    }

    /// Sends this header; a header of the same name is replaced.
    pub fn header(self, name: &str, value: impl Into<String>) -> Self {
        self.change(|options| options.set_header(name, value.into()))
    }

    /// Sends `Authorization: Bearer ..`.
    pub fn bearer(self, token: impl AsRef<str>) -> Self {
        self.change(|options| options.set_bearer(token.as_ref()))
    }

    /// Sends `Authorization: Basic ..`.
    pub fn basic(self, user: impl AsRef<str>, password: impl AsRef<str>) -> Self {
        self.change(|options| options.set_basic(user.as_ref(), password.as_ref()))
    }

    /// Adds a pair to the query, percent-encoded.
    #[expect(clippy::needless_pass_by_value, reason = "a number is written as it is")]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    fn content(mut self, media_type: &str, body: Result<Vec<u8>, String>) -> Self {
        self.body = body;
        // A content type that the author set stays.
        if self.options.has_header("content-type") {
            return self;
        }
        self.header("content-type", media_type)
    }

    /// Sends this as JSON.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(value).map_err(|error| format!("the JSON body: {error}"));
        self.content("application/json", body)
    }

    /// Sends this as a form: a flat struct or `json!` object.
    pub fn form(self, fields: &impl Serialize) -> Self {
        let body = body::form(fields).map(String::into_bytes);
        self.content("application/x-www-form-urlencoded", body)
    }

    /// Sends this as a form of fields and files.
    pub fn multipart(self, form: &Multipart) -> Self {
        let (media_type, body) = form.encode();
        self.content(&media_type, Ok(body))
    }

    /// Sends these bytes.
    pub fn body(self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.content(media_type, Ok(bytes.into()))
    }

    /// Limits the whole, redirects included.
    pub fn timeout(self, total: Duration) -> Self {
        self.change(|options| options.timeouts.total = Some(total))
    }

    /// Limits each phase.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        self.change(|options| options.timeouts = timeouts)
    }

    /// What to do with redirects.
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.change(|options| options.redirects = redirects)
    }

    /// Keeps at most so many bytes of the body; the rest is received, counted and dropped.
    pub fn max_body(self, bytes: u64) -> Self {
        self.change(|options| options.max_body = Some(bytes))
    }

    /// Lets a compressed body grow to at most so many bytes (16 MiB unless said).
    pub fn max_decoded(self, bytes: usize) -> Self {
        self.change(|options| options.max_decoded = bytes)
    }

    /// Receives the body and counts it, yet keeps none of it.
    pub fn discard_body(self) -> Self {
        self.change(|options| options.discard_body = true)
    }

    /// Sends it and waits for the whole answer. Any status is an answer; an error is none at all.
    pub fn send(self) -> Result<Response, Error> {
        exchange::send(self)
    }
}
