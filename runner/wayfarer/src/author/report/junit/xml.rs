//! Writes suites as XML.
//!
//! Whatever text a target sends, the file is well-formed: XML has no place for most control characters and for two more
//! code points, not even escaped, so they are written out as a terminal shows them, as in `\u{1b}`.

use std::io::{self, Write};
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use wayfarer_model::text::printable_lines;
use wayfarer_model::units::Micros;

use super::cases::{Case, Status, Trouble};
use super::suite::Suite;

/// Code points that are letters to Rust and that no XML document may have.
const NO_XML: [(char, &str); 2] = [('\u{fffe}', "\\u{fffe}"), ('\u{ffff}', "\\u{ffff}")];

/// A text that any XML document may have. Tabs and line feeds stay.
pub(super) fn xml_text(text: &str) -> String {
    let text = printable_lines(text).into_owned();
    if !text.contains(NO_XML.map(|(letter, _)| letter)) {
        return text;
    }
    NO_XML.iter().fold(text, |text, (letter, shown)| text.replace(*letter, shown))
}

/// Writes the whole document. `file_of` makes the path of a case's or a suite's source; a case has one only `in_cases`.
pub(super) fn write(
    out: &mut dyn Write,
    suites: &[Suite],
    took: Duration,
    (file_of, in_cases): (&FileOf<'_>, bool),
) -> io::Result<()> {
    let mut document = Document { writer: Writer::new_with_indent(out, b' ', 4) };
    document.writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let sum = |is_one: fn(&Status) -> bool| -> String {
        suites.iter().map(|suite| suite.count(is_one)).sum::<usize>().to_string()
    };
    let attributes = [
        ("name", "wayfarer".to_owned()),
        ("time", seconds(took.as_secs_f64())),
        ("tests", sum(|_| true)),
        ("failures", sum(is_failure)),
        ("errors", sum(is_error)),
    ];
    document.open("testsuites", &attributes)?;
    for suite in suites {
        document.suite(suite, (file_of, in_cases))?;
    }
    document.close("testsuites")?;
    writeln!(document.writer.get_mut())
}

struct Document<'a> {
    writer: Writer<&'a mut dyn Write>,
}

type Attributes<'a> = [(&'a str, String)];
/// The path of a source, by a suite and the place that a failure names.
type FileOf<'a> = dyn Fn(&Suite, &str) -> String + 'a;

impl Document<'_> {
    fn suite(&mut self, suite: &Suite, (file_of, in_cases): (&FileOf<'_>, bool)) -> io::Result<()> {
        let mut attributes = vec![
            ("name", suite.name.clone()),
            ("tests", suite.cases.len().to_string()),
            ("failures", suite.count(is_failure).to_string()),
            ("errors", suite.count(is_error).to_string()),
            ("skipped", suite.count(|status| matches!(status, Status::NotReached)).to_string()),
            ("time", micros(suite.took)),
            ("timestamp", suite.started.rfc3339()),
        ];
        let first = suite.cases.iter().find_map(source).map(|file| file_of(suite, file));
        attributes.extend(first.map(|file| ("file", file)));
        self.open("testsuite", &attributes)?;
        self.open("properties", &[])?;
        for (name, value) in &suite.properties {
            self.empty("property", &[("name", (*name).to_owned()), ("value", value.clone())])?;
        }
        self.close("properties")?;
        for case in &suite.cases {
            let file = source(case).filter(|_| in_cases).map(|file| file_of(suite, file));
            self.case(suite, case, file)?;
        }
        self.close("testsuite")
    }

    fn case(&mut self, suite: &Suite, case: &Case, file: Option<String>) -> io::Result<()> {
        let mut attributes = vec![("name", case.name.clone()), ("classname", suite.name.clone())];
        attributes.extend(case.took.map(|took| ("time", micros(took))));
        attributes.extend(file.map(|file| ("file", file)));
        let is_plain = matches!(case.status, Status::Passed);
        if is_plain && case.earlier.is_empty() && case.output.is_none() {
            return self.empty("testcase", &attributes);
        }
        self.open("testcase", &attributes)?;
        match &case.status {
            Status::Passed => {}
            Status::NotReached => {
                self.text("skipped", &[("message", "not reached".to_owned())], "not reached")?;
            }
            Status::Bad(trouble) => {
                self.trouble(if trouble.is_error { "error" } else { "failure" }, trouble)?;
            }
        }
        let is_flaky = suite.is_good || is_plain;
        for trouble in &case.earlier {
            let name = match (is_flaky, trouble.is_error) {
                (true, false) => "flakyFailure",
                (true, true) => "flakyError",
                (false, false) => "rerunFailure",
                (false, true) => "rerunError",
            };
            self.trouble(name, trouble)?;
        }
        if let Some(output) = &case.output {
            self.text("system-out", &[], output)?;
        }
        self.close("testcase")
    }

    fn trouble(&mut self, name: &str, trouble: &Trouble) -> io::Result<()> {
        let attributes = [("message", trouble.message.clone()), ("type", trouble.kind.to_owned())];
        self.text(name, &attributes, &trouble.text)
    }

    fn start<'n>(name: &'n str, attributes: &Attributes<'_>) -> BytesStart<'n> {
        let mut start = BytesStart::new(name);
        for (key, value) in attributes {
            // A reader makes spaces of line feeds and tabs.
            let value = xml_text(value).replace(['\n', '\t'], " ");
            start.push_attribute((*key, value.as_str()));
        }
        start
    }

    fn open(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        self.writer.write_event(Event::Start(Self::start(name, attributes)))
    }

    fn empty(&mut self, name: &str, attributes: &Attributes<'_>) -> io::Result<()> {
        self.writer.write_event(Event::Empty(Self::start(name, attributes)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn text(&mut self, name: &str, attributes: &Attributes<'_>, text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        self.writer.write_event(Event::Text(BytesText::new(&xml_text(text))))?;
        self.close(name)
    }
}

fn is_failure(status: &Status) -> bool {
    matches!(status, Status::Bad(trouble) if !trouble.is_error)
}

fn is_error(status: &Status) -> bool {
    matches!(status, Status::Bad(trouble) if trouble.is_error)
}

/// The file of the place where a case went wrong.
fn source(case: &Case) -> Option<&str> {
    let own = match &case.status {
        Status::Bad(trouble) => trouble.file.as_deref(),
        _ => None,
    };
    own.or_else(|| case.earlier.iter().find_map(|trouble| trouble.file.as_deref()))
}

fn micros(time: Micros) -> String {
    seconds(time.to_duration().as_secs_f64())
}

/// Seconds with three decimal places.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.3}")
}

#[cfg(test)]
mod tests {
    use super::xml_text;

    #[test]
    fn every_text_becomes_one_that_xml_has() {
        assert_eq!(
            xml_text("a\u{0}b\u{1b}[31m]]>\r\n\u{fffe}\u{ffff}é\t"),
            "a\\u{0}b\\u{1b}[31m]]>\\r\n\\u{fffe}\\u{ffff}é\t"
        );
        let all: String = (0..=0x0010_ffff).filter_map(char::from_u32).collect();
        let is_xml = |letter: char| matches!(letter, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
        assert!(xml_text(&all).chars().all(is_xml));
    }
}
