//! Whether a name server may be believed that failed for a name, or that says there is none: questions with known answers.
//!
//! Two faults look like a target that lost its name. A server that has lost its own way out still has much in its cache, the
//! root and the top-level domains with it, and fails for the rest. And one that has lost its zones, or stands in front of a
//! login page, says of every name that it does not exist. So two questions are asked of it, each of two domains:
//!
//! - a name that exists, which a server that denies everything denies too;
//! - a label made up on the spot below that name, which is in no cache: "does not exist" for an answer comes from outside.
//!
//! The names are the operator's `control_names`. Without any they are the top-level domains `com.` and `org.` by their name
//! servers; and a server without a way out on purpose may be believed for a name that does not exist below a zone that it
//! knows (`SOA`).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use tokio::time::timeout;

use super::controls::ControlName;
use crate::clock::monotonic_now;

/// How long all questions may take; they are asked at the same time.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(3);

/// Domains of different registries that every server with a way out can name the servers of.
const WELL_KNOWN: [&str; 2] = ["com.", "org."];

/// The most zones above a name that are asked for, nearest first.
const ZONES: usize = 4;

/// What a lookup that found nothing leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// The server says that there is no such name or no such address.
    Denied,
    /// The server failed, refused or said nothing.
    Failed,
}

/// What the questions showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Evidence {
    /// A name that exists was found.
    finds: bool,
    /// A label that is in no cache was answered.
    reaches: bool,
}

/// The questions to one name server. Asked once for everybody who wants to know at the same time and for a few seconds after.
pub(super) struct NameControls {
    names: Vec<Name>,
    /// Whoever asks holds the lock; the others wait and take what was found.
    last: tokio::sync::Mutex<Option<(Instant, Evidence)>>,
}

impl NameControls {
    pub(super) fn new(names: &[ControlName]) -> Self {
        let names = names.iter().map(|name| name.0.clone()).collect();
        Self { names, last: tokio::sync::Mutex::default() }
    }

    /// Whether the server may be believed, so that the target is to blame for its name.
    pub(super) async fn vouch(&self, resolver: &TokioResolver, failing: &Name, doubt: Doubt) -> bool {
        let Evidence { finds, reaches } = self.evidence(resolver).await;
        match doubt {
            Doubt::Failed => finds && reaches,
            Doubt::Denied if finds => true,
            Doubt::Denied => self.names.is_empty() && knows_a_zone_of(resolver, failing).await,
        }
    }

    /// Whether the server knows the names, and answers what is in no cache.
    pub(super) async fn are_known(&self, resolver: &TokioResolver) -> bool {
        let Evidence { finds, reaches } = self.evidence(resolver).await;
        finds && reaches
    }

    /// Which names were asked for, for whoever sees the run: those of the configuration are the operator's alone.
    pub(super) fn described(&self) -> &'static str {
        if self.names.is_empty() { "`com.` and `org.`" } else { "the control names" }
    }

    async fn evidence(&self, resolver: &TokioResolver) -> Evidence {
        let mut last = self.last.lock().await;
        if let Some((at, evidence)) = *last
            && monotonic_now().duration_since(at) < FRESH
        {
            return evidence;
        }
        let evidence = self.ask(resolver).await;
        *last = Some((monotonic_now(), evidence));
        evidence
    }

    async fn ask(&self, resolver: &TokioResolver) -> Evidence {
        let (names, kinds): (Vec<Name>, &[RecordType]) = if self.names.is_empty() {
            (WELL_KNOWN.iter().filter_map(|name| Name::from_ascii(name).ok()).collect(), &[RecordType::NS])
        } else {
            (self.names.clone(), &[RecordType::A, RecordType::AAAA])
        };
        let existing = names.iter().flat_map(|name| kinds.iter().map(move |kind| (name.clone(), *kind)));
        let finds = join_all(existing.map(|(name, kind)| exists(resolver, name, kind)));
        let made_up = names.iter().filter_map(below);
        let reaches = join_all(made_up.map(|name| is_answered(resolver, name)));
        let (finds, reaches) = tokio::join!(finds, reaches);
        Evidence { finds: finds.contains(&true), reaches: reaches.contains(&true) }
    }
}

/// A name that nobody has asked for before.
fn below(name: &Name) -> Option<Name> {
    let label = format!("wayfarer-{:016x}", rand::random::<u64>());
    Name::from_ascii(label).ok()?.append_domain(name).ok()
}

/// Whether the server finds a record.
async fn exists(resolver: &TokioResolver, name: Name, kind: RecordType) -> bool {
    match timeout(PATIENCE, resolver.lookup(name, kind)).await {
        Ok(Ok(found)) => found.answers().iter().any(|record| record.record_type() == kind),
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Whether the server knows what is there, be it nothing.
async fn is_answered(resolver: &TokioResolver, name: Name) -> bool {
    match timeout(PATIENCE, resolver.lookup(name, RecordType::A)).await {
        Ok(Ok(_)) => true,
        Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none)))) => {
            matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError)
        }
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Whether the server knows a zone that the name would be in, other than the root.
async fn knows_a_zone_of(resolver: &TokioResolver, name: &Name) -> bool {
    let above = std::iter::successors(Some(name.base_name()), |zone| Some(zone.base_name()));
    let zones = above.take_while(|zone| !zone.is_root()).take(ZONES);
    join_all(zones.map(|zone| exists(resolver, zone, RecordType::SOA))).await.contains(&true)
}
