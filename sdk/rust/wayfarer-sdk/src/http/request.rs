//! The request builder.

use std::rc::Rc;
use std::time::Duration;

use serde::Serialize;

use super::options::{Options, Redirects, Timeouts};
use super::{Client, Error, Multipart, Response, body, exchange};
use crate::url::Url;

/// A request. Methods such as [`Client::get`] create it, and [`Request::send`] sends it.
///
/// If the URL or the body is invalid, `send` returns the error.
#[derive(Clone, Debug)]
#[must_use = "call `send` to send the request"]
pub struct Request {
    pub(super) method: String,
    /// The author's text, for errors about the URL.
    pub(super) path: String,
    pub(super) target: Result<Url, String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Result<Vec<u8>, String>,
    pub(super) options: Rc<Options>,
    pub(super) jar: Option<u32>,
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
            jar: client.jar,
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(Rc::make_mut(&mut self.options));
        self
    }

    /// Sends this header. It replaces a header with the same name.
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
        let body = serde_json::to_vec(value).map_err(|error| format!("cannot encode the JSON body: {error}"));
        self.content("application/json", body)
    }

    /// Sends a flat struct or a `json!` object as a form.
    pub fn form(self, fields: &impl Serialize) -> Self {
        let body = body::form(fields).map(String::into_bytes);
        self.content("application/x-www-form-urlencoded", body)
    }

    /// Sends a form with fields and files.
    pub fn multipart(self, form: &Multipart) -> Self {
        let (media_type, body) = form.encode();
        self.content(&media_type, Ok(body))
    }

    /// Sends these bytes.
    pub fn body(self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.content(media_type, Ok(bytes.into()))
    }

    /// Limits the duration of the request, redirects included.
    pub fn timeout(self, total: Duration) -> Self {
        self.change(|options| options.timeouts.total = Some(total))
    }

    /// Limits the duration of each phase.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        self.change(|options| options.timeouts = timeouts)
    }

    /// Sets how to handle redirects.
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.change(|options| options.redirects = redirects)
    }

    /// Keeps at most this many bytes of the decoded body; 16 MiB by default. The runner receives and counts the rest, and
    /// drops it.
    pub fn max_body(self, bytes: u32) -> Self {
        self.change(|options| options.max_body = Some(bytes))
    }

    /// Stops at the limit of [`Request::max_body`] and closes the connection, instead of receiving the rest: for bodies that
    /// do not end.
    pub fn cut(self) -> Self {
        self.change(|options| options.cuts = true)
    }

    /// Receives and counts the body, but keeps none of it.
    pub fn discard_body(self) -> Self {
        self.max_body(0)
    }

    /// Sends the request and waits for the whole response. A response with any status is `Ok`.
    pub fn send(self) -> Result<Response, Error> {
        exchange::send(self)
    }
}
