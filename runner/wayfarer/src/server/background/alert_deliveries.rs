//! Sends what is due, each channel by a task of its own: one that is slow or down holds up no other.
//!
//! A row is leased before its notice is sent and marked after the channel has answered. Whatever ends in between, the lease ends
//! too, and the notice is sent again under the same id. The leases of a process that is gone end at the next start.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Delivery, DueChannel, Leased, StoreError};

use super::driver::Reconcile;
use crate::channels::ChannelKind;
use crate::server::ServerContext;
use crate::server::alert::{
    Alerting, AlertingHandle, Circuit, Outcome, ReadyChannel, compose, retry_after, send,
};

/// Longer than a channel may take to answer.
const LEASE_MS: u64 = 60_000;

/// How often a channel is told of what goes on that would forget it else.
const AGAIN_MS: u64 = 60_000;

/// Notices that a channel gets before its task looks whether its circuit, or the configuration, is another.
const IN_A_ROW: usize = 16;

type Circuits = Arc<Mutex<BTreeMap<DueChannel, Circuit>>>;

pub(super) struct AlertDeliveries {
    alerting: AlertingHandle,
    circuits: Circuits,
    /// One task a channel.
    sending: JoinSet<()>,
    busy: Arc<Mutex<Vec<DueChannel>>>,
    /// Whether the leases of the process before this one are free.
    is_begun: bool,
}

impl AlertDeliveries {
    pub(super) fn new(alerting: AlertingHandle) -> Self {
        Self {
            alerting,
            circuits: Circuits::default(),
            sending: JoinSet::new(),
            busy: Arc::default(),
            is_begun: false,
        }
    }
}

impl Reconcile for AlertDeliveries {
    const NAME: &'static str = "alert-deliveries";
    const PERIOD: Duration = Duration::from_millis(500);
    const RETRY: Duration = Duration::from_secs(2);
    const WHILE_FAILING: &'static str = "no notice is sent";

    type Error = StoreError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), StoreError> {
        if !self.is_begun {
            context.store.free_leases().await?;
            self.is_begun = true;
        }
        while self.sending.try_join_next().is_some() {}
        let now = context.clock.now();
        context.metrics.alerts_waiting(context.store.delivery_figures().await?, now);
        for channel in context.store.due_channels(now).await? {
            let is_closed = self.circuits.lock().get(&channel).is_none_or(|circuit| circuit.lets(now));
            if !is_closed || self.busy.lock().contains(&channel) {
                continue;
            }
            self.busy.lock().push(channel.clone());
            let busy = Busy { all: Arc::clone(&self.busy), channel: channel.clone() };
            let sender = Sender {
                context: context.clone(),
                alerting: self.alerting.get(),
                circuits: Arc::clone(&self.circuits),
                channel,
            };
            self.sending.spawn(async move {
                let _busy = busy;
                sender.run().await;
            });
        }
        Ok(())
    }
}

/// A channel is busy until this is dropped.
struct Busy {
    all: Arc<Mutex<Vec<DueChannel>>>,
    channel: DueChannel,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.all.lock().retain(|channel| *channel != self.channel);
    }
}

/// Sends one channel's notices, in their order.
struct Sender {
    context: ServerContext,
    alerting: Arc<Alerting>,
    circuits: Circuits,
    channel: DueChannel,
}

