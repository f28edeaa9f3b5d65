//! Ctrl-C and SIGTERM: the first asks everything to end, the second does not wait for it.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Whether the session was asked to end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    one: watch::Receiver<bool>,
    other: Option<watch::Receiver<bool>>,
}

impl Stop {
    fn new(one: watch::Receiver<bool>) -> Self {
        Self { one, other: None }
    }

    /// Set once either is. Of two that are made of two themselves it hears the first of each.
    #[must_use]
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self { one: self.one.clone(), other: Some(other.one.clone()) }
    }

    /// Whether it was.
    pub(crate) fn is_set(&self) -> bool {
        *self.one.borrow() || self.other.as_ref().is_some_and(|other| *other.borrow())
    }

    /// Returns once it was; never if it never is.
    pub(crate) async fn wait(&mut self) {
        let Self { one, other } = self;
        match other {
            None => set(one).await,
            Some(other) => tokio::select! {
                () = set(one) => {}
                () = set(other) => {}
            },
        }
    }
}

async fn set(told: &mut watch::Receiver<bool>) {
    if told.wait_for(|stopped| *stopped).await.is_err() {
        std::future::pending::<()>().await;
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
        Ok((Self { told, control_c, terminate }, Stop::new(stop)))
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
    /// Set by whoever has the switch.
    pub(crate) fn of(switch: &watch::Sender<bool>) -> Self {
        Self::new(switch.subscribe())
    }

    /// A switch of one's own.
    pub(crate) fn by_hand() -> (watch::Sender<bool>, Self) {
        let (told, stop) = watch::channel(false);
        (told, Self::new(stop))
    }
}
