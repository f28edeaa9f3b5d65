//! Ctrl-C and SIGTERM: the first asks everything to end, the second does not wait for it.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Whether the session was asked to end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Whether it was.
    pub(crate) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it was; never if it never is.
    pub(crate) async fn wait(&mut self) {
        if self.0.wait_for(|stopped| *stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Listens for signals.
#[derive(Debug)]
pub(crate) struct Interrupt {
    told: watch::Sender<bool>,
    control_c: Signal,
    terminate: Signal,
}

impl Interrupt {
    /// From now on a signal no longer ends the process by itself.
    pub(crate) fn listen() -> std::io::Result<(Self, Stop)> {
        let (told, stop) = watch::channel(false);
        let control_c = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        Ok((Self { told, control_c, terminate }, Stop(stop)))
    }

    /// For what ends at the first signal: the task that listens ends with it.
    pub(crate) fn first() -> std::io::Result<(tokio::task::JoinHandle<()>, Stop)> {
        let (interrupt, stop) = Self::listen()?;
        Ok((tokio::spawn(interrupt.second()), stop))
    }

    /// Tells of the first signal, and returns at the second.
    pub(crate) async fn second(mut self) {
        self.one().await;
        self.told.send_replace(true);
        self.one().await;
    }

    async fn one(&mut self) {
        tokio::select! {
            _ = self.control_c.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

impl Stop {
    /// A switch of one's own.
    pub(crate) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (told, stop) = watch::channel(false);
        (told, Self(stop))
    }
}
