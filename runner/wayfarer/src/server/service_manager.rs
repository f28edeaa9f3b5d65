//! What the server tells the service manager that started it (systemd, `Type=notify`): that it listens, that it stops, and that its
//! watchdog need not restart it. Without `NOTIFY_SOCKET`, as on a laptop, nobody is told.
//!
//! The server is alive while the loop that executes commands and the dispatcher answer. Whether it can work is `/readyz`: a full
//! disk or a lost network is no reason to restart.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::Control;

pub(crate) fn listening() {
    tell(NotifyState::Ready);
}

/// The server has begun to stop.
pub(crate) fn stopping() {
    tell(NotifyState::Stopping);
}

/// Tells the watchdog, twice in its period, that the server is alive. Returns at once if there is no watchdog, and never otherwise.
pub(crate) async fn feed_watchdog(control: Control) {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    let half = (period / 2).max(Duration::from_millis(1));
    let mut turns = interval(half);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        if timeout(half, control.metrics()).await.is_ok() {
            tell(NotifyState::Watchdog);
        } else {
            tracing::error!("the dispatcher did not answer within half of the watchdog's period");
        }
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "cannot tell the service manager about the server");
    }
}
