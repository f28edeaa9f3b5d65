//! Shell words: from a script to its calls of curl, as a POSIX shell would take them apart.
//!
//! Quotes of all kinds, `$'…'`, continued lines and comments are read. A variable becomes `${env.NAME}`. Nothing is run: a command that
//! needs the output of another one is refused, and the commands around it are read.
//!
//! Invariant: a letter of the script that is no variable's is a literal one. Literals are escaped where a word ends, so that no quote
//! between `$` and `{` makes a placeholder of them.

use super::ImportError;
use crate::author::check_file::{DraftText, is_name};

const NOT_RUN: &str = "a command within a command is not run: write what it prints";

/// The words of one call of curl, with quotes and escapes undone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The line of the file on which it begins, counted from 1.
    pub(super) line: usize,
    /// The program first. Texts of a draft: variables are placeholders.
    pub(super) words: Vec<String>,
    /// What is behind a pipe, or a redirection: not part of the call.
    pub(super) has_more: bool,
    /// Why it cannot be read.
    pub(super) refused: Option<&'static str>,
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

/// A word as it is read.
#[derive(Debug, Default)]
struct Word {
    text: DraftText,
    is_quoted: bool,
}

struct Reader<'s> {
    rest: &'s str,
    line: usize,
    word: Option<Word>,
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
        self.word.get_or_insert_default().text.push(letter);
    }

    fn quoted(&mut self) -> &mut Word {
        let word = self.word.get_or_insert_default();
        word.is_quoted = true;
        word
    }

    fn refuse(&mut self, why: &'static str) {
        if !self.is_past {
            self.command.refused.get_or_insert(why);
        }
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !self.is_past
        {
            if self.command.words.is_empty() {
                self.command.line = self.line;
            }
            match word.text.finish() {
                Ok(text) => self.command.words.push(text),
                Err(why) => {
                    self.refuse(why);
                    self.command.words.push(String::new());
                }
            }
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
            '|' | '>' | '<' => self.past(letter),
            letter if letter.is_whitespace() => self.end_word(),
            '#' if self.word.is_none() => self.comment(),
            '\\' => self.escaped(),
            '\'' => self.single()?,
            '"' => self.double()?,
            '`' => self.backtick(),
            '$' => self.dollar(false)?,
            letter => self.push(letter),
        }
        Ok(true)
    }

    /// A pipe or a redirection. Digits right before that one are the number of what is redirected.
    fn past(&mut self, letter: char) {
        let is_number = |word: &Word| {
            let letters = word.text.letters().filter(|_| !word.is_quoted);
            letters.is_some_and(|letters| letters.bytes().all(|b| b.is_ascii_digit()))
        };
        if letter != '|' && self.word.as_ref().is_some_and(is_number) {
            self.word = None;
        }
        self.end_word();
        self.is_past = true;
        self.command.has_more = true;
        // `>&1` is one redirection, and no end of the command.
        if letter != '|' && self.peek() == Some('&') {
            let _ = self.next();
        }
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
            Some(letter) => self.quoted().text.push(letter),
        }
    }

    fn single(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        self.quoted();
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(letter) => self.push(letter),
                None => return unclosed(begin, '\''),
            }
        }
    }

    fn double(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        self.quoted();
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some(letter @ ('"' | '\\' | '$' | '`')) => self.push(letter),
                    Some(letter) => {
                        self.push('\\');
                        self.push(letter);
                    }
                    None => return unclosed(begin, '"'),
                },
                Some('`') => self.backtick(),
                Some('$') => self.dollar(true)?,
                Some(letter) => self.push(letter),
                None => return unclosed(begin, '"'),
            }
        }
    }

    fn backtick(&mut self) {
        self.refuse(NOT_RUN);
        self.quoted();
        while self.next().is_some_and(|letter| letter != '`') {}
    }

    /// What stands behind `$`. `$'…'` is no quote within double quotes.
    fn dollar(&mut self, is_quoted: bool) -> Result<(), ImportError> {
        match self.peek() {
            Some('\'') if !is_quoted => {
                let _ = self.next();
                return self.ansi();
            }
            Some('(') => {
                self.refuse(NOT_RUN);
                self.skip('(', ')');
            }
            Some('{') => {
                let name = self.rest.get(1..).and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
                let name = name.filter(|name| is_name(name)).map(str::to_owned);
                if let Some(name) = name {
                    self.variable(&name, name.len() + 2);
                } else {
                    self.refuse("only `$NAME` and `${NAME}` are read: write the value");
                    self.skip('{', '}');
                }
            }
            _ => {
                let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = self.rest.get(..end.unwrap_or(self.rest.len())).unwrap_or_default().to_owned();
                if is_name(&name) {
                    self.variable(&name, name.len());
                } else {
                    self.push('$');
                }
            }
        }
        Ok(())
    }

    fn variable(&mut self, name: &str, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.quoted().text.push_variable(name);
    }

    /// Skips what is nested in brackets, whatever it is.
    fn skip(&mut self, open: char, close: char) {
        self.quoted();
        let mut depth = 0_usize;
        while let Some(letter) = self.next() {
            depth += usize::from(letter == open);
            depth -= usize::from(letter == close && depth > 0);
            if depth == 0 {
                return;
            }
        }
    }

    /// `$'…'`, as browsers copy requests with line breaks and quotes.
    fn ansi(&mut self) -> Result<(), ImportError> {
        let begin = self.line;
        self.quoted();
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('n') => self.push('\n'),
                    Some('r') => self.push('\r'),
                    Some('t') => self.push('\t'),
                    Some('u') => self.code(4),
                    Some('U') => self.code(8),
                    Some('x') => self.code(2),
                    Some(letter @ ('\\' | '\'' | '"' | '?')) => self.push(letter),
                    Some(other) => {
                        self.push('\\');
                        self.push(other);
                    }
                    None => return unclosed(begin, '\''),
                },
                Some(letter) => self.push(letter),
                None => return unclosed(begin, '\''),
            }
        }
    }

    /// A letter by its number, of so many digits at most. Half a character has none.
    fn code(&mut self, most: usize) {
        let digits: String = self.rest.chars().take(most).take_while(char::is_ascii_hexdigit).collect();
        self.rest = self.rest.get(digits.len()..).unwrap_or_default();
        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
            Some(letter) => self.push(letter),
            None => self.refuse("a letter by its number is none: write it as itself"),
        }
    }
}

