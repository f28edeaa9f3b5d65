//! Whether what was written is in force: the one place where a caller waits for background tasks.
//!
//! A kill switch, a pause, a window or a deployment is a row. Tasks that follow the configuration read it and put it in
//! force, and then acknowledge the version of the configuration that they have read. Whoever wrote a row waits here
//! for that acknowledgement: the API does so after every request that wrote something, in one layer above the routes.

use std::collections::BTreeMap;

use tokio::sync::watch;
use wayfarer_store::{Configuration, Store};

/// By task, the version of the configuration that it has put in force.
type Versions = BTreeMap<&'static str, u64>;

/// The tasks' end.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledge(watch::Sender<Versions>);

/// The callers' end. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    configuration: watch::Receiver<Configuration>,
    versions: watch::Receiver<Versions>,
}

impl Acknowledge {
    /// Both ends, for tasks of these names. Nothing has been written yet.
    pub(super) fn new(store: &Store, tasks: &[&'static str]) -> (Self, Applied) {
        let (sender, versions) = watch::channel(tasks.iter().map(|task| (*task, 0)).collect());
        (Self(sender), Applied { configuration: store.configuration(), versions })
    }

    /// A task has put a version in force.
    pub(super) fn applied(&self, task: &'static str, version: u64) {
        self.0.send_if_modified(|versions| {
            let before = versions.insert(task, version);
            before != Some(version)
        });
    }
}

impl Applied {
    /// The version of the configuration that was written last.
    pub(crate) fn written(&self) -> u64 {
        self.configuration.borrow().version
    }

    /// Waits until every task has put at least this version in force; false if the server stops before.
    pub(crate) async fn wait(&self, version: u64) -> bool {
        let mut versions = self.versions.clone();
        versions.wait_for(|versions| versions.values().all(|applied| *applied >= version)).await.is_ok()
    }
}
