//! What tells a dead target from a dead uplink, as the operator says: beacons, control names, and whether the clock is right.
//!
//! One value serves every network of a runner. Beacons are asked once for everybody who wants to know at the same time
//! and for a few seconds after, on a network of the runner's own: no tenant's policy, resolver or proxy concerns them, and no
//! tenant can name one. Without beacons nobody is asked.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hickory_resolver::proto::rr::Name;
use wayfarer_model::units::UnixMillis;

use super::beacon::{Beacon, Sign};
use super::names::Names;
use super::network::{Network, NetworkError, NetworkSettings};
use super::wall_clock::{self, Clues};
use crate::clock::{monotonic_now, unix_now};

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(3);

/// A host's name that some name server is known to answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlName(pub(super) Name);

impl std::str::FromStr for ControlName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule =
            || format!("`{text}` is not a control name: write the name of a host, such as `example.com`");
        if text.parse::<std::net::IpAddr>().is_ok() || text.trim_end_matches('.').is_empty() {
            return Err(rule());
        }
        let mut name = Name::from_ascii(text).map_err(|_| rule())?;
        name.set_fqdn(true);
        Ok(Self(name))
    }
}

impl fmt::Display for ControlName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.to_ascii().trim_end_matches('.'))
    }
}

/// What the operator says.
#[derive(Debug, Clone, Default)]
pub struct ControlSettings {
    /// Hosts outside of the runner's network, and of nobody whose journeys it runs.
    pub beacons: Vec<Beacon>,
    /// Names that the name servers of the runner and of its tenants answer for; a choice of well-known ones if empty.
    pub names: Vec<ControlName>,
    /// When this program was built; zero if that is not known.
    pub built: UnixMillis,
    /// Says whether a time service keeps the machine's clock right.
    pub is_clock_synchronised: Option<fn() -> bool>,
    /// The runner's own way out: its proxy, what it trusts, and a policy that allows the beacons.
    pub network: NetworkSettings,
}

/// What all beacons said at about one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs(pub Vec<(Beacon, Result<Sign, String>)>);

impl Signs {
    /// Whether any beacon gave a sign.
    pub fn has_any(&self) -> bool {
        self.0.iter().any(|(_, sign)| sign.is_ok())
    }
}

/// What the runner asks to tell a dead target from a dead way out.
#[derive(Default)]
pub struct Controls {
    settings: ControlSettings,
    /// None without beacons.
    network: Option<Arc<Network>>,
    /// The runner's own name server; none without control names.
    names: Option<Names>,
    /// Whoever asks the beacons holds the lock; the others wait and take what was said.
    last: tokio::sync::Mutex<Option<(Instant, Arc<Signs>)>>,
}

impl fmt::Debug for Controls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Controls").field(&self.settings.beacons).field(&self.settings.names).finish()
    }
}

impl Controls {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// The runner's own network cannot be made.
    pub fn new(settings: ControlSettings) -> Result<Self, NetworkError> {
        let network = if settings.beacons.is_empty() {
            None
        } else {
            let own = NetworkSettings { controls: None, ..settings.network.clone() };
            Some(Arc::new(Network::new(own)?))
        };
        let has_any = !settings.names.is_empty();
        let names = has_any.then(|| Names::new(settings.network.resolver, &settings.names));
        Ok(Self { settings, network, names, last: tokio::sync::Mutex::default() })
    }

    /// The beacons that are configured.
    pub fn beacons(&self) -> &[Beacon] {
        &self.settings.beacons
    }

    /// The control names that are configured.
    pub fn names(&self) -> &[ControlName] {
        &self.settings.names
    }

    /// What the beacons say now, or said within the last seconds; none without beacons. Takes two seconds at most.
    pub async fn signs(&self) -> Option<Arc<Signs>> {
        let network = self.network.as_ref()?;
        let mut last = self.last.lock().await;
        if let Some((at, signs)) = &*last
            && monotonic_now().duration_since(*at) < FRESH
        {
            return Some(Arc::clone(signs));
        }
        let asked = self.settings.beacons.iter();
        let asked = asked.map(|beacon| async move { (beacon.clone(), beacon.ask(network).await) });
        let signs = Arc::new(Signs(join_all(asked).await));
        *last = Some((monotonic_now(), Arc::clone(&signs)));
        Some(signs)
    }

    /// Whether the runner's own name server knows the control names, and answers what is in no cache; none without any. Takes two
    /// seconds at most.
    pub async fn has_names(&self) -> Option<bool> {
        Some(self.names.as_ref()?.works().await.unwrap_or(false))
    }

    /// Why the machine's wall clock is not to be believed, as the end of a sentence about it. The target is asked for its own
    /// date where no beacon has told one.
    pub(super) async fn clock_doubt(
        &self,
        own_date: impl Future<Output = Option<UnixMillis>>,
    ) -> Option<String> {
        let mut dates: Vec<UnixMillis> = match self.signs().await {
            Some(signs) => {
                let said = signs.0.iter().filter_map(|(_, sign)| sign.as_ref().ok());
                said.filter_map(|sign| sign.date).collect()
            }
            None => Vec::new(),
        };
        let witness = if dates.is_empty() { "the target itself says" } else { "the beacons say" };
        if dates.is_empty() {
            dates.extend(own_date.await);
        }
        let is_synchronised = self.settings.is_clock_synchronised.is_none_or(|asks| asks());
        let (now, built) = (unix_now(), self.settings.built);
        wall_clock::doubt(Clues { now, built, is_synchronised, dates: &dates, witness })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_name_is_the_name_of_a_host() {
        assert_eq!("Example.com.".parse::<ControlName>().unwrap().to_string(), "Example.com");
        for text in ["", ".", "192.0.2.1", "a..b", "::1"] {
            assert!(text.parse::<ControlName>().is_err(), "{text}");
        }
    }
}
