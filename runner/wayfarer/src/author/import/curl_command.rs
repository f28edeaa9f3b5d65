//! One call of curl as a request: what its options say, in curl's own order of precedence.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::curl_options::{Meaning, long, short};
use crate::author::check_file::{RawBody, RawRequest, Source, source};

/// curl leaves these as they are when it encodes.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const FORM: &str = "application/x-www-form-urlencoded";

/// What a call says, until its end or `--next`.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "curl has as many switches")]
pub(super) struct Call {
    pub(super) urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    /// Names that `-H 'Name:'` takes out.
    without: Vec<String>,
    data: Vec<String>,
    is_json: bool,
    user: Option<(String, String)>,
    bearer: Option<String>,
    is_get: bool,
    pub(super) is_glob_off: bool,
    is_head: bool,
    query: Vec<String>,
    follows: bool,
    pub(super) max_redirects: Option<u32>,
    pub(super) is_insecure: bool,
    pub(super) family: Option<&'static str>,
    pub(super) max_time: Option<f64>,
    pub(super) connect_timeout: Option<f64>,
    pub(super) retries: Option<u32>,
    pub(super) proxy: Option<String>,
    pub(super) authority: Option<String>,
    /// Hosts, and the addresses that `--resolve` gives each.
    pub(super) resolve: Vec<(String, Vec<String>)>,
    /// Options that no check can say, with the same request without them.
    pub(super) lost: Vec<String>,
}

impl Call {
    /// Reads words behind the program's name. Several for `--next`. The error is the rest of a sentence about the call.
    pub(super) fn read(words: &[String]) -> Result<Vec<Self>, String> {
        let mut calls = vec![Self::default()];
        let mut rest = words.iter();
        let mut is_over = false;
        while let Some(word) = rest.next() {
            let call = calls.last_mut().ok_or("it has no words")?;
            if is_over || !word.starts_with('-') || word == "-" {
                call.urls.push(word.clone());
            } else if word == "--" {
                is_over = true;
            } else if let Some(name) = word.strip_prefix("--") {
                let (name, meaning) = long(name).ok_or_else(|| unknown(name))?;
                let value = if meaning.has_value() {
                    Some(rest.next().ok_or_else(|| format!("its option `--{name}` has no value"))?.clone())
                } else {
                    None
                };
                if meaning == Meaning::Next {
                    calls.push(Self::default());
                } else {
                    call.take(name, meaning, value)?;
                }
            } else if call.letters(word, &mut rest)? {
                calls.push(Self::default());
            }
        }
        Ok(calls)
    }

