//! What the fake runner does of HTTP beside the scripted answers: cookies, redirects, and responses that stay with it.

use cookie_store::CookieStore;
use url::Url;

use super::answer::Answer;
use crate::bindings::wayfarer::journey::http as wit;

type Outcome = Result<wit::Response, wit::Error>;

/// One hop of a request.
#[derive(Clone)]
pub(crate) struct Hop {
    pub(super) request: wit::Request,
    pub(super) followed: u32,
    /// When the request began, on the fake's clock.
    pub(super) began_us: Option<u64>,
}

/// What follows an answer.
pub(crate) enum Next {
    Hop(Box<Hop>),
    Done(Result<Kept, wit::Error>),
}

/// A response that stays with the fake.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(super) is_truncated: bool,
    pub(super) wire_size: u32,
    pub(super) url: String,
    pub(super) redirects: u32,
    pub(super) wait_us: u32,
    pub(super) total_us: u32,
    pub(super) certificate_expires_ms: Option<f64>,
}

enum Slot {
    Begun,
    Ended(u64, Result<Kept, wit::Error>),
    Response(Kept),
    Nothing,
}

/// The requests and cookie jars of an attempt.
pub(crate) struct Network {
    slots: Vec<Slot>,
    jars: Vec<CookieStore>,
}

impl Default for Network {
    fn default() -> Self {
        Self { slots: Vec::new(), jars: vec![CookieStore::default()] }
    }
}

impl Hop {
    pub(crate) fn first(request: &wit::Request) -> Self {
        Self { request: request.clone(), followed: 0, began_us: None }
    }

    /// The hop to which an answer leads, by the rules of the runner; none if the answer is the last.
    pub(super) fn next(&self, answer: &Answer) -> Result<Option<Self>, wit::Error> {
        let location = answer.headers.iter().find(|(name, _)| name == "location").map(|(_, value)| value);
        let (301 | 302 | 303 | 307 | 308, Some(location)) = (answer.status, location) else {
            return Ok(None);
        };
        let wrong = |why: String| wit::Error::Protocol(format!("the redirect leads nowhere: {why}"));
        let from = Url::parse(&self.request.url).map_err(|error| wrong(error.to_string()))?;
        let to = from.join(location).map_err(|error| wrong(error.to_string()))?;
        let is_same = from.origin() == to.origin();
        let most = match self.request.redirects {
            wit::RedirectPolicy::Follow(most) => most,
            wit::RedirectPolicy::SameOrigin(most) if is_same => most,
            _ => return Ok(None),
        };
        if self.followed >= most {
            return Err(wit::Error::Protocol(format!(
                "more than {most} redirects: the next would lead to {to}"
            )));
        }
        let mut next = self.clone();
        next.followed += 1;
        next.request.url = to.into();
        let becomes_get = match answer.status {
            303 => self.request.method != "HEAD",
            301 | 302 => self.request.method == "POST",
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut next.request.method);
            next.request.body.clear();
            next.request.headers.retain(|(name, _)| !name.starts_with("content-"));
        }
        if !is_same {
            next.request.headers.retain(|(name, _)| name != "authorization" && name != "cookie");
        }
        Ok(Some(next))
    }
}

impl Network {
    pub(crate) fn begin(&mut self) -> u32 {
        self.slots.push(Slot::Begun);
        self.last().unwrap_or_default()
    }

    pub(crate) fn last(&self) -> Option<u32> {
        u32::try_from(self.slots.len()).ok()?.checked_sub(1)
    }

    /// Notes a result, and when the request ended on the fake's clock.
    pub(crate) fn finish(&mut self, number: u32, ends_us: u64, answer: Result<Kept, wit::Error>) {
        self.set(number, Slot::Ended(ends_us, answer));
    }

    /// The result of a request, and when it ended.
    pub(crate) fn take(&mut self, number: u32) -> (u64, Outcome) {
        match self.set(number, Slot::Nothing) {
            Slot::Ended(ends_us, Ok(kept)) => {
                let head = wit::Response {
                    id: number,
                    status: kept.status,
                    body_size: u32::try_from(kept.body.len()).unwrap_or(u32::MAX),
                    is_truncated: kept.is_truncated,
                    total_us: kept.total_us,
                };
                self.set(number, Slot::Response(kept));
                (ends_us, Ok(head))
            }
            Slot::Ended(ends_us, Err(error)) => (ends_us, Err(error)),
            _ => (0, Err(wit::Error::Other(format!("request {number} is not in flight")))),
        }
    }

    pub(crate) fn response(&self, number: u32) -> Option<&Kept> {
        match self.slots.get(number as usize) {
            Some(Slot::Response(kept)) => Some(kept),
            _ => None,
        }
    }

    pub(crate) fn release(&mut self, number: u32) {
        self.set(number, Slot::Nothing);
    }

    fn set(&mut self, number: u32, slot: Slot) -> Slot {
        match self.slots.get_mut(number as usize) {
            Some(known) => std::mem::replace(known, slot),
            None => Slot::Nothing,
        }
    }

    pub(crate) fn details(&self, number: u32) -> wit::ResponseDetails {
        let kept = self.response(number);
        let phases = wit::Phases {
            dns_us: 0,
            connect_us: 0,
            tls_us: 0,
            wait_us: kept.map_or(0, |kept| kept.wait_us),
            receive_us: 0,
            total_us: kept.map_or(0, |kept| kept.total_us),
        };
        let certificate_expires_ms = kept.and_then(|kept| kept.certificate_expires_ms);
        wit::ResponseDetails {
            url: kept.map(|kept| kept.url.clone()).unwrap_or_default(),
            redirects: kept.map_or(0, |kept| kept.redirects),
            protocol: "HTTP/1.1".to_owned(),
            remote_address: "192.0.2.1:80".to_owned(),
            tls_version: certificate_expires_ms.map(|_| "TLSv1.3".to_owned()),
            certificate_expires_ms,
            wire_size: kept.map_or(0, |kept| kept.wire_size),
            decoded: None,
            phases,
            extensions: Vec::new(),
        }
    }

    pub(crate) fn create_jar(&mut self) -> u32 {
        self.jars.push(CookieStore::default());
        u32::try_from(self.jars.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn cookie(&self, jar: u32, url: &str, name: &str) -> Option<String> {
        let url = Url::parse(url).ok()?;
        let mut sent = self.jars.get(jar as usize)?.get_request_values(&url);
        sent.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    /// Adds what the jar holds to a request's headers.
    pub(super) fn add_cookies(&self, request: &wit::Request, headers: &mut Vec<(String, String)>) {
        let jar = request.jar.and_then(|jar| self.jars.get(jar as usize));
        let (Some(jar), Ok(url)) = (jar, Url::parse(&request.url)) else { return };
        let cookies: Vec<String> =
            jar.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() {
            return;
        }
        let cookies = cookies.join("; ");
        match headers.iter_mut().find(|(name, _)| name == "cookie") {
            Some((_, own)) => *own = format!("{own}; {cookies}"),
            None => headers.push(("cookie".to_owned(), cookies)),
        }
    }

    /// Stores what an answer sets.
    pub(super) fn store_cookies(&mut self, request: &wit::Request, answer: &Answer) {
        let jar = request.jar.and_then(|jar| self.jars.get_mut(jar as usize));
        let (Some(jar), Ok(url)) = (jar, Url::parse(&request.url)) else { return };
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            // A cookie that breaks a rule is left out, as in a browser.
            drop(jar.parse(value, &url));
        }
    }
}
