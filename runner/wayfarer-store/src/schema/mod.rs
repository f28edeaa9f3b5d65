//! The schema: [`steps`] brings tables up to date, [`views`] the views. [`delays`] and [`words`] are the parts of released
//! steps that SQL cannot express.

mod delays;
mod steps;
mod views;
mod words;

pub(crate) use steps::{migrate, require};
pub(crate) use views::VIEWS;
