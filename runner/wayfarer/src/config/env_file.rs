//! Environment files, with one `KEY=VALUE` on each line.
//!
//! The parser skips empty lines and lines that begin with `#`, and allows `export ` before the key. In double
//! quotes, `\n`, `\t`, `\"` and `\\` are escapes. In single quotes, every character stands for itself. A value
//! without quotes ends at ` #`. The parser expands no variables.

use std::collections::BTreeMap;
use std::path::Path;

use super::ConfigError;

pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    parse(path, &text)
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let mut variables = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = entry(line).map_err(|message| ConfigError::Malformed {
            path: path.to_owned(),
            line: index + 1,
            column: 1,
            message,
        })?;
        variables.insert(key, value);
    }
    Ok(variables)
}

fn entry(line: &str) -> Result<(String, String), String> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) =
        line.split_once('=').ok_or_else(|| "the line has no `=`: write `KEY=VALUE`".to_owned())?;
    let key = key.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return Err(format!("`{key}` is not the name of a variable: write `KEY=VALUE`"));
    }
    Ok((key.to_owned(), unquote(value.trim())?))
}

fn unquote(value: &str) -> Result<String, String> {
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        let bare = value.find(" #").and_then(|end| value.get(..end)).unwrap_or(value);
        return Ok(bare.trim_end().to_owned());
    };
    let mut unquoted = String::new();
    let mut rest = value.chars().skip(1);
    while let Some(c) = rest.next() {
        match c {
            c if c == quote => return Ok(unquoted),
            '\\' if quote == '"' => match rest.next() {
                Some('n') => unquoted.push('\n'),
                Some('t') => unquoted.push('\t'),
                Some(other) => unquoted.push(other),
                None => break,
            },
            c => unquoted.push(c),
        }
    }
    Err(format!("the value begins with {quote} but does not end with it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_as_written() {
        let text = "# comment\n\nexport A=1\nB = two words # note\nC=\"x\\ny \\\"z\\\"\" # note\nD='a # b'\nE=\nF=a#b";
        let variables = parse(Path::new(".env"), text).unwrap();
        let expected =
            [("A", "1"), ("B", "two words"), ("C", "x\ny \"z\""), ("D", "a # b"), ("E", ""), ("F", "a#b")];
        assert_eq!(variables, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text: &str| parse(Path::new(".env"), text).unwrap_err().to_string();
        assert_eq!(error("A=1\nB"), ".env:2:1: the line has no `=`: write `KEY=VALUE`");
        assert_eq!(error("A=\"1"), ".env:1:1: the value begins with \" but does not end with it");
    }
}
