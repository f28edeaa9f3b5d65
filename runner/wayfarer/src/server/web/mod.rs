//! Pages for people: what runs, what fails, why, and since when. Made by the server, of what the [use cases](super::use_cases) say;
//! a browser without JavaScript sees everything.
//!
//! - [`pages()`](pages::pages): every page. [`visitor`]: who looks, and the page that says why something is not shown.
//! - [`overview`]: every journey at a glance. [`journey`]: one journey over time. [`run`]: one run. [`incidents`]: what fails, and since when.
//!   [`maintenance`]: when slots are skipped on purpose. [`operator`]: how the server itself is, who may look, and who did what.
//!   [`status`]: what everybody may see.
//! - [`frame`]: what surrounds each page. [`answer`]: its headers, compression and tag.
//! - [`said`]: what a page says of the form that led to it. [`typed`]: what people type into forms.
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
mod maintenance;
mod markup;
mod operator;
mod overview;
mod pages;
mod run;
mod said;
mod status;
mod typed;
mod visitor;

pub(crate) use pages::pages;
