//! A webhook signed as <https://www.standardwebhooks.com> says: the receiver verifies it with that project's libraries.
//!
//! The body is `{"type": "incident.opened", "timestamp": …, "data": …}`, where `data` is the notice with its words. While a
//! secret rotates, the table has both, and the header has a signature by each.

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;
use wayfarer_model::notice::{Fact, Notice, NoticeKind};
use wayfarer_model::units::UnixMillis;

use super::request::{ChannelRequest, HttpRequest, RequestError};
use super::secret::{SecretReader, SecretSource};
use crate::config::Text;

/// `webhook`: `url`, `secret`, and `old_secret` while the secret rotates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookTable {
    url: Text<Url>,
    secret: SecretSource,
    /// Signs too, until every receiver knows the new one.
    old_secret: Option<SecretSource>,
}

/// A receiver, and the keys that sign for it.
pub(crate) struct Webhook {
    url: Url,
    keys: Vec<hmac::Key>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhook({})", self.url)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    headline: String,
    text: String,
    facts: Vec<(&'static str, String)>,
    #[serde(flatten)]
    notice: &'a Notice,
}

impl WebhookTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Webhook, String> {
        let old = self.old_secret.as_ref().map(|source| ("webhook.old_secret", source));
        let keys = std::iter::once(("webhook.secret", &self.secret)).chain(old).map(|(name, source)| {
            let value = secrets.read(name, source)?;
            key(value.reveal()).ok_or_else(|| {
                format!(
                    "`{name}` is no secret of Standard Webhooks: it is `whsec_` and 24 to 64 bytes in base64, as `echo \
                     whsec_$(head -c 32 /dev/urandom | base64)` makes one"
                )
            })
        });
        Ok(Webhook { url: self.url.0.clone(), keys: keys.collect::<Result<_, _>>()? })
    }
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = BASE64.decode(secret.strip_prefix("whsec_")?.as_bytes()).ok()?;
    (24..=64).contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

impl Webhook {
    pub(super) fn request(&self, notice: &Notice, at: UnixMillis) -> Result<ChannelRequest, RequestError> {
        let facts = notice.facts().into_iter().map(|Fact { name, value }| (name, value)).collect();
        let kind = match notice.kind {
            NoticeKind::Test => "test".to_owned(),
            other => format!("incident.{}", other.as_str()),
        };
        let body = Body {
            kind,
            timestamp: notice.at.rfc3339(),
            data: Data { headline: notice.headline(), text: notice.phone(), facts, notice },
        };
        let request = HttpRequest::json(self.url.clone(), &body)?;
        let timestamp = at.0 / 1_000;
        let signed = [format!("{}.{timestamp}.", notice.id).as_bytes(), &request.body].concat();
        let signatures = self.keys.iter().map(|key| {
            let signature = hmac::sign(key, &signed);
            format!("v1,{}", BASE64.encode(signature.as_ref()))
        });
        let signatures = signatures.collect::<Vec<_>>().join(" ");
        let request = request
            .with("webhook-id", notice.id.clone())
            .with("webhook-timestamp", timestamp.to_string())
            .with("webhook-signature", signatures);
        Ok(ChannelRequest::Http(vec![request]))
    }
}
