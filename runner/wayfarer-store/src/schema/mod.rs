//! The schema: [`steps`] brings tables up to date, [`views`] the views. [`delays`], [`words`], [`contents`] and [`origins`] are the
//! parts of released steps that SQL cannot express.

mod contents;
mod delays;
mod origins;
mod steps;
mod views;
mod words;

pub(crate) use steps::{migrate, require};
pub(crate) use views::VIEWS;
