//! From a request as another tool states it to a draft without the values of secrets.
//!
//! Secrets can stand in headers, in basic authentication, and in fields of the query, of a form and of JSON. A request that has one
//! elsewhere is refused, because the runner could not put it in, and the file must not have it.

use data_encoding::BASE64;
use http::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::draft::{DraftBody, DraftFile, DraftRequest};
use super::raw_request::{RawBody, RawRequest};
use super::secret_signs::{is_known_token, is_secret_name, is_secret_value};
use super::texts::{Piece, has_placeholder, has_variable, literal, pieces, plain};
use super::vault::{Place, Source};

/// Headers that the runner sends or leaves out by itself.
const OWN: [&str; 6] = [
    "content-length",
    "connection",
    "accept-encoding",
    "transfer-encoding",
    "keep-alive",
    "proxy-connection",
];

const PASSWORD: &str = "password";

/// Stands for the beginning of a URL that only a variable knows.
const UNKNOWN_URL: &str = "https://set-me.invalid";

/// The draft. The error is the rest of a sentence about the request.
pub(crate) fn sealed(file: &mut DraftFile, item: &str, raw: &RawRequest) -> Result<DraftRequest, String> {
    let url = Address::read(file, &raw.url)?;
    file.allow_host(&url.whole);
    let mut request = DraftRequest { method: method(raw.method.as_deref())?, ..DraftRequest::default() };
    let mut sealer = Sealer { file, item, url: &url.whole };
    request.url.clone_from(&url.base);
    if let Some((user, password)) = &url.user {
        request.basic = Some((user.clone(), sealer.basic(PASSWORD, password.clone())));
    }
    if let Some((user, source)) = &raw.basic {
        let user = sealer.file.with_params(user, "");
        let name = raw.password_name.unwrap_or(PASSWORD);
        request.basic = Some((user, sealer.basic(name, source.clone())));
    }
    if let Some(source) = raw.bearer.clone() {
        request.bearer = Some(sealer.seal("token", source, Place::Header("authorization".to_owned())));
    }
    sealer.query(&url, raw, &mut request)?;
    sealer.headers(raw, &mut request);
    sealer.body(raw, &mut request)?;
    Ok(request)
}

fn method(written: Option<&str>) -> Result<Option<String>, String> {
    let Some(written) = written else { return Ok(None) };
    let method = written.trim().to_ascii_uppercase();
    match http::Method::from_bytes(method.as_bytes()) {
        Ok(http::Method::CONNECT) | Err(_) => Err("its method is none that a check can send".to_owned()),
        Ok(_) => Ok(Some(method)),
    }
}

/// A URL, taken apart as text, so that what stands for a value stays readable.
struct Address {
    /// With values for the variables, to know the host.
    whole: Url,
    /// Up to the query, as the file states it.
    base: String,
    /// What stands behind `?`, not decoded.
    query: String,
    user: Option<(String, Source)>,
}

impl Address {
    fn read(file: &mut DraftFile, written: &str) -> Result<Self, String> {
        let written = written.trim();
        let written = written.split_once('#').map_or(written, |(before, _)| before);
        let (base, query) = written.split_once('?').unwrap_or((written, ""));
        let (base, user) = without_user(base);
        let preset = if base.starts_with("${env.") { UNKNOWN_URL } else { "" };
        let base = file.with_params(&base, preset);
        if file.params.values().any(|value| value == UNKNOWN_URL) {
            file.note(format!(
                "`{UNKNOWN_URL}` stands for a URL that only a variable knows: replace it, and its host under [secrets]"
            ));
        }
        let mut known = base.clone();
        for (name, value) in &file.params {
            known = known.replace(&format!("${{param.{name}}}"), value);
        }
        let whole = Url::parse(&plain(&known))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let whole = whole.ok_or("its URL is no http or https URL")?;
        if is_known_token(whole.path()) {
            return Err("the path of its URL holds what looks like a secret: a secret can stand in a header, in basic \
                        authentication, or in a field of the query or body"
                .to_owned());
        }
        Ok(Self { whole, base, query: query.to_owned(), user })
    }
}