fn unclosed<T>(line: usize, quote: char) -> Result<T, ImportError> {
    Err(ImportError::Malformed {
        line: Some(line),
        what: format!("the quote {quote} of this line is not closed"),
    })
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
    fn no_quote_or_escape_makes_a_placeholder_of_letters() {
        for written in [
            r"\${run.id}",
            r#""a$"'{run.id}'"#,
            r"'a$'{run.id}",
            r"$'a\x24{run.id}'",
            r"a'$'\{run.id}",
            r#""\$"{run.id}"#,
            r"$'\u0024'\{run.id\}",
        ] {
            let read = words(&format!("curl {written}"));
            let word = read[0].last().unwrap().trim_start_matches('a');
            assert_eq!(word, "$${run.id}", "{written}");
        }
    }

    #[test]
    fn redirections_are_no_words() {
        let read = |script: &str| {
            let read = commands(script).unwrap();
            assert_eq!(read.len(), 1, "{script}");
            (read[0].words.join(" "), read[0].has_more)
        };
        for script in [
            "curl a 2>/dev/null",
            "curl a 2> /dev/null",
            "curl a >out 2>&1",
            "curl a 2>&1 >out",
            "curl a 2>&1 | jq .",
            "curl a <in",
        ] {
            assert_eq!(read(script), ("curl a".to_owned(), true), "{script}");
        }
        assert_eq!(read("curl a 2 >out").0, "curl a 2");
        assert_eq!(read("curl a '2'>out").0, "curl a 2");
        assert_eq!(read("curl a2>out").0, "curl a2");
    }

    #[test]
    fn what_would_have_to_run_is_refused_and_the_other_commands_are_read() {
        for call in [
            "curl $(pass x)",
            "curl $(a $(b; c) | d)",
            "curl \"`pass x`\"",
            "curl ${A:-b}",
            "curl $'\\ud800'",
            "curl \"a\\$$B\"",
        ] {
            let read = commands(&format!("curl a\n{call} b\ncurl c")).unwrap();
            let refused: Vec<_> =
                read.iter().map(|command| (command.line, command.refused.is_some())).collect();
            assert_eq!(refused, [(1, false), (2, true), (3, false)], "{call}");
        }
        assert_eq!(commands("curl a\ncurl 'b").unwrap_err().line(), Some(2));
    }
}
