//! The client: the default settings of requests, and their cookie jar.

use std::rc::Rc;
use std::time::Duration;

use super::options::{Options, Redirects, Timeouts};
use super::request::Request;
use super::{Error, Response, exchange};
use crate::host;
use crate::url::{Url, UrlError, is_absolute};

/// Default settings for requests. Every setting returns a changed copy. Copies are cheap and share one cookie
/// jar.
///
/// ```
/// use wayfarer_sdk::prelude::*;
///
/// fn walk(j: &Journey) -> Outcome {
///     let api = j.http().base_url("http://shop.test/api").header("accept-language", "de");
///     j.step("catalogue", || {
///         let r = api.get("/catalogue").query("page", 2).send()?.expect_status(200)?;
///         check!(r.json_path::<u32>("$.count")? > 0);
///         Ok(())
///     })
/// }
/// # use wayfarer_sdk::testing::{Fake, json};
/// # let fake = Fake::new();
/// # fake.on("GET", "/api/catalogue?page=2").answer(json(200, &json!({"count": 3})));
/// # let report = fake.run(walk);
/// # assert!(report.passed(), "{report}");
/// ```
#[derive(Clone, Debug)]
#[must_use = "a setting returns a changed copy"]
pub struct Client {
    pub(super) base: Option<Rc<Result<Url, UrlError>>>,
    pub(super) options: Rc<Options>,
    pub(super) jar: Option<u32>,
}

impl Client {
    pub(crate) fn new(jar: u32) -> Self {
        Self { base: None, options: Rc::default(), jar: Some(jar) }
    }

    /// Puts this URL before the path of every request: `http://host/api` and `/orders` become
    /// `http://host/api/orders`. If the URL is invalid, sending a request returns the error.
    pub fn base_url(&self, url: impl AsRef<str>) -> Self {
        Self { base: Some(Rc::new(Url::parse(url.as_ref()))), ..self.clone() }
    }

    fn change(&self, change: impl FnOnce(&mut Options)) -> Self {
        let mut changed = self.clone();
        change(Rc::make_mut(&mut changed.options));
        changed
    }

    /// Sends this header with every request. It replaces a header with the same name.
    pub fn header(&self, name: &str, value: impl Into<String>) -> Self {
        self.change(|options| options.set_header(name, value.into()))
    }

    /// Sends `Authorization: Bearer ..` with every request.
    pub fn bearer(&self, token: impl AsRef<str>) -> Self {
        self.change(|options| options.set_bearer(token.as_ref()))
    }

    /// Sends `Authorization: Basic ..` with every request.
    pub fn basic(&self, user: impl AsRef<str>, password: impl AsRef<str>) -> Self {
        self.change(|options| options.set_basic(user.as_ref(), password.as_ref()))
    }

    /// Limits the duration of each request, redirects included.
    pub fn timeout(&self, total: Duration) -> Self {
        self.change(|options| options.timeouts.total = Some(total))
    }

    /// Limits the duration of each phase of a request.
    pub fn timeouts(&self, timeouts: Timeouts) -> Self {
        self.change(|options| options.timeouts = timeouts)
    }

    /// Sets how to handle redirects.
    pub fn redirects(&self, redirects: Redirects) -> Self {
        self.change(|options| options.redirects = redirects)
    }

    /// Keeps at most this many bytes of each decoded body; 16 MiB by default. The runner receives and counts the rest, and
    /// drops it.
    pub fn max_body(&self, bytes: u32) -> Self {
        self.change(|options| options.max_body = Some(bytes))
    }

    /// Turns the cookie jar off.
    pub fn no_cookies(&self) -> Self {
        Self { jar: None, ..self.clone() }
    }

    /// The value of a cookie that the client would send to this URL or path.
    pub fn cookie(&self, url: impl AsRef<str>, name: &str) -> Option<String> {
        let url = self.resolve(url.as_ref()).ok()?;
        host::cookie(self.jar?, url.as_str(), name)
    }

    /// Creates a `GET` request for a path below the base URL, or for an absolute URL.
    pub fn get(&self, path: impl AsRef<str>) -> Request {
        self.request("GET", path)
    }

    /// Creates a `POST` request.
    pub fn post(&self, path: impl AsRef<str>) -> Request {
        self.request("POST", path)
    }

    /// Creates a `PUT` request.
    pub fn put(&self, path: impl AsRef<str>) -> Request {
        self.request("PUT", path)
    }

    /// Creates a `PATCH` request.
    pub fn patch(&self, path: impl AsRef<str>) -> Request {
        self.request("PATCH", path)
    }

    /// Creates a `DELETE` request.
    pub fn delete(&self, path: impl AsRef<str>) -> Request {
        self.request("DELETE", path)
    }

    /// Creates a `HEAD` request.
    pub fn head(&self, path: impl AsRef<str>) -> Request {
        self.request("HEAD", path)
    }

    /// Creates a request with any method.
    pub fn request(&self, method: &str, path: impl AsRef<str>) -> Request {
        Request::new(self, method, path.as_ref())
    }

    /// Sends several requests at the same time and waits for all responses. They come in the order of the requests.
    ///
    /// ```
    /// # use wayfarer_sdk::prelude::*;
    /// fn walk(j: &Journey) -> Outcome {
    ///     let api = j.http().base_url("http://shop.test");
    ///     j.step("front page", || {
    ///         for answer in api.send_all([api.get("/logo.png"), api.get("/style.css")]) {
    ///             answer?.expect_status(200)?;
    ///         }
    ///         Ok(())
    ///     })
    /// }
    /// # use wayfarer_sdk::testing::{Fake, status};
    /// # let fake = Fake::new();
    /// # fake.on("GET", "/*").answer(status(200));
    /// # assert!(fake.run(walk).passed());
    /// ```
    pub fn send_all(&self, requests: impl IntoIterator<Item = Request>) -> Vec<Result<Response, Error>> {
        exchange::send_all(requests.into_iter().collect())
    }

    pub(super) fn resolve(&self, path: &str) -> Result<Url, String> {
        if is_absolute(path) {
            return Url::parse(path).map_err(|error| error.to_string());
        }
        match self.base.as_deref() {
            Some(Ok(base)) => Ok(base.append(path)),
            Some(Err(error)) => Err(format!("the base URL is invalid: {error}")),
            None => Err(format!("`{path}` is not an absolute URL, and the client has no `base_url`")),
        }
    }
}
