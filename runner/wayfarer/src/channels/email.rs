//! E-mail, over SMTP: a message of text and HTML. Messages of one incident refer to one another, so that readers show them
//! together.

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::{Mailbox, Message, MultiPart, SinglePart, header};
use schemars::JsonSchema;
use serde::Deserialize;
use wayfarer_model::notice::Notice;
use wayfarer_model::units::UnixMillis;

use super::request::{ChannelRequest, MailRequest, MailSecurity, RequestError};
use super::secret::{Sealed, SecretReader, SecretSource};
use crate::config::{one_or_many, one_or_many_schema};

/// `email`: `host`, `port`, `security`, `user`, `password`, `from`, `to`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailTable {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: MailSecurity,
    user: Option<String>,
    password: Option<SecretSource>,
    from: String,
    #[serde(deserialize_with = "one_or_many")]
    #[schemars(schema_with = "one_or_many_schema::<String>")]
    to: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Email {
    host: String,
    port: u16,
    security: MailSecurity,
    credentials: Option<(String, Sealed)>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl EmailTable {
    pub(super) fn read(&self, secrets: &mut SecretReader<'_>) -> Result<Email, String> {
        let mailbox = |key: &str, text: &String| {
            text.parse::<Mailbox>().map_err(|_| {
                format!("`email.{key}` has `{text}`, which is no address: write `ana@example.com` or `Ana <ana@example.com>`")
            })
        };
        let password = secrets.read_if_there("email.password", self.password.as_ref())?;
        let credentials = match (&self.user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (None, None) => None,
            _ => return Err("`email` needs `user` and `password`, or neither".to_owned()),
        };
        if credentials.is_some() && self.security == MailSecurity::None {
            return Err(
                "`email` sends no password without TLS: set `security` to `starttls` or `tls`".to_owned()
            );
        }
        if self.to.is_empty() {
            return Err("`email.to` needs an address".to_owned());
        }
        let usual = match self.security {
            MailSecurity::Starttls => 587,
            MailSecurity::Tls => 465,
            MailSecurity::None => 25,
        };
        Ok(Email {
            host: self.host.trim_matches(['[', ']']).to_ascii_lowercase(),
            port: self.port.unwrap_or(usual),
            security: self.security,
            credentials,
            from: mailbox("from", &self.from)?,
            to: self.to.iter().map(|to| mailbox("to", to)).collect::<Result<_, _>>()?,
        })
    }
}

impl Email {
    pub(super) fn request(&self, notice: &Notice) -> Result<ChannelRequest, RequestError> {
        let odd = |error: &dyn std::fmt::Display| RequestError(format!("no mail can be made of it: {error}"));
        let place = notice.place();
        let subject =
            if place.is_empty() { notice.headline() } else { format!("[{place}] {}", notice.headline()) };
        let domain = self.from.email.domain();
        let (id, thread) = (format!("<{}@{domain}>", notice.id), format!("<{}@{domain}>", notice.thread));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(subject)
            .date(date(notice.at))
            .message_id(Some(id))
            // Nobody's absence note answers it.
            .header(AutoSubmitted);
        if notice.id != notice.thread {
            builder = builder.in_reply_to(thread.clone()).references(thread);
        }
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        let parts = MultiPart::builder()
            .kind(lettre::message::MultiPartKind::Alternative)
            .boundary(boundary(&notice.id))
            .singlepart(SinglePart::plain(notice.plain()))
            .singlepart(SinglePart::html(html(notice)));
        let message = builder.multipart(parts).map_err(|error| odd(&error))?;
        let addresses: Vec<Address> = self.to.iter().map(|to| to.email.clone()).collect();
        let envelope =
            Envelope::new(Some(self.from.email.clone()), addresses).map_err(|error| odd(&error))?;
        Ok(ChannelRequest::Mail(Box::new(MailRequest {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            credentials: self.credentials.clone(),
            envelope,
            message: message.formatted(),
        })))
    }
}

/// RFC 2046 allows 70 characters, and an id may have more.
fn boundary(id: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, id.as_bytes());
    let start = digest.as_ref().get(..16).unwrap_or_default();
    format!("wayfarer-{}", data_encoding::HEXLOWER.encode(start))
}

fn date(at: UnixMillis) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(at.0 / 1_000)
}

/// RFC 3834.
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn html(notice: &Notice) -> String {
    let rows = notice.facts().into_iter().map(|fact| {
        format!(
            "<tr><th style=\"text-align:left;vertical-align:top;padding:2px 12px 2px 0\">{}</th><td>{}</td></tr>\n",
            escape(fact.name),
            escape(&fact.value)
        )
    });
    let link =
        notice.link.as_ref().map(|link| format!("<p><a href=\"{}\">Show the run</a></p>\n", escape(link)));
    format!(
        "<!doctype html>\n<html lang=\"en\"><body style=\"font-family:sans-serif\">\n<h2>{}</h2>\n<table>\n{}</table>\n{}</body></html>\n",
        escape(&notice.headline()),
        rows.collect::<String>(),
        link.unwrap_or_default()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