    /// Short options in one word, such as `-sXPOST`. True for `-:`.
    fn letters<'w>(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = &'w String>,
    ) -> Result<bool, String> {
        let letters = word.char_indices().skip(1);
        for (at, letter) in letters {
            let (name, meaning) = short(letter)
                .ok_or_else(|| format!("its option `-{letter}` is none that `wayfarer import` knows"))?;
            if meaning == Meaning::Next {
                return Ok(true);
            }
            if !meaning.has_value() {
                self.take(name, meaning, None)?;
                continue;
            }
            let behind = word.get(at + letter.len_utf8()..).unwrap_or_default();
            let value = if behind.is_empty() { rest.next().cloned() } else { Some(behind.to_owned()) };
            self.take(
                name,
                meaning,
                Some(value.ok_or_else(|| format!("its option `-{letter}` has no value"))?),
            )?;
            return Ok(false);
        }
        Ok(false)
    }

    fn take(&mut self, name: &str, meaning: Meaning, value: Option<String>) -> Result<(), String> {
        let value = value.unwrap_or_default();
        let number = |what: &str| {
            value
                .parse::<f64>()
                .ok()
                .filter(|n| (0.0..1e6).contains(n))
                .ok_or_else(|| format!("`--{what}` wants a number"))
        };
        match meaning {
            Meaning::Nothing | Meaning::NothingWith | Meaning::Next | Meaning::Fail => {}
            Meaning::Request => self.method = Some(value),
            Meaning::Header => self.header(&value)?,
            Meaning::Data
            | Meaning::DataRaw
            | Meaning::DataBinary
            | Meaning::DataUrlencode
            | Meaning::Json => self.data(meaning, value)?,
            Meaning::User => self.user(&value)?,
            Meaning::NoGlob => self.is_glob_off = true,
            Meaning::Bearer => self.bearer = Some(value),
            Meaning::Insecure => self.is_insecure = true,
            Meaning::Location => self.follows = true,
            Meaning::MaxRedirects => self.max_redirects(&value),
            Meaning::Head => self.is_head = true,
            Meaning::Get => self.is_get = true,
            Meaning::Cookie if !value.contains('=') && !value.contains("${") => {
                self.lost.push("`--cookie` of a file: what it has is not read".to_owned());
            }
            Meaning::Cookie => self.headers.push(("cookie".to_owned(), value)),
            Meaning::UserAgent => self.headers.push(("user-agent".to_owned(), value)),
            Meaning::Referer => {
                self.headers.push(("referer".to_owned(), value.trim_end_matches(";auto").to_owned()));
            }
            Meaning::MaxTime => self.max_time = Some(number(name)?),
            Meaning::ConnectTimeout => self.connect_timeout = Some(number(name)?),
            Meaning::Resolve => self.resolve(&value)?,
            Meaning::Proxy => {
                self.proxy = Some(if value.contains("://") { value } else { format!("http://{value}") });
            }
            Meaning::Authority => self.authority = Some(value),
            Meaning::Ipv4 => self.family = Some("ipv4"),
            Meaning::Ipv6 => self.family = Some("ipv6"),
            Meaning::Url => self.urls.push(value),
            Meaning::UrlQuery => self.query.push(if value.starts_with('+') {
                value.trim_start_matches('+').to_owned()
            } else {
                encoded(&value)?
            }),
            Meaning::Retry => self.retries = Some(number(name)? as u32),
            Meaning::Refused | Meaning::RefusedWith => {
                return Err(format!("no check can do what `--{name}` says"));
            }
            Meaning::Lost | Meaning::LostWith => self.lost.push(format!("`--{name}` is not carried over")),
        }
        Ok(())
    }

    /// A part of the body.
    fn data(&mut self, meaning: Meaning, value: String) -> Result<(), String> {
        if value.starts_with('@') && !matches!(meaning, Meaning::DataRaw | Meaning::DataUrlencode) {
            return Err("its body is in a file: copy the file beside checks.toml and write `body_file`, or write the body into the call".to_owned());
        }
        self.is_json |= meaning == Meaning::Json;
        let part = if meaning == Meaning::DataUrlencode { encoded(&value)? } else { value };
        self.data.push(part);
        Ok(())
    }

    fn header(&mut self, written: &str) -> Result<(), String> {
        if written.starts_with('@') {
            return Err("its headers are in a file: write them into the call".to_owned());
        }
        if let Some((name, value)) = written.split_once(':') {
            let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
            if value.is_empty() { self.without.push(name) } else { self.headers.push((name, value)) }
        } else if let Some(name) = written.strip_suffix(';') {
            self.headers.push((name.trim().to_owned(), String::new()));
        } else {
            self.lost.push("a header without a colon, which curl does not send either".to_owned());
        }
        Ok(())
    }

    /// A negative number is none that a check has.
    fn max_redirects(&mut self, value: &str) {
        self.max_redirects = value.parse().ok();
        if self.max_redirects.is_none() {
            let lost = "`--max-redirs` without a bound: a check follows 10 unless `follow` says how many";
            self.lost.push(lost.to_owned());
        }
    }

    /// `USER:PASSWORD`. curl asks for a password that is not there, and of one variable nobody knows which part is what.
    fn user(&mut self, written: &str) -> Result<(), String> {
        let pair = written.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()));
        self.user = Some(pair.ok_or(
            "its `--user` has no `:` between user and password: write both, or two variables, as `-u \"$NAME:$PASSWORD\"`",
        )?);
        Ok(())
    }

    /// `HOST:PORT:ADDRESS[,ADDRESS]`.
    fn resolve(&mut self, written: &str) -> Result<(), String> {
        let wrong = || "`--resolve` wants `HOST:PORT:ADDRESS`".to_owned();
        let mut parts = written.trim_start_matches('+').splitn(3, ':');
        let (host, port, addresses) = (
            parts.next().ok_or_else(wrong)?,
            parts.next().ok_or_else(wrong)?,
            parts.next().ok_or_else(wrong)?,
        );
        let host = if matches!(port, "80" | "443") { host.to_owned() } else { format!("{host}:{port}") };
        let address = |text: &str| {
            let address = text.trim_matches(['[', ']']).parse::<IpAddr>();
            address
                .map(|address| address.to_string())
                .map_err(|_| "`--resolve` has an address that is none: write `HOST:PORT:ADDRESS`".to_owned())
        };
        let addresses = addresses.split(',').map(address).collect::<Result<_, _>>()?;
        self.resolve.push((host, addresses));
        Ok(())
    }

    /// Redirects that curl follows: none without `--location`.
    pub(super) fn follow(&self) -> Option<u32> {
        if self.follows { self.max_redirects } else { Some(0) }
    }

    pub(super) fn raw_request(&self, url: &str) -> RawRequest {
        // Nothing behind `#` is sent; parameters go before it.
        let (url, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
        let url = if url.contains("://") || url.starts_with("${env.") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let mut raw = RawRequest { url, headers: self.headers.clone(), ..RawRequest::default() };
        let has_data = !self.data.is_empty();
        let body = self.data.join(if self.is_json { "" } else { "&" });
        let query: Vec<String> =
            self.query.iter().cloned().chain((self.is_get && has_data).then(|| body.clone())).collect();
        if !query.is_empty() {
            let between = if raw.url.contains('?') { '&' } else { '?' };
            raw.url = format!("{}{between}{}", raw.url, query.join("&"));
        }
        raw.url.push_str(fragment);
        if has_data && !self.is_get {
            let mut usual = |name: &str, value: &str| {
                let is_said = raw.header(name).is_some()
                    || self.without.iter().any(|known| known.eq_ignore_ascii_case(name));
                if !is_said {
                    raw.headers.push((name.to_owned(), value.to_owned()));
                }
            };
            usual("content-type", if self.is_json { "application/json" } else { FORM });
            if self.is_json {
                usual("accept", "application/json");
            }
            raw.body = Some(RawBody::Text(body));
        }
        raw.method = match (&self.method, self.is_head, raw.body.is_some()) {
            (Some(method), _, _) => Some(method.clone()),
            (None, true, _) => Some("HEAD".to_owned()),
            (None, false, true) => Some("POST".to_owned()),
            (None, false, false) => None,
        };
        raw.basic = self.user.as_ref().map(|(user, password)| (user.clone(), source(password)));
        raw.bearer = self.bearer.as_deref().map(|token| -> Source { source(token) });
        raw
    }
}