/// The URL without `user:password@`, and those.
fn without_user(base: &str) -> (String, Option<(String, Source)>) {
    let found = base.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '\\']).unwrap_or(rest.len());
        let (user, _) = rest.get(..end)?.rsplit_once('@')?;
        Some((format!("{scheme}://{}", rest.get(user.len() + 1..)?), user.to_owned()))
    });
    let Some((base, user)) = found else { return (base.to_owned(), None) };
    let (user, password) = user.split_once(':').unwrap_or((&user, ""));
    (base, Some((decoded(user), source(&decoded(password)))))
}

/// Percent-encoding undone; variables stay as they are.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Where the value of a text comes from: the variable that it is, or the text itself.
pub(crate) fn source(text: &str) -> Source {
    match pieces(text).as_slice() {
        [Piece::Variable(name)] => Source::Variable((*name).to_owned()),
        _ => Source::Value(plain(text)),
    }
}

struct Sealer<'a> {
    file: &'a mut DraftFile,
    item: &'a str,
    url: &'a Url,
}

impl Sealer<'_> {
    fn seal(&mut self, wanted: &str, source: Source, place: Place) -> String {
        self.file.vault.seal(self.item, wanted, source, self.url, place)
    }

    /// The password of basic authentication; an empty one is no secret.
    fn basic(&mut self, name: &str, source: Source) -> String {
        match source {
            Source::Value(password) if password.is_empty() => String::new(),
            source => self.seal(name, source, Place::Basic),
        }
    }

    /// The text as the file may state it.
    fn text(&mut self, name: &str, text: &str, is_secret: bool, place: impl FnOnce() -> Place) -> String {
        if !(is_secret || is_secret_value(text)) || text.trim().is_empty() || has_placeholder(text) {
            return self.file.with_params(text, "");
        }
        if !has_variable(text) {
            return self.seal(name, source(text), place());
        }
        let place = place();
        let mut whole = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Kept(kept) => whole.push_str(kept),
                Piece::Variable(variable) => {
                    whole.push_str(&self.seal(name, Source::Variable(variable.to_owned()), place.clone()));
                }
            }
        }
        whole
    }

    /// Parameters with secrets become keys of the table `query`; the URL keeps the others as they are.
    fn query(&mut self, url: &Address, raw: &RawRequest, request: &mut DraftRequest) -> Result<(), String> {
        let mut kept: Vec<String> = Vec::new();
        for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, text) = (decoded(name), decoded(&value.replace('+', " ")));
            if self.is_secret(raw, &name, &text) && !value.is_empty() {
                self.parameter(&name, &text, request)?;
            } else {
                kept.push(self.file.with_params(pair, ""));
            }
        }
        for (name, value) in &raw.query {
            if self.is_secret(raw, name, value) {
                self.parameter(name, value, request)?;
            } else {
                let value = self.file.with_params(value, "");
                request.query.push((name.clone(), value));
            }
        }
        if !kept.is_empty() {
            request.url = format!("{}?{}", request.url, kept.join("&"));
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "beside the question of the same words for a header")]
    fn is_secret(&self, raw: &RawRequest, name: &str, value: &str) -> bool {
        is_secret_name(name)
            || is_secret_value(value)
            || raw.secrets.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn parameter(&mut self, name: &str, value: &str, request: &mut DraftRequest) -> Result<(), String> {
        if request.query.iter().any(|(known, _)| known == name) {
            return Err("its query has a secret of one name several times".to_owned());
        }
        let value = self.text(name, value, true, || Place::Query(name.to_owned()));
        request.query.push((name.to_owned(), value));
        Ok(())
    }

    fn headers(&mut self, raw: &RawRequest, request: &mut DraftRequest) {
        for (name, value) in &raw.headers {
            let lower = name.trim().to_ascii_lowercase();
            let is_valid = HeaderName::from_bytes(lower.as_bytes()).is_ok()
                && HeaderValue::from_str(&plain(value)).is_ok();
            if OWN.contains(&lower.as_str()) || lower.starts_with(':') {
                continue;
            }
            if !is_valid {
                self.file.lose(self.item, "a header of it has letters that no header may have");
                continue;
            }
            if lower == "authorization" {
                self.authorization(value, request);
                continue;
            }
            let is_secret = self.is_secret(raw, &lower, value);
            let value = self.text(&lower, value, is_secret, || Place::Header(lower.clone()));
            request.headers.push((lower, value));
        }
    }

    fn authorization(&mut self, value: &str, request: &mut DraftRequest) {
        let place = || Place::Header("authorization".to_owned());
        let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
        let user = || {
            let pair = String::from_utf8(BASE64.decode(rest.trim().as_bytes()).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            Some((literal(user), Source::Value(password.to_owned())))
        };
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => request.bearer = Some(self.text("token", rest.trim(), true, place)),
            "basic" if user().is_some() => {
                if let Some((user, password)) = user() {
                    request.basic = Some((user, self.basic(PASSWORD, password)));
                }
            }
            _ => {
                let sealed = self.text("authorization", rest, true, place);
                let value = if scheme.is_empty() { sealed } else { format!("{scheme} {sealed}") };
                request.headers.push(("authorization".to_owned(), value));
            }
        }
    }

    fn body(&mut self, raw: &RawRequest, request: &mut DraftRequest) -> Result<(), String> {
        let kind = raw.header("content-type").unwrap_or_default().to_ascii_lowercase();
        request.body = match &raw.body {
            None => None,
            Some(RawBody::Json(value)) => Some(DraftBody::Json(self.json(value.clone(), "", "$"))),
            Some(RawBody::Form(fields)) => Some(self.form(fields.clone())),
            Some(RawBody::Text(text)) if kind.contains("json") => match serde_json::from_str(text) {
                Ok(value) => Some(self.read_json(&value, text)),
                Err(_) => Some(self.plain_body(text)?),
            },
            Some(RawBody::Text(text)) if kind.contains("x-www-form-urlencoded") => match fields(text) {
                Some(fields) => Some(self.form(fields)),
                None => Some(self.plain_body(text)?),
            },
            Some(RawBody::Text(text)) => Some(self.plain_body(text)?),
        };
        let is_usual = match &request.body {
            Some(DraftBody::Json(_)) => kind == "application/json",
            Some(DraftBody::Form(_)) => kind == "application/x-www-form-urlencoded",
            _ => false,
        };
        if is_usual {
            request.headers.retain(|(name, _)| name != "content-type");
        }
        Ok(())
    }

    /// JSON without a secret stays the text that it was, if that is short; people know it again.
    fn read_json(&mut self, value: &Value, text: &str) -> DraftBody {
        let sealed = self.json(value.clone(), "", "$");
        if sealed == *value && !sealed.is_object() {
            DraftBody::Text(text.to_owned())
        } else {
            DraftBody::Json(sealed)
        }
    }

    fn plain_body(&mut self, text: &str) -> Result<DraftBody, String> {
        if is_secret_value(text) {
            return Err("its body holds what looks like a secret: a secret can stand in a body only as a field of a form or of \
                        JSON"
                .to_owned());
        }
        Ok(DraftBody::Text(self.file.with_params(text, "")))
    }

    fn form(&mut self, fields: Vec<(String, String)>) -> DraftBody {
        let sealed = fields.into_iter().map(|(name, value)| {
            let is_secret = is_secret_name(&name);
            let value = self.text(&name, &value, is_secret, || Place::Form(name.clone()));
            (name, value)
        });
        DraftBody::Form(sealed.collect())
    }

    /// `name` is that of the member, `path` leads to it.
    fn json(&mut self, value: Value, name: &str, path: &str) -> Value {
        match value {
            Value::String(text) => {
                Value::String(self.text(name, &text, is_secret_name(name), || Place::Json(path.to_owned())))
            }
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                items.map(|(index, item)| self.json(item, name, &format!("{path}[{index}]"))).collect()
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, member)| {
                    let below = format!("{path}{}", segment(&name));
                    let member = self.json(member, &name, &below);
                    (name, member)
                });
                Value::Object(members.collect())
            }
            Value::Number(number) if is_secret_name(name) => {
                Value::String(self.text(name, &number.to_string(), true, || Place::Json(path.to_owned())))
            }
            other => other,
        }
    }
}

/// A member in a JSON path.
pub(crate) fn segment(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_plain { format!(".{name}") } else { format!("[{}]", Value::from(name)) }
}

/// The fields of a form, if its text says no more than they do.
fn fields(text: &str) -> Option<Vec<(String, String)>> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for pair in text.trim_end_matches(['\r', '\n']).split('&') {
        let (name, value) = pair.split_once('=')?;
        let [name, value] = [name, value].map(|part| decoded(&part.replace('+', " ")));
        if name.is_empty() || fields.iter().any(|(known, _)| *known == name) {
            return None;
        }
        fields.push((name, value));
    }
    Some(fields)
}
