//! One notice to one channel, within a time limit.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use wayfarer_model::notice::Notice;
use wayfarer_model::units::UnixMillis;

use super::{http, smtp};
use crate::channels::ChannelRequest;
use crate::server::alert::ReadyChannel;

/// How long a channel may take.
const WITHIN: Duration = Duration::from_secs(20);

/// The longest error that is kept, in characters.
const ERROR: usize = 500;

/// What became of a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The channel has taken it; what it answered, on one line.
    Delivered { answer: String, digest: [u8; 32] },
    /// It may take it later. `after` is what it asks for.
    Later { error: String, after: Option<Duration> },
    /// The server could not make a message of it, for a fault of its own; the channel was not asked.
    Unmade { error: String },
    /// It never will.
    Never { error: String },
}

impl Outcome {
    /// The word in metrics and for people.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Later { .. } | Self::Unmade { .. } => "failed",
            Self::Never { .. } => "refused",
        }
    }
}

/// Sends a notice. What it returns holds no secret of the channel.
pub(crate) async fn send(channel: &ReadyChannel, notice: &Notice, now: UnixMillis) -> Outcome {
    let request = match channel.channel.request(notice, now) {
        Ok(request) => request,
        Err(error) => return Outcome::Never { error: clean(channel, &error.to_string()) },
    };
    let sending = async {
        match &request {
            ChannelRequest::Http(requests) => to_each(channel, requests).await,
            ChannelRequest::Mail(mail) => {
                let digest = sha256(&mail.message);
                smtp::send(&channel.network, mail, WITHIN).await.into_outcome(digest)
            }
        }
    };
    let late = Outcome::Later { error: format!("it took longer than {} s", WITHIN.as_secs()), after: None };
    let outcome = tokio::time::timeout(WITHIN, sending).await.unwrap_or(late);
    match outcome {
        Outcome::Delivered { answer, digest } => {
            Outcome::Delivered { answer: clean(channel, &answer), digest }
        }
        Outcome::Later { error, after } => Outcome::Later { error: clean(channel, &error), after },
        Outcome::Unmade { error } => Outcome::Unmade { error: clean(channel, &error) },
        Outcome::Never { error } => Outcome::Never { error: clean(channel, &error) },
    }
}

/// Sends the same to every instance at once. One that has taken it is enough.
async fn to_each(channel: &ReadyChannel, requests: &[crate::channels::HttpRequest]) -> Outcome {
    let digest = sha256(requests.first().map_or(&[], |request| &request.body));
    let sending = requests.iter().map(|request| http::send(&channel.network, request, WITHIN));
    let answers = futures_util::future::join_all(sending).await;
    let mut outcomes: Vec<Outcome> = answers.into_iter().map(|answer| answer.into_outcome(digest)).collect();
    outcomes.sort_by_key(|outcome| match outcome {
        Outcome::Delivered { .. } => 0,
        Outcome::Later { .. } | Outcome::Unmade { .. } => 1,
        Outcome::Never { .. } => 2,
    });
    let nothing = || Outcome::Never { error: "it has no instance".to_owned() };
    outcomes.into_iter().next().unwrap_or_else(nothing)
}

/// What a protocol says of one try.
pub(super) enum Answer {
    Taken(String),
    Later(String, Option<Duration>),
    Never(String),
}

impl Answer {
    fn into_outcome(self, digest: [u8; 32]) -> Outcome {
        match self {
            Self::Taken(answer) => Outcome::Delivered { answer, digest },
            Self::Later(error, after) => Outcome::Later { error, after },
            Self::Never(error) => Outcome::Never { error },
        }
    }
}

/// On one line and cut, in this order: what is left of a secret at a cut would not be found.
fn clean(channel: &ReadyChannel, text: &str) -> String {
    let text = channel.without_secrets(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    wayfarer_model::notice::clip(&wayfarer_model::text::printable(&line), ERROR)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}
