//! Whose fault it was, in every situation of a list that was once tried by hand, over the real binary.
//!
//! A row is a situation and what someone who is paged would want to be told. Rows run side by side, each in a process and
//! with targets of its own. What `make verify` keeps of a row says what was seen.
//!
//! - [`rows`]: how rows are run. [`wire`], [`answers`], [`bugs`], [`names`], [`routes`], [`machine`]: the rows.

mod answers;
mod bugs;
mod machine;
mod names;
mod routes;
mod rows;
mod wire;
