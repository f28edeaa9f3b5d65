//! Environment files, with one `KEY=VALUE` on each line.
//!
//! | written | read |
//! |---|---|
//! | an empty line, `# …` | nothing |
//! | `export KEY=VALUE` | as without `export` |
//! | `KEY=two words # why` | `two words`: the value ends before a `#` that follows a blank or a tab |
//! | `KEY=` and `KEY= # why` | an empty value |
//! | `KEY="…"` | `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes; the value may have several lines |
//! | `KEY='…'` | every character stands for itself; the value may have several lines |
//!
//! Behind a closing quote only a comment may follow. A byte order mark at the file's beginning and carriage returns at the ends of
//! lines are dropped. Nothing is expanded: `$HOME` is these five characters. Of two lines with one key the later counts.

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut variables = BTreeMap::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let entry = next(rest).map_err(|wrong| malformed(path, &text, &wrong))?;
        variables.extend(entry.variable);
        rest = entry.rest;
    }
    Ok(variables)
}

/// One line, or several where a quoted value has several.
struct Entry<'a> {
    /// None of an empty line or a comment.
    variable: Option<(String, String)>,
    /// What follows the line.
    rest: &'a str,
}

/// What is wrong, and the text from there on.
struct Wrong<'a> {
    message: String,
    at: &'a str,
}

impl<'a> Wrong<'a> {
    fn at(at: &'a str, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }
}

fn malformed(path: &Path, text: &str, wrong: &Wrong<'_>) -> ConfigError {
    let before = text.get(..text.len() - wrong.at.len()).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |begun| begun.chars().count()) + 1;
    ConfigError::Malformed { path: path.to_owned(), line, column, message: wrong.message.clone() }
}

const BLANKS: [char; 3] = [' ', '\t', '\r'];

fn next(text: &str) -> Result<Entry<'_>, Wrong<'_>> {
    let text = text.trim_start_matches(BLANKS);
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    if line.is_empty() || line.starts_with('#') {
        return Ok(Entry { variable: None, rest: after });
    }
    let named = text.strip_prefix("export").filter(|rest| rest.starts_with(BLANKS));
    let named = named.map_or(text, |rest| rest.trim_start_matches(BLANKS));
    let key_end =
        named.find(['=', '\n']).filter(|end| named.get(*end..).is_some_and(|rest| rest.starts_with('=')));
    let Some((key, value)) = key_end.and_then(|end| named.split_at_checked(end)) else {
        return Err(Wrong::at(named, "the line has no `=`: write `KEY=VALUE`"));
    };
    let key = key.trim_end_matches(BLANKS);
    if key.is_empty() || key.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '#')) {
        return Err(Wrong::at(named, format!("`{key}` is not the name of a variable: write `KEY=VALUE`")));
    }
    let (value, rest) = read_value(value.strip_prefix('=').unwrap_or(value))?;
    Ok(Entry { variable: Some((key.to_owned(), value)), rest })
}

/// The value behind a `=`, and the lines after it.
fn read_value(text: &str) -> Result<(String, &str), Wrong<'_>> {
    let quoted = text.trim_start_matches(BLANKS);
    if let Some(quote) = quoted.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let (value, behind) = unquote(quoted, quote)?;
        return Ok((value, line_end(behind)?));
    }
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let comment = line
        .char_indices()
        .find(|(at, c)| *c == '#' && line.get(..*at).is_some_and(|before| before.ends_with(BLANKS)));
    let value = comment.and_then(|(at, _)| line.get(..at)).unwrap_or(line);
    Ok((value.trim_matches(BLANKS).to_owned(), after))
}

/// The value between two quotes, and what stands behind the second one.
fn unquote(text: &str, quote: char) -> Result<(String, &str), Wrong<'_>> {
    let mut value = String::new();
    let mut rest = text.char_indices().skip(1);
    while let Some((at, c)) = rest.next() {
        match c {
            c if c == quote => return Ok((value, text.get(at + 1..).unwrap_or(""))),
            '\\' if quote == '"' => match rest.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, c @ ('"' | '\\' | '$'))) => value.push(c),
                Some((_, other)) => {
                    let mend = format!(
                        "`\\{other}` is no escape: write `\\\\{other}` for a backslash, or put the value into single quotes"
                    );
                    return Err(Wrong::at(text.get(at..).unwrap_or(text), mend));
                }
                None => break,
            },
            c => value.push(c),
        }
    }
    Err(Wrong::at(
        text,
        format!("the value begins with {quote} and nothing closes it: write {quote} at its end"),
    ))
}

