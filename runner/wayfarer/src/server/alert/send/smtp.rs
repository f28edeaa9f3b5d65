//! A mail to a server, by SMTP (crate `lettre`) on a checked stream.
//!
//! TLS is that of the sandbox's network: the same authorities as for everything else, also after `STARTTLS`, which is why the
//! words up to it are spoken here. Nothing that came before the handshake counts after it (CVE-2011-0411): a server that said
//! more than its answer is refused.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use wayfarer_model::text::printable;
use wayfarer_sandbox::Network;
use wayfarer_sandbox::net::{Outbound, OutboundStream};

use super::http::not_reached;
use super::outcome::Answer;
use crate::channels::{MailRequest, MailSecurity};

/// The longest line of an answer, and the most lines.
const LINE: usize = 2_048;
const LINES: usize = 100;

const HELLO: &str = "wayfarer";

/// How long a server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(2);

pub(super) async fn send(network: &Arc<Network>, mail: &MailRequest, within: Duration) -> Answer {
    deliver(network, mail, within).await.unwrap_or_else(|failed| failed)
}

async fn deliver(network: &Arc<Network>, mail: &MailRequest, within: Duration) -> Result<Answer, Answer> {
    let outbound = Outbound::new(Arc::clone(network), within);
    let is_tls = mail.security == MailSecurity::Tls;
    let stream =
        outbound.connect(&mail.host, mail.port, is_tls).await.map_err(|error| not_reached(&error))?;
    let stream = match mail.security {
        MailSecurity::Starttls => {
            let stream = start_tls(stream).await?;
            let secured = outbound.secure(stream, &mail.host, mail.port).await;
            // The greeting was before the handshake; there is none after it.
            Greeted {
                greeting: b"220 after STARTTLS\r\n",
                stream: secured.map_err(|error| not_reached(&error))?,
            }
        }
        MailSecurity::Tls | MailSecurity::None => Greeted { greeting: b"", stream },
    };
    let hello = ClientId::Domain(HELLO.to_owned());
    let connected = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await;
    let mut connection = connected.map_err(|error| refused(&error))?;
    if let Some((user, password)) = &mail.credentials {
        let credentials = Credentials::new(user.clone(), password.reveal().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        connection.auth(&mechanisms, &credentials).await.map_err(|error| refused(&error))?;
    }
    let (response, left_out) = hand_over(&mut connection, mail).await.map_err(|error| refused(&error))?;
    let said: Vec<&str> = response.message().collect();
    // The server has the mail; whether and how it takes the farewell changes nothing.
    let _ = tokio::time::timeout(FAREWELL, connection.quit()).await;
    Ok(Answer::Taken(format!("{} {}{left_out}", response.code(), said.join(" "))))
}

/// Hands the mail over for every recipient whom the server takes: that it does not know one is no reason to tell nobody. Returns its
/// answer, and in words whom it did not take.
async fn hand_over(
    connection: &mut AsyncSmtpConnection,
    mail: &MailRequest,
) -> Result<(Response, String), smtp::Error> {
    let mut options = Vec::new();
    let mut addresses = mail.envelope.to().iter().chain(mail.envelope.from());
    if !addresses.all(|address| AsRef::<str>::as_ref(address).is_ascii()) {
        options.push(MailParameter::SmtpUtfEight);
    }
    if !mail.message.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(mail.envelope.from().cloned(), options)).await?;
    let (mut taken, mut left_out, mut refusal) = (0, String::new(), None);
    for to in mail.envelope.to() {
        match connection.command(Rcpt::new(to.clone(), Vec::new())).await {
            Ok(_) => taken += 1,
            Err(error) if error.status().is_some() => {
                left_out = format!("{left_out}; not for {to}: {}", why(&error));
                refusal = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    match refusal {
        Some(refusal) if taken == 0 => return Err(refusal),
        Some(_) => {
            tracing::warn!("a mail server does not take a notice for everybody{}", printable(&left_out));
        }
        None => {}
    }
    connection.command(Data).await?;
    Ok((connection.message(&mail.message).await?, left_out))
}

/// A mail server that refuses for good (5xx) often refuses what a person mends, such as a password or an address. So the mail is
/// tried until it is given up, like any other notice.
fn refused(error: &smtp::Error) -> Answer {
    Answer::Later(why(error), None)
}

fn why(error: &smtp::Error) -> String {
    use std::error::Error as _;
    let (said, cause) = (error.to_string(), error.source().map(ToString::to_string));
    // Of a server's own words both say the same.
    cause.filter(|cause| !said.contains(cause)).map_or(said.clone(), |cause| format!("{said}: {cause}"))
}

/// The words up to the handshake: greeting, `EHLO`, `STARTTLS`.
async fn start_tls(mut stream: OutboundStream) -> Result<OutboundStream, Answer> {
    let broken = |error: io::Error| Answer::Later(format!("it broke off: {error}"), None);
    let (code, _) = answer(&mut stream).await.map_err(broken)?;
    if code != 220 {
        return Err(Answer::Later(format!("it greeted with {code}"), None));
    }
    stream.write_all(format!("EHLO {HELLO}\r\n").as_bytes()).await.map_err(broken)?;
    let (code, lines) = answer(&mut stream).await.map_err(broken)?;
    let offers = lines.iter().any(|line| line.trim().eq_ignore_ascii_case("starttls"));
    if code != 250 || !offers {
        let mend = "it offers no STARTTLS: set `security` of the channel to `tls`, or to `none` for a server of your own";
        return Err(Answer::Later(mend.to_owned(), None));
    }
    stream.write_all(b"STARTTLS\r\n").await.map_err(broken)?;
    let (code, _) = answer(&mut stream).await.map_err(broken)?;
    if code != 220 {
        return Err(Answer::Later(format!("it answered {code} to STARTTLS"), None));
    }
    Ok(stream)
}

/// An answer's code and the texts of its lines. Reads not a byte further.
async fn answer(stream: &mut OutboundStream) -> io::Result<(u16, Vec<String>)> {
    let odd = || io::Error::other("it does not speak SMTP");
    let mut lines = Vec::new();
    while lines.len() < LINES {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            if line.len() >= LINE {
                return Err(odd());
            }
            line.push(stream.read_u8().await?);
        }
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let (code, rest) = line.split_at_checked(3).ok_or_else(odd)?;
        let code: u16 = code.parse().map_err(|_| odd())?;
        let goes_on = rest.starts_with('-');
        lines.push(rest.get(1..).unwrap_or_default().to_owned());
        if !goes_on {
            return Ok((code, lines));
        }
    }
    Err(odd())
}

/// A stream whose first bytes were read already.
struct Greeted {
    greeting: &'static [u8],
    stream: OutboundStream,
}

impl fmt::Debug for Greeted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

impl AsyncTokioStream for Greeted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        // Only shown.
        Ok(self.stream.peer().parse().unwrap_or_else(|_| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0))))
    }
}

impl AsyncRead for Greeted {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let own = self.get_mut();
        if own.greeting.is_empty() {
            return Pin::new(&mut own.stream).poll_read(cx, buf);
        }
        let (now, later) = own.greeting.split_at(own.greeting.len().min(buf.remaining()));
        buf.put_slice(now);
        own.greeting = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Greeted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
