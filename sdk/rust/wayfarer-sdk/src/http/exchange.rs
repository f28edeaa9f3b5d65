//! From a request to its response: conversion to the interface's record, cookies, redirects.
//!
//! With a cookie jar, the SDK follows redirects itself, because a response on the way may set cookies that the
//! next request needs (a log-in that answers 303). Without a jar, the runner follows them, by the same rules.
//! `send_all` sends the requests in rounds: each round sends every request that still has a redirect to follow.

use std::time::Duration;

use super::cookies::Jar;
use super::error::{Error, ErrorKind};
use super::options::{Options, Redirects};
use super::{Request, Response, encoding};
use crate::bindings::wayfarer::journey::http as wit;
use crate::host;
use crate::url::Url;

/// A request in flight.
struct Exchange {
    method: String,
    url: Url,
    body: Vec<u8>,
    options: Options,
    jar: Option<Jar>,
    hops: u32,
    began_us: u64,
}

/// What follows a response.
enum Next {
    Answered(Result<Response, Error>),
    Again(Box<Exchange>),
}

pub(super) fn send(request: Request) -> Result<Response, Error> {
    let mut exchange = Exchange::begin(request)?;
    loop {
        let answer = host::send(&exchange.to_wit());
        match exchange.receive(answer) {
            Next::Answered(answer) => return answer,
            Next::Again(next) => exchange = *next,
        }
    }
}

pub(super) fn send_all(requests: Vec<Request>) -> Vec<Result<Response, Error>> {
    let mut answers: Vec<_> = requests.iter().map(|_| None).collect();
    let mut left: Vec<(usize, Exchange)> = Vec::new();
    for (place, request) in requests.into_iter().enumerate() {
        match Exchange::begin(request) {
            Ok(exchange) => left.push((place, exchange)),
            Err(error) => set(&mut answers, place, Err(error)),
        }
    }
    while !left.is_empty() {
        let round: Vec<_> = left.iter().map(|(_, exchange)| exchange.to_wit()).collect();
        let mut received = host::send_all(&round).into_iter();
        for (place, exchange) in std::mem::take(&mut left) {
            let missing =
                || Err(wit::Error::Other("the runner returned fewer responses than requests".to_owned()));
            match exchange.receive(received.next().unwrap_or_else(missing)) {
                Next::Answered(answer) => set(&mut answers, place, answer),
                Next::Again(next) => left.push((place, *next)),
            }
        }
    }
    answers.into_iter().flatten().collect()
}

fn set<T>(answers: &mut [Option<T>], place: usize, answer: T) {
    if let Some(slot) = answers.get_mut(place) {
        *slot = Some(answer);
    }
}

impl Exchange {
    fn begin(request: Request) -> Result<Self, Error> {
        let Request { method, path, target, query, body, options, jar } = request;
        let wrong = |url: &str, text| Error {
            method: method.clone(),
            url: url.to_owned(),
            kind: ErrorKind::Request(text),
        };
        let url = target.map_err(|text| wrong(&path, text))?.with_query(&query);
        let body = body.map_err(|text| wrong(url.as_str(), text))?;
        let options = std::rc::Rc::unwrap_or_clone(options);
        Ok(Self { method, url, body, options, jar, hops: 0, began_us: host::elapsed_us() })
    }

    fn to_wit(&self) -> wit::Request {
        let mut headers = self.options.headers.clone();
        if !encoding::ACCEPTED.is_empty() && !self.options.has_header("accept-encoding") {
            headers.push(("accept-encoding".to_owned(), encoding::ACCEPTED.to_owned()));
        }
        if let Some(cookies) = self.jar.as_ref().and_then(|jar| jar.header(&self.url)) {
            match headers.iter_mut().find(|(name, _)| name == "cookie") {
                Some((_, own)) => *own = format!("{own}; {cookies}"),
                None => headers.push(("cookie".to_owned(), cookies)),
            }
        }
        let spent = Duration::from_micros(host::elapsed_us().saturating_sub(self.began_us));
        wit::Request {
            method: self.method.clone(),
            url: self.url.as_str().to_owned(),
            headers,
            body: self.body.clone(),
            timeouts: self.options.timeouts.to_wit(spent),
            redirects: match self.jar {
                Some(_) => wit::RedirectPolicy::Manual,
                None => self.options.redirects.to_wit(),
            },
            max_body: self.options.max_body,
            discard_body: self.options.discard_body,
            extensions: Vec::new(),
        }
    }

    fn receive(self, answer: Result<wit::Response, wit::Error>) -> Next {
        let response = match answer {
            Ok(response) => response,
            Err(error) => return self.failed(error.into()),
        };
        if let Some(jar) = &self.jar {
            jar.keep(&self.url, &response.headers);
            if let Some(location) = redirect_of(&response) {
                return self.redirected(&location, response);
            }
        }
        self.answered(response)
    }

    fn redirected(mut self, location: &str, response: wit::Response) -> Next {
        let next = match self.url.join(location) {
            Ok(next) => next,
            Err(error) => return self.failed(ErrorKind::Redirect(error.to_string())),
        };
        let same_origin = next.same_origin(&self.url);
        let most = match self.options.redirects {
            Redirects::Follow(most) => most,
            Redirects::SameOrigin(most) if same_origin => most,
            Redirects::SameOrigin(_) | Redirects::Manual => return self.answered(response),
        };
        if self.hops >= most {
            let text = format!("the limit is {most} redirects, and the next leads to {next}");
            return self.failed(ErrorKind::Redirect(text));
        }
        let becomes_get = match response.status {
            303 => self.method != "HEAD",
            301 | 302 => self.method == "POST",
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut self.method);
            self.body.clear();
            self.options.headers.retain(|(name, _)| !name.starts_with("content-"));
        }
        if !same_origin {
            self.options.headers.retain(|(name, _)| name != "authorization" && name != "cookie");
        }
        self.hops += 1;
        self.url = next;
        Next::Again(Box::new(self))
    }

    fn answered(self, mut response: wit::Response) -> Next {
        response.redirects += self.hops;
        match encoding::decode(&mut response, self.options.max_decoded) {
            Ok(()) => Next::Answered(Ok(Response::new(&self.method, response, self.options.discard_body))),
            Err(kind) => self.failed(kind),
        }
    }

    fn failed(self, kind: ErrorKind) -> Next {
        Next::Answered(Err(Error { method: self.method, url: self.url.as_str().to_owned(), kind }))
    }
}

fn redirect_of(response: &wit::Response) -> Option<String> {
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    response.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value.clone())
}
