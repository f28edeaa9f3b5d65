//! The reporters of a session and where each writes.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use super::choice::ReporterKind;
use super::github::GitHub;
use super::json::Json;
use super::junit::Junit;
use super::list::List;
use super::{Choice, Live, Reported, Style};
use crate::author::session::Event;

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the report {}: {source}", path.display())]
pub(crate) struct ReportError {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

pub(super) enum Reporter {
    List(List),
    Json(Json),
    Junit(Junit),
    GitHub(GitHub),
}

impl Reporter {
    pub(super) fn new(kind: ReporterKind, reported: &Reported) -> Self {
        match kind {
            ReporterKind::List => {
                let list = List::new(reported.style, reported.detail);
                Self::List(list.with_requests(reported.with_requests))
            }
            ReporterKind::Json => Self::Json(Json),
            ReporterKind::Junit => Self::Junit(Junit::new(reported)),
            ReporterKind::GitHub => Self::GitHub(GitHub::new(reported)),
        }
    }

    /// Writes what the event adds to the report.
    pub(super) fn handle(&mut self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::List(list) => list.handle(event, out),
            Self::Json(json) => json.handle(event, out),
            Self::Junit(junit) => junit.handle(event, out),
            Self::GitHub(github) => github.handle(event, out),
        }
    }
}

struct Sink {
    reporter: Reporter,
    out: Box<dyn Write>,
    path: PathBuf,
}

pub(crate) struct Reporters {
    sinks: Vec<Sink>,
    live: Live,
    error: Option<ReportError>,
}

impl Reporters {
    /// Opens the files. Only standard output may be coloured.
    pub(crate) fn open(choices: &[Choice], reported: &Reported, live: Live) -> Result<Self, ReportError> {
        let in_file = Reported { style: Style { colour: false }, ..reported.clone() };
        let open = |choice: &Choice| match &choice.file {
            None => Ok(Sink {
                reporter: Reporter::new(choice.kind, reported),
                out: Box::new(io::stdout()) as Box<dyn Write>,
                path: "to standard output".into(),
            }),
            Some(path) => {
                let file = File::create(path).map_err(|source| ReportError { path: path.clone(), source })?;
                let to_file = Reporter::new(choice.kind, &in_file);
                Ok(Sink { reporter: to_file, out: Box::new(BufWriter::new(file)), path: path.clone() })
            }
        };
        Ok(Self { sinks: choices.iter().map(open).collect::<Result<_, _>>()?, live, error: None })
    }

    /// Passes the event to all reporters. A failed write is kept for [`Self::close`].
    pub(crate) fn handle(&mut self, event: &Event) {
        self.live.handle(event);
        let Self { sinks, live, error } = self;
        if matches!(event, Event::Step(_)) {
            return;
        }
        live.suspend(|| {
            for sink in sinks {
                let written = sink.reporter.handle(event, &mut *sink.out).and_then(|()| sink.out.flush());
                match written {
                    // The reader has closed the pipe.
                    Err(source) if source.kind() == ErrorKind::BrokenPipe => {}
                    Err(source) if error.is_none() => {
                        *error = Some(ReportError { path: sink.path.clone(), source });
                    }
                    _ => {}
                }
            }
        });
    }

    /// The first write that failed.
    pub(crate) fn close(self) -> Result<(), ReportError> {
        self.error.map_or(Ok(()), Err)
    }
}
