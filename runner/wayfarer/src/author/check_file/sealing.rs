//! From a request as another tool states it to a draft without the values of secrets.
//!
//! There is one rule for every value that a request has: it goes through [`Sealer::value`], which knows its name and its place. The value
//! is a secret if its name says so ([`secret_names`](wayfarer_model::secret_names)), if it looks like one
//! ([`secret_signs`](super::secret_signs)), or if a variable in it is one. A secret becomes a placeholder; the runner puts secrets into
//! headers, basic authentication, and fields of the query, of a form and of JSON. A request that has one elsewhere is refused, because
//! the runner could not put it in, and the file must not have it.

use data_encoding::BASE64;
use http::{HeaderName, HeaderValue};
use percent_encoding::NON_ALPHANUMERIC;
use url::Url;
use wayfarer_model::secret_names::{is_secret_name, is_secret_parameter};

use super::address::{Address, decoded};
use super::draft::{DraftFile, Preset};
use super::draft_check::DraftRequest;
use super::raw_request::RawRequest;
use super::secret_signs::is_secret_value;
use super::texts::{Piece, literal, literals, pieces, plain};
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

/// What stands before a secret in the header `authorization` and is none.
const SCHEMES: [&str; 16] = [
    "basic",
    "bearer",
    "digest",
    "negotiate",
    "ntlm",
    "token",
    "apikey",
    "api-key",
    "key",
    "hawk",
    "oauth",
    "dpop",
    "bot",
    "ssws",
    "geniekey",
    "splunk",
];

/// More secrets than a request has that somebody wrote.
const MOST_SECRETS: usize = 32;

const PASSWORD: &str = "password";

/// The draft. The error is the rest of a sentence about the request.
pub(crate) fn sealed(file: &mut DraftFile, item: &str, raw: &RawRequest) -> Result<DraftRequest, String> {
    file.has_room()?;
    let url = Address::read(file, &raw.url)?;
    file.allow_host(&url.whole);
    let mut request = DraftRequest { method: method(raw.method.as_deref())?, ..DraftRequest::default() };
    let mut sealer = Sealer { file, item, url: &url.whole, raw, values: Vec::new(), count: 0 };
    request.url.clone_from(&url.base);
    if let Some((user, password)) = &url.user {
        request.basic = Some(sealer.basic(user, source(password), PASSWORD)?);
    }
    if let Some((user, source)) = &raw.basic {
        let name = raw.password_name.unwrap_or(PASSWORD);
        request.basic = Some(sealer.basic(user, source.clone(), name)?);
    }
    if let Some(source) = raw.bearer.clone() {
        request.bearer = Some(sealer.seal("token", source, Place::Header("authorization".to_owned()))?);
    }
    sealer.query(&url.query, &mut request)?;
    sealer.headers(&mut request)?;
    sealer.body(&mut request)?;
    request.sealed.0 = sealer.values;
    let has_header = request.headers.iter().any(|(name, _)| name == "authorization");
    if usize::from(has_header) + usize::from(request.basic.is_some()) + usize::from(request.bearer.is_some())
        > 1
    {
        return Err(
            "it has several ways of authentication, of which a request has one: leave the others out"
                .to_owned(),
        );
    }
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

/// Where the value of a text comes from: the variable that it is, or the text itself.
pub(crate) fn source(text: &str) -> Source {
    match pieces(text).as_slice() {
        [Piece::Variable(name)] => Source::Variable((*name).to_owned()),
        _ => Source::Value(plain(text)),
    }
}

pub(super) struct Sealer<'a> {
    pub(super) file: &'a mut DraftFile,
    pub(super) item: &'a str,
    url: &'a Url,
    pub(super) raw: &'a RawRequest,
    /// Values of secrets that this request has.
    values: Vec<String>,
    /// How many values were sealed so far.
    pub(super) count: usize,
}

