//! Which configuration rows were written last: what a server follows to read them anew.
//!
//! Between whoever writes such a row and the server's background tasks. It is a state, not a queue: whoever looks late
//! misses nothing, and whoever reads the rows after looking at a version has read at least what that version wrote.

use std::collections::BTreeMap;

use wayfarer_model::ids::TenantName;

/// The rows that one write concerns.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// Versions or pauses of a tenant's journeys.
    Journeys(TenantName),
    /// Kill switches or maintenance windows.
    Suspensions,
}

/// What this process has written since the store was opened. A write that failed counts too, because an error does not
/// say that nothing was committed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The number of the last write of any configuration row; 0 before the first.
    pub version: u64,
    /// By tenant, the number of the last write of its journeys or their pauses.
    pub journeys: BTreeMap<TenantName, u64>,
}

impl Configuration {
    pub(crate) fn wrote(&mut self, rows: Rows) {
        self.version += 1;
        if let Rows::Journeys(tenant) = rows {
            self.journeys.insert(tenant, self.version);
        }
    }
}

#[cfg(test)]
mod tests {
    use wayfarer_model::units::UnixMillis;

    use super::*;
    use crate::{PauseChange, Store, StoreSettings, TenantSetting};

    const NOW: UnixMillis = UnixMillis(1_789_387_200_000);

    #[tokio::test]
    async fn each_write_of_a_configuration_row_has_a_number_before_its_caller_is_answered() {
        let folder = tempfile::tempdir().unwrap();
        let settings = StoreSettings::new(folder.path().to_owned(), "local".parse().unwrap(), "0");
        let store = Store::open(settings, NOW).await.unwrap().store;
        let acme: TenantName = "acme".parse().unwrap();
        let setting = TenantSetting { name: acme.clone(), policy: "{}".to_owned() };
        store.configure_tenants(vec![setting], NOW).await.unwrap();
        let mut configuration = store.configuration();
        assert_eq!(*configuration.borrow_and_update(), Configuration::default());

        assert!(store.stop_runs(Some(&acme), "me", "", NOW).await.unwrap());
        assert!(configuration.has_changed().unwrap());
        assert_eq!(
            *configuration.borrow_and_update(),
            Configuration { version: 1, journeys: BTreeMap::new() }
        );
        let paused = store.pause(&acme, &"absent".parse().unwrap(), "me", "", NOW).await.unwrap();
        assert_eq!(paused, PauseChange::NoSuchJourney);
        let journeys = BTreeMap::from([(acme, 2)]);
        assert_eq!(*configuration.borrow_and_update(), Configuration { version: 2, journeys });
        store.flush().await.unwrap();
        assert!(!configuration.has_changed().unwrap());
    }
}
