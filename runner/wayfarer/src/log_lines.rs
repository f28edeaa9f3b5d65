//! How a line of the log is written: for people, or as JSON for programs.
//!
//! A line is one event and one line, whatever it tells of: names and texts of tenants, targets and clients are in it. So
//! every value is cut, and what a terminal would obey is written out. Nothing here knows secrets; whoever logs leaves them out.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;
use wayfarer_model::text::{clip, printable, printable_json};

use crate::clock::now;

/// The longest value, in bytes, and the most of them in a line.
const VALUE: usize = 1_000;
const FIELDS: usize = 30;

// `--help` shows the comments of the variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// A line an event for people: time, level, target and message, with the values behind them
    #[default]
    Text,
    /// One JSON object a line: `at`, `level`, `target`, `message`, and what the event tells
    Json,
}

/// Writes events in a format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) format: LogFormat,
    pub(crate) is_coloured: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut told = Told::default();
        event.record(&mut told);
        let (level, target) = (event.metadata().level(), event.metadata().target());
        match self.format {
            LogFormat::Text => writeln!(out, "{}", self.text(&now().rfc3339(), *level, target, &told)),
            LogFormat::Json => writeln!(out, "{}", json(&now().rfc3339(), *level, target, told)),
        }
    }
}

impl Lines {
    fn text(self, at: &str, level: Level, target: &str, told: &Told) -> String {
        use anstyle::{AnsiColor, Style};
        let colour = match level {
            Level::ERROR => AnsiColor::Red,
            Level::WARN => AnsiColor::Yellow,
            _ => AnsiColor::Green,
        };
        let (paint, dim) = (colour.on_default(), Style::new().dimmed());
        let fields = told.fields.iter().map(|(name, value)| [" ", name, "=", &shown(value)].concat());
        let fields = fields.collect::<Vec<_>>().concat();
        let message = printable(&told.message);
        if self.is_coloured {
            format!("{dim}{at}{dim:#} {paint}{level:>5}{paint:#} {dim}{target}:{dim:#} {message}{fields}")
        } else {
            format!("{at} {level:>5} {target}: {message}{fields}")
        }
    }
}

/// A text that has no blank stands as it is.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && !text.contains([' ', '"', '=']) => {
            printable(text).into_owned()
        }
        other => printable_json(&other.to_string()).into_owned(),
    }
}

fn json(at: &str, level: Level, target: &str, told: Told) -> String {
    let own = [
        ("at", at.to_owned()),
        ("level", level.as_str().to_ascii_lowercase()),
        ("target", target.to_owned()),
        ("message", told.message),
    ];
    let mut line: Map<String, Value> =
        own.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    for (name, value) in told.fields {
        line.entry(name).or_insert(value);
    }
    printable_json(&Value::Object(line).to_string()).into_owned()
}

/// What an event tells.
#[derive(Debug, Default)]
struct Told {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Told {
    fn add(&mut self, field: &Field, value: Value) {
        if field.name() == "message" {
            self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        } else if self.fields.len() < FIELDS {
            self.fields.push((field.name(), value));
        }
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, Value::String(clip(&format!("{value:?}"), VALUE)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::String(clip(value, VALUE)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.add(field, Value::String(clip(&value.to_string(), VALUE)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat) -> String {
        let written = Written::default();
        let out = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(Lines { format, is_coloured: false })
            .with_writer(move || out.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let hostile = "a b\u{1b}[2J\n2026-01-01T00:00:00Z ERROR forged";
            tracing::info!(path = hostile, status = 503, is_good = false, "request of {hostile}");
            tracing::warn!(long = "x".repeat(5_000), at = "taken", "long");
        });
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn an_event_is_one_line_whatever_it_tells() {
        let text = logged(LogFormat::Text);
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(
            text.contains("request of a b\\u{1b}[2J\\n2026") && text.contains(" status=503 is_good=false"),
            "{text}"
        );
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'), "{text:?}");
        assert!(text.lines().all(|line| line.len() < 1_300), "{text}");
    }

    #[test]
    fn as_json_every_line_is_an_object_and_no_field_replaces_its_own() {
        let text = logged(LogFormat::Json);
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!((&lines[0]["level"], &lines[0]["status"]), (&"info".into(), &503.into()));
        assert_eq!(lines[0]["path"], "a b\u{1b}[2J\n2026-01-01T00:00:00Z ERROR forged");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert_ne!(lines[1]["at"], "taken");
    }
}
