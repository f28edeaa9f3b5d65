//! Pages for people: what runs, what fails, why, and since when. Made by the server, of what the [use cases](super::use_cases) say;
//! a browser without JavaScript sees everything.
//!
//! - [`pages()`](pages::pages): every page. [`visitor`]: who looks, and the page that says why something is not shown.
//! - [`overview`]: every journey at a glance. [`journey`]: one journey over time. [`run`]: one run. [`incidents`]: what fails, and since when.
//! - [`frame`]: what surrounds each page. [`answer`]: its headers, compression and tag.
//! - [`charts`]: drawings in SVG. [`markup`]: text that is markup already. [`links`]: where pages lead to. [`figures`], [`instants`]: numbers and times as pages say them.
//!
//! Templates are in `templates/web/`. They escape every text; the one exception is [`markup::Markup`].

mod answer;
mod charts;
mod figures;
mod frame;
mod incidents;
mod instants;
mod journey;
mod links;
mod markup;
mod overview;
mod pages;
mod run;
mod status;
mod visitor;

pub(crate) use pages::pages;
