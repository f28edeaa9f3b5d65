//! `cookies`: the jars, as a guest sees them. Values of secrets that a server put into a cookie are placeholders here.

use std::sync::Arc;

use url::Url;
use wasmtime::component::{HasSelf, Linker};

use crate::bindings::wayfarer::journey::cookies as wit;
use crate::capability::grants::Grants;
use crate::capability::link::Capability;
use crate::http::{CookieFacts, HttpSession};

pub(in crate::capability) struct Cookies {
    session: Arc<HttpSession>,
}

impl Capability for Cookies {
    fn begin(grants: &Grants) -> Self {
        Self::over(&grants.session)
    }

    fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        view: fn(&mut T) -> &mut Self,
    ) -> wasmtime::Result<()> {
        wit::add_to_linker::<T, HasSelf<Self>>(linker, view)
    }
}

impl Cookies {
    pub(super) fn over(session: &Arc<HttpSession>) -> Self {
        Self { session: Arc::clone(session) }
    }

    fn known(&self, jar: u32) -> wasmtime::Result<u32> {
        wasmtime::ensure!(self.session.jars().has(jar), "there is no cookie jar {jar}");
        Ok(jar)
    }

    fn seen(&self, text: &str) -> String {
        self.session.secrets().placeheld_text(text)
    }

    #[expect(clippy::cast_precision_loss, reason = "an instant is far below 2^53 ms")]
    fn shown(&self, cookie: CookieFacts) -> wit::Cookie {
        wit::Cookie {
            name: self.seen(&cookie.name),
            value: self.seen(&cookie.value),
            domain: cookie.domain,
            is_host_only: cookie.is_host_only,
            path: self.seen(&cookie.path),
            is_secure: cookie.is_secure,
            is_http_only: cookie.is_http_only,
            expires_ms: cookie.expires_ms.map(|ms| ms as f64),
        }
    }
}

impl wit::Host for Cookies {
    fn create(&mut self) -> wasmtime::Result<u32> {
        self.session
            .jars()
            .create()
            .ok_or_else(|| wasmtime::format_err!("more than 1000 cookie jars in one attempt"))
    }

    fn get(&mut self, jar: u32, url: String, name: String) -> wasmtime::Result<Option<String>> {
        let jar = self.known(jar)?;
        let value = Url::parse(&url).ok().and_then(|url| self.session.jars().get(jar, &url, &name));
        Ok(value.map(|value| self.seen(&value)))
    }

    fn set(&mut self, jar: u32, url: String, text: String) -> wasmtime::Result<Result<(), String>> {
        let jar = self.known(jar)?;
        if self.session.secrets().has_placeholder(text.as_bytes()) {
            let why = "it holds the placeholder of a secret: send it in the header `cookie`, and declare that place";
            return Ok(Err(why.to_owned()));
        }
        match Url::parse(&url) {
            Ok(url) => Ok(self.session.jars().set(jar, &url, &text)?),
            Err(error) => Ok(Err(format!("`{}` is not an absolute URL: {error}", url.escape_debug()))),
        }
    }

    fn all(&mut self, jar: u32) -> wasmtime::Result<Vec<wit::Cookie>> {
        let jar = self.known(jar)?;
        Ok(self.session.jars().all(jar).into_iter().map(|cookie| self.shown(cookie)).collect())
    }

    fn clear(&mut self, jar: u32) -> wasmtime::Result<()> {
        let jar = self.known(jar)?;
        self.session.jars().clear(jar);
        Ok(())
    }
}
