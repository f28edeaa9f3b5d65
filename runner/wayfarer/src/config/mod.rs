//! Configuration: what stands in files, read strictly. An unknown key is an error that names its nearest
//! known neighbour and the line.
//!
//! Nothing here looks at a component: what needs one to be judged is judged by `session`.

mod env_file;
mod error;
mod http_check;
mod journey_toml;
mod network;
mod parse;
mod project;
#[cfg(test)]
mod tests;
mod text;
mod user;

pub(crate) use env_file::read as read_env_file;
pub(crate) use error::ConfigError;
pub(crate) use http_check::{HttpCheckTable, JsonRule, StatusRule};
pub(crate) use journey_toml::{JourneyTable, JourneyToml, SecretTable, ServerTable};
pub(crate) use network::network_settings;
pub(crate) use project::Project;
pub(crate) use text::{FromText, ParamText, Text};
pub(crate) use user::{ColorChoice, UserSettings, home_folder};
