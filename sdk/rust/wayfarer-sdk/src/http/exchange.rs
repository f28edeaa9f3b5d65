//! From a request to its response. The runner stores cookies, follows redirects and decodes; this file chooses between the
//! short and the long form of the call.

use super::error::{Error, ErrorKind};
use super::options::Options;
use super::{Request, Response};
use crate::bindings::wayfarer::journey::http as wit;
use crate::{host, recorder};

/// The first cookie jar of an attempt, which the short form uses.
const FIRST_JAR: u32 = 0;

/// A request whose texts are in order.
struct Checked {
    method: String,
    url: String,
    body: Vec<u8>,
    options: std::rc::Rc<Options>,
    jar: Option<u32>,
}

/// What errors say of a request.
struct Asked {
    method: String,
    url: String,
}

impl Checked {
    fn of(request: Request) -> Result<Self, Error> {
        let Request { method, path, target, query, body, options, jar } = request;
        let wrong = |url: &str, text| Error::not_sent(&method, url, text);
        let url = target.map_err(|text| wrong(&path, text))?.with_query(&query);
        let body = body.map_err(|text| wrong(url.as_str(), text))?;
        Ok(Self { url: url.as_str().to_owned(), method, body, options, jar })
    }

    fn asked(&self) -> Asked {
        Asked { method: self.method.clone(), url: self.url.clone() }
    }

    fn to_wit(&self) -> wit::Request {
        self.options.to_wit(self.method.clone(), self.url.clone(), self.body.clone(), self.jar)
    }
}

pub(super) fn send(request: Request) -> Result<Response, Error> {
    recorder::take_read();
    let checked = Checked::of(request)?;
    let answer = if checked.options.are_default() && checked.jar == Some(FIRST_JAR) {
        host::fetch(&checked.method, &checked.url, &checked.options.headers, &checked.body)
    } else {
        host::send(&checked.to_wit())
    };
    received(checked.asked(), answer, host::last_request)
}

pub(super) fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    recorder::take_read();
    let started: Vec<Result<(Asked, u32), Error>> = requests
        .into_iter()
        .map(|request| Checked::of(request).map(|checked| (checked.asked(), host::start(&checked.to_wit()))))
        .collect();
    let taken = started.into_iter().map(|started| {
        let (asked, number) = started?;
        received(asked, host::take(number), || Some(number))
    });
    taken.collect()
}

fn received(
    asked: Asked,
    answer: Result<wit::Response, wit::Error>,
    number: impl Fn() -> Option<u32>,
) -> Result<Response, Error> {
    match answer {
        Ok(response) => Ok(Response::new(asked.method, asked.url, response)),
        Err(error) => Err(Error {
            method: asked.method,
            url: asked.url,
            kind: ErrorKind::from(error),
            request: number(),
        }),
    }
}
