//! Sends a trace of each run that has ended to the receiver of `[otlp]`, in the order of the runs' commits.
//!
//! The store keeps which run the receiver has last; the position moves on after the receiver's answer. So a restart, a crash or a receiver
//! that is away loses nothing, and at worst a batch is sent twice, under the same ids. Runs wait in the store, where retention alone
//! removes them, which is counted and said; nothing waits in memory, and no run waits for this task.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{RunCursor, RunDetail, StoreError};

use super::driver::Reconcile;
use crate::server::ServerContext;
use crate::server::alert::retry_after;
use crate::server::metrics::SpanResult;
use crate::server::otlp::{Answer, Batch, OtlpHandle, OtlpSettings, batch, send};

/// Rows of one look at the store.
const AT_ONCE: u32 = 512;

/// A batch ends with the run that reaches so many spans: about a megabyte of JSON.
const SPANS: usize = 1_500;

/// The longest wait between two requests to a receiver that takes nothing and does not say when it will, in failures that double it.
const DOUBLINGS: u32 = 4;

pub(crate) struct TraceExport {
    otlp: OtlpHandle,
    /// Requests in a row that were not taken.
    failures: u32,
    /// No request is sent before; none if the last one was taken.
    wait: Option<UnixMillis>,
    /// The most runs of the next batch: one after a batch was refused, to find the run that is to blame, then more again.
    most: usize,
    /// The receiver that all this is about.
    to: Option<Arc<OtlpSettings>>,
    /// Whether the store knows that nothing is exported.
    is_off: bool,
}

/// Some runs on their way.
struct Loaded {
    runs: Vec<RunDetail>,
    done: Done,
}

/// What a batch gets done with.
#[derive(Clone, Copy)]
struct Done {
    /// The position afterwards.
    newest: RunCursor,
    /// Rows on the way there that were removed before they could be sent.
    removed: u64,
}

impl TraceExport {
    pub(crate) fn new(otlp: OtlpHandle) -> Self {
        Self { otlp, failures: 0, wait: None, most: AT_ONCE as usize, to: None, is_off: false }
    }
}

