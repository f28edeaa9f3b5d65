//! A URL as another tool states it, taken apart as text, so that what stands for a value stays readable.

use url::Url;

use super::draft::{DraftFile, Preset};
use super::secret_signs::has_path_secret;
use super::texts::{placeholders, plain};

/// Stands for the beginning of a URL that only a variable knows.
pub(super) const UNKNOWN_URL: &str = "https://set-me.invalid";

pub(super) struct Address {
    /// With values for the variables, to know the host.
    pub(super) whole: Url,
    /// Up to the query, as the file states it.
    pub(super) base: String,
    /// What stands behind `?`, not decoded.
    pub(super) query: String,
    /// User and password, decoded.
    pub(super) user: Option<(String, String)>,
}

impl Address {
    /// The error is the rest of a sentence about the request.
    pub(super) fn read(file: &mut DraftFile, written: &str) -> Result<Self, String> {
        let written = written.trim();
        let sent = written.split_once('#').map_or(written, |(before, _)| before);
        let (base, query) = sent.split_once('?').unwrap_or((sent, ""));
        // A `#` ends a URL, also before the `@` of a user.
        let cut =
            written.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        if cut.contains('#') && cut.contains('@') {
            return Err("its URL has `#` in its user or password, where a URL ends: write `%23`".to_owned());
        }
        let (base, user) = without_user(base);
        let preset = if base.starts_with("${env.") { Preset::Url } else { Preset::Environment };
        let base = file.with(&base, preset)?;
        let known = placeholders(&base).into_iter().fold(base.clone(), |known, placeholder| {
            let name = placeholder.strip_prefix("param.").unwrap_or_default();
            let value = file.params.get(name).map(|param| param.value.as_str());
            value.map_or_else(|| known.clone(), |value| known.replace(&format!("${{{placeholder}}}"), value))
        });
        let whole = Url::parse(&plain(&known))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let whole = whole.ok_or("its URL is no http or https URL")?;
        if has_path_secret(&whole) {
            return Err("the path of its URL holds what looks like a secret, which everyone who logs URLs would read: a secret can stand \
                        in a header, in basic authentication, or in a field of the query or body"
                .to_owned());
        }
        Ok(Self { whole, base, query: query.to_owned(), user })
    }
}

/// The URL without `user:password@`, and those.
fn without_user(base: &str) -> (String, Option<(String, String)>) {
    let found = base.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '\\']).unwrap_or(rest.len());
        let (user, _) = rest.get(..end)?.rsplit_once('@')?;
        Some((format!("{scheme}://{}", rest.get(user.len() + 1..)?), user.to_owned()))
    });
    let Some((base, user)) = found else { return (base.to_owned(), None) };
    let (user, password) = user.split_once(':').unwrap_or((&user, ""));
    (base, Some((decoded(user), decoded(password))))
}

/// Percent-encoding undone; variables stay as they are.
pub(super) fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
