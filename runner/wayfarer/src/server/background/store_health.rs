//! Looks twice a second whether results get into the store and whether there is room for more.
//!
//! Between the store and those who have to know: the dispatcher, which begins nothing without room, and whoever asks
//! for the readiness or the metrics.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use wayfarer_model::units::Bytes;
use wayfarer_store::{DiskSpace, Store};

use crate::server::Unready;
use crate::server::dispatcher::DispatcherHandle;
use crate::server::metrics::Metrics;
use crate::shutdown::Cancellation;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);

/// The loop and what it needs.
pub(in crate::server) struct StoreWatch {
    pub(in crate::server) store: Store,
    pub(in crate::server) dispatcher: DispatcherHandle,
    pub(in crate::server) metrics: Arc<Metrics>,
    pub(in crate::server) ready: watch::Sender<Result<(), Unready>>,
    pub(in crate::server) stop: Cancellation,
}

impl StoreWatch {
    /// Until the server has ended.
    pub(in crate::server) async fn run(self) {
        let mut had_room = None;
        while !self.stop.is_cancelled() {
            let health = self.store.health().last_error.map_or(Ok(()), |error| Err(Unready::Store(error)));
            let room = self.room(&mut had_room).await;
            let _ = self.ready.send_replace(room.and(health));
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = self.stop.cancelled() => {}
            }
        }
        let _ = self.ready.send_replace(Err(Unready::Stopping));
        // Kept until the end, so that whoever asks hears that it stops.
        std::future::pending::<()>().await;
    }

    /// A disk that does not say how full it is counts as one that is not.
    async fn room(&self, had_room: &mut Option<bool>) -> Result<(), Unready> {
        let room = match self.store.disk_space().await {
            Ok(room) => room,
            Err(error) => {
                tracing::debug!(%error, "the disk does not say how much room it has");
                return Ok(());
            }
        };
        self.metrics.room(room);
        let DiskSpace { free, held, wanted, is_enough } = room;
        let full = Unready::DiskFull {
            folder: self.store.data_dir().to_owned(),
            free: Bytes(free),
            held: Bytes(held),
            wanted: Bytes(wanted),
        };
        let before = had_room.replace(is_enough);
        if before != Some(is_enough) {
            self.dispatcher.set_disk_space(is_enough);
        }
        match (before, is_enough) {
            (Some(true) | None, false) => tracing::error!("{full}"),
            (Some(false), true) => tracing::info!("there is room on the disk again: slots are run"),
            _ => {}
        }
        if is_enough {
            return Ok(());
        }
        // Also where it does not get through: it is tried again with the next look.
        if let Err(error) = self.store.shrink().await {
            tracing::debug!(%error, "no pages were given back to the disk");
        }
        Err(full)
    }
}