/// Why a round did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the spans of a batch cannot be written: {0}")]
    Encode(#[from] std::io::Error),
    #[error("the spans of a batch cannot be written: {0}")]
    Panic(#[from] tokio::task::JoinError),
}

impl Reconcile for TraceExport {
    const NAME: &'static str = "trace-export";
    const PERIOD: Duration = Duration::from_secs(1);
    const RETRY: Duration = Duration::from_secs(10);
    const WHILE_FAILING: &'static str = "no trace is exported; runs wait in the store";

    type Error = TraceExportError;

    async fn reconcile(&mut self, context: &ServerContext) -> Result<(), TraceExportError> {
        let store = &context.store;
        let Some(to) = self.otlp.get() else {
            if !self.is_off {
                store.end_trace_export().await?;
                context.metrics.no_traces();
                self.is_off = true;
            }
            return Ok(());
        };
        self.meet(&to);
        let mut at = loop {
            match store.trace_position().await? {
                Some(at) => break at,
                None => store.begin_trace_export().await?,
            }
        };
        loop {
            let now = context.clock.now();
            context.metrics.traces_behind(store.trace_backlog(at).await?, now);
            if self.wait.is_some_and(|until| now < until) {
                return Ok(());
            }
            let Some(done) = self.send_after(context, &to, at).await? else { return Ok(()) };
            store.traces_exported(done.newest).await?;
            at = done.newest;
            if done.removed > 0 {
                context.metrics.traces_removed(done.removed);
                tracing::warn!(
                    rows = done.removed,
                    "rows of runs and slots were removed before the receiver of traces could have them: it was away for longer than retention keeps runs"
                );
            }
        }
    }
}

impl TraceExport {
    /// A receiver that SIGHUP has brought is asked at once, whatever the one before has asked for.
    fn meet(&mut self, to: &Arc<OtlpSettings>) {
        if !self.to.as_ref().is_some_and(|last| Arc::ptr_eq(last, to)) {
            let fresh = Self { to: Some(Arc::clone(to)), ..Self::new(self.otlp.clone()) };
            *self = fresh;
        }
    }

    /// Sends the runs after a position. None if there is nothing to send, or if the receiver does not take it now.
    async fn send_after(
        &mut self,
        context: &ServerContext,
        to: &Arc<OtlpSettings>,
        at: RunCursor,
    ) -> Result<Option<Done>, TraceExportError> {
        let Some(Loaded { runs, done }) = self.load(context, to, at).await? else { return Ok(None) };
        let alone = match runs.as_slice() {
            [run] => Some(run.row.id),
            _ => None,
        };
        let encoding = {
            let to = Arc::clone(to);
            // Beside the threads that wait for targets: time measured there is the journeys'.
            spawn_blocking(move || batch(&runs, to.pages.as_ref()))
        };
        let Some(batch) = encoding.await?? else { return Ok(Some(done)) };
        let metrics = &context.metrics;
        match send(to, &batch).await {
            Answer::Taken { refused, why } => {
                metrics.spans(SpanResult::Sent, (batch.spans as u64).saturating_sub(refused));
                if refused > 0 {
                    metrics.spans(SpanResult::Refused, refused);
                    tracing::warn!(refused, why, "the receiver of traces has not taken all spans");
                }
                self.taken(context, to);
                Ok(Some(done))
            }
            Answer::Refused { error } if alone.is_none() => {
                tracing::debug!(
                    error,
                    "the receiver of traces refuses a batch: its runs are sent one by one"
                );
                self.most = 1;
                Box::pin(self.send_after(context, to, at)).await
            }
            Answer::Refused { error } => {
                metrics.spans(SpanResult::Refused, batch.spans as u64);
                let run = alone.map(|run| run.to_string());
                tracing::error!(run, error, "the receiver refuses the trace of a run, which is given up");
                self.taken(context, to);
                Ok(Some(done))
            }
            Answer::Later { error, after } => {
                self.failed(context, to, &batch, (&error, after));
                Ok(None)
            }
        }
    }

    fn taken(&mut self, context: &ServerContext, to: &OtlpSettings) {
        if self.failures > 0 {
            tracing::info!(host = to.host(), failures = self.failures, "the receiver takes traces again");
        }
        context.metrics.trace_request_taken();
        self.failures = 0;
        self.wait = None;
        self.most = self.most.saturating_mul(2).min(AT_ONCE as usize);
    }

    fn failed(
        &mut self,
        context: &ServerContext,
        to: &OtlpSettings,
        batch: &Batch,
        (error, after): (&str, Option<Duration>),
    ) {
        self.failures = self.failures.saturating_add(1);
        let wait = retry_after(0, self.failures.min(DOUBLINGS), after);
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.wait = Some(UnixMillis(context.clock.now().0.saturating_add(wait_ms)));
        context.metrics.trace_request_failed(format!("{}: {error}", to.host()));
        if self.failures == 1 {
            let (host, spans) = (to.host(), batch.spans);
            tracing::warn!(host, spans, error, ?wait, "traces were not taken: they are sent again");
        }
    }

    /// The next runs of tenants that are exported. None if there is no row after the position.
    async fn load(
        &self,
        context: &ServerContext,
        to: &OtlpSettings,
        at: RunCursor,
    ) -> Result<Option<Loaded>, StoreError> {
        let candidates = context.store.next_traces(at, AT_ONCE).await?;
        let mut loaded: Option<Loaded> = None;
        let mut spans = 0;
        for candidate in candidates {
            let (mut runs, removed) =
                loaded.take().map_or_else(Default::default, |loaded| (loaded.runs, loaded.done.removed));
            let detail = if to.exports(&candidate) { read(context, candidate.run).await? } else { None };
            spans += detail.as_ref().map_or(0, spans_of);
            runs.extend(detail);
            let is_full = runs.len() >= self.most || spans >= SPANS;
            let removed = removed + candidate.removed_before;
            loaded = Some(Loaded { runs, done: Done { newest: candidate.run, removed } });
            if is_full {
                break;
            }
        }
        Ok(loaded)
    }
}

/// A run that cannot be read is left out: it must not keep the others.
async fn read(context: &ServerContext, run: RunCursor) -> Result<Option<RunDetail>, StoreError> {
    match context.store.trace_of(run).await {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(%error, "a run has no trace");
            Ok(None)
        }
        read => read,
    }
}

fn spans_of(run: &RunDetail) -> usize {
    let of =
        |recording: &wayfarer_model::report::Recording| 1 + recording.steps.len() + recording.traffic.len();
    1 + run.attempts.iter().map(|attempt| of(&attempt.recording)).sum::<usize>()
}