impl Sender {
    async fn run(self) {
        for _ in 0..IN_A_ROW {
            match self.next().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    let channel = &self.channel.channel;
                    tracing::error!(channel, %error, "a notice could not be marked: it is sent again");
                    return;
                }
            }
        }
    }

    /// Sends the next notice. Whether it may go on with another one.
    async fn next(&self) -> Result<bool, StoreError> {
        let store = &self.context.store;
        let now = self.context.clock.now();
        let until = UnixMillis(now.0 + LEASE_MS);
        let Leased::Taken(deliveries) = store.lease(&self.channel, now, until).await? else {
            return Ok(false);
        };
        let tenant = self.channel.tenant.as_ref();
        let Some(ready) = self.alerting.channel(tenant, &self.channel.channel) else {
            let error = "the configuration has no such channel".to_owned();
            return self.not_taken(None, &deliveries, &Outcome::Later { error, after: None }).await;
        };
        let (outcome, is_over) = match self.sent(ready, &deliveries).await {
            Sent::Gone => {
                store
                    .not_delivered(&numbers(&deliveries), "its incident is not there any more", None)
                    .await?;
                return Ok(true);
            }
            Sent::Tried { outcome, is_over } => (outcome, is_over),
        };
        self.context.metrics.alert_sent(tenant, ready.name.as_str(), outcome.word());
        let Outcome::Delivered { digest, .. } = &outcome else {
            return self.not_taken(Some(ready), &deliveries, &outcome).await;
        };
        self.circuits.lock().entry(self.channel.clone()).or_default().succeeded();
        let now = self.context.clock.now();
        let repeats = ready.channel.kind() == ChannelKind::Repeated && !is_over;
        let again = repeats.then(|| UnixMillis(now.0 + AGAIN_MS));
        store.delivered(&numbers(&deliveries), *digest, now, again).await?;
        Ok(true)
    }

    /// Composes their notice and sends it. A row that cannot be read and a panic are faults of ours: the notice waits as if its channel
    /// had failed, so that it holds up no other.
    async fn sent(&self, ready: &ReadyChannel, deliveries: &[Delivery]) -> Sent {
        let tenant = self.channel.tenant.as_ref();
        let sending = async {
            let notice = match compose(&self.context.store, &self.alerting, tenant, deliveries).await {
                Ok(Some(notice)) => notice,
                Ok(None) => return Sent::Gone,
                Err(error) => return Sent::unmade(error.to_string()),
            };
            let outcome = send(ready, &notice, self.context.clock.now()).await;
            Sent::Tried { outcome, is_over: notice.is_over() }
        };
        let sent = AssertUnwindSafe(sending).catch_unwind().await;
        sent.unwrap_or_else(|_| Sent::unmade("the server panicked over it".to_owned()))
    }

    /// The channel has not taken them.
    async fn not_taken(
        &self,
        ready: Option<&Arc<ReadyChannel>>,
        deliveries: &[Delivery],
        outcome: &Outcome,
    ) -> Result<bool, StoreError> {
        let (error, after, is_final) = match outcome {
            Outcome::Later { error, after } => (error, *after, false),
            Outcome::Unmade { error } => (error, None, false),
            Outcome::Never { error } => (error, None, true),
            Outcome::Delivered { .. } => return Ok(true),
        };
        let (store, now) = (&self.context.store, self.context.clock.now());
        let Some(first) = deliveries.first() else { return Ok(true) };
        let age = Duration::from_millis(now.0.saturating_sub(first.since.0));
        let mut wait = retry_after(first.number, first.attempts, after);
        let is_repeated = ready.is_some_and(|ready| ready.channel.kind() == ChannelKind::Repeated);
        if is_repeated {
            // An alert that is not repeated within minutes is forgotten.
            wait = wait.min(Duration::from_millis(AGAIN_MS));
        }
        let is_dead = is_final || (!first.is_told && age >= self.alerting.give_up_after);
        let (channel, attempts) = (&self.channel.channel, first.attempts);
        if is_dead {
            tracing::error!(channel, attempts, error, "a notice is given up");
        } else {
            tracing::warn!(channel, attempts, error, ?wait, "a notice was not taken: it is sent again");
        }
        let fallback = ready.and_then(|ready| ready.fallback.as_ref());
        if let Some(fallback) = fallback.filter(|_| is_dead || age >= self.alerting.fallback_after) {
            store.stand_in(&numbers(deliveries), fallback.as_str(), now).await?;
        }
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let retry = (!is_dead).then(|| UnixMillis(now.0.saturating_add(wait_ms)));
        store.not_delivered(&numbers(deliveries), error, retry).await?;
        if matches!(outcome, Outcome::Later { .. }) {
            self.circuits.lock().entry(self.channel.clone()).or_default().failed(now, wait);
        }
        let is_open = self.circuits.lock().get(&self.channel).is_some_and(Circuit::is_open);
        Ok(!is_open)
    }
}

/// What became of deliveries that were to be sent.
enum Sent {
    /// Their incident is not there any more.
    Gone,
    Tried {
        outcome: Outcome,
        is_over: bool,
    },
}

impl Sent {
    fn unmade(error: String) -> Self {
        Self::Tried { outcome: Outcome::Unmade { error }, is_over: false }
    }
}

fn numbers(deliveries: &[Delivery]) -> Vec<i64> {
    deliveries.iter().map(|delivery| delivery.number).collect()
}