/// The lines after the one that a quote closes, on which only a comment may follow.
fn line_end(behind: &str) -> Result<&str, Wrong<'_>> {
    let (line, after) = behind.split_once('\n').unwrap_or((behind, ""));
    let said = line.trim_matches(BLANKS);
    if said.is_empty() || (said.starts_with('#') && line.starts_with(BLANKS)) {
        return Ok(after);
    }
    let mend = if said.starts_with('#') {
        "write a blank before the comment"
    } else {
        "put it inside of the quotes"
    };
    Err(Wrong::at(behind, format!("`{said}` follows the closing quote: {mend}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str, expected: &[(&str, &str)]) {
        let variables = parse(Path::new(".env"), text).unwrap();
        let expected = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        assert_eq!(variables, expected.collect::<BTreeMap<_, _>>(), "{text:?}");
    }

    #[test]
    fn lines_read_as_written() {
        let text = "# comment\n\nexport A=1\nB = two words # note\nC=\"x\\ny \\\"z\\\"\" # note\nD='a # b'\nE=\nF=a#b";
        let expected =
            [("A", "1"), ("B", "two words"), ("C", "x\ny \"z\""), ("D", "a # b"), ("E", ""), ("F", "a#b")];
        read_as(text, &expected);
    }

    #[test]
    fn a_comment_begins_behind_a_blank_or_a_tab_and_an_empty_value_may_have_one() {
        read_as(
            "A= # why\nB=\t# why\nC=1\t# why\n\t# a comment\nD=#no\nE=\"\"\t# why",
            &[("A", ""), ("B", ""), ("C", "1"), ("D", "#no"), ("E", "")],
        );
    }

    #[test]
    fn other_systems_files_are_read() {
        read_as("\u{feff}A=1\r\nexport\tB='x'\r\n\r\n  C\t=\t2 \r\n", &[("A", "1"), ("B", "x"), ("C", "2")]);
        read_as("export=1\nexported=2", &[("export", "1"), ("exported", "2")]);
        read_as("A=$HOME\nB=\"\\$HOME\"\nC=it's\nA=2", &[("A", "2"), ("B", "$HOME"), ("C", "it's")]);
    }

    #[test]
    fn a_quoted_value_may_have_several_lines() {
        let text = "KEY=\"-----BEGIN KEY-----\nab=#c\n-----END KEY-----\n\" # the key\nB='one\r\n\ttwo'\nC=3";
        read_as(
            text,
            &[("KEY", "-----BEGIN KEY-----\nab=#c\n-----END KEY-----\n"), ("B", "one\n\ttwo"), ("C", "3")],
        );
    }

    #[test]
    fn errors_name_the_place_and_the_mend() {
        let error = |text: &str| parse(Path::new(".env"), text).unwrap_err().to_string();
        assert_eq!(error("A=1\nB"), ".env:2:1: the line has no `=`: write `KEY=VALUE`");
        assert_eq!(error("A=1\nB\nC=1"), ".env:2:1: the line has no `=`: write `KEY=VALUE`");
        assert_eq!(
            error("two words=1"),
            ".env:1:1: `two words` is not the name of a variable: write `KEY=VALUE`"
        );
        assert_eq!(error("=1"), ".env:1:1: `` is not the name of a variable: write `KEY=VALUE`");
        assert_eq!(
            error("\n  A=\"1\nB=2"),
            ".env:2:5: the value begins with \" and nothing closes it: write \" at its end"
        );
        assert_eq!(
            error("A=\"x\"y # z"),
            ".env:1:6: `y # z` follows the closing quote: put it inside of the quotes"
        );
        assert_eq!(
            error("A='1\n2'#z"),
            ".env:2:3: `#z` follows the closing quote: write a blank before the comment"
        );
        assert_eq!(
            error("A=\"C:\\dir\""),
            ".env:1:6: `\\d` is no escape: write `\\\\d` for a backslash, or put the value into single quotes"
        );
    }
}
