//! Shell words: from a script to its calls of curl, as a POSIX shell would take them apart.
//!
//! Quotes of all kinds, `$'…'`, continued lines and comments are read. A variable becomes `${env.NAME}`. Nothing is run: a
//! word that needs a command's output or a file name's pattern is refused with its line.

use super::ImportError;
use crate::author::check_file::{literal, variable};

/// The words of one call of curl, with quotes and escapes undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The line of the file on which it begins, counted from 1.
    pub(super) line: usize,
    /// The program first. Texts of a draft: variables are placeholders.
    pub(super) words: Vec<String>,
    /// What is behind a pipe, or a redirection: not part of the call.
    pub(super) has_more: bool,
}

/// The commands of a script.
pub(super) fn commands(script: &str) -> Result<Vec<Command>, ImportError> {
    let mut reader = Reader {
        rest: script,
        line: 1,
        word: None,
        command: Command::default(),
        commands: Vec::new(),
        is_past: false,
    };
    while reader.step()? {}
    reader.end_command();
    Ok(reader.commands)
}

struct Reader<'s> {
    rest: &'s str,
    line: usize,
    word: Option<String>,
    command: Command,
    commands: Vec<Command>,
    /// Behind a pipe or a redirection, until the command's end.
    is_past: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn push(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    fn refused<T>(&self, what: &str) -> Result<T, ImportError> {
        Err(ImportError::Malformed { line: Some(self.line), what: what.to_owned() })
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !self.is_past
        {
            if self.command.words.is_empty() {
                self.command.line = self.line;
            }
            self.command.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let command = std::mem::take(&mut self.command);
        if !command.words.is_empty() {
            self.commands.push(command);
        }
        self.is_past = false;
    }

    /// Reads one letter with what belongs to it; false at the end.
    fn step(&mut self) -> Result<bool, ImportError> {
        let Some(letter) = self.next() else { return Ok(false) };
        match letter {
            '&' if self.peek() == Some('&') => {
                let _ = self.next();
                self.end_command();
            }
            '\n' | ';' | '&' => self.end_command(),
            '|' | '>' | '<' => {
                self.end_word();
                self.is_past = true;
                self.command.has_more = true;
            }
            letter if letter.is_whitespace() => self.end_word(),
            '#' if self.word.is_none() => self.comment(),
            '\\' => self.escaped(),
            '\'' => self.single()?,
            '"' => self.double()?,
            '`' => return self.refused("a command within a command is not run: write what it prints"),
            '$' => self.dollar(false)?,
            letter => self.push(letter),
        }
        Ok(true)
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|letter| letter != '\n') {
            let _ = self.next();
        }
    }

    fn escaped(&mut self) {
        match self.next() {
            Some('\r') if self.peek() == Some('\n') => drop(self.next()),
            Some('\n') | None => {}
            Some(letter) => self.push(letter),
        }
    }

    fn single(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        self.word.get_or_insert_default();
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => break,
                Some(letter) => text.push(letter),
                None => return unclosed(begin, '\''),
            }
        }
        self.word.get_or_insert_default().push_str(&literal(&text));
        Ok(())
    }

    fn double(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        self.word.get_or_insert_default();
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some('$') if self.peek() == Some('{') => self.word.get_or_insert_default().push_str("$$"),
                    Some(letter @ ('"' | '\\' | '$' | '`')) => self.push(letter),
                    Some(letter) => {
                        self.push('\\');
                        self.push(letter);
                    }
                    None => return unclosed(begin, '"'),
                },
                Some('`') => {
                    return self.refused("a command within a command is not run: write what it prints");
                }
                Some('$') => self.dollar(true)?,
                Some(letter) => self.push(letter),
                None => return unclosed(begin, '"'),
            }
        }
    }

    /// What stands behind `$`. `$'…'` is no quote within double quotes.
    fn dollar(&mut self, is_quoted: bool) -> Result<(), ImportError> {
        match self.peek() {
            Some('\'') if !is_quoted => {
                let _ = self.next();
                self.ansi()
            }
            Some('(') => self.refused("a command within a command is not run: write what it prints"),
            Some('{') => {
                let name =
                    self.rest.get(1..).and_then(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned());
                let name = name.filter(|name| is_name(name));
                let Some(name) = name else {
                    return self.refused("only `$NAME` and `${NAME}` are read: write the value");
                };
                self.rest = self.rest.get(name.len() + 2..).unwrap_or_default();
                self.word.get_or_insert_default().push_str(&variable(&name));
                Ok(())
            }
            _ => {
                let end = self
                    .rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(self.rest.len());
                let name = self.rest.get(..end).unwrap_or_default().to_owned();
                if is_name(&name) {
                    self.rest = self.rest.get(end..).unwrap_or_default();
                    self.word.get_or_insert_default().push_str(&variable(&name));
                } else {
                    self.push('$');
                }
                Ok(())
            }
        }
    }

    /// `$'…'`, as browsers copy requests with line breaks and quotes.
    fn ansi(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        let mut text = String::new();
        loop {
            match self.next() {
                Some('\'') => break,
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('r') => text.push('\r'),
                    Some('t') => text.push('\t'),
                    Some('u') => text.push(self.code(4)?),
                    Some('U') => text.push(self.code(8)?),
                    Some('x') => text.push(self.code(2)?),
                    Some(letter @ ('\\' | '\'' | '"' | '?')) => text.push(letter),
                    Some(other) => text.extend(['\\', other]),
                    None => return unclosed(begin, '\''),
                },
                Some(letter) => text.push(letter),
                None => return unclosed(begin, '\''),
            }
        }
        self.word.get_or_insert_default().push_str(&literal(&text));
        Ok(())
    }

    /// A letter by its number, of so many digits at most. Half a character has none.
    fn code(&mut self, most: usize) -> Result<char, ImportError> {
        let digits: String = self.rest.chars().take(most).take_while(char::is_ascii_hexdigit).collect();
        self.rest = self.rest.get(digits.len()..).unwrap_or_default();
        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
            Some(letter) => Ok(letter),
            None => self.refused("a letter by its number is none: write it as itself"),
        }
    }
}

fn unclosed<T>(line: usize, quote: char) -> Result<T, ImportError> {
    Err(ImportError::Malformed {
        line: Some(line),
        what: format!("the quote {quote} of this line is not closed"),
    })
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<Vec<String>> {
        commands(script).unwrap().into_iter().map(|command| command.words).collect()
    }

    #[test]
    fn words_are_those_that_a_shell_sees() {
        let script = "curl 'a b' \"c \\\"d\\\" \\$5\" e\\ f \\\n  $'g\\n\\u00e9' # note\n\ncurl x; curl y | jq . && curl \"$A${B}\"";
        assert_eq!(
            words(script),
            [
                vec!["curl", "a b", "c \"d\" $5", "e f", "g\né"],
                vec!["curl", "x"],
                vec!["curl", "y"],
                vec!["curl", "${env.A}${env.B}"]
            ]
        );
        assert_eq!(words("curl '${A}' \"\\${A}\" $ ''"), [["curl", "$${A}", "$${A}", "$", ""]]);
        assert_eq!(words("curl a'b'\"c\"#d"), [["curl", "abc#d"]]);
    }

    #[test]
    fn what_would_have_to_run_is_refused_with_its_line() {
        for script in
            ["curl a\ncurl $(pass x)", "curl a\ncurl \"`pass x`\"", "curl a\ncurl 'b", "curl a\ncurl ${A:-b}"]
        {
            assert_eq!(commands(script).unwrap_err().line(), Some(2), "{script}");
        }
    }
}