/// `--data-urlencode`: `text`, `=text`, `name=text`; a file is refused.
fn encoded(written: &str) -> Result<String, String> {
    // What looks like a placeholder is text again once it is encoded.
    let encode = |text: &str| {
        if text.contains("${env.") {
            text.to_owned()
        } else {
            utf8_percent_encode(&text.replace("$${", "${"), KEPT).to_string()
        }
    };
    match written.split_once('=') {
        Some(("", text)) => Ok(encode(text)),
        Some((name, text)) => Ok(format!("{name}={}", encode(text))),
        None if written.contains('@') => Err("its body is in a file: write it into the call".to_owned()),
        None => Ok(encode(written)),
    }
}

/// An unknown option, without a value that may stand behind `=`.
fn unknown(name: &str) -> String {
    let (bare, value) = name.split_once('=').map_or((name, None), |(bare, value)| (bare, Some(value)));
    let bare: String = bare.chars().take(40).collect();
    match (long(&bare), value) {
        (Some(_), Some(_)) => {
            format!("its option `--{bare}` has a value behind `=`: curl takes the value as the next word")
        }
        _ => format!("its option `--{bare}` is none that `wayfarer import` knows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Call::read(&words).unwrap_err()
    }

    #[test]
    fn no_error_quotes_a_value() {
        insta::assert_snapshot!(refused(&["--user=ana:hunter2"]), @"its option `--user` has a value behind `=`: curl takes the value as the next word");
        insta::assert_snapshot!(refused(&["--usr=ana:hunter2"]), @"its option `--usr` is none that `wayfarer import` knows");
        insta::assert_snapshot!(refused(&["-u", "hunter2"]), @r#"its `--user` has no `:` between user and password: write both, or two variables, as `-u "$NAME:$PASSWORD"`"#);
        insta::assert_snapshot!(refused(&["--resolve", "a.example:443:nope"]), @"`--resolve` has an address that is none: write `HOST:PORT:ADDRESS`");
    }
}
