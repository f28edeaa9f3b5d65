//! What tells a dead target from a dead uplink of this machine's, with what this program knows of the time.

use std::sync::Arc;

use wayfarer_sandbox::net::{ControlSettings, Controls};

use crate::clock::{built, is_synchronised};
use crate::config::{ConfigError, RunnerFile, runner_control_settings};

/// As `[network]` of the runner's file says.
///
/// # Errors
/// The proxy on the way to the beacons cannot be used.
pub(crate) fn runner_controls(runner: &RunnerFile) -> Result<Arc<Controls>, ConfigError> {
    made_of(runner_control_settings(runner)?).map_err(|why| runner.rule(why))
}

/// As settings of any other source say.
///
/// # Errors
/// Why not, for people.
pub(crate) fn made_of(settings: ControlSettings) -> Result<Arc<Controls>, String> {
    let is_clock_synchronised: Option<fn() -> bool> = Some(is_synchronised);
    let settings = ControlSettings { built: built(), is_clock_synchronised, ..settings };
    Controls::new(settings).map(Arc::new).map_err(|error| error.to_string())
}
