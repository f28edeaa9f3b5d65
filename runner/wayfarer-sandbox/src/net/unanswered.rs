//! Requests that nobody had answered when the attempt ended: whether the runner itself could have reached their hosts.
//!
//! The attempt's own deadline, and a guest that gives up by a timer of its own, end a request before any limit of the request's does.
//! Nobody has reviewed it then. If the runner has no way to any of the hosts that were waited for, it is the runner that was
//! waited for; one host that it could have reached is enough to leave the blame where it was.

use std::net::SocketAddr;

use url::Url;
use wayfarer_model::traffic::{Blame, Phase, TrafficError, TrafficErrorKind, TrafficRecord};

use super::dialer::{Dialer, Endpoint};
use super::fault::targets;
use super::names::Unresolved;
use super::review::{Doubtful, Review};
use crate::tape::Tape;

/// More of them are not asked about.
const MOST: usize = 8;

impl Dialer {
    /// Says in the records of unanswered requests that the runner is to blame, if it is for all of them.
    pub(crate) async fn review_unanswered(&self, tape: &Tape) {
        let Some(review) = &self.review else { return };
        let unanswered = tape.unanswered();
        if unanswered.is_empty() || unanswered.len() > MOST {
            return;
        }
        let mut runners = None;
        for record in &unanswered {
            let reviewed = self.reviewed_record(review, record, tape).await;
            match reviewed.filter(|error| error.blame == Blame::Runner) {
                Some(error) => runners = Some(error.message),
                None => return,
            }
        }
        if let Some(why) = runners {
            tape.excuse_unanswered(&why);
        }
    }

    async fn reviewed_record(
        &self,
        review: &Review,
        record: &TrafficRecord,
        tape: &Tape,
    ) -> Option<TrafficError> {
        let silence = |message| TrafficError {
            phase: Some(Phase::Total),
            ..targets(TrafficErrorKind::Timeout, message)
        };
        let peer = record.remote_address.as_ref().and_then(|address| address.parse::<SocketAddr>().ok());
        let url = Url::parse(&record.kind.as_request().url).ok()?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let endpoint = Endpoint { host: &host, port: url.port_or_known_default()? };
        let error = silence(format!("no answer from {endpoint}"));
        let addresses = match peer {
            Some(peer) => Some(vec![peer.ip()]),
            // A proxy would be asked for the host.
            None if self.network.proxy().is_some_and(|proxy| proxy.is_for(endpoint)) => return None,
            None => self.known(endpoint),
        };
        let reviewed = match addresses {
            Some(addresses) => {
                let none = std::future::ready(None);
                review.failure(Doubtful::from(error), &addresses, tape, none).await
            }
            None => review.name(&host, Unresolved::silent(error), self.network.names(), tape).await,
        };
        Some(reviewed)
    }
}