impl Sealer<'_> {
    fn seal(&mut self, wanted: &str, source: Source, place: Place) -> Result<String, String> {
        self.count += 1;
        if self.count > MOST_SECRETS {
            return Err(format!(
                "it has more than {MOST_SECRETS} secrets: leave out those that it does not need"
            ));
        }
        if let Source::Value(value) = &source {
            self.values.push(value.clone());
        }
        Ok(self.file.vault.seal(self.item, wanted, source, self.url, place))
    }

    /// Whether a value is a secret by its form or by a variable in it, whatever its name.
    pub(super) fn is_secret(&self, text: &str) -> bool {
        let is_secret = |piece: &Piece<'_>| match piece {
            Piece::Variable(name) => self.file.is_secret_variable(name),
            Piece::Kept(_) => false,
        };
        is_secret_value(text) || pieces(text).iter().any(is_secret)
    }

    /// A value of a request as the file states it.
    pub(super) fn value(
        &mut self,
        name: &str,
        text: &str,
        is_named: bool,
        place: &Place,
    ) -> Result<String, String> {
        if text.trim().is_empty() || !(is_named || self.is_secret(text)) {
            return self.file.with(text, Preset::Environment);
        }
        self.secret(name, text, source(text), place)
    }

    /// A secret as the file states it: the placeholder of the whole, or of each variable in it. `source` is that of a whole without a
    /// placeholder.
    fn secret(&mut self, name: &str, text: &str, source: Source, place: &Place) -> Result<String, String> {
        let pieces = pieces(text);
        let is_whole = match pieces.as_slice() {
            [Piece::Variable(_)] => true,
            [Piece::Kept(kept)] => literals(kept).len() == 1,
            _ => false,
        };
        if is_whole {
            return self.seal(name, source, place.clone());
        }
        let mut whole = String::new();
        for (at, piece) in pieces.into_iter().enumerate() {
            match piece {
                Piece::Variable(variable) => {
                    whole.push_str(&self.seal(name, Source::Variable(variable.to_owned()), place.clone())?);
                }
                Piece::Kept(kept) if is_between(kept, at == 0 && matches!(place, Place::Header(_))) => {
                    whole.push_str(kept);
                }
                Piece::Kept(_) => {
                    return Err(format!(
                        "its `{name}` is a secret of which one part is written out and another is a placeholder: put the whole value into \
                         one variable"
                    ));
                }
            }
        }
        Ok(whole)
    }

    /// A name that a file may state.
    pub(super) fn checked_name(&self, name: &str) -> Result<(), String> {
        if is_secret_value(name) || pieces(name).len() > 1 && self.is_secret(name) {
            return Err(
                "a name in it looks like a secret, which the runner puts into values alone".to_owned()
            );
        }
        Ok(())
    }

    /// A name that a file states as it is: no placeholder can stand in it.
    pub(super) fn plain_name(&self, name: &str) -> Result<String, String> {
        self.checked_name(name)?;
        if pieces(name).iter().any(|piece| matches!(piece, Piece::Variable(_))) {
            return Err("a name in it comes from a variable, and only values may: write the name".to_owned());
        }
        Ok(plain(name))
    }

    /// User and password. An empty password is none, and then the user is the secret: services take keys there.
    fn basic(&mut self, user: &str, password: Source, name: &str) -> Result<(String, String), String> {
        let is_empty = matches!(&password, Source::Value(value) if value.is_empty());
        let is_same = source(user) == password;
        let user = if is_empty || is_same || is_secret_value(user) || self.is_secret(user) {
            let wanted = if is_same { name } else { "key" };
            if user.is_empty() { String::new() } else { self.value(wanted, user, true, &Place::Basic)? }
        } else {
            self.file.with(user, Preset::Nothing)?
        };
        Ok((user, if is_empty { String::new() } else { self.seal(name, password, Place::Basic)? }))
    }

    fn query(&mut self, written: &str, request: &mut DraftRequest) -> Result<(), String> {
        let kept = self.pairs(written, Place::Query)?;
        if !kept.is_empty() {
            request.url = format!("{}?{kept}", request.url);
        }
        let raw = self.raw;
        for (name, value) in &raw.query {
            let name = self.plain_name(name)?;
            let is_named = self.is_secret_field(&name);
            let value = self.value(&name, value, is_named, &Place::Query(name.clone()))?;
            request.query.push((name, value));
        }
        Ok(())
    }

    fn is_secret_field(&self, name: &str) -> bool {
        is_secret_parameter(name) || self.raw.secrets.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Encoded pairs of a query or a form: the secrets among their values become placeholders, all else stays as it is.
    pub(super) fn pairs(&mut self, written: &str, place: fn(String) -> Place) -> Result<String, String> {
        let mut kept: Vec<String> = Vec::new();
        for pair in written.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let [shown, text] = [name, value].map(|part| decoded(&part.replace('+', " ")));
            if value.is_empty() || !(self.is_secret_field(&shown) || self.is_secret(&text)) {
                self.checked_name(&shown)?;
                kept.push(self.file.with(pair, Preset::Environment)?);
                continue;
            }
            let shown = self.plain_name(&shown)?;
            let encoded = percent_encoding::utf8_percent_encode(&shown, NON_ALPHANUMERIC).to_string();
            let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.[]%".contains(&b));
            let secret = self.secret(&shown, value, source(&text), &place(shown.clone()))?;
            kept.push(format!("{}={secret}", if is_plain { name } else { &encoded }));
        }
        Ok(kept.join("&"))
    }

    fn headers(&mut self, request: &mut DraftRequest) -> Result<(), String> {
        let raw = self.raw;
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
            self.checked_name(&lower)?;
            let place = Place::Header(lower.clone());
            let is_named =
                is_secret_name(&lower) || raw.secrets.iter().any(|known| known.eq_ignore_ascii_case(&lower));
            let value = match lower.as_str() {
                "authorization" => {
                    self.authorization(value, &place, request)?;
                    continue;
                }
                "cookie" if pieces(value).len() > 1 => self.cookies(value, &place)?,
                _ => self.value(&lower, value, is_named, &place)?,
            };
            request.headers.push((lower, value));
        }
        Ok(())
    }

    /// Cookies of which some come from variables: each is a secret of its own.
    fn cookies(&mut self, value: &str, place: &Place) -> Result<String, String> {
        let mut whole = Vec::new();
        for pair in value.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                whole.push(self.value("cookie", pair, true, place)?);
                continue;
            };
            self.checked_name(name)?;
            whole.push(format!("{name}={}", self.value(name, value, true, place)?));
        }
        Ok(whole.join("; "))
    }

    fn authorization(
        &mut self,
        value: &str,
        place: &Place,
        request: &mut DraftRequest,
    ) -> Result<(), String> {
        let scheme = value.split(' ').next().unwrap_or_default();
        let is_scheme = SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) && scheme.len() < value.len();
        let (scheme, rest) =
            if is_scheme { value.split_once(' ').unwrap_or(("", value)) } else { ("", value) };
        let user = || {
            let pair = String::from_utf8(BASE64.decode(rest.trim().as_bytes()).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            Some((literal(user), Source::Value(password.to_owned())))
        };
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" => request.bearer = Some(self.value("token", rest.trim(), true, place)?),
            "basic" if user().is_some() => {
                if let Some((user, password)) = user() {
                    request.basic = Some(self.basic(&user, password, PASSWORD)?);
                }
            }
            _ => {
                let sealed = self.value("authorization", rest, true, place)?;
                let value = if scheme.is_empty() { sealed } else { format!("{scheme} {sealed}") };
                request.headers.push(("authorization".to_owned(), value));
            }
        }
        Ok(())
    }
}

/// Whether a text beside a placeholder only parts values, or, at the beginning of a header, names what follows: `Bearer `, `token=`.
fn is_between(kept: &str, may_be_scheme: bool) -> bool {
    let is_sign = |letter: char| !letter.is_alphanumeric();
    literals(kept).into_iter().enumerate().all(|(at, text)| {
        let is_scheme = may_be_scheme
            && at == 0
            && text.len() <= 40
            && text.ends_with([' ', '=', ':', '"'])
            && text.chars().all(|letter| is_sign(letter) || letter.is_ascii_alphabetic());
        is_scheme || text.chars().all(is_sign)
    })
}
