//! When each token was last used: to the minute, so that a busy caller costs one write a minute.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use wayfarer_model::units::UnixMillis;
use wayfarer_store::{Store, TokenRow};

/// The minute that was written for each token. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct TokenUses(Arc<Mutex<BTreeMap<i64, u64>>>);

impl TokenUses {
    /// The token was used. Nobody waits for the write.
    pub(super) fn note(&self, store: &Store, row: &TokenRow, now: UnixMillis) {
        let minute = now.0 / 60_000;
        let written = self.0.lock().insert(row.key.number(), minute);
        if written.is_some_and(|written| written >= minute) {
            return;
        }
        let (store, key) = (store.clone(), row.key);
        tokio::spawn(async move {
            if let Err(error) = store.token_used(key, now).await {
                tracing::debug!(%error, "the last use of a token was not written");
            }
        });
    }
}
