//! The flags that say what tells a dead target from a dead uplink of this machine's.

use std::sync::Arc;

use wayfarer_sandbox::net::{self, Beacon, ControlName, ControlSettings};

use super::CliError;
use crate::config::{FromText as _, RunnerFile, runner_control_settings};
use crate::runnable::made_of;

#[derive(Debug, clap::Args)]
pub(super) struct Controls {
    /// A host of somebody else's, such as `https://example.org` or `tcp://192.0.2.1:443`, that is asked when a target is silent: if
    /// none of them answers, the run is inconclusive; may be repeated
    #[arg(long, value_name = "URL", env = "WAYFARER_BEACON", value_delimiter = ',', value_parser = Beacon::from_text)]
    beacon: Vec<Beacon>,
    /// A host's name that the name server knows, which is asked for when a target's name is not found; by default `com.` and `org.`;
    /// may be repeated
    #[arg(long, value_name = "NAME", env = "WAYFARER_CONTROL_NAME", value_delimiter = ',', value_parser = ControlName::from_text)]
    control_name: Vec<ControlName>,
}

impl Controls {
    pub(super) fn read(&self) -> Result<Arc<net::Controls>, CliError> {
        let none = runner_control_settings(&RunnerFile::default())?;
        let (beacons, names) = (self.beacon.clone(), self.control_name.clone());
        made_of(ControlSettings { beacons, names, ..none }).map_err(CliError::Usage)
    }
}
