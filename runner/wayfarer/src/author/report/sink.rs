//! All reporters of a session together, and where they write.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use super::choice::Kind;
use super::json::Json;
use super::junit::Junit;
use super::list::List;
use super::{Choice, Detail, Live, Style};
use crate::author::session::Event;

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {source}", path.display())]
pub(crate) struct ReportError {
    /// The file.
    path: PathBuf,
    /// Why.
    source: io::Error,
}

/// One reporter.
pub(super) enum Reporter {
    /// For people.
    List(List),
    /// Events, one a line.
    Json(Json),
    /// For CI systems.
    Junit(Junit),
}

impl Reporter {
    fn new(kind: Kind, style: Style, detail: Detail) -> Self {
        match kind {
            Kind::List => Self::List(List::new(style, detail)),
            Kind::Json => Self::Json(Json),
            Kind::Junit => Self::Junit(Junit::default()),
        }
    }

    /// Hears of an event and writes what it has to say of it.
    pub(super) fn hear(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::List(list) => list.hear(event, out),
            Self::Json(json) => json.hear(event, out),
            Self::Junit(junit) => junit.hear(event, out),
        }
    }
}

struct Sink {
    reporter: Reporter,
    out: Box<dyn Write>,
    path: PathBuf,
}

/// All reporters of a session.
pub(crate) struct Reporters {
    sinks: Vec<Sink>,
    live: Live,
    error: Option<ReportError>,
}

impl Reporters {
    /// Opens the files. Only standard output is ever coloured.
    pub(crate) fn open(
        choices: &[Choice],
        style: Style,
        detail: Detail,
        live: Live,
    ) -> Result<Self, ReportError> {
        let open = |choice: &Choice| match &choice.file {
            None => Ok(Sink {
                reporter: Reporter::new(choice.kind, style, detail),
                out: Box::new(io::stdout()) as Box<dyn Write>,
                path: "to standard output".into(),
            }),
            Some(path) => {
                let file = File::create(path).map_err(|source| ReportError { path: path.clone(), source })?;
                let reporter = Reporter::new(choice.kind, Style { colour: false }, detail);
                Ok(Sink { reporter, out: Box::new(BufWriter::new(file)), path: path.clone() })
            }
        };
        Ok(Self { sinks: choices.iter().map(open).collect::<Result<_, _>>()?, live, error: None })
    }

    /// Tells all of them.
    pub(crate) fn hear(&mut self, event: &Event) {
        self.live.hear(event);
        let Self { sinks, live, error } = self;
        if matches!(event, Event::Step(_)) {
            return;
        }
        live.aside(|| {
            for sink in sinks {
                let written = sink.reporter.hear(event, &mut *sink.out).and_then(|()| sink.out.flush());
                match written {
                    // Whoever read it has heard enough.
                    Err(source) if source.kind() == ErrorKind::BrokenPipe => {}
                    Err(source) if error.is_none() => {
                        *error = Some(ReportError { path: sink.path.clone(), source });
                    }
                    _ => {}
                }
            }
        });
    }

    /// The first thing that could not be written.
    pub(crate) fn close(self) -> Result<(), ReportError> {
        self.error.map_or(Ok(()), Err)
    }
}
