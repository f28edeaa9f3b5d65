//! `wayfarer test --list`: the selected journeys.

use serde_json::json;
use wayfarer_model::text::printable;

use super::catalogue::Entry;
use super::global::Console;

pub(super) fn print(console: Console, chosen: &[Entry<'_>]) {
    if console.json {
        let journeys: Vec<_> = chosen.iter().map(|entry| json!(&*entry.of.journey)).collect();
        console.print_json(&json!(journeys));
        return;
    }
    // Names are ASCII.
    let width = chosen.iter().map(|entry| entry.of.journey.name.as_str().len()).max().unwrap_or(0);
    for entry in chosen {
        let journey = &entry.of.journey;
        let tags = journey.tags.iter().map(|tag| format!(" [{tag}]")).collect::<Vec<_>>().concat();
        let line =
            format!("{:<width$}  {}{}", journey.name, printable(&journey.title), console.out.dim(&tags));
        console.print(&format!("{}\n", line.trim_end()));
    }
}
