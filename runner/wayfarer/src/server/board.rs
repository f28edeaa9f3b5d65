//! What pages and the API say of all journeys' results, kept for a moment: however many pages are open, the store is asked for it
//! with a twentieth of one processor at most.
//!
//! It holds results only. What people change (deployments, pauses, incidents) is read anew for each answer.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{JourneyFigures, JourneyKey, RecentSlot, Store, StoreError};

use crate::clock::Stopwatch;

/// Slots in a journey's strip.
const SLOTS: u32 = 60;
/// The results are read again when they are this many times as old as reading them took.
const REST: u32 = 20;
/// Reading that takes longer does not keep a caller waiting: it gets the results before.
const QUICK: Duration = Duration::from_millis(40);
/// Results that are older are given to nobody.
const TOO_OLD: Duration = Duration::from_mins(2);

/// All journeys' results.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) slots: HashMap<JourneyKey, Vec<RecentSlot>>,
    pub(crate) figures: HashMap<JourneyKey, JourneyFigures>,
}

/// The newest results, with all who ask for them.
#[derive(Clone, Default)]
pub(crate) struct Board {
    posted: Arc<Mutex<Option<Posted>>>,
    /// Held by whoever reads.
    reading: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Clone)]
struct Posted {
    results: Arc<Results>,
    since: Stopwatch,
    took: Duration,
}

impl Board {
    /// The results, as old as [`REST`] allows.
    pub(crate) async fn results(&self, store: &Store, now: UnixMillis) -> Result<Arc<Results>, StoreError> {
        let posted = self.posted.lock().clone();
        let Some(Posted { results, since, took }) = posted else { return self.post(store, now).await };
        let age = since.elapsed();
        if age < took * REST {
            return Ok(results);
        }
        if took < QUICK || age > TOO_OLD {
            return self.post(store, now).await;
        }
        let (board, store) = (self.clone(), store.clone());
        tokio::spawn(async move {
            // Somebody else reads already if it is held.
            if board.reading.try_lock().is_ok()
                && let Err(error) = board.post(&store, now).await
            {
                tracing::warn!(%error, "the results of all journeys could not be read for a page");
            }
        });
        Ok(results)
    }

    async fn post(&self, store: &Store, now: UnixMillis) -> Result<Arc<Results>, StoreError> {
        let asked = Stopwatch::start();
        let _reading = self.reading.lock().await;
        if let Some(posted) = self.posted.lock().as_ref()
            && posted.since.elapsed() < asked.elapsed()
        {
            // It was read while this caller waited for its turn.
            return Ok(Arc::clone(&posted.results));
        }
        let since = Stopwatch::start();
        let slots = store.recent_slots(SLOTS).await?;
        let figures = store.journey_figures(now).await?;
        let results = Arc::new(Results { slots, figures });
        let posted = Posted { results: Arc::clone(&results), since, took: since.elapsed() };
        *self.posted.lock() = Some(posted);
        Ok(results)
    }
}
