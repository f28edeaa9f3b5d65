//! The store over a real file: every test has a data directory of its own.

mod finished;
mod fixture;
mod places;
mod recovery;
mod upkeep;
mod versions;
